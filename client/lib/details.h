/* How a call ended, from the trailers: grpc-status, grpc-message and google.rpc.Status details. */
#ifndef PBC_CLIENT_LIB_DETAILS_H
#define PBC_CLIENT_LIB_DETAILS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/lib/client.h"
#include "common/status.h"

/* More than the trailers of any refusal need; what is longer is cut. */
#define DETAILS_HEADER_LIMIT 8192

/* The three headers as received; empty if absent. */
struct details_trailers {
	char status[16];
	char message[DETAILS_HEADER_LIMIT];
	char binary[DETAILS_HEADER_LIMIT]; /* base64, with or without padding */
};

struct details_violations {
	struct client_violation items[CLIENT_VIOLATION_LIMIT];
	size_t count; /* those over the limit are left out */
};

/* True if a header's name is the expected one. Name needs no NUL. */
bool details_named(const char *name, size_t length, const char *expected);

/* Notes a header if it is one of the three. Texts need no NUL. */
void details_header(struct details_trailers *trailers, const char *name, size_t name_length,
    const char *value, size_t value_length);

/*
 * True if trailers say OK. Else false with *status and *violations filled; details that cannot be
 * read leave the code and message as they are. A grpc-status that is no number is UNKNOWN.
 */
bool details_read(const struct details_trailers *trailers, struct status *status,
    struct details_violations *violations);

#endif
