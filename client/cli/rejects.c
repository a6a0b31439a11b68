/* Pages through ListRejects into a CSV file, which is a file of changes once it is mended. */
#include "client/cli/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/failure.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/memory.h"
#include "pbc/v1/activity.pb-c.h"

#define PAGE_ROWS 200

/* The row whose reasons are being gathered: the server lists one after another. */
struct reject_file {
	FILE *file;
	bool changes; /* the file as sent says of each row what becomes of it */
	int64_t rows; /* written */
	int64_t line; /* 0: none is being gathered */
	bool refused;
	struct buf source, columns, codes, messages;
};

static void
add_reason(struct buf *list, const char *text)
{
	buf_printf(list, "%s%s", list->length > 0 ? "; " : "", text);
}

static void
write_cell(struct buf *line, const struct buf *text)
{
	struct buf whole = {0};

	buf_printf(&whole, "%.*s", (int)text->length, (const char *)text->data);
	buf_append_text(line, ",");
	csv_write_field(line, (const char *)whole.data, true);
	buf_free(&whole);
}

/*
 * The row itself is written as it was sent, so that it is found and mended. What was refused is not
 * in the ledger and is to be inserted; what was let in with a warning is to be updated.
 */
static void
write_row(struct reject_file *out)
{
	struct buf line = {0};

	if (out->line == 0)
		return;
	buf_append(&line, out->source.data, out->source.length);
	buf_printf(&line, ",%" PRId64, out->line);
	write_cell(&line, &out->columns);
	write_cell(&line, &out->codes);
	buf_append_text(&line, out->refused ? ",error" : ",warning");
	write_cell(&line, &out->messages);
	if (!out->changes)
		buf_append_text(&line, out->refused ? ",I" : ",U");
	buf_append_text(&line, "\r\n");
	fwrite(line.data, 1, line.length, out->file);
	buf_free(&line);
	out->rows++;
	out->line = 0;
}

static void
take_reject(struct reject_file *out, const Pbc__V1__Reject *reject)
{
	if (reject->line != out->line) {
		write_row(out);
		out->line = reject->line;
		out->refused = false;
		buf_clear(&out->columns);
		buf_clear(&out->codes);
		buf_clear(&out->messages);
		buf_clear(&out->source);
		buf_append_text(&out->source, reject->source);
	}
	out->refused = out->refused || strcmp(reject->severity, "error") == 0;
	add_reason(&out->columns, reject->column);
	add_reason(&out->codes, reject->code);
	add_reason(&out->messages, reject->message);
}

static void
write_header(struct reject_file *out, const char *header)
{
	out->changes = csv_header_names(header, strlen(header), "net_change");
	fprintf(out->file, "%s,row,column,code,severity,message%s\r\n", header,
	    out->changes ? "" : ",net_change");
}

static Pbc__V1__ListRejectsResponse *
fetch(struct invocation *invocation, const char *submission_id, const char *reason,
    const char *token, struct status *status)
{
	Pbc__V1__ListRejectsRequest request = PBC__V1__LIST_REJECTS_REQUEST__INIT;

	request.submission_id = (char *)(uintptr_t)submission_id;
	request.reason = (char *)(uintptr_t)reason;
	request.page_size = PAGE_ROWS;
	request.page_token = (char *)(uintptr_t)token;
	return (Pbc__V1__ListRejectsResponse *)client_call(invocation->client,
	    &pbc__v1__activity_service__descriptor, "ListRejects", &request.base,
	    invocation_timeout_ms(invocation), status);
}

static bool
write_pages(struct invocation *invocation, const char *submission_id, const char *reason,
    struct reject_file *out, struct status *status)
{
	char *token = memory_strdup("");
	bool first = true;

	do {
		Pbc__V1__ListRejectsResponse *page =
		    fetch(invocation, submission_id, reason, token, status);

		free(token);
		if (page == NULL)
			return false;
		if (first)
			write_header(out, page->header);
		for (size_t i = 0; i < page->n_rejects; i++)
			take_reject(out, page->rejects[i]);
		first = false;
		token = memory_strdup(page->next_page_token);
		pbc__v1__list_rejects_response__free_unpacked(page, NULL);
	} while (token[0] != '\0');
	free(token);
	write_row(out);
	return true;
}

static void
free_file(struct reject_file *out)
{
	buf_free(&out->source);
	buf_free(&out->columns);
	buf_free(&out->codes);
	buf_free(&out->messages);
}

static enum exit_code
cannot_write(const char *path)
{
	struct status status;

	status_set(&status, STATUS_UNKNOWN, "CANNOT_WRITE", NULL, NULL, "cannot write %s: %s", path,
	    strerror(errno));
	return failure_tell(&status, NULL);
}

/*
 * Rows of patients are for whoever asked for them, whatever the umask. A file that is there already
 * keeps the mode it was given. NULL with errno set.
 */
static FILE *
open_private(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

enum exit_code
rejects_write(
    struct invocation *invocation, const char *submission_id, const char *reason, const char *path)
{
	struct status status = {.code = STATUS_OK};
	struct reject_file out = {.file = open_private(path)};
	bool read, broken;

	if (out.file == NULL)
		return cannot_write(path);
	read = write_pages(invocation, submission_id, reason, &out, &status);
	free_file(&out);
	broken = ferror(out.file) != 0;
	broken = fclose(out.file) != 0 || broken;
	if (!read)
		return failure_tell(&status, invocation);
	if (broken)
		return cannot_write(path);
	failure_note("%" PRId64 " lines with their reasons written to %s", out.rows, path);
	return EXIT_OK;
}
