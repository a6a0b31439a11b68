/*
 * The life of a call and what it receives. Its replies are in reply.c, its database visit in
 * query.c.
 */
#include "server/rpc/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"
#include "common/pbscan.h"
#include "server/rpc/call_internal.h"
#include "server/rpc/callers.h"
#include "server/rpc/metrics.h"
#include "server/rpc/shape.h"

/*
 * Memory of a request that is not counted: all of most of them, so that who holds much cannot keep
 * the small ones out.
 */
#define HELD_FREE ((size_t)16 * 1024)

static void
call_free(struct call *call)
{
	assert(call->stream == NULL && call->ticket == NULL && call->slot == NULL && !call->timed);
	grpc_frame_reader_free(&call->reader);
	arena_free(call->arena);
	if (call->caller != NULL)
		callers_release(call->rpc->callers, call->caller, call->held);
	call->rpc->calls--;
	free(call);
}

void
call_query_over(struct call *call)
{
	call->ticket = NULL;
	h2_slot_release(call->slot);
	call->slot = NULL;
	if (call->stream != NULL)
		return;
	LIST_REMOVE(call, link);
	call_free(call);
}

struct arena *
call_arena(struct call *call)
{
	if (call->arena == NULL)
		call->arena = arena_new(CALL_ARENA_LIMIT);
	return call->arena;
}

static void
deadline_passed(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;

	(void)fd;
	(void)what;
	call_refuse_with(call, STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED",
	    "try again with a longer timeout; a write with the same request_id happens once",
	    "the call's time is over");
}

