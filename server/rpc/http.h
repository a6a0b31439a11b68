/* Streams as h2 sees them: a call, a file or a plain answer; and the last, for what is no gRPC. */
#ifndef PBC_SERVER_RPC_HTTP_H
#define PBC_SERVER_RPC_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "server/h2/h2.h"

struct rpc_stream;

struct rpc_stream_ops {
	void (*data)(struct rpc_stream *stream, const uint8_t *data, size_t length);
	void (*end)(struct rpc_stream *stream);
	void (*drained)(struct rpc_stream *stream);
	void (*closed)(struct rpc_stream *stream); /* frees it, or lets go of the h2 stream */
};

/* First member of whatever h2_callbacks.begin returns. */
struct rpc_stream {
	const struct rpc_stream_ops *ops;
};

/* NULL if it was not sent; of several the first. */
const char *http_header(const struct h2_request *request, const char *name);

/* What every answer to a browser says besides its own, for headers that begin with it. */
#define HTTP_COMMON_HEADERS 7
extern const struct h2_header http_common_headers[HTTP_COMMON_HEADERS];

/*
 * A status and one line of text, which HEAD goes without. What the client still sends is dropped.
 */
struct rpc_stream *http_answer(
    struct h2_stream *stream, const struct h2_request *request, int http_status, const char *text);

#endif
