/*
 * What all calls share, and what reaches them from outside: notifications, the database's state,
 * the drain.
 */
#include "server/rpc/rpc.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/memory.h"
#include "server/rpc/call_internal.h"
#include "server/rpc/callers.h"
#include "server/rpc/static_files.h"

struct rpc *
rpc_new(const struct rpc_config *config, struct status *status)
{
	struct static_files *files = NULL;
	struct rpc *rpc;

	if (config->static_folder != NULL) {
		files = static_files_new(config->static_folder, status);
		if (files == NULL)
			return NULL;
	}
	rpc = memory_calloc(1, sizeof(*rpc));
	rpc->base = config->base;
	rpc->registry = config->registry;
	rpc->metrics = config->metrics;
	rpc->db = config->db;
	rpc->static_files = files;
	rpc->calls_limit = config->calls_limit;
	rpc->callers = callers_new(config->user_calls_limit, config->held_limit);
	rpc->deadline_max_ms = config->deadline_max_ms;
	LIST_INIT(&rpc->waiting);
	LIST_INIT(&rpc->detached);
	/* Call ids differ between workers and restarts, so that a reference finds one log line. */
	if (getrandom(&rpc->next_id, sizeof(rpc->next_id), 0) != (ssize_t)sizeof(rpc->next_id))
		abort();
	return rpc;
}

void
rpc_set_limits(
    struct rpc *rpc, size_t calls_limit, size_t user_calls_limit, int64_t deadline_max_ms)
{
	rpc->calls_limit = calls_limit;
	rpc->deadline_max_ms = deadline_max_ms;
	callers_set_limit(rpc->callers, user_calls_limit);
}

void
rpc_free(struct rpc *rpc)
{
	struct call *call;

	if (rpc == NULL)
		return;
	while ((call = LIST_FIRST(&rpc->detached)) != NULL)
		call_query_over(call);
	assert(rpc->calls == 0);
	callers_free(rpc->callers);
	static_files_free(rpc->static_files);
	free(rpc);
}

/*
 * A call may decide itself meanwhile and leave the list, but only itself; calls are freed by their
 * streams, not here.
 */
static void
each_waiting(struct rpc *rpc, void (*visit)(struct call *call, const void *arg), const void *arg)
{
	struct call *call = LIST_FIRST(&rpc->waiting);

	while (call != NULL) {
		struct call *next = LIST_NEXT(call, link);

		visit(call, arg);
		call = next;
	}
}

static void
visit_notified(struct call *call, const void *payload)
{
	if (call->kind->notified != NULL)
		call->kind->notified(call, payload);
}

void
rpc_notify(void *arg, const char *payload)
{
	each_waiting(arg, visit_notified, payload);
}

static void
visit_state_changed(struct call *call, const void *unused)
{
	(void)unused;
	if (call->kind->state_changed != NULL)
		call->kind->state_changed(call);
}

void
rpc_state_changed(void *arg)
{
	each_waiting(arg, visit_state_changed, NULL);
}

static void
visit_drain(struct call *call, const void *unused)
{
	(void)unused;
	call_refuse_with(call, STATUS_UNAVAILABLE, "SHUTTING_DOWN", "connect again",
	    "the server is shutting down");
}

void
rpc_drain(struct rpc *rpc)
{
	rpc->draining = true;
	rpc_state_changed(rpc);
	each_waiting(rpc, visit_drain, NULL);
}

bool
rpc_serving(const struct rpc *rpc)
{
	return !rpc->draining && db_ready(rpc->db);
}
