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

static void
unary_result(struct call *call, const struct db_result *result)
{
	ProtobufCMessage *answer;

	if (result->status.code != STATUS_OK) {
		call_refuse(call, &result->status);
		return;
	}
	answer = call_message(call, result->value, result->length, call->arena);
	if (answer == NULL)
		return;
	call_send(call, answer);
	call_finish(call);
}

const struct call_kind unary_kind = {
    .single = true,
    .message = unary_message,
    .end = unary_end,
    .result = unary_result,
};
