/* Frames, messages and the end of one gRPC call. */
#include "client/lib/exchange.h"

#include <assert.h>
#include <string.h>
#include <nghttp2/nghttp2.h>

#include "common/clock.h"
#include "common/pbscan.h"

void
run_init(struct run *run, const struct exchange *exchange, struct status *status)
{
	memset(run, 0, sizeof(*run));
	run->exchange = exchange;
	run->status = status;
	run->heard_ms = clock_monotonic_ms();
	grpc_frame_reader_init(&run->reader, CLIENT_MESSAGE_LIMIT);
}

void
run_free(struct run *run)
{
	grpc_frame_reader_free(&run->reader);
	buf_free(&run->frame);
}

/* Three digits; 0 for anything else. */
static int
http_status(const char *value, size_t length)
{
	int number = 0;

	if (length != 3)
		return 0;
	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9')
			return 0;
		number = number * 10 + (value[i] - '0');
	}
	return number;
}

void
run_header(
    struct run *run, const char *name, size_t name_length, const char *value, size_t value_length)
{
	static const char grpc[] = "application/grpc";

	if (details_named(name, name_length, ":status"))
		run->http_status = http_status(value, value_length);
	else if (details_named(name, name_length, "content-type"))
		run->is_grpc =
		    value_length >= strlen(grpc) && memcmp(value, grpc, strlen(grpc)) == 0;
	else
		details_header(&run->trailers, name, name_length, value, value_length);
}

void
run_data(struct run *run, const uint8_t *data, size_t length)
{
	if (run->is_grpc)
		grpc_frame_reader_feed(&run->reader, data, length);
}

bool
run_over(const struct run *run)
{
	return run->failed || run->enough || run->ended || run->closed;
}

bool
run_fail(struct run *run, enum status_code code, const char *reason, const char *message)
{
	run->failed = true;
	return status_set(run->status, code, reason, NULL, NULL, "%s", message);
}

bool
run_frame(struct run *run)
{
	const ProtobufCMessage *message = NULL;
	uint8_t prefix[GRPC_FRAME_PREFIX];
	size_t length;

	if (!run->exchange->next(run->exchange->arg, &message, run->status)) {
		run->failed = true;
		return false;
	}
	if (message == NULL) {
		run->source_ended = true;
		return false;
	}
	length = protobuf_c_message_get_packed_size(message);
	grpc_frame_prefix(prefix, 0, length);
	buf_append(&run->frame, prefix, sizeof(prefix));
	buf_reserve(&run->frame, length);
	protobuf_c_message_pack(message, run->frame.data + run->frame.length);
	run->frame.length += length;
	return true;
}

static void
deliver_one(struct run *run, const uint8_t *data, size_t length)
{
	/* A page of records has many fields; memory is bounded by the message's own length. */
	const struct pbscan_limits limits = {.depth = 32,
	    .fields = CLIENT_MESSAGE_LIMIT,
	    .unknown = CLIENT_MESSAGE_LIMIT,
	    .string_length = CLIENT_MESSAGE_LIMIT};
	const ProtobufCMessageDescriptor *output = run->exchange->output;
	ProtobufCMessage *message;

	if (!pbscan_check(output, data, length, &limits, run->status)) {
		run_fail(run, STATUS_INTERNAL, "BAD_ANSWER", "the server's answer is malformed");
		return;
	}
	message = protobuf_c_message_unpack(output, NULL, length, data);
	assert(message != NULL);
	run->enough = !run->exchange->each(run->exchange->arg, message);
}

void
run_deliver(struct run *run)
{
	const uint8_t *data;
	size_t length;

	while (!run->failed && !run->enough) {
		switch (grpc_frame_reader_next(&run->reader, &data, &length)) {
		case GRPC_FRAME_MORE:
			return;
		case GRPC_FRAME_MESSAGE:
			deliver_one(run, data, length);
			break;
		case GRPC_FRAME_TOO_LARGE:
			run_fail(run, STATUS_RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE",
			    "the server's answer is larger than 16 MiB");
			break;
		case GRPC_FRAME_COMPRESSED:
		case GRPC_FRAME_BAD_FLAG:
			run_fail(
			    run, STATUS_INTERNAL, "BAD_ANSWER", "the server's answer is malformed");
			break;
		}
	}
}

/* Codes of https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md. */
static enum status_code
code_of_http(int http_status)
{
	switch (http_status) {
	case 400:
		return STATUS_INTERNAL;
	case 401:
		return STATUS_UNAUTHENTICATED;
	case 403:
		return STATUS_PERMISSION_DENIED;
	case 404:
		return STATUS_UNIMPLEMENTED;
	case 429:
	case 502:
	case 503:
	case 504:
		return STATUS_UNAVAILABLE;
	default:
		return STATUS_UNKNOWN;
	}
}

/* Codes of gRPC's PROTOCOL-HTTP2, "Errors". */
static enum status_code
code_of_reset(uint32_t error)
{
	switch (error) {
	case NGHTTP2_REFUSED_STREAM:
		return STATUS_UNAVAILABLE;
	case NGHTTP2_CANCEL:
		return STATUS_CANCELLED;
	case NGHTTP2_ENHANCE_YOUR_CALM:
		return STATUS_RESOURCE_EXHAUSTED;
	case NGHTTP2_INADEQUATE_SECURITY:
		return STATUS_PERMISSION_DENIED;
	default:
		return STATUS_INTERNAL;
	}
}

bool
run_conclude(struct run *run, struct details_violations *violations)
{
	if (run->failed)
		return false;
	if (run->enough)
		return true;
	if (run->trailers.status[0] != '\0') {
		if (!details_read(&run->trailers, run->status, violations))
			return false;
		return !grpc_frame_reader_partial(&run->reader) ||
		       run_fail(
			   run, STATUS_DATA_LOSS, "ANSWER_CUT", "the server's answer was cut off");
	}
	if (run->http_status != 0 && (run->http_status != 200 || !run->is_grpc))
		return status_set(run->status, code_of_http(run->http_status), "NOT_GRPC", NULL,
		    "check that --server is the address of a pbcd",
		    "the server answered HTTP status %d without gRPC", run->http_status);
	if (run->closed && run->close_code != NGHTTP2_NO_ERROR)
		return status_set(run->status, code_of_reset(run->close_code), "STREAM_RESET", NULL,
		    "try again", "the server broke the call off: %s",
		    nghttp2_http2_strerror(run->close_code));
	return status_set(run->status, STATUS_INTERNAL, "NO_STATUS", NULL, NULL,
	    "the server ended the call without a status");
}
