/*
 * Client streaming: each message is a transaction of its own, and the next one is not looked at
 * before it has ended, so a sender is held back to the pace of the database by flow control alone.
 */
#include "server/rpc/call.h"

static void
upload_message(struct call *call, const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(CALL_ARENA_LIMIT);
	const ProtobufCMessage *message = call_unpack(call, arena, data, length);

	if (message != NULL) {
		call_pause(call);
		call_query(call, message, NULL, arena);
	}
	arena_free(arena);
}

static void
upload_result(struct call *call, const struct db_result *result)
{
	if (result->status.code != STATUS_OK) {
		call_refuse(call, &result->status);
		return;
	}
	buf_clear(&call->of.upload.answer);
	if (result->value != NULL)
		buf_append(&call->of.upload.answer, result->value, result->length);
	call_resume(call);
}

/* The reply is the answer to the last message. */
static void
upload_end(struct call *call)
{
	const struct buf *answer = &call->of.upload.answer;

	if (call->messages == 0) {
		call_refuse_with(call, STATUS_INVALID_ARGUMENT, "NO_MESSAGE",
		    "send at least one message; an empty file is one without data",
		    "the upload holds no message");
		return;
	}
	call_send_answer(call, (const char *)answer->data, answer->length);
	call_finish(call);
}

static void
upload_closed(struct call *call)
{
	buf_free(&call->of.upload.answer);
}

const struct call_kind upload_kind = {
    .message_limit = CALL_MESSAGE_LIMIT,
    .message = upload_message,
    .end = upload_end,
    .result = upload_result,
    .closed = upload_closed,
};
