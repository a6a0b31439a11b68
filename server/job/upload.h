/* An uploaded file read back in order, its SHA-256 checked against what the sender said. */
#ifndef PBC_SERVER_JOB_UPLOAD_H
#define PBC_SERVER_JOB_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/sha256.h"
#include "server/job/job.h"

#define UPLOAD_NAME_SIZE (255 * 4 + 1)

struct upload {
	char id[JOB_ID_SIZE];
	char file_name[UPLOAD_NAME_SIZE]; /* the first 255 characters */
	int64_t bytes;
	char sha256[SHA256_HEX];
};

/*
 * False with job->status set, naming field (the request's), when there is no such complete upload.
 */
bool upload_find(struct job *job, const char *id, const char *field, struct upload *upload);

/*
 * The file's first line into header, in whatever pieces it was sent, or as much of it as header's
 * limit takes. The file is read no further, and its SHA-256 is not checked.
 */
bool upload_header(struct job *job, const struct upload *upload, struct buf *header);

/* Gets each run of bytes in order; false, with job->status set, ends the reading. */
typedef bool upload_sink_fn(void *arg, const void *data, size_t length);

/*
 * Reads all of it on job->files, showing progress in bytes. False with job->status set: the sink's
 * refusal, a stop, or DATA_LOSS when the stored bytes are not those that were sent.
 */
bool upload_read(struct job *job, const struct upload *upload, upload_sink_fn *sink, void *arg);

/* The whole of a small file; INVALID_ARGUMENT beyond the buffer's limit. */
bool upload_load(struct job *job, const struct upload *upload, struct buf *content);

#endif
