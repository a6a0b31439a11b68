/*
 * HTTP/2 server sessions by nghttp2 over server/net. Knows no gRPC. Guards against the floods that
 * nghttp2 1.52 does not stop by itself (resets we are made to send, CONTINUATION, SETTINGS, PING,
 * empty DATA): a connection over its budget gets GOAWAY(ENHANCE_YOUR_CALM).
 */
#ifndef PBC_SERVER_H2_H2_H
#define PBC_SERVER_H2_H2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/net/net.h"

struct h2_server;
struct h2_stream;

struct h2_header {
	const char *name; /* lower case */
	const char *value;
};

struct h2_request {
	const char *method;
	const char *path;
	const char *authority;
	const struct h2_header *headers; /* the rest; valid until closed */
	size_t header_count;
	const struct net_peer *peer; /* valid until closed */
};

struct h2_callbacks {
	/* Header block complete. Returns the stream's user pointer (may be NULL). */
	void *(*begin)(void *arg, struct h2_stream *stream, const struct h2_request *request);
	/*
	 * Request body. Flow-control credit is returned only by h2_stream_consume. Neither data nor
	 * end comes after h2_stream_finish or h2_stream_reset.
	 */
	void (*data)(void *user, const uint8_t *data, size_t length);
	/* END_STREAM. */
	void (*end)(void *user);
	/* Some of what was written went out and less than H2_STREAM_LOW is left. */
	void (*drained)(void *user);
	/*
	 * Exactly once per stream, also when the connection is lost; afterwards the pointer is
	 * dead. complete is false if the peer reset it or went away before the reply was out.
	 */
	void (*closed)(void *user, bool complete);
};

struct h2_limits {
	unsigned concurrent_streams;
	size_t header_list_bytes;           /* 8 KiB: 431 or close */
	unsigned resets_per_minute;         /* sent and received, each */
	unsigned control_frames_per_minute; /* and empty DATA, beyond what our replies draw */
	/*
	 * The peer keeps a stream waiting: its request has not ended and no data comes, or its
	 * window takes none of the reply that waits. Also the longest that a header block may take.
	 */
	int stream_idle_timeout_ms;
	size_t waiting_bytes; /* of replies, for all connections: see h2_stream_room */
};

#define H2_STREAM_LOW 16384
#define H2_WAITING_SHARE 16

/* callbacks as net's arg: pass h2_net_callbacks() and the server to net_listener_new. */
struct h2_server *h2_server_new(struct event_base *base, const struct h2_limits *limits,
    const struct h2_callbacks *callbacks, void *arg);
const struct net_conn_callbacks *h2_net_callbacks(void);
/*
 * Shutdown notice, then GOAWAY with the last stream a round trip later; each connection closes when
 * its streams are done, and waits for them for ever: the caller sets the limit (net_listener_free).
 */
void h2_server_drain(struct h2_server *server);
/* Bytes of replies that wait for their clients' windows. */
size_t h2_server_waiting(const struct h2_server *server);
/* No connection is left. */
bool h2_server_idle(const struct h2_server *server);
/* After net_listener_free: no connection may be left. */
void h2_server_free(struct h2_server *server);

/*
 * The reply's calls go in this order: respond, write as often as need be, finish; each may be
 * called in a callback of the stream or later. On a stream that h2_stream_reset ended they do
 * nothing.
 *
 * HEADERS of the reply. With end, nothing follows (Trailers-Only). At most 32 headers: values are
 * copied, names are lower case and of static storage.
 */
void h2_stream_respond(struct h2_stream *stream, int http_status, const struct h2_header *headers,
    size_t count, bool end);
/* Queues body bytes, which nghttp2 pulls as flow control allows. Copies. */
void h2_stream_write(struct h2_stream *stream, const void *data, size_t length);
/*
 * Ends the body with trailers (count may be 0: plain END_STREAM). If the client has not ended its
 * request, RST_STREAM(NO_ERROR) follows END_STREAM.
 */
void h2_stream_finish(struct h2_stream *stream, const struct h2_header *trailers, size_t count);
void h2_stream_reset(struct h2_stream *stream, uint32_t error_code);
/* Returns credit for length bytes of the body, to stream and connection. */
void h2_stream_consume(struct h2_stream *stream, size_t length);
size_t h2_stream_queued(const struct h2_stream *stream);
/*
 * How much more of replies may wait for the stream's client. The writer sees to it. A connection
 * may have one part in H2_WAITING_SHARE of what is left of waiting_bytes: clients that read nothing
 * leave room for another, the less the more they are.
 */
size_t h2_stream_room(const struct h2_stream *stream);
/*
 * A reset stream keeps its concurrency slot until released, so that a client cannot start work
 * faster than it ends. Call hold when work starts, release when it is really over.
 */
struct h2_slot;
struct h2_slot *h2_stream_hold(struct h2_stream *stream);
void h2_slot_release(struct h2_slot *slot);

#endif
