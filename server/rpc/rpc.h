/*
 * gRPC over server/h2: the public face of this folder for the composition root. Everything runs on
 * one event loop.
 */
#ifndef PBC_SERVER_RPC_RPC_H
#define PBC_SERVER_RPC_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/h2/h2.h"

struct db;
struct event_base;
struct metrics;
struct registry;
struct rpc;

/* All borrowed, and outlive the rpc. */
struct rpc_config {
	struct event_base *base;
	const struct registry *registry;
	struct metrics *metrics;
	struct db *db;
	const char *static_folder; /* served to GET; NULL for none */
	size_t calls_limit;        /* calls at a time in all, beyond which RESOURCE_EXHAUSTED */
	size_t user_calls_limit;   /* and of one user, or one network without certificates */
	size_t held_limit;         /* bytes of requests in memory in all: see callers_hold */
	int64_t deadline_max_ms;   /* of a call of one answer; also when it names none */
};

/* NULL with *status set when the static folder cannot be opened. */
struct rpc *rpc_new(const struct rpc_config *config, struct status *status);
/* After the listener and the db were freed: no stream is left, and no ticket will end. */
void rpc_free(struct rpc *rpc);
/* For calls that come from now on; as in struct rpc_config. */
void rpc_set_limits(
    struct rpc *rpc, size_t calls_limit, size_t user_calls_limit, int64_t deadline_max_ms);

/* For h2_server_new, with the rpc as its arg. */
const struct h2_callbacks *rpc_h2_callbacks(void);

/* For db_set_notify and db_set_state_changed, with the rpc as their arg. */
void rpc_notify(void *rpc, const char *payload);
void rpc_state_changed(void *rpc);

/*
 * Health answers NOT_SERVING from now on, and calls that only wait (watches) end with UNAVAILABLE.
 */
void rpc_drain(struct rpc *rpc);
bool rpc_serving(const struct rpc *rpc);

#endif
