/* What a content-type asks for, and gRPC-Web's way to carry trailers: a frame of the body. */
#ifndef PBC_SERVER_RPC_GRPC_WEB_H
#define PBC_SERVER_RPC_GRPC_WEB_H

#include <stddef.h>

#include "common/buf.h"
#include "server/h2/h2.h"

enum grpc_wire {
	GRPC_WIRE_NONE, /* not a gRPC request: 415 */
	GRPC_WIRE_GRPC,
	GRPC_WIRE_WEB, /* binary only; base64 text is not served */
};

enum grpc_wire grpc_wire_of_content_type(const char *content_type);
/* What the reply calls itself. Static storage. */
const char *grpc_wire_content_type(enum grpc_wire wire);

/* Appends the frame of flag 0x80 that holds the trailers as lines. */
void grpc_web_append_trailers(struct buf *body, const struct h2_header *trailers, size_t count);

#endif
