/* Uploads: a client stream of chunks with resumption. */
#include "client/lib/upload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"
#include "common/sha256.h"
#include "pbc/v1/upload.pb-c.h"

#define LOOK_UP_TIMEOUT_MS 30000

struct sender {
	const struct upload *upload;
	struct sha256 sha256;
	int64_t position; /* of fd, and of what the digest has seen */
	bool ended;       /* the message with complete is out */
	char digest[SHA256_HEX];
	Pbc__V1__UploadFileRequest message;
	uint8_t chunk[UPLOAD_CHUNK];
};

/* Starts the file and its digest from the beginning. */
static bool
rewind_file(struct sender *sender, struct status *status)
{
	if (sender->position != 0 && lseek(sender->upload->fd, 0, SEEK_SET) != 0)
		return status_set(status, STATUS_ABORTED, "CANNOT_GO_ON", NULL,
		    "send a file instead of a pipe, or try again",
		    "the upload broke off and its input cannot be read again");
	sha256_free(&sender->sha256);
	sha256_init(&sender->sha256);
	sender->position = 0;
	sender->ended = false;
	return true;
}

/* Fills the chunk with up to size bytes; a short count is the end of the file. */
static bool
read_chunk(struct sender *sender, size_t size, size_t *length, struct status *status)
{
	*length = 0;
	while (*length < size) {
		ssize_t count = read(sender->upload->fd, sender->chunk + *length, size - *length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return status_set(status, STATUS_UNKNOWN, "CANNOT_READ", NULL, NULL,
			    "cannot read %s: %s", sender->upload->file_name, strerror(errno));
		if (count == 0)
			break;
		*length += (size_t)count;
	}
	sha256_update(&sender->sha256, sender->chunk, *length);
	sender->position += (int64_t)*length;
	return true;
}

/* Reads over what the server has already; the digest needs it all the same. */
static bool
skip_to(struct sender *sender, int64_t offset, struct status *status)
{
	while (sender->position < offset) {
		int64_t left = offset - sender->position;
		size_t length;

		if (!read_chunk(sender, left < (int64_t)UPLOAD_CHUNK ? (size_t)left : UPLOAD_CHUNK,
			&length, status))
			return false;
		if (length == 0)
			return status_set(status, STATUS_INVALID_ARGUMENT, "UPLOAD_DIFFERS", NULL,
			    "use another --request-id for another file",
			    "the server has more of this upload than %s is long",
			    sender->upload->file_name);
	}
	return true;
}

static bool
next_chunk(void *arg, const ProtobufCMessage **message, struct status *status)
{
	struct sender *sender = arg;
	Pbc__V1__UploadFileRequest *next = &sender->message;
	size_t length = 0;

	*message = NULL;
	if (sender->ended)
		return true;
	pbc__v1__upload_file_request__init(next);
	next->upload_id = (char *)(uintptr_t)sender->upload->upload_id;
	next->file_name = (char *)(uintptr_t)sender->upload->file_name;
	next->offset = sender->position;
	if (!read_chunk(sender, UPLOAD_CHUNK, &length, status))
		return false;
	next->data.data = sender->chunk;
	next->data.len = length;
	if (length < UPLOAD_CHUNK) {
		sha256_finish(&sender->sha256, sender->digest);
		next->complete = true;
		next->sha256 = sender->digest;
		sender->ended = true;
	}
	if (sender->upload->progress != NULL)
		sender->upload->progress(sender->upload->arg, sender->position);
	*message = &next->base;
	return true;
}

/* What the server has of an upload. */
struct held {
	int64_t received_bytes; /* 0 when it has not heard of it */
	bool complete;
	char sha256[SHA256_HEX];
};

/* Leaves *status alone unless the question itself failed. */
static bool
look_up(struct client *client, const char *upload_id, struct held *held, struct status *status)
{
	Pbc__V1__GetUploadRequest request = PBC__V1__GET_UPLOAD_REQUEST__INIT;
	Pbc__V1__GetUploadResponse *response;
	struct status refusal = {.code = STATUS_OK};

	memset(held, 0, sizeof(*held));
	request.upload_id = (char *)(uintptr_t)upload_id;
	response =
	    (Pbc__V1__GetUploadResponse *)client_call(client, &pbc__v1__upload_service__descriptor,
		"GetUpload", &request.base, LOOK_UP_TIMEOUT_MS, &refusal);
	if (response == NULL && refusal.code != STATUS_NOT_FOUND)
		*status = refusal;
	if (response == NULL)
		return refusal.code == STATUS_NOT_FOUND;
	if (response->upload != NULL) {
		held->received_bytes = response->upload->received_bytes;
		held->complete = response->upload->complete;
		snprintf(held->sha256, sizeof(held->sha256), "%s", response->upload->sha256);
	}
	pbc__v1__get_upload_response__free_unpacked(response, NULL);
	return true;
}

/* Nothing is to be sent; but is it the same file? */
static bool
same_file(struct sender *sender, const struct held *held, struct status *status)
{
	size_t length;

	if (!skip_to(sender, held->received_bytes, status) ||
	    !read_chunk(sender, 1, &length, status))
		return false;
	sha256_finish(&sender->sha256, sender->digest);
	if (length == 0 && strcmp(sender->digest, held->sha256) == 0)
		return true;
	return status_set(status, STATUS_INVALID_ARGUMENT, "UPLOAD_DIFFERS", NULL,
	    "use another --request-id for another file",
	    "%s is not the file that was sent with this request id before",
	    sender->upload->file_name);
}

/* One connection's worth. */
static bool
send_rest(
    struct client *client, struct sender *sender, const struct held *held, struct status *status)
{
	ProtobufCMessage *answer;

	if (!rewind_file(sender, status))
		return false;
	if (held->complete)
		return same_file(sender, held, status);
	if (!skip_to(sender, held->received_bytes, status))
		return false;
	answer = client_send(client, &pbc__v1__upload_service__descriptor, "UploadFile", next_chunk,
	    sender, UPLOAD_TIMEOUT_MS, status);
	protobuf_c_message_free_unpacked(answer, NULL);
	return answer != NULL;
}

bool
upload_run(struct client *client, const struct upload *upload, struct status *status)
{
	struct sender *sender = memory_calloc(1, sizeof(*sender));
	struct held held;
	int64_t reached_bytes = -1;
	int failures = 0; /* in a row without a byte more */
	bool ok = false;

	sender->upload = upload;
	while (!ok) {
		if (!look_up(client, upload->upload_id, &held, status))
			break;
		failures = held.received_bytes > reached_bytes ? 0 : failures + 1;
		reached_bytes = held.received_bytes;
		if (failures >= UPLOAD_ATTEMPTS ||
		    (failures > 0 && !client_pause(client, failures + 1)))
			break;
		ok = send_rest(client, sender, &held, status);
		if (!ok && status->code != STATUS_UNAVAILABLE)
			break;
	}
	sha256_free(&sender->sha256);
	free(sender);
	return ok;
}
