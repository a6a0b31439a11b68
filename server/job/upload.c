/* Uploads by chunks, through the connection that is free while another copies. */
#include "server/job/upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/memory.h"
#include "common/sha256.h"

bool
upload_find(struct job *job, const char *id, const char *field, struct upload *upload)
{
	const char *params[] = {job->commissioner, id};
	struct sync_rows *rows;

	if (!sync_exec(job->files,
		"SELECT file_name, received_bytes, encode(sha256, 'hex') FROM job.upload"
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
	    "send the file again as a new upload", "upload %s is not stored as it was sent",
	    upload->id);
}

/* The chunk that starts at offset, into chunk. */
static bool
read_chunk(struct job *job, const struct upload *upload, int64_t offset, struct buf *chunk)
{
	char at[24];
	const char *params[] = {job->commissioner, upload->id, at};
	struct sync_rows *rows;
	const char *text;
	size_t length;
	bool sound;

	snprintf(at, sizeof(at), "%lld", (long long)offset);
	if (!sync_exec(job->files,
		"SELECT data FROM patient.upload_chunk"
		" WHERE commissioner_code = $1 AND upload_id = $2::uuid AND byte_offset = "
		"$3::bigint",
		params, 3, &rows, &job->status))
		return false;
	/* bytea comes as \x and two digits a byte. */
	text = sync_rows_count(rows) > 0 ? sync_text(rows, 0, 0) : "";
	length = strlen(text);
	buf_clear(chunk);
	sound = length > 2 && buf_reserve(chunk, length / 2) &&
		hex_decode(text + 2, length - 2, chunk->data);
	if (sound)
		chunk->length = length / 2 - 1;
	sync_rows_free(rows);
	return sound || refuse_damaged(job, upload);
}

bool
upload_header(struct job *job, const struct upload *upload, struct buf *header)
{
	const uint8_t *end;

	if (upload->bytes == 0)
		return true;
	if (!read_chunk(job, upload, 0, header))
		return false;
	end = memchr(header->data, '\n', header->length);
	if (end != NULL)
		header->length = (size_t)(end - header->data) + 1;
	return true;
}

static bool
feed_chunks(struct job *job, const struct upload *upload, struct sha256 *sha256, struct buf *chunk,
    upload_sink_fn *sink, void *arg)
{
	int64_t offset = 0;

	while (offset < upload->bytes) {
		if (!read_chunk(job, upload, offset, chunk))
			return false;
		sha256_update(sha256, chunk->data, chunk->length);
		offset += (int64_t)chunk->length;
		if (!sink(arg, chunk->data, chunk->length) || !job_tick(job, offset, upload->bytes))
			return false;
	}
	return true;
}

bool
upload_read(struct job *job, const struct upload *upload, upload_sink_fn *sink, void *arg)
{
	char hex[SHA256_HEX];
	struct buf chunk = {0};
	struct sha256 sha256;
	bool read;

	sha256_init(&sha256);
	read = feed_chunks(job, upload, &sha256, &chunk, sink, arg);
	sha256_finish(&sha256, hex);
	buf_free(&chunk);
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
	return status_set(&loading->job->status, STATUS_RESOURCE_EXHAUSTED, "FILE_TOO_LARGE", NULL,
	    NULL, "the file is larger than %zu bytes", loading->content->limit);
}

bool
upload_load(struct job *job, const struct upload *upload, struct buf *content)
{
	struct loading loading = {job, content};

	return upload_read(job, upload, append_content, &loading);
}
