/* Uploads chunk by chunk, through the connection that is free while another copies. */
#include "server/job/upload.h"

#include <stdio.h>
#include <string.h>

#include "common/sha256.h"

bool
upload_find(struct job *job, const char *id, const char *field, struct upload *upload)
{
	const char *params[] = {job->commissioner, id};
	struct sync_rows *rows;

	if (!sync_exec(job->files,
		"SELECT left(file_name, 255), received_bytes, encode(sha256, 'hex') FROM job.upload"
		" WHERE commissioner_code = $1 AND upload_id = $2::uuid AND complete",
		params, 2, &rows, &job->status))
		return false;
	if (sync_rows_count(rows) == 0) {
		sync_rows_free(rows);
		return status_set(&job->status, STATUS_NOT_FOUND, "UPLOAD_NOT_FOUND", field,
		    "send the file again", "no complete upload %s", id);
	}
	snprintf(upload->id, sizeof(upload->id), "%s", id);
	snprintf(upload->file_name, sizeof(upload->file_name), "%s", sync_text(rows, 0, 0));
	upload->bytes = sync_int64(rows, 0, 1);
	snprintf(upload->sha256, sizeof(upload->sha256), "%s", sync_text(rows, 0, 2));
	sync_rows_free(rows);
	return true;
}

static bool
refuse_damaged(struct job *job, const struct upload *upload)
{
	return status_set(&job->status, STATUS_DATA_LOSS, "UPLOAD_DAMAGED", NULL,
	    "send the file again as a new upload", "%s, upload %s, is not stored as it was sent",
	    upload->file_name, upload->id);
}

/*
 * The chunks that start at from up to before, in order: the database sends on while one is taken.
 */
static bool
stream_chunks(struct job *job, const struct upload *upload, int64_t from, int64_t before,
    upload_sink_fn *take, void *arg)
{
	char first[24], limit[24];
	const char *params[] = {job->commissioner, upload->id, limit, first};

	snprintf(first, sizeof(first), "%lld", (long long)from);
	snprintf(limit, sizeof(limit), "%lld", (long long)before);
	return sync_stream_bytes(job->files,
	    "SELECT data FROM patient.upload_chunk"
	    " WHERE commissioner_code = $1 AND upload_id = $2::uuid AND byte_offset < $3::bigint"
	    " AND byte_offset >= $4::bigint ORDER BY byte_offset",
	    params, 4, take, arg, &job->status);
}

struct header_reading {
	struct buf *header;
	bool ended;
};

static bool
take_header(void *arg, const void *data, size_t length)
{
	struct header_reading *reading = arg;
	const unsigned char *end = memchr(data, '\n', length);

	if (end != NULL)
		length = (size_t)(end - (const unsigned char *)data) + 1;
	reading->ended = !buf_append(reading->header, data, length) || end != NULL;
	return true;
}

/* A chunk at a time: to end a statement early would undo the transaction that it is part of. */
bool
upload_header(struct job *job, const struct upload *upload, struct buf *header)
{
	struct header_reading reading = {.header = header};

	while (!reading.ended && (int64_t)header->length < upload->bytes) {
		int64_t at = (int64_t)header->length;

		if (!stream_chunks(job, upload, at, at + 1, take_header, &reading))
			return false;
		if (!reading.ended && (int64_t)header->length == at)
			return refuse_damaged(job, upload);
	}
	return true;
}

struct reading {
	struct job *job;
	const struct upload *upload;
	upload_sink_fn *sink;
	void *arg;
	struct sha256 sha256;
	int64_t offset;
	bool ended; /* by the sink or a stop */
};

static bool
take_chunk(void *arg, const void *data, size_t length)
{
	struct reading *reading = arg;

	sha256_update(&reading->sha256, data, length);
	reading->offset += (int64_t)length;
	reading->ended = !reading->sink(reading->arg, data, length) ||
			 !job_tick(reading->job, reading->offset, reading->upload->bytes);
	return !reading->ended;
}

bool
upload_read(struct job *job, const struct upload *upload, upload_sink_fn *sink, void *arg)
{
	struct reading reading = {.job = job, .upload = upload, .sink = sink, .arg = arg};
	char hex[SHA256_HEX];
	bool read;

	sha256_init(&reading.sha256);
	read = stream_chunks(job, upload, 0, upload->bytes, take_chunk, &reading) && !reading.ended;
	sha256_finish(&reading.sha256, hex);
	if (!read)
		return false;
	return strcmp(hex, upload->sha256) == 0 || refuse_damaged(job, upload);
}

struct loading {
	struct job *job;
	struct buf *content;
};

static bool
append_content(void *arg, const void *data, size_t length)
{
	struct loading *loading = arg;

	if (buf_append(loading->content, data, length))
		return true;
	return status_set(&loading->job->status, STATUS_INVALID_ARGUMENT, "FILE_TOO_LARGE", NULL,
	    NULL, "the file is larger than %zu bytes", loading->content->limit);
}

bool
upload_load(struct job *job, const struct upload *upload, struct buf *content)
{
	struct loading loading = {job, content};

	return upload_read(job, upload, append_content, &loading);
}
