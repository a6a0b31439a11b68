/* Log lines: one line for one event, whatever is in the values. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static FILE *captured;
static int real_stderr;

static void
capture(void)
{
	captured = tmpfile();
	cr_assert_not_null(captured);
	real_stderr = dup(STDERR_FILENO);
	dup2(fileno(captured), STDERR_FILENO);
}

/* What was written since capture; the first line's time is checked for its shape and left out. */
static const char *
captured_text(void)
{
	static char text[65536];
	ssize_t length = pread(fileno(captured), text, sizeof(text) - 1, 0);

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	fclose(captured);
	cr_assert_geq(length, 0);
	text[length] = '\0';
	if (length == 0)
		return text;
	cr_expect_eq(strncmp(text, "time=2", 6), 0);
	cr_assert(length > 30 && text[28] == 'Z' && text[29] == ' ');
	return text + 30;
}

Test(log, writes_pairs_in_order_and_leaves_null_values_out)
{
	capture();
	log_write(LOG_LEVEL_INFO, "listening", "address", "127.0.0.1:8443", "none", NULL, "empty",
	    "", NULL);
	cr_expect_str_eq(
	    captured_text(), "level=info event=listening address=127.0.0.1:8443 empty=\"\"\n");
}

Test(log, names_the_program_once_it_is_known)
{
	log_set_program("pbcd");
	capture();
	log_write(LOG_LEVEL_ERROR, "stopped", NULL);
	cr_expect_str_eq(captured_text(), "level=error program=pbcd event=stopped\n");
}

Test(log, values_cannot_forge_lines_or_pairs)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
	    {"two words", "\"two words\""},
	    {"a=b", "\"a=b\""},
	    {"say \"x\"", "\"say \\\"x\\\"\""},
	    {"back\\slash", "\"back\\\\slash\""},
	    {"x\nlevel=error event=forged", "\"x\\nlevel=error event=forged\""},
	    {"\r\x1b[2J\x7f", "\"\\u000d\\u001b[2J\\u007f\""},
	    {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
	    {"\xe2\x80\xae"
	     "abc",
		"\"\\u202eabc\""},
	    {"\xe2\x80\xa8\xc2\x85", "\"\\u2028\\u0085\""},
	    {"\xff\xc3", "\"\\xff\\xc3\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128];

		capture();
		log_write(LOG_LEVEL_WARN, "test", "key", cases[i].value, NULL);
		snprintf(line, sizeof(line), "level=warn event=test key=%s\n", cases[i].written);
		cr_expect_str_eq(captured_text(), line);
	}
}

Test(log, lines_below_the_level_are_not_written)
{
	capture();
	log_write(LOG_LEVEL_DEBUG, "quiet", NULL);
	log_printf(LOG_LEVEL_DEBUG, "quiet", "%d", 1);
	log_set_level(LOG_LEVEL_ERROR);
	log_write(LOG_LEVEL_WARN, "quiet", NULL);
	cr_expect_str_empty(captured_text());
	log_set_level(LOG_LEVEL_DEBUG);
	capture();
	log_printf(LOG_LEVEL_DEBUG, "loud", "%d of %s", 3, "4");
	cr_expect_str_eq(captured_text(), "level=debug event=loud detail=\"3 of 4\"\n");
}

/* Values of every length about the limit, so that each cut between characters is met. */
Test(log, long_lines_are_cut_and_stay_well_formed)
{
	static char value[5000];

	for (size_t length = 3900; length < 4200; length++) {
		const char *text;
		size_t written;

		for (size_t at = 0; at < length; at++)
			value[at] = "\xc3\xa9 \n"[at % 4];
		value[length] = '\0';
		capture();
		log_write(LOG_LEVEL_INFO, "long", "key", value, "next", "lost or whole", NULL);
		text = captured_text();
		written = strlen(text);
		cr_assert_leq(written, 4096 - 30);
		cr_assert_eq(strchr(text, '\n'), text + written - 1, "one line");
		cr_assert_eq(text[written - 2], '"', "a cut value is closed");
	}
}

Test(log, a_long_bare_value_is_left_out_rather_than_cut)
{
	static char value[5000];

	memset(value, 'x', sizeof(value) - 1);
	capture();
	log_write(LOG_LEVEL_INFO, "long", "key", value, NULL);
	cr_expect_str_eq(captured_text(), "level=info event=long\n");
}

Test(log, a_reader_that_stops_reading_costs_lines_and_is_told_how_many, .timeout = 10)
{
	static char text[65536];
	int kept = dup(STDERR_FILENO), ends[2], size, written = 0;
	const char *notice;

	cr_assert_eq(pipe(ends), 0);
	size = fcntl(ends[1], F_SETPIPE_SZ, 8192);
	dup2(ends[1], STDERR_FILENO);
	for (; written < 3 * size / 70; written++)
		log_write(LOG_LEVEL_INFO, "unread", "key", "0123456789012345678901234567", NULL);
	cr_assert_geq(read(ends[0], text, sizeof(text)), 70);
	log_write(LOG_LEVEL_INFO, "again", NULL);
	text[read(ends[0], text, sizeof(text) - 1)] = '\0';
	dup2(kept, STDERR_FILENO);
	close(kept);
	notice = strstr(text, "level=warn event=log_lines_lost lines=");
	cr_assert_not_null(notice, "%s", text);
	notice += strlen("level=warn event=log_lines_lost lines=");
	cr_expect_gt(strtol(notice, NULL, 10), written / 2);
	cr_expect_not_null(strstr(notice, "event=again\n"));
}

Test(log, a_closed_standard_error_does_not_stop_the_caller)
{
	int kept = dup(STDERR_FILENO);

	close(STDERR_FILENO);
	log_write(LOG_LEVEL_INFO, "nowhere", NULL);
	dup2(kept, STDERR_FILENO);
	close(kept);
}
