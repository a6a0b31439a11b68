/* What the files of this folder share; nobody outside includes it. */
#ifndef PBC_SERVER_H2_H2_INTERNAL_H
#define PBC_SERVER_H2_H2_INTERNAL_H

#include <nghttp2/nghttp2.h>
#include <sys/queue.h>

#include "common/buf.h"
#include "server/h2/h2.h"

#define H2_STREAM_WINDOW 262144      /* unconsumed body of one request */
#define H2_CONNECTION_WINDOW 1048576 /* and of all requests of a connection */
#define H2_CONTINUATIONS 8           /* frames that may continue one header block */
#define H2_HEADER_FLOOD 4     /* times header_list_bytes: the connection is closed, not answered */
#define H2_REPLY_HEADERS 32   /* of one reply, and of one set of trailers */
#define H2_CREDIT_PER_FRAME 3 /* control frames that one of a reply's may draw */
#define H2_DRAIN_WAIT_MS 1000 /* for the ping that marks the round trip */
#define H2_FREE_STREAMS 1024  /* kept for reuse */
#define H2_KEPT_BODY_BYTES 16384 /* of a stream kept for reuse */

/* guard.c: how often something may happen in a minute. Zero-initialised is unused. */
struct h2_budget {
	int64_t minute_ms; /* start of the minute being counted */
	unsigned spent;
};

/* False once per_minute is passed; a minute begins with the first event after the last one. */
bool h2_budget_spend(struct h2_budget *budget, unsigned per_minute, int64_t now_ms);

/* fields.c: a request's header list, held by reference in nghttp2's own buffers. */
struct h2_fields {
	nghttp2_rcbuf **held; /* room for two of each header */
	struct h2_header *headers;
	size_t held_count, header_count, capacity;
	size_t bytes; /* name + value + 32 each, as SETTINGS_MAX_HEADER_LIST_SIZE counts */
	const char *method, *path, *authority, *host;
};

void h2_fields_add(struct h2_fields *fields, nghttp2_rcbuf *name, nghttp2_rcbuf *value);
/* Counts without keeping. */
void h2_fields_count(struct h2_fields *fields, nghttp2_rcbuf *name, nghttp2_rcbuf *value);
/* *request points into fields. */
void h2_fields_request(const struct h2_fields *fields, struct h2_request *request);
void h2_fields_clear(struct h2_fields *fields); /* keeps the memory */
void h2_fields_free(struct h2_fields *fields);

struct h2_slot {
	struct h2_session *session; /* NULL once the connection is gone */
	struct h2_stream *stream;   /* NULL once the stream is closed */
	LIST_ENTRY(h2_slot) link;
};

enum h2_request_state {
	H2_REQUEST_HEADERS,
	H2_REQUEST_BODY,
	H2_REQUEST_ENDED,
};

enum h2_reply_state {
	H2_REPLY_NONE,
	H2_REPLY_OPEN,     /* headers submitted, the body may grow */
	H2_REPLY_FINISHED, /* complete, not all sent */
	H2_REPLY_SENT,     /* END_STREAM is out */
	H2_REPLY_RESET,
};

struct h2_stream {
	struct h2_session *session;
	LIST_ENTRY(h2_stream) link; /* of the session, or of the server's free list */
	STAILQ_ENTRY(h2_stream) drained_link;
	int32_t id;
	enum h2_request_state request_state;
	enum h2_reply_state reply_state;
	bool begun;    /* the user knows of it */
	bool deferred; /* nghttp2 waits for more body */
	bool drained;  /* on the session's list */
	void *user;
	struct h2_slot *slot;
	int64_t active_ms; /* body came, or body went */
	size_t unconsumed; /* body handed over and not yet consumed */
	struct h2_fields fields;
	struct h2_request request;
	struct buf body;
	size_t body_sent;
	struct buf trailers; /* name NUL value NUL, trailer_count times */
	size_t trailer_count;
};

LIST_HEAD(h2_stream_list, h2_stream);
STAILQ_HEAD(h2_stream_queue, h2_stream);
LIST_HEAD(h2_slot_list, h2_slot);
LIST_HEAD(h2_session_list, h2_session);

enum h2_session_state {
	H2_SESSION_OPEN,
	H2_SESSION_DRAINING, /* shutdown notice sent, the last stream not yet named */
	H2_SESSION_LEAVING,  /* GOAWAY sent, streams finish */
	H2_SESSION_OVER,     /* no stream, nothing more to nghttp2 */
};

struct h2_session {
	struct h2_server *server;
	struct net_conn *conn;
	nghttp2_session *ng;
	LIST_ENTRY(h2_session) link;
	enum h2_session_state state;
	struct h2_stream_list streams;
	struct h2_stream_queue drained;
	struct h2_slot_list slots;
	unsigned stream_count;
	unsigned orphan_count; /* slots whose stream is closed */
	size_t waiting;        /* bytes queued on all streams */
	struct h2_budget resets_sent, resets_received, control_frames;
	unsigned control_credit;
	int64_t now_ms;                 /* of the event being handled, or of a sweep since */
	int64_t since_ms;               /* of the state */
	int64_t block_ms;               /* a header block began and has not ended; 0: none */
	struct h2_stream *block_stream; /* whose block began last; NULL: refused, or closed since */
	bool greeted;                   /* a frame has come */
	bool pumping;
	const char *offence; /* why the connection must go; static storage */
};

struct h2_server {
	struct event_base *base;
	struct h2_limits limits;
	struct h2_callbacks callbacks;
	void *arg;
	nghttp2_session_callbacks *ng_callbacks;
	nghttp2_option *ng_option;
	nghttp2_mem ng_memory;
	struct event *sweep;
	struct h2_session_list sessions;
	struct h2_stream_list free_streams;
	unsigned free_count;
	size_t waiting; /* of all sessions */
	bool draining;
};

/* session.c */

/* nghttp2's callbacks, the same for every session. */
nghttp2_session_callbacks *h2_session_callbacks(void);
/* Output will be pulled before the loop turn ends. */
void h2_session_flush(struct h2_session *session);
/* Timeouts of what the peer owes; may end the session. */
void h2_session_sweep(struct h2_session *session, int64_t now_ms);
void h2_session_drain(struct h2_session *session);

/* stream.c */

struct h2_stream *h2_stream_new(struct h2_session *session, int32_t id);
/* Tells the user, detaches the slot, returns credit, gives the memory back. */
void h2_stream_close(struct h2_stream *stream, bool complete);
void h2_stream_destroy(struct h2_stream *stream); /* one of the free list */
/* The peer's DATA: to the user, or dropped when the reply no longer depends on it. */
void h2_stream_receive(struct h2_stream *stream, const uint8_t *data, size_t length);
void h2_stream_end(struct h2_stream *stream);
/* END_STREAM of the reply went out. */
void h2_stream_sent(struct h2_stream *stream);
/* True if the peer has kept the stream waiting since before then_ms. */
bool h2_stream_stalled(const struct h2_stream *stream, int64_t then_ms);
ssize_t h2_stream_pull(nghttp2_session *ng, int32_t id, uint8_t *to, size_t length, uint32_t *flags,
    nghttp2_data_source *source, void *arg);
int h2_stream_send(nghttp2_session *ng, nghttp2_frame *frame, const uint8_t *head, size_t length,
    nghttp2_data_source *source, void *arg);

#endif
