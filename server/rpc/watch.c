/*
 * Server streaming of what changes: the function is asked again, from its own cursor, after each
 * notification of its topic, and now and then in case one was lost. While the client is slow to
 * read nothing is fetched.
 */
#include "server/rpc/call.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define TICK_S 15

static void
watch_fetch(struct call *call)
{
	struct watch_state *watch = &call->of.watch;
	struct arena *arena;

	if (call->decided)
		return;
	if (call->ticket != NULL || h2_stream_queued(call->stream) > H2_STREAM_LOW) {
		watch->stale = true;
		return;
	}
	watch->stale = false;
	evtimer_del(&watch->tick);
	arena = arena_new(CALL_ARENA_LIMIT);
	call_query(call, watch->request, watch->cursor, arena);
	arena_free(arena);
}

static void
watch_ticked(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	watch_fetch(arg);
}

static void
watch_message(struct call *call, const uint8_t *data, size_t length)
{
	call->of.watch.request = call_unpack(call, call_arena(call), data, length);
}

static void
watch_end(struct call *call)
{
	evtimer_assign(&call->of.watch.tick, call->rpc->base, watch_ticked, call);
	call->of.watch.ticking = true;
	watch_fetch(call);
}

static bool
send_messages(struct call *call, json_t *messages)
{
	size_t index;
	json_t *item;

	json_array_foreach(messages, index, item)
	{
		call_send_json(call, item);
		if (call->decided)
			return false;
	}
	return true;
}

/* {"cursor": "...", "messages": [...], "done": false} */
static void
take_answer(struct call *call, const json_t *answer)
{
	static const struct timeval tick = {.tv_sec = TICK_S};
	struct watch_state *watch = &call->of.watch;
	json_t *messages = json_object_get(answer, "messages");
	const char *cursor = json_string_value(json_object_get(answer, "cursor"));

	if (!json_is_array(messages) || cursor == NULL) {
		call_fail(call, "a watch's answer lacks its cursor or messages");
		return;
	}
	free(watch->cursor);
	watch->cursor = memory_strdup(cursor);
	if (!send_messages(call, messages))
		return;
	if (json_is_true(json_object_get(answer, "done"))) {
		call_finish(call);
		return;
	}
	/* A browser's fetch goes on once it has headers, and the first event may be hours away. */
	call_send_headers(call);
	evtimer_add(&watch->tick, &tick);
	/* There may be more than one answer holds. */
	if (watch->stale || json_array_size(messages) > 0)
		watch_fetch(call);
}

static void
watch_result(struct call *call, const struct db_result *result)
{
	json_t *answer;

	if (result->status.code != STATUS_OK) {
		call_refuse(call, &result->status);
		return;
	}
	answer = call_json(call, result->value, result->length);
	if (answer == NULL)
		return;
	take_answer(call, answer);
	json_decref(answer);
}

static void
watch_drained(struct call *call)
{
	if (call->of.watch.stale)
		watch_fetch(call);
}

/* An empty payload means that some may have been lost. */
static void
watch_notified(struct call *call, const char *payload)
{
	if (!call->of.watch.ticking)
		return;
	if (*payload == '\0' || strcmp(payload, call->method->row->topic) == 0)
		watch_fetch(call);
}

static void
watch_closed(struct call *call)
{
	if (call->of.watch.ticking)
		evtimer_del(&call->of.watch.tick);
	free(call->of.watch.cursor);
}

const struct call_kind watch_kind = {
    .single = true,
    .waits = true,
    .message_limit = CALL_MESSAGE_LIMIT,
    .message = watch_message,
    .end = watch_end,
    .result = watch_result,
    .drained = watch_drained,
    .notified = watch_notified,
    .closed = watch_closed,
};
