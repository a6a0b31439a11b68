/* One message in, one database visit, one message out. */
#include "server/rpc/call.h"

/* Nothing is done before the request has ended: a second message would refuse it. */
static void
unary_message(struct call *call, const uint8_t *data, size_t length)
{
	call->of.unary.request = call_unpack(call, call_arena(call), data, length);
}

static void
unary_end(struct call *call)
{
	call_query(call, call->of.unary.request, NULL, call->arena);
}

/* An answer that the row's compute completes. */
static void
send_computed(struct call *call, const struct db_result *result)
{
	json_t *json = call_json(call, result->value, result->length);
	struct status status = {0};

	if (json == NULL)
		return;
	if (call->method->row->compute(json, &status))
		call_send_json(call, json);
	else
		call_fail(call, status.message);
	json_decref(json);
}

static void
unary_result(struct call *call, const struct db_result *result)
{
	if (result->status.code != STATUS_OK) {
		call_refuse(call, &result->status);
		return;
	}
	if (call->method->row->compute != NULL)
		send_computed(call, result);
	else
		call_send_answer(call, result->value, result->length);
	call_finish(call);
}

const struct call_kind unary_kind = {
    .single = true,
    .message_limit = CALL_MESSAGE_LIMIT,
    .message = unary_message,
    .end = unary_end,
    .result = unary_result,
};
