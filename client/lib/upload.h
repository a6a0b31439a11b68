/*
 * Sends a file to UploadService in chunks, its SHA-256 last, and goes on from where the server has
 * it when the connection breaks.
 */
#ifndef PBC_CLIENT_LIB_UPLOAD_H
#define PBC_CLIENT_LIB_UPLOAD_H

#include "client/lib/client.h"

#define UPLOAD_CHUNK ((size_t)256 * 1024)
#define UPLOAD_TIMEOUT_MS 3600000
/* Connections in a row that may break without a byte getting through. */
#define UPLOAD_ATTEMPTS CLIENT_ATTEMPTS

struct upload {
	/*
	 * Open for reading, at the file's start; the caller's. Goes on after a break if it seeks.
	 */
	int fd;
	const char *upload_id; /* UUID; the same one again continues the same upload */
	const char *file_name; /* as kept by the server */
	/* Bytes that are out so far; may be NULL. */
	void (*progress)(void *arg, int64_t sent_bytes);
	void *arg;
};

/*
 * True once the server has the whole file, also if it had it before. INVALID_ARGUMENT when this
 * upload_id was used for other bytes, UNKNOWN when the file cannot be read.
 */
bool upload_run(struct client *client, const struct upload *upload, struct status *status);

#endif
