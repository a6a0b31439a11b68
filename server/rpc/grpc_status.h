/* A status as gRPC trailers: grpc-status, grpc-message, and details as google.rpc.Status. */
#ifndef PBC_SERVER_RPC_GRPC_STATUS_H
#define PBC_SERVER_RPC_GRPC_STATUS_H

#include <stddef.h>

#include "common/status.h"
#include "server/h2/h2.h"

struct shape_violations;

#define GRPC_STATUS_HEADERS 3
/*
 * A message of 512 bytes percent-encoded, and details of all that a status and violations can hold,
 * in base64.
 */
#define GRPC_STATUS_TEXT 12288

struct grpc_status {
	struct h2_header headers[GRPC_STATUS_HEADERS];
	size_t count;
	char text[GRPC_STATUS_TEXT]; /* the headers' values */
};

/*
 * A refusal. Details are ErrorInfo (reason, domain pbc, the hint as metadata), BadRequest of an
 * INVALID_ARGUMENT with a field or violations (may be NULL), PreconditionFailure of a
 * FAILED_PRECONDITION.
 */
void grpc_status_encode(struct grpc_status *encoded, const struct status *status,
    const struct shape_violations *violations);

/* Percent-encodes all but printable ASCII, and '%'. Cut to size. Returns the length without NUL. */
size_t grpc_status_percent_encode(const char *message, char *out, size_t size);

#endif
