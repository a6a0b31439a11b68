/* HTTP/2 streams and a database that do what a test says. Their functions stand for the real ones.
 */
#ifndef PBC_TESTS_UNIT_SERVER_RPC_FAKE_H
#define PBC_TESTS_UNIT_SERVER_RPC_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <event2/event.h>
#include <protobuf-c/protobuf-c.h>

#include "common/buf.h"
#include "server/db/db.h"
#include "server/h2/h2.h"
#include "server/rpc/rpc.h"

#define FAKE_SUBMISSIONS 32
#define FAKE_HELD_LIMIT ((size_t)12 * 1024 * 1024)

/* A stream as its client would see it. */
struct h2_stream {
	void *user;
	struct net_peer peer;
	int http_status;
	struct buf headers; /* "name: value\n" of headers and trailers, in order */
	struct buf body;
	bool finished;
	size_t consumed;
	size_t queued; /* what h2_stream_queued tells; the test sets it */
	size_t room;   /* the same of h2_stream_room */
	int held;      /* slots not yet released */
};

struct db_ticket {
	struct db_param params[40];
	char *values[40];
	const struct db_statement *act;
	enum db_lane lane;
	char *enter[6];
	db_done_fn *done;
	void *arg;
	bool cancelled;
	bool ended;
};

struct fake {
	struct event_base *base;
	struct registry *registry;
	struct metrics *metrics;
	struct rpc *rpc;
	struct db_ticket tickets[FAKE_SUBMISSIONS];
	size_t ticket_count;
	bool ready;
};

extern struct fake fake;

void fake_set_up(void);
/* Every stream closed and every ticket ended; leaks are the sanitizer's to find. */
void fake_tear_down(void);

/* headers: name, value, ..., NULL; of alice, or of who "anonymous" or "another" says. Streams live
 * until fake_close. */
struct h2_stream *fake_open(const char *method, const char *path, ...) __attribute__((sentinel));
/* As a person with a certificate, content-type application/grpc. */
struct h2_stream *fake_call(const char *path);
/* One frame of the message. */
void fake_send(struct h2_stream *stream, const ProtobufCMessage *message);
void fake_send_bytes(struct h2_stream *stream, const void *data, size_t length);
void fake_end(struct h2_stream *stream);
void fake_close(struct h2_stream *stream);

/* The header's or trailer's value; NULL if absent. Valid until the next call. */
const char *fake_header(const struct h2_stream *stream, const char *name);
/* -1 while there is none. */
int fake_grpc_status(const struct h2_stream *stream);

struct db_ticket *fake_ticket(size_t index);
void fake_answer(struct db_ticket *ticket, const char *json);
void fake_refuse(struct db_ticket *ticket, enum status_code code, const char *sqlstate);

/* Lets timers run for that long. */
void fake_wait_ms(int ms);

#endif
