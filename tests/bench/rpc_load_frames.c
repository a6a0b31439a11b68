/*
 * The HTTP/2 of a load connection, which a library would make dearer than the answers of the server
 * that it is to measure: a call is two frames that differ from the last call's by the stream's
 * number. Whatever else a server may do ends the load.
 */
#include "tests/bench/rpc_load.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/grpc_frame.h"
#include "common/memory.h"

#define FRAME_HEAD 9
#define FRAME_MAX ((size_t)16384)
#define WINDOW_MAX 0x7fffffff
#define STREAM_ID_MASK 0x7fffffff
#define HEADERS_MAX ((size_t)1024)
/* Calls end in nearly the order they began in. */
#define PLACES ((uint32_t)16384)

struct call {
	uint32_t id; /* 0: none */
	int64_t begun_us;
	size_t received; /* bytes of DATA */
	uint8_t prefix[GRPC_FRAME_PREFIX];
	char status[4], grpc_status[4], grpc_message[256];
};

struct frame {
	uint8_t type, flags;
	uint32_t id;
	const uint8_t *payload;
	size_t length;
};

static uint32_t
number(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static void
put_number(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void
send_frame(struct connection *connection, uint8_t type, uint8_t flags, uint32_t id,
    const void *payload, size_t length)
{
	struct buf *output = &connection->output;
	uint8_t *head;

	buf_reserve(output, FRAME_HEAD + length);
	head = output->data + output->length;
	put_number(head, (uint32_t)length << 8 | type);
	head[4] = flags;
	put_number(head + 5, id);
	memcpy(head + FRAME_HEAD, payload, length);
	output->length += FRAME_HEAD + length;
}

static void
send_number(struct connection *connection, uint8_t type, uint32_t id, uint32_t value)
{
	uint8_t payload[4];

	put_number(payload, value);
	send_frame(connection, type, NGHTTP2_FLAG_NONE, id, payload, sizeof(payload));
}

/* Calls */

/* xorshift: the same order of requests in each run. */
static const struct request *
pick_request(struct load *load)
{
	load->random ^= load->random << 13;
	load->random ^= load->random >> 17;
	load->random ^= load->random << 5;
	return &load->requests[load->random % load->request_count];
}

static void
start_call(struct connection *connection, struct call *call)
{
	struct load *load = connection->load;
	const struct buf *headers =
	    connection->next_id == 1 ? &connection->first_headers : &connection->headers;
	bool has_body = load->request_count > 0;

	*call = (struct call){.id = connection->next_id, .begun_us = load->now_us};
	connection->next_id += 2;
	connection->places[call->id / 2 % PLACES] = (uint16_t)(call - connection->calls);
	send_frame(connection, NGHTTP2_HEADERS,
	    NGHTTP2_FLAG_END_HEADERS | (has_body ? 0 : NGHTTP2_FLAG_END_STREAM), call->id,
	    headers->data, headers->length);
	if (has_body) {
		const struct request *request = pick_request(load);

		send_frame(connection, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, call->id,
		    request->frame, request->length);
		connection->window -= (int64_t)request->length;
		if (connection->window < 0)
			errx(1, "the server gives no more window");
	}
	load->in_flight++;
}

static struct call *
find_call(struct connection *connection, uint32_t id)
{
	struct call *call = &connection->calls[connection->places[id / 2 % PLACES]];

	if (id == 0 || call->id != id)
		errx(1, "a frame of stream %" PRIu32 ", which is over", id);
	return call;
}

static bool
is_answered(const struct load *load, const struct call *call)
{
	if (strcmp(call->status, "200") != 0)
		return false;
	return load->request_count == 0 ||
	       (strcmp(call->grpc_status, "0") == 0 && call->received >= GRPC_FRAME_PREFIX &&
		   call->prefix[0] == 0 &&
		   call->received - GRPC_FRAME_PREFIX == number(call->prefix + 1));
}

static void
add_latency(struct load *load, int64_t latency_us)
{
	if (load->latency_count == load->latency_capacity) {
		load->latency_capacity =
		    load->latency_capacity > 0 ? load->latency_capacity * 2 : 65536;
		load->latencies_us = memory_realloc(
		    load->latencies_us, load->latency_capacity * sizeof(*load->latencies_us));
	}
	load->latencies_us[load->latency_count++] = (uint32_t)latency_us;
}

static void
end_call(struct connection *connection, struct call *call, uint32_t error_code)
{
	struct load *load = connection->load;

	load->in_flight--;
	if (error_code != NGHTTP2_NO_ERROR || !is_answered(load, call)) {
		if (load->failed++ == 0)
			warnx("a call failed: stream error %" PRIu32
			      ", status %s, grpc-status %s, %zu bytes: %s",
			    error_code, call->status, call->grpc_status, call->received,
			    call->grpc_message);
	} else if (load->phase == PHASE_MEASURE) {
		add_latency(load, load->now_us - call->begun_us);
		load->answer_bytes += call->received;
	}
	call->id = 0;
	if (load->phase != PHASE_DRAIN)
		start_call(connection, call);
}

/* Frames of the server */

static void
take_value(char *to, size_t size, const nghttp2_nv *header)
{
	snprintf(to, size, "%.*s", (int)header->valuelen, (const char *)header->value);
}

static bool
is_named(const nghttp2_nv *header, const char *name)
{
	return header->namelen == strlen(name) && memcmp(header->name, name, header->namelen) == 0;
}

static void
take_header(struct call *call, const nghttp2_nv *header)
{
	if (is_named(header, ":status"))
		take_value(call->status, sizeof(call->status), header);
	else if (is_named(header, "grpc-status"))
		take_value(call->grpc_status, sizeof(call->grpc_status), header);
	else if (is_named(header, "grpc-message"))
		take_value(call->grpc_message, sizeof(call->grpc_message), header);
}

static void
take_headers(struct connection *connection, struct call *call, const struct frame *frame)
{
	const uint8_t *at = frame->payload, *end = at + frame->length;
	int inflated = 0;

	if ((frame->flags & NGHTTP2_FLAG_END_HEADERS) == 0 ||
	    (frame->flags & (NGHTTP2_FLAG_PADDED | NGHTTP2_FLAG_PRIORITY)) != 0)
		errx(1, "HEADERS with flags %#x", frame->flags);
	while ((inflated & NGHTTP2_HD_INFLATE_FINAL) == 0) {
		nghttp2_nv header;
		ssize_t taken = nghttp2_hd_inflate_hd2(
		    connection->inflater, &header, &inflated, at, (size_t)(end - at), 1);

		if (taken < 0)
			errx(1, "HPACK: %s", nghttp2_strerror((int)taken));
		at += taken;
		if ((inflated & NGHTTP2_HD_INFLATE_EMIT) != 0)
			take_header(call, &header);
	}
	nghttp2_hd_inflate_end_headers(connection->inflater);
}

static void
take_data(struct connection *connection, struct call *call, const struct frame *frame)
{
	if ((frame->flags & NGHTTP2_FLAG_PADDED) != 0)
		errx(1, "DATA with padding");
	for (size_t i = 0; i < frame->length && call->received + i < GRPC_FRAME_PREFIX; i++)
		call->prefix[call->received + i] = frame->payload[i];
	call->received += frame->length;
	connection->received += (int64_t)frame->length;
	if (connection->received > WINDOW_MAX / 2) {
		send_number(connection, NGHTTP2_WINDOW_UPDATE, 0, (uint32_t)connection->received);
		connection->received = 0;
	}
}

static void
take_settings(struct connection *connection, const struct frame *frame)
{
	if ((frame->flags & NGHTTP2_FLAG_ACK) != 0)
		return;
	for (size_t at = 0; at + 6 <= frame->length; at += 6) {
		unsigned name = (unsigned)frame->payload[at] << 8 | frame->payload[at + 1];
		uint32_t value = number(frame->payload + at + 2);

		if ((name == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE &&
			value < NGHTTP2_DEFAULT_HEADER_TABLE_SIZE) ||
		    (name == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE &&
			value < NGHTTP2_INITIAL_WINDOW_SIZE) ||
		    (name == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS &&
			value < (uint32_t)connection->load->stream_count))
			errx(1, "the server sets %u to %" PRIu32, name, value);
	}
	send_frame(connection, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, "", 0);
}

static void
take_frame(struct connection *connection, const struct frame *frame)
{
	struct call *call = NULL;

	if (frame->type <= NGHTTP2_RST_STREAM)
		call = find_call(connection, frame->id);
	switch (frame->type) {
	case NGHTTP2_DATA:
		take_data(connection, call, frame);
		break;
	case NGHTTP2_HEADERS:
		take_headers(connection, call, frame);
		break;
	case NGHTTP2_RST_STREAM:
		end_call(connection, call, number(frame->payload));
		return;
	case NGHTTP2_SETTINGS:
		take_settings(connection, frame);
		return;
	case NGHTTP2_PING:
		if ((frame->flags & NGHTTP2_FLAG_ACK) == 0)
			send_frame(connection, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, frame->payload,
			    frame->length);
		return;
	case NGHTTP2_WINDOW_UPDATE:
		if (frame->id == 0)
			connection->window += number(frame->payload);
		return;
	default:
		errx(1, "the server sends a frame of type %d", frame->type);
	}
	if ((frame->flags & NGHTTP2_FLAG_END_STREAM) != 0)
		end_call(connection, call, NGHTTP2_NO_ERROR);
}

void
load_frames_take(struct connection *connection)
{
	struct buf *input = &connection->input;
	size_t at = 0;

	while (input->length - at >= FRAME_HEAD) {
		const uint8_t *head = input->data + at;
		struct frame frame = {
		    .length = number(head) >> 8,
		    .type = head[3],
		    .flags = head[4],
		    .id = number(head + 5) & STREAM_ID_MASK,
		    .payload = head + FRAME_HEAD,
		};

		if (frame.length > FRAME_MAX)
			errx(1, "a frame of %zu bytes", frame.length);
		if (input->length - at < FRAME_HEAD + frame.length)
			break;
		take_frame(connection, &frame);
		at += FRAME_HEAD + frame.length;
	}
	buf_consume(input, at);
}

/* Begin and end */

#define HEADER(name, value)                                                         \
	{                                                                           \
		(uint8_t *)(name), (uint8_t *)(value), strlen(name), strlen(value), \
		    NGHTTP2_NV_FLAG_NONE                                            \
	}

/* The second block refers to what the first one has taught, and so do all after it. */
static void
write_headers(struct connection *connection)
{
	const struct load *load = connection->load;
	const nghttp2_nv headers[] = {
	    HEADER(":method", load->request_count > 0 ? "POST" : "GET"),
	    HEADER(":scheme", "https"),
	    HEADER(":path", load->path),
	    HEADER(":authority", load->host),
	    HEADER("user-agent", "rpc_load"),
	    HEADER("content-type", "application/grpc"),
	    HEADER("te", "trailers"),
	};
	size_t count = sizeof(headers) / sizeof(headers[0]) - (load->request_count > 0 ? 0 : 2);
	struct buf *blocks[] = {&connection->first_headers, &connection->headers};
	nghttp2_hd_deflater *deflater;

	if (nghttp2_hd_deflate_new(&deflater, NGHTTP2_DEFAULT_HEADER_TABLE_SIZE) != 0)
		errx(1, "out of memory");
	for (int i = 0; i < 2; i++) {
		ssize_t length;

		buf_reserve(blocks[i], HEADERS_MAX);
		length =
		    nghttp2_hd_deflate_hd(deflater, blocks[i]->data, HEADERS_MAX, headers, count);
		if (length < 0)
			errx(1, "headers: %s", nghttp2_strerror((int)length));
		blocks[i]->length = (size_t)length;
	}
	nghttp2_hd_deflate_del(deflater);
}

void
load_frames_begin(struct connection *connection)
{
	static const uint8_t settings[] = {0, NGHTTP2_SETTINGS_ENABLE_PUSH, 0, 0, 0, 0, 0,
	    NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7f, 0xff, 0xff, 0xff};
	long count = connection->load->stream_count;

	write_headers(connection);
	if (nghttp2_hd_inflate_new(&connection->inflater) != 0)
		errx(1, "out of memory");
	connection->calls = memory_calloc((size_t)count, sizeof(*connection->calls));
	connection->places = memory_calloc(PLACES, sizeof(*connection->places));
	connection->next_id = 1;
	connection->window = NGHTTP2_INITIAL_CONNECTION_WINDOW_SIZE;
	buf_append(&connection->output, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
	send_frame(connection, NGHTTP2_SETTINGS, NGHTTP2_FLAG_NONE, 0, settings, sizeof(settings));
	send_number(connection, NGHTTP2_WINDOW_UPDATE, 0,
	    WINDOW_MAX - NGHTTP2_INITIAL_CONNECTION_WINDOW_SIZE);
	for (long i = 0; i < count; i++)
		start_call(connection, &connection->calls[i]);
}

void
load_frames_end(struct connection *connection)
{
	nghttp2_hd_inflate_del(connection->inflater);
	buf_free(&connection->first_headers);
	buf_free(&connection->headers);
	free(connection->places);
	free(connection->calls);
}