void
call_start_deadline(struct call *call, int64_t timeout_ms)
{
	const struct timeval timeout = {
	    .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

	call->deadline_us = call->begun_us + timeout_ms * 1000;
	call->timed = true;
	evtimer_assign(&call->deadline, call->rpc->base, deadline_passed, call);
	evtimer_add(&call->deadline, &timeout);
}

static void
return_credit(struct call *call)
{
	if (call->unconsumed == 0)
		return;
	h2_stream_consume(call->stream, call->unconsumed);
	call->unconsumed = 0;
}

static void
refuse_frame(struct call *call, enum grpc_frame_result result)
{
	struct status status;

	switch (result) {
	case GRPC_FRAME_TOO_LARGE:
		status_set(&status, STATUS_RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE", NULL,
		    "send less at a time; files go by UploadFile",
		    "a message to this method may have at most %zu KiB",
		    call->kind->message_limit / 1024);
		call_refuse(call, &status);
		break;
	case GRPC_FRAME_COMPRESSED:
		call_refuse_with(call, STATUS_UNIMPLEMENTED, "COMPRESSION",
		    "send messages without compression", "compressed messages are not taken");
		break;
	default:
		call_refuse_with(call, STATUS_INVALID_ARGUMENT, "BAD_FRAME", NULL,
		    "the request is no sequence of gRPC messages");
		break;
	}
}

static void
deliver(struct call *call, const uint8_t *message, size_t length)
{
	if (++call->messages > 1 && call->kind->single) {
		call_refuse_with(call, STATUS_UNIMPLEMENTED, "TOO_MANY_MESSAGES", NULL,
		    "this method takes one message");
		return;
	}
	call->kind->message(call, message, length);
}

static void
deliver_end(struct call *call)
{
	call->end_told = true;
	if (grpc_frame_reader_partial(&call->reader))
		call_refuse_with(call, STATUS_INVALID_ARGUMENT, "TRUNCATED", NULL,
		    "the request ended within a message");
	else if (call->messages == 0 && call->kind->single)
		call_refuse_with(call, STATUS_UNIMPLEMENTED, "NO_MESSAGE", NULL,
		    "this method takes one message");
	else
		call->kind->end(call);
}

/* Delivers what has arrived, as far as the kind takes it. */
static void
pump(struct call *call)
{
	enum grpc_frame_result result = GRPC_FRAME_MESSAGE;
	const uint8_t *message;
	size_t length;

	while (!call->decided && !call->paused && result == GRPC_FRAME_MESSAGE) {
		result = grpc_frame_reader_next(&call->reader, &message, &length);
		if (result == GRPC_FRAME_MESSAGE)
			deliver(call, message, length);
		else if (result != GRPC_FRAME_MORE)
			refuse_frame(call, result);
	}
	if (call->decided || !call->paused)
		return_credit(call);
	if (call->ended && !call->end_told && !call->decided && !call->paused)
		deliver_end(call);
}

/*
 * Refuses the call that would make a caller's requests hold too much: a client may leave as many
 * messages unfinished as it has streams. Without a caller they are small.
 */
static void
count_held(struct call *call)
{
	struct callers *callers = call->rpc->callers;
	size_t capacity = call->reader.pending.capacity;
	size_t held = capacity > HELD_FREE ? capacity : 0;
	bool fits;

	if (held == call->held)
		return;
	assert(call->caller != NULL);
	fits = callers_hold(callers, call->caller, call->held, held);
	call->held = held;
	if (fits)
		return;
	call_refuse_with(call, STATUS_RESOURCE_EXHAUSTED, "SERVER_BUSY", "try again in a moment",
	    "the server holds as much of this user's requests as it may");
	grpc_frame_reader_free(&call->reader);
	callers_hold(callers, call->caller, held, 0);
	call->held = 0;
}

static void
call_data(struct rpc_stream *stream, const uint8_t *data, size_t length)
{
	struct call *call = (struct call *)stream;

	call->unconsumed += length;
	if (call->decided) {
		return_credit(call);
		return;
	}
	grpc_frame_reader_feed(&call->reader, data, length);
	count_held(call);
	pump(call);
}

static void
call_end(struct rpc_stream *stream)
{
	struct call *call = (struct call *)stream;

	call->ended = true;
	pump(call);
}

void
call_pause(struct call *call)
{
	call->paused = true;
}

void
call_resume(struct call *call)
{
	call->paused = false;
	pump(call);
}

static void
call_drained(struct rpc_stream *stream)
{
	struct call *call = (struct call *)stream;

	if (!call->decided && call->kind->drained != NULL)
		call->kind->drained(call);
}

/* The stream has gone. What the database still does for it is told to stop, and waited for. */
static void
call_closed(struct rpc_stream *stream)
{
	struct call *call = (struct call *)stream;

	if (!call->decided)
		call_record(call, STATUS_CANCELLED, "LEFT");
	call_stop(call);
	if (call->kind != NULL && call->kind->closed != NULL)
		call->kind->closed(call);
	call->stream = NULL;
	call->peer = NULL;
	call->commissioner = NULL;
	if (call->ticket != NULL)
		LIST_INSERT_HEAD(&call->rpc->detached, call, link);
	else
		call_free(call);
}

static const struct rpc_stream_ops call_ops = {
    .data = call_data,
    .end = call_end,
    .drained = call_drained,
    .closed = call_closed,
};

struct call *
call_new(struct rpc *rpc, struct h2_stream *stream, const struct h2_request *request)
{
	struct call *call = memory_calloc(1, sizeof(*call));

	call->base.ops = &call_ops;
	call->rpc = rpc;
	call->stream = stream;
	call->peer = request->peer;
	call->id = rpc->next_id++;
	call->begun_us = clock_monotonic_us();
	rpc->calls++;
	metrics_call_begun(rpc->metrics);
	return call;
}

/*
 * Bytes that protobuf-c is about to see have passed the scan, so a failure is a wire type or
 * memory.
 */
static ProtobufCMessage *
unpack(struct call *call, struct arena *arena, const uint8_t *data, size_t length)
{
	ProtobufCMessage *message = protobuf_c_message_unpack(
	    call->method->input, arena_protobuf_allocator(arena), length, data);

	if (message != NULL)
		return message;
	if (arena_used(arena) > CALL_ARENA_LIMIT / 2)
		call_refuse_with(call, STATUS_RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE", NULL,
		    "the request needs more memory than a call may use");
	else
		call_refuse_with(call, STATUS_INVALID_ARGUMENT, "BAD_MESSAGE", NULL,
		    "the request is not a message of its type");
	return NULL;
}

ProtobufCMessage *
call_unpack(struct call *call, struct arena *arena, const uint8_t *data, size_t length)
{
	struct status status = {0};
	struct shape_violations violations;
	ProtobufCMessage *message;

	if (!pbscan_check(call->method->input, data, length, &pbscan_default_limits, &status)) {
		call_refuse(call, &status);
		return NULL;
	}
	message = unpack(call, arena, data, length);
	if (message == NULL)
		return NULL;
	if (rpc_kind_uses_database(call->method->row->kind) &&
	    !shape_check(call->method, message, &violations)) {
		call_refuse_fields(call, &violations);
		return NULL;
	}
	return message;
}
