/*
 * One call from its headers to its trailers, whatever its kind. A call belongs to its stream and to
 * its database work; it lives until both have gone, so neither ever sees the other's dead pointer.
 */
#ifndef PBC_SERVER_RPC_CALL_H
#define PBC_SERVER_RPC_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/grpc_frame.h"
#include "common/status.h"
#include "server/db/db.h"
#include "server/h2/h2.h"
#include "server/rpc/grpc_web.h"
#include "server/rpc/http.h"
#include "server/rpc/registry.h"

#define CALL_MESSAGE_LIMIT ((size_t)1024 * 1024) /* of a request */
#define CALL_PROBE_LIMIT ((size_t)4096) /* of one that needs no certificate: a name or two */
#define CALL_REPLY_LIMIT                                                                          \
	((size_t)4 * 1024 * 1024)                   /* of an answer: what clients take by default \
						     */
#define CALL_ARENA_LIMIT ((size_t)16 * 1024 * 1024) /* request and parameters together */
#define CALL_SMALL_REPLY ((size_t)16 * 1024)        /* goes to who reads slowly, too */
#define CALL_STREAM_DEADLINE_MS ((int64_t)24 * 3600 * 1000)
#define CALL_FETCH_MS 30000 /* one transaction of a streaming call */

struct call;
struct caller;
struct callers;

/*
 * What a kind of call does at each event; a member may be NULL. None is called once the reply is
 * decided, except closed.
 */
struct call_kind {
	bool single; /* exactly one request message */
	bool waits;  /* may wait for long: told of notifications and state, ended by a drain */
	bool quiet;  /* no deadline, no limit of calls, no log line */
	size_t message_limit;
	void (*message)(struct call *call, const uint8_t *data, size_t length);
	void (*end)(struct call *call);
	void (*result)(struct call *call, const struct db_result *result);
	void (*drained)(struct call *call);
	void (*notified)(struct call *call, const char *payload);
	void (*state_changed)(struct call *call);
	void (*closed)(struct call *call); /* releases the kind's own state */
};

extern const struct call_kind unary_kind, watch_kind, upload_kind, health_check_kind,
    health_watch_kind, reflection_kind;

struct unary_state {
	const ProtobufCMessage *request; /* in the call's arena */
};

struct watch_state {
	const ProtobufCMessage *request; /* in the call's arena */
	char *cursor;                    /* owned */
	struct event tick;
	bool ticking;
	bool stale; /* something may have changed since the last fetch began */
};

struct upload_state {
	struct buf answer; /* of the last message */
};

struct health_state {
	bool known;    /* the service asked for */
	bool watching; /* told has been sent */
	int told;
};

struct call {
	struct rpc_stream base; /* first: h2's user pointer */
	LIST_ENTRY(call) link;  /* in rpc->waiting or, after its stream has gone, rpc->detached */
	struct rpc *rpc;
	struct h2_stream *stream; /* NULL once closed */
	const struct call_kind *kind;
	const struct rpc_method *method; /* NULL for an unknown path */
	uint64_t id;
	int64_t begun_us, deadline_us; /* monotonic */
	struct event deadline;
	enum grpc_wire wire;
	bool waiting;   /* in rpc->waiting */
	bool timed;     /* deadline is set */
	bool responded; /* headers are out */
	bool decided;   /* so are the trailers */
	bool ended;     /* the request is complete */
	bool end_told;
	bool paused;       /* messages wait */
	bool cancelled;    /* the ticket */
	size_t unconsumed; /* bytes received without credit returned */
	size_t messages;
	struct grpc_frame_reader reader;
	size_t held;         /* bytes of reader, as counted for the caller */
	struct arena *arena; /* NULL until needed */
	struct db_ticket *ticket;
	struct h2_slot *slot;
	char sqlstate[6];
	struct caller *caller;       /* NULL of what was not let in, and of quiet calls */
	const struct net_peer *peer; /* valid until closed */
	const char *commissioner;    /* header, NULL if not sent; valid until closed */
	union {
		struct unary_state unary;
		struct watch_state watch;
		struct upload_state upload;
		struct health_state health;
	} of;
};

LIST_HEAD(call_list, call);

/* What calls share. */
struct rpc {
	const struct registry *registry;
	struct event_base *base;
	struct metrics *metrics;
	struct db *db;
	struct static_files *static_files; /* NULL: none */
	size_t calls_limit;
	struct callers *callers;
	int64_t deadline_max_ms;
	size_t calls; /* that exist */
	uint64_t next_id;
	bool draining;
	struct call_list waiting;
	struct call_list detached; /* no stream, and a ticket that has not ended */
};

/*
 * The caller sets wire, method and kind as far as known, and then decides the call or leaves it to
 * its kind. Its peer and commissioner are those of the request.
 */
struct call *call_new(struct rpc *rpc, struct h2_stream *stream, const struct h2_request *request);
void call_start_deadline(struct call *call, int64_t timeout_ms);

/* While paused no message is delivered and no credit for their bytes is returned. */
void call_pause(struct call *call);
void call_resume(struct call *call);

/*
 * Scans, unpacks and checks a request's form; on a fault decides the call and returns NULL. The
 * message lives in the arena.
 */
ProtobufCMessage *call_unpack(
    struct call *call, struct arena *arena, const uint8_t *data, size_t length);
/* The call's own arena. */
struct arena *call_arena(struct call *call);
/*
 * One database visit: enter, then the method's statement. kind->result gets the outcome. Nothing of
 * message or arena is needed after it returns. At most one at a time.
 */
void call_query(
    struct call *call, const ProtobufCMessage *message, const char *after, struct arena *arena);

/*
 * An answer of SQL as a tree; NULL, and the call decided, if it is none. text NULL is SQL NULL,
 * which no function answers.
 */
json_t *call_json(struct call *call, const char *text, size_t length);

/* Once and before anything else; what is sent below sees to it. */
void call_send_headers(struct call *call);
/* Streams one message. */
void call_send(struct call *call, const ProtobufCMessage *message);
/* The same of an answer of SQL, or a part of one; decides the call if it does not fit the proto. */
void call_send_answer(struct call *call, const char *text, size_t length);
void call_send_json(struct call *call, const json_t *json);
/* The same of a message that is framed already. */
void call_send_frame(struct call *call, const uint8_t *frame, size_t length);
/* Each decides the call; later ones do nothing. */
void call_finish(struct call *call);
void call_refuse(struct call *call, const struct status *status);
void call_refuse_with(struct call *call, enum status_code code, const char *reason,
    const char *hint, const char *message);
/* Logged in full with a reference, of which alone the caller learns. */
void call_fail(struct call *call, const char *what);

#endif
