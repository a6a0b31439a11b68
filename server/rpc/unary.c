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

/* The message of an answer that the row's compute completes. */
static ProtobufCMessage *
computed_message(struct call *call, const struct db_result *result)
{
	json_t *json = call_json(call, result->value, result->length);
	struct status status = {0};
	ProtobufCMessage *message = NULL;

	if (json == NULL)
		return NULL;
	if (call->method->row->compute(json, &status))
		message = call_message_from_json(call, json, call->arena);
	else
		call_fail(call, status.message);
	json_decref(json);
	return message;
}

static void
unary_result(struct call *call, const struct db_result *result)
{
	ProtobufCMessage *answer;

	if (result->status.code != STATUS_OK) {
		call_refuse(call, &result->status);
		return;
	}
	answer = call->method->row->compute != NULL
		     ? computed_message(call, result)
		     : call_message(call, result->value, result->length, call->arena);
	if (answer == NULL)
		return;
	call_send(call, answer);
	call_finish(call);
}

const struct call_kind unary_kind = {
    .single = true,
    .message_limit = CALL_MESSAGE_LIMIT,
    .message = unary_message,
    .end = unary_end,
    .result = unary_result,
};
