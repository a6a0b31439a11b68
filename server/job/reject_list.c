/* Runs of refused rows. */
#include "server/job/reject_list.h"

#include <openssl/crypto.h>
#include <string.h>

struct reject_row {
	int64_t line;
	struct fault_list faults;
	size_t source_length; /* its bytes and a NUL follow */
};

void
reject_list_add(struct reject_list *list, int64_t line, const struct fault_list *faults,
    const char *source, size_t source_length)
{
	struct reject_row row;

	/* Zeroed, holes and all: the run is copied as bytes. */
	memset(&row, 0, sizeof(row));
	row.line = line;
	row.faults = *faults;
	row.source_length = source_length;
	buf_append(&list->rows, &row, sizeof(row));
	buf_append(&list->rows, source, source_length);
	buf_append(&list->rows, "", 1);
}

bool
reject_list_is_full(const struct reject_list *list)
{
	return list->rows.length >= REJECT_RUN_BYTES;
}

bool
reject_list_prepare(struct job *job)
{
	return job_exec(job,
	    "CREATE TEMP TABLE new_reject (line bigint, ordinal integer, column_name text, code"
	    " text, severity text, message text, source text) ON COMMIT DROP",
	    NULL, 0, NULL);
}

static void
copy_message(struct sync_copy *copy, const struct reject_row *row, enum fault fault)
{
	struct buf message = {0};

	buf_append_text(&message, fault_text(fault)->message);
	if (fault == FAULT_STANDS_OFTEN)
		buf_printf(&message, ": %s", row->faults.places);
	buf_append(&message, "", 1);
	sync_copy_text(copy, (const char *)message.data);
	buf_free(&message);
}

static void
copy_row(struct sync_copy *copy, const struct reject_row *row, const char *source)
{
	const struct fault_text *text;
	size_t i;

	for (i = 0; i < row->faults.count && sync_copy_row(copy); i++) {
		text = fault_text(row->faults.faults[i]);
		sync_copy_int64(copy, row->line);
		sync_copy_int32(copy, (int32_t)i + 1);
		sync_copy_text(copy, text->column);
		sync_copy_text(copy, text->code);
		sync_copy_text(copy, fault_is_error(row->faults.faults[i]) ? "error" : "warning");
		copy_message(copy, row, row->faults.faults[i]);
		sync_copy_text(copy, source);
	}
}

bool
reject_list_flush(struct reject_list *list, struct job *job)
{
	struct reject_row row;
	struct sync_copy *copy;
	size_t at = 0;

	if (list->rows.length == 0)
		return true;
	copy = sync_copy_start(job->db, "COPY pg_temp.new_reject FROM STDIN (FORMAT binary)",
	    SYNC_COPY_BINARY, 7, &job->status);
	if (copy == NULL)
		return false;
	while (at < list->rows.length) {
		memcpy(&row, list->rows.data + at, sizeof(row));
		at += sizeof(row);
		copy_row(copy, &row, (const char *)list->rows.data + at);
		at += row.source_length + 1;
	}
	buf_clear(&list->rows);
	return sync_copy_finish(copy, NULL, &job->status);
}

bool
reject_list_store(struct job *job, const char *submission_id)
{
	return job_exec(job,
	    "INSERT INTO patient.reject (commissioner_code, submission_id, line, ordinal,"
	    " column_name, code, severity, message, source) SELECT"
	    " current_setting('pbc.commissioner'), $1::uuid, line, ordinal, column_name, code,"
	    " severity, message, source FROM pg_temp.new_reject",
	    &submission_id, 1, NULL);
}

void
reject_list_free(struct reject_list *list)
{
	if (list->rows.data != NULL)
		OPENSSL_cleanse(list->rows.data, list->rows.capacity);
	buf_free(&list->rows);
}
