/* A worklist with verdicts: which rows and words are taken, and what is said of the others. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/review_file.h"

/* Reads the text as a file. */
static bool
read_text(const char *text, struct review_file *file, struct status *status)
{
	char path[] = "/tmp/pbc-review-XXXXXX";
	int fd = mkstemp(path);
	bool ok;

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	*status = (struct status){.code = STATUS_OK};
	ok = review_file_read(file, path, status);
	unlink(path);
	return ok;
}

static const char *
cell(const struct review_file *file, size_t row, const char *key)
{
	const char *text =
	    json_string_value(json_object_get(json_array_get(file->reviews, row), key));

	return text != NULL ? text : "(none)";
}

Test(review_file, takes_rows_with_a_verdict_whatever_the_order_of_columns)
{
	struct review_file file;
	struct status status;

	cr_assert(read_text("verdict,note,reason,record_id,provider_code\r\n"
			    "confirmed,,,R1,RXA\r\n"
			    ",,,R2,RXA\r\n"
			    "queried,\"two\nlines\",wrong_hrg,R3,\r\n"
			    "queried,,duplicate,R4,\r\n",
	    &file, &status));
	cr_assert_eq(file.count, 3);
	cr_expect_str_eq(cell(&file, 0, "record_id"), "R1");
	cr_expect_str_eq(cell(&file, 0, "provider_code"), "RXA");
	cr_expect_str_eq(cell(&file, 0, "verdict"), "VERDICT_CONFIRMED");
	cr_expect_str_eq(cell(&file, 0, "reason"), "(none)");
	cr_expect_str_eq(cell(&file, 1, "note"), "two\nlines");
	cr_expect_str_eq(cell(&file, 1, "reason"), "QUERY_REASON_WRONG_HRG");
	cr_expect_eq(file.lines[0], 2);
	cr_expect_eq(file.lines[1], 4);
	cr_expect_eq(file.lines[2], 6);
	review_file_free(&file);
}

Test(review_file, takes_words_as_people_write_them)
{
	struct review_file file;
	struct status status;

	cr_assert(read_text("record_id,verdict,reason\nR1,Queried,Not our patient\n"
			    "R2,QUERIED,did-not-attend\n",
	    &file, &status));
	cr_expect_str_eq(cell(&file, 0, "verdict"), "VERDICT_QUERIED");
	cr_expect_str_eq(cell(&file, 0, "reason"), "QUERY_REASON_NOT_OUR_PATIENT");
	cr_expect_str_eq(cell(&file, 1, "reason"), "QUERY_REASON_DID_NOT_ATTEND");
	review_file_free(&file);
}

Test(review_file, takes_the_guard_of_a_formula_off_and_no_other_apostrophe)
{
	struct review_file file;
	struct status status;

	cr_assert(read_text("record_id,verdict,note\nR1,confirmed,'=1+1\nR2,confirmed,'tis right\n",
	    &file, &status));
	cr_expect_str_eq(cell(&file, 0, "note"), "=1+1");
	cr_expect_str_eq(cell(&file, 1, "note"), "'tis right");
	review_file_free(&file);
}

Test(review_file, names_columns_it_does_not_use, .init = cr_redirect_stderr)
{
	struct review_file file;
	struct status status;

	cr_assert(read_text("record_id,pod,verdict,price\nR1,DC,confirmed,1.00\n", &file, &status));
	review_file_free(&file);
	fflush(stderr);
	cr_assert_stderr_eq_str("pbc: columns not used: pod, price\n");
}

Test(review_file, refuses_what_it_cannot_take_by_line_and_column)
{
	static const struct {
		const char *text, *reason, *message;
	} cases[] = {
	    {"record_id,verdict\nR1,confirmed\nR2,perhaps\n", "BAD_WORD",
		"line 3: there is no verdict \"perhaps\""},
	    {"record_id,verdict,reason\nR1,queried,unspecified\n", "BAD_WORD",
		"line 2: there is no reason \"unspecified\""},
	    {"record_id,verdict\nR1,\n", "NO_VERDICTS", NULL},
	    {"record_id,verdict\n", "NO_VERDICTS", NULL},
	    {"record_id,note\nR1,x\n", NULL, NULL},
	    {"", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct review_file file;
		struct status status;

		cr_expect_not(read_text(cases[i].text, &file, &status), "case %zu", i);
		cr_expect_eq(status.code, STATUS_INVALID_ARGUMENT, "case %zu", i);
		if (cases[i].reason != NULL)
			cr_expect_str_eq(status.reason, cases[i].reason);
		if (cases[i].message != NULL)
			cr_expect_str_eq(status.message, cases[i].message);
		review_file_free(&file);
	}
}

Test(review_file, a_file_that_is_not_there_is_a_matter_of_usage)
{
	struct review_file file;
	struct status status = {.code = STATUS_OK};

	cr_expect_not(review_file_read(&file, "/nonexistent/worklist.csv", &status));
	cr_expect_str_eq(status.reason, "USAGE");
	review_file_free(&file);
}
