/*
 * Every method this server answers, found by its path. Built once at start from the services'
 * tables and protobuf descriptors; a table that does not fit its descriptor refuses to start.
 */
#ifndef PBC_SERVER_RPC_REGISTRY_H
#define PBC_SERVER_RPC_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "common/status.h"
#include "server/auth/roles.h"
#include "server/db/db.h"

/* How a call runs. Those after RPC_UPLOAD are the server's own: no SQL, no client certificate. */
enum rpc_kind {
	RPC_UNARY,
	RPC_WATCH,  /* server streaming of what a NOTIFY topic tells */
	RPC_UPLOAD, /* client streaming, one transaction per message */
	RPC_HEALTH_CHECK,
	RPC_HEALTH_WATCH,
	RPC_REFLECTION,
};

/* Zero is refused at start: who forgets the effect has not decided. */
enum rpc_effect { RPC_EFFECT_UNSET, RPC_READ, RPC_WRITE };

/*
 * Completes SQL's answer in place before it becomes the response: for what server/domain works out
 * from values that SQL fetched. Pure. False with *status set when the answer does not hold what it
 * takes, which is INTERNAL to the caller.
 */
typedef bool rpc_compute_fn(json_t *answer, struct status *status);

/* One method of a service's table. */
struct rpc_row {
	const char *method;
	enum rpc_kind kind;
	enum rpc_effect effect;
	unsigned roles;    /* enum role bits, any of which may call; 0 is refused at start */
	enum db_lane lane; /* a write may not take DB_READ, whose segments may be sent twice */
	bool
	    patient_level; /* returns rows of single patients, so each call leaves an audit event */
	rpc_compute_fn *compute; /* of a unary read only: a write's answer is what SQL stored */
	const char *topic;       /* of a watch: the NOTIFY payload that wakes it */
	const char
	    *mandatory; /* names of request fields that may not be empty, separated by spaces */
};

struct rpc_service {
	const ProtobufCServiceDescriptor *descriptor;
	const struct rpc_row *rows;
	size_t count;
};

#define RPC_SERVICE(service, table)                          \
	{                                                    \
		.descriptor = (service), .rows = (table),    \
		.count = sizeof(table) / sizeof((table)[0]), \
	}

/* A row joined with its descriptor. */
struct rpc_method {
	const struct rpc_row *row;
	const ProtobufCMessageDescriptor *input;
	const ProtobufCMessageDescriptor *output;
	char *path; /* /pbc.v1.BudgetService/GetBudget */
	char *name; /* BudgetService.GetBudget: in SQL, logs and metrics */
	char roles[ROLES_LITERAL_SIZE];
	bool *mandatory;               /* by index into input->fields */
	struct db_statement statement; /* of kinds that use the database */
	size_t index;                  /* 1 to registry_method_count; 0 stands for no method */
};

struct registry;

/* NULL with *status naming the method that is wrong. services is borrowed and outlives it. */
struct registry *registry_new(
    const struct rpc_service *const *services, size_t count, struct status *status);
void registry_free(struct registry *registry);

/* NULL if there is no such method. */
const struct rpc_method *registry_find(const struct registry *registry, const char *path);
size_t registry_method_count(const struct registry *registry);
/* index from 1 to registry_method_count. */
const struct rpc_method *registry_method(const struct registry *registry, size_t index);
/* Full service names, the server's own included. */
size_t registry_service_count(const struct registry *registry);
const char *registry_service_name(const struct registry *registry, size_t index);
bool registry_has_service(const struct registry *registry, const char *name);

/* Every statement, enter among them, for db_new; valid as long as the registry. */
const struct db_statement *const *registry_statements(
    const struct registry *registry, size_t *count);

static inline bool
rpc_kind_uses_database(enum rpc_kind kind)
{
	return kind <= RPC_UPLOAD;
}

#endif
