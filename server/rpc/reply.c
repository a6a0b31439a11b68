/* What a call sends: headers, messages, trailers; and the one log line that tells its outcome. */
#include "server/rpc/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/pbjson.h"
#include "server/rpc/call_internal.h"
#include "server/rpc/grpc_status.h"
#include "server/rpc/metrics.h"
#include "server/rpc/shape.h"

static enum log_level
level_of(enum status_code code)
{
	switch (code) {
	case STATUS_UNKNOWN:
	case STATUS_INTERNAL:
	case STATUS_DATA_LOSS:
		return LOG_LEVEL_ERROR;
	case STATUS_UNAVAILABLE:
		return LOG_LEVEL_WARN;
	default:
		return LOG_LEVEL_INFO;
	}
}

static const char *
text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

void
call_record(struct call *call, enum status_code code, const char *reason)
{
	int64_t duration_us = clock_monotonic_us() - call->begun_us;
	char id[17];
	char duration_ms[32];

	metrics_call_ended(
	    call->rpc->metrics, call->method != NULL ? call->method->index : 0, code, duration_us);
	if (call->kind != NULL && call->kind->quiet)
		return;
	snprintf(id, sizeof(id), "%016" PRIx64, call->id);
	snprintf(duration_ms, sizeof(duration_ms), "%" PRId64 ".%03d", duration_us / 1000,
	    (int)(duration_us % 1000));
	log_write(level_of(code), "call", "id", id, "method",
	    call->method != NULL ? call->method->name : "unknown", "organisation",
	    text_or_null(call->peer->organisation), "user", text_or_null(call->peer->user),
	    "status", status_code_name(code), "sqlstate", text_or_null(call->sqlstate), "reason",
	    text_or_null(reason), "ms", duration_ms, NULL);
}

void
call_stop(struct call *call)
{
	if (call->timed) {
		evtimer_del(&call->deadline);
		call->timed = false;
	}
	if (call->waiting) {
		LIST_REMOVE(call, link);
		call->waiting = false;
	}
	if (call->ticket != NULL && !call->cancelled) {
		call->cancelled = true;
		db_cancel(call->ticket);
	}
}

void
call_send_headers(struct call *call)
{
	const struct h2_header headers[] = {{"content-type", grpc_wire_content_type(call->wire)}};

	if (call->responded || call->decided)
		return;
	h2_stream_respond(call->stream, 200, headers, 1, false);
	call->responded = true;
}

void
call_send_frame(struct call *call, const uint8_t *frame, size_t length)
{
	if (call->decided)
		return;
	call_send_headers(call);
	h2_stream_write(call->stream, frame, length);
}

static void
refuse_large(struct call *call)
{
	call_refuse_with(call, STATUS_RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE",
	    "ask for a smaller page or narrower filters", "the answer would pass 4 MiB");
}

/* Fills in the prefix that frame begins with, and sends it. */
static void
send_framed(struct call *call, struct buf *frame)
{
	size_t length = frame->length - GRPC_FRAME_PREFIX;

	if (length > CALL_SMALL_REPLY && length > h2_stream_room(call->stream)) {
		call_refuse_with(call, STATUS_RESOURCE_EXHAUSTED, "SLOW_READER",
		    "read answers as they come, or ask for fewer at a time",
		    "too many answers wait to be read");
		return;
	}
	grpc_frame_prefix(frame->data, 0, length);
	call_send_frame(call, frame->data, frame->length);
}

void
call_send(struct call *call, const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	struct buf frame = {.limit = GRPC_FRAME_PREFIX + CALL_REPLY_LIMIT};

	if (!buf_reserve(&frame, GRPC_FRAME_PREFIX + length)) {
		refuse_large(call);
		return;
	}
	protobuf_c_message_pack(message, frame.data + GRPC_FRAME_PREFIX);
	frame.length = GRPC_FRAME_PREFIX + length;
	send_framed(call, &frame);
	buf_free(&frame);
}

