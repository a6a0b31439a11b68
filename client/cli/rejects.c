/* Pages through ListRejects into a CSV file. */
#include "client/cli/rejects.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/failure.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/memory.h"
#include "pbc/v1/activity.pb-c.h"

#define PAGE_ROWS 200

/*
 * The row itself is written as it was sent, so that it is found and mended in the provider's file.
 */
static void
write_row(FILE *file, const Pbc__V1__Reject *reject)
{
	const char *const texts[] = {
	    reject->column, reject->code, reject->severity, reject->message};
	struct buf line = {0};

	buf_printf(&line, "%s,%" PRId64, reject->source, reject->line);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_append_text(&line, ",");
		csv_write_field(&line, texts[i], true);
	}
	buf_append_text(&line, "\r\n");
	fwrite(line.data, 1, line.length, file);
	buf_free(&line);
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

/* The number of rows written, or -1 with *status set. */
static int64_t
write_pages(struct invocation *invocation, const char *submission_id, const char *reason,
    FILE *file, struct status *status)
{
	char *token = memory_strdup("");
	bool first = true;
	int64_t rows = 0;

	do {
		Pbc__V1__ListRejectsResponse *page =
		    fetch(invocation, submission_id, reason, token, status);

		free(token);
		if (page == NULL)
			return -1;
		if (first)
			fprintf(file, "%s,row,column,code,severity,message\r\n", page->header);
		for (size_t i = 0; i < page->n_rejects; i++)
			write_row(file, page->rejects[i]);
		first = false;
		rows += (int64_t)page->n_rejects;
		token = memory_strdup(page->next_page_token);
		pbc__v1__list_rejects_response__free_unpacked(page, NULL);
	} while (token[0] != '\0');
	free(token);
	return rows;
}

static enum exit_code
cannot_write(const char *path)
{
	struct status status;

	status_set(&status, STATUS_UNKNOWN, "CANNOT_WRITE", NULL, NULL, "cannot write %s: %s", path,
	    strerror(errno));
	return failure_tell(&status, NULL);
}

enum exit_code
rejects_write(
    struct invocation *invocation, const char *submission_id, const char *reason, const char *path)
{
	struct status status = {.code = STATUS_OK};
	FILE *file = fopen(path, "we");
	int64_t rows;
	bool broken;

	if (file == NULL)
		return cannot_write(path);
	rows = write_pages(invocation, submission_id, reason, file, &status);
	broken = ferror(file) != 0;
	broken = fclose(file) != 0 || broken;
	if (rows < 0)
		return failure_tell(&status, invocation);
	if (broken)
		return cannot_write(path);
	failure_note("%" PRId64 " lines with their reasons written to %s", rows, path);
	return EXIT_OK;
}
