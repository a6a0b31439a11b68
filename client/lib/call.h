/* gRPC's call shapes (one in, many in, many out) as one exchange on a channel. */
#ifndef PBC_CLIENT_LIB_CALL_H
#define PBC_CLIENT_LIB_CALL_H

#include "client/lib/channel.h"

/* One request, then no more: a client_next_fn over struct call_single. */
struct call_single {
	const ProtobufCMessage *request;
	ProtobufCMessage *answer; /* the first message; the caller's */
	size_t answers;
	bool sent;
	client_next_fn *next; /* of a client stream; NULL sends request */
	void *next_arg;
};

client_next_fn call_single_next;
bool call_single_each(void *arg, ProtobufCMessage *message);

/* True if exactly one answer came; else frees it and says so in *status. */
bool call_single_complete(struct call_single *single, struct status *status);

/*
 * True if sending the request twice cannot change what it does: it has no field request_id (a read)
 * or that field is set.
 */
bool call_repeatable(const ProtobufCMessage *request);

/*
 * The pause before attempt 2, 3, ...: doubles from 100 ms to at most 5 s, less up to a fifth by
 * chance (0 to 999).
 */
int call_pause_ms(int attempt, int chance);

#endif
