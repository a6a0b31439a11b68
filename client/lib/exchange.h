/*
 * One gRPC call on a stream of bytes: messages become frames, frames messages, and the end a
 * status. Knows HTTP/2 only by its headers and error codes.
 */
#ifndef PBC_CLIENT_LIB_EXCHANGE_H
#define PBC_CLIENT_LIB_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

#include "client/lib/client.h"
#include "client/lib/details.h"
#include "client/lib/transport.h"
#include "common/buf.h"
#include "common/grpc_frame.h"
#include "common/status.h"

/* One call as its caller gives it: frames out, messages in, trailers at the end. */
struct exchange {
	const char *path; /* /pbc.v1.BudgetService/GetBudget */
	const char *authority;
	const ProtobufCMessageDescriptor *output;
	client_next_fn *next;
	/* Takes over the message. False ends the exchange well. */
	bool (*each)(void *arg, ProtobufCMessage *message);
	void *arg; /* of next and each */
	struct transport_limit limit;
};

/* How far it is. The channel moves it on. */
struct run {
	const struct exchange *exchange;
	int32_t stream_id;
	struct buf frame; /* framed message that nghttp2 is taking */
	bool source_ended;
	struct grpc_frame_reader reader;
	struct details_trailers trailers;
	int http_status;
	bool is_grpc;
	bool ended; /* END_STREAM came */
	bool closed;
	uint32_t close_code;
	bool enough;
	bool failed; /* *status is ours */
	struct status *status;
	int64_t heard_ms;
	int64_t pinged_ms; /* 0 = no ping is out */
};

/* Both are borrowed until run_free. */
void run_init(struct run *run, const struct exchange *exchange, struct status *status);
void run_free(struct run *run);

/* A header or trailer of the answer, and bytes of its body. */
void run_header(
    struct run *run, const char *name, size_t name_length, const char *value, size_t value_length);
void run_data(struct run *run, const uint8_t *data, size_t length);
/* Hands on the messages that are complete. */
void run_deliver(struct run *run);

/* Puts the source's next message into run->frame. False when there is none left or it failed. */
bool run_frame(struct run *run);

/* Nothing more is to be read or written. */
bool run_over(const struct run *run);
/* Ends it with a failure of our own. Always false. */
bool run_fail(struct run *run, enum status_code code, const char *reason, const char *message);
/* What the end means: true for OK or enough, else *status of the run says why not. */
bool run_conclude(struct run *run, struct details_violations *violations);

#endif