void
call_send_answer(struct call *call, const char *text, size_t length)
{
	struct buf frame = {.limit = GRPC_FRAME_PREFIX + CALL_REPLY_LIMIT};
	struct status status = {0};

	if (text == NULL) {
		call_fail(call, "the function's answer is SQL NULL");
		return;
	}
	buf_reserve(&frame, GRPC_FRAME_PREFIX);
	frame.length = GRPC_FRAME_PREFIX;
	if (pbjson_encode(text, length, call->method->output, PBJSON_SQL, &frame, &status))
		send_framed(call, &frame);
	else if (status.code == STATUS_RESOURCE_EXHAUSTED)
		refuse_large(call);
	else
		call_fail(call, status.message);
	buf_free(&frame);
}

void
call_send_json(struct call *call, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	memory_require(text != NULL);
	call_send_answer(call, text, strlen(text));
	free(text);
}

/* Trailers-Only: headers and status in one block, as there is no message. */
static void
send_status_alone(struct call *call, const struct h2_header *trailers, size_t count)
{
	struct h2_header headers[GRPC_STATUS_HEADERS + 2] = {
	    {"content-type", grpc_wire_content_type(call->wire)},
	    {"grpc-accept-encoding", "identity"},
	};

	memcpy(headers + 2, trailers, count * sizeof(*trailers));
	h2_stream_respond(call->stream, 200, headers, count + 2, true);
}

static void
send_trailers(struct call *call, const struct h2_header *trailers, size_t count)
{
	struct buf body = {0};

	if (call->wire != GRPC_WIRE_WEB) {
		h2_stream_finish(call->stream, trailers, count);
		return;
	}
	grpc_web_append_trailers(&body, trailers, count);
	h2_stream_write(call->stream, body.data, body.length);
	h2_stream_finish(call->stream, NULL, 0);
	buf_free(&body);
}

static void
decide(struct call *call, const struct h2_header *trailers, size_t count)
{
	call->decided = true;
	call_stop(call);
	if (call->responded)
		send_trailers(call, trailers, count);
	else
		send_status_alone(call, trailers, count);
	if (call->unconsumed > 0) {
		h2_stream_consume(call->stream, call->unconsumed);
		call->unconsumed = 0;
	}
}

void
call_finish(struct call *call)
{
	static const struct h2_header ok[] = {{"grpc-status", "0"}};

	if (call->decided)
		return;
	call_record(call, STATUS_OK, "");
	decide(call, ok, 1);
}

static void
refuse(struct call *call, const struct status *status, const struct shape_violations *violations)
{
	struct grpc_status encoded;

	if (call->decided)
		return;
	call_record(call, status->code, status->reason);
	grpc_status_encode(&encoded, status, violations);
	decide(call, encoded.headers, encoded.count);
}

void
call_refuse(struct call *call, const struct status *status)
{
	refuse(call, status, NULL);
}

void
call_refuse_with(struct call *call, enum status_code code, const char *reason, const char *hint,
    const char *message)
{
	struct status status;

	status_set(&status, code, reason, NULL, hint, "%s", message);
	refuse(call, &status, NULL);
}

void
call_refuse_fields(struct call *call, const struct shape_violations *violations)
{
	const struct shape_violation *first = &violations->items[0];
	struct status status;

	if (violations->count == 1)
		status_set(&status, STATUS_INVALID_ARGUMENT, "BAD_FIELD", first->field, NULL,
		    "%s %s", first->field, first->description);
	else
		status_set(&status, STATUS_INVALID_ARGUMENT, "BAD_FIELD", first->field, NULL,
		    "%s %s, and %zu more", first->field, first->description, violations->count - 1);
	refuse(call, &status, violations);
}

void
call_fail(struct call *call, const char *what)
{
	struct status status;
	char id[17];

	snprintf(id, sizeof(id), "%016" PRIx64, call->id);
	log_write(LOG_LEVEL_ERROR, "call_failed", "id", id, "method",
	    call->method != NULL ? call->method->name : "unknown", "detail", what, NULL);
	status_set(&status, STATUS_INTERNAL, "INTERNAL", NULL,
	    "tell the operator the reference; the server's log has the rest",
	    "an error inside the server, reference %s", id);
	refuse(call, &status, NULL);
}
