/*
 * The form of a request's fields, by their names, before any SQL: one table for all methods, since
 * a name means the same in each. Whether a code or row exists is the database's answer.
 */
#ifndef PBC_SERVER_RPC_SHAPE_H
#define PBC_SERVER_RPC_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>

struct rpc_method;

#define SHAPE_VIOLATION_LIMIT 16
#define SHAPE_PAGE_SIZE_MAX 200

struct shape_violation {
	char field[96];          /* content.start_date */
	const char *description; /* static */
};

/* Every fault at once, up to the limit, so that a caller mends them in one go. */
struct shape_violations {
	size_t count;
	struct shape_violation items[SHAPE_VIOLATION_LIMIT];
};

/*
 * True if message may go to the database. A page_size above SHAPE_PAGE_SIZE_MAX is brought down to
 * it in message, as callers may ask for more than they get.
 */
bool shape_check(const struct rpc_method *method, ProtobufCMessage *message,
    struct shape_violations *violations);

#endif
