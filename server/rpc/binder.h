/*
 * Requests into SQL by their descriptors: the text of each method's statement at start, its
 * parameters at each call. CONTRIBUTING.md, "Proto to SQL, exactly", is the contract.
 */
#ifndef PBC_SERVER_RPC_BINDER_H
#define PBC_SERVER_RPC_BINDER_H

#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"
#include "common/status.h"
#include "server/db/db.h"

struct rpc_method;

/* Most parameters of a statement; a method that needs more is refused at start. */
#define BINDER_PARAM_LIMIT 32

/*
 * api.enter(organisation, user, commissioner, roles, method, deadline_ms): first of every segment.
 */
extern const struct db_statement binder_enter;
enum binder_enter_param {
	ENTER_ORGANISATION,
	ENTER_USER,
	ENTER_COMMISSIONER,
	ENTER_ROLES,
	ENTER_METHOD,
	ENTER_DEADLINE_MS,
	ENTER_PARAM_COUNT,
};

/*
 * Fills method->statement; its name is method->name, its text is the caller's to free. False with
 * *status set when the request has too many fields or a write has no request_id.
 */
bool binder_prepare(struct rpc_method *method, struct status *status);

/*
 * Fills params[0 .. method->statement.param_count). after is the cursor of a watch (NULL at first
 * and for other kinds). Values live in the arena or the message. False with *status set when the
 * arena is full.
 */
bool binder_bind(const struct rpc_method *method, const ProtobufCMessage *message,
    const char *after, struct arena *arena, struct db_param params[BINDER_PARAM_LIMIT],
    struct status *status);

#endif
