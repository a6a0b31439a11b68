/*
 * A call's visit to the database: the segment of enter and the method's statement, and its JSON
 * answer.
 */
#include "server/rpc/call.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "server/rpc/binder.h"
#include "server/rpc/call_internal.h"

static void
query_done(void *arg, const struct db_result *result)
{
	struct call *call = arg;
	bool heard = call->stream != NULL && !call->decided;

	call_query_over(call);
	if (!heard)
		return;
	memcpy(call->sqlstate, result->sqlstate, sizeof(call->sqlstate));
	call->kind->result(call, result);
}

/* Up to two digits that count, a tenth more at most. */
static int64_t
round_up(int64_t ms)
{
	int64_t unit = 1;

	while (ms / unit >= 100)
		unit *= 10;
	return (ms + unit - 1) / unit * unit;
}

/*
 * What is left of the call's time, and for a streaming call at most one fetch's. At least 1: 0
 * would mean no limit. Rounded, as neighbours enter together if they have the same: the caller is
 * answered at its own time, this bounds what the database does for it.
 */
static int64_t
remaining_ms(const struct call *call)
{
	int64_t left_ms = (call->deadline_us - clock_monotonic_us()) / 1000;

	if (call->method->row->kind != RPC_UNARY && left_ms > CALL_FETCH_MS)
		return CALL_FETCH_MS;
	return left_ms > 0 ? round_up(left_ms) : 1;
}

void
call_query(
    struct call *call, const ProtobufCMessage *message, const char *after, struct arena *arena)
{
	const struct rpc_method *method = call->method;
	struct db_param params[BINDER_PARAM_LIMIT];
	struct status status = {0};
	char deadline[24];
	const struct db_param enter[ENTER_PARAM_COUNT] = {
	    [ENTER_ORGANISATION] = {.value = call->peer->organisation},
	    [ENTER_USER] = {.value = call->peer->user},
	    [ENTER_COMMISSIONER] = {.value = call->commissioner},
	    [ENTER_ROLES] = {.value = method->roles},
	    [ENTER_METHOD] = {.value = method->name},
	    [ENTER_DEADLINE_MS] = {.value = deadline},
	};

	assert(call->ticket == NULL && !call->decided);
	if (!binder_bind(method, message, after, arena, params, &status)) {
		call_refuse(call, &status);
		return;
	}
	snprintf(deadline, sizeof(deadline), "%" PRId64, remaining_ms(call));
	call->slot = h2_stream_hold(call->stream);
	call->ticket = db_submit(call->rpc->db, method->row->lane, &binder_enter, enter,
	    &method->statement, params, query_done, call);
}

json_t *
call_json(struct call *call, const char *text, size_t length)
{
	json_error_t error;
	json_t *json;

	if (text == NULL) {
		call_fail(call, "the function's answer is SQL NULL");
		return NULL;
	}
	json = json_loadb(text, length, 0, &error);
	/* Not error.text: it quotes the answer. */
	if (json == NULL)
		call_fail(call, "the function's answer is not JSON");
	return json;
}
