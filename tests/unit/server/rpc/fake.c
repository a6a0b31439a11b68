/* Takes the place of server/h2 and server/db in unit tests of calls. */
#include "tests/unit/server/rpc/fake.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/grpc_frame.h"
#include "common/memory.h"
#include "server/rpc/binder.h"
#include "server/rpc/metrics.h"
#include "server/rpc/registry.h"
#include "server/service/services.h"

struct fake fake;

struct h2_slot {
	struct h2_stream *stream;
};

void
fake_set_up(void)
{
	struct status status = {0};
	size_t count;
	const struct rpc_service *const *services = services_all(&count);
	struct rpc_config config;

	fake = (struct fake){.ready = true, .base = event_base_new()};
	fake.registry = registry_new(services, count, &status);
	cr_assert_not_null(fake.registry, "%s", status.message);
	fake.metrics = metrics_new(fake.registry);
	config = (struct rpc_config){
	    .base = fake.base,
	    .registry = fake.registry,
	    .metrics = fake.metrics,
	    .calls_limit = 6,
	    .user_calls_limit = 5,
	    .held_limit = FAKE_HELD_LIMIT,
	    .deadline_max_ms = 60000,
	};
	fake.rpc = rpc_new(&config, &status);
}

static void
free_ticket(struct db_ticket *ticket)
{
	for (size_t i = 0; i < 40; i++)
		free(ticket->values[i]);
	for (size_t i = 0; i < 6; i++)
		free(ticket->enter[i]);
}

void
fake_tear_down(void)
{
	rpc_free(fake.rpc);
	for (size_t i = 0; i < fake.ticket_count; i++)
		free_ticket(&fake.tickets[i]);
	metrics_free(fake.metrics);
	registry_free(fake.registry);
	event_base_free(fake.base);
}

/* Streams. */

static struct h2_stream *
open_stream(const char *method, const char *path, const struct net_peer *peer,
    const struct h2_header *headers, size_t count)
{
	struct h2_stream *stream = memory_calloc(1, sizeof(*stream));
	struct h2_request request = {.method = method,
	    .path = path,
	    .authority = "localhost",
	    .headers = headers,
	    .header_count = count};

	stream->peer = *peer;
	stream->room = SIZE_MAX;
	request.peer = &stream->peer;
	stream->user = rpc_h2_callbacks()->begin(fake.rpc, stream, &request);
	return stream;
}

struct h2_stream *
fake_open(const char *method, const char *path, ...)
{
	static const struct net_peer nobody = {
	    .address = "127.0.0.1:1", .network = "::ffff:127.0.0.1"};
	static const struct net_peer person = {
	    .organisation = "5QD", .user = "alice", .address = "127.0.0.1:1"};
	static const struct net_peer another = {
	    .organisation = "5QD", .user = "bob", .address = "127.0.0.1:2"};
	const struct net_peer *peer = &person;
	struct h2_header headers[8];
	size_t count = 0;
	const char *name;
	va_list args;

	va_start(args, path);
	while ((name = va_arg(args, const char *)) != NULL) {
		const char *value = va_arg(args, const char *);

		if (strcmp(name, "anonymous") == 0)
			peer = &nobody;
		else if (strcmp(name, "another") == 0)
			peer = &another;
		else
			headers[count++] = (struct h2_header){name, value};
	}
	va_end(args);
	return open_stream(method, path, peer, headers, count);
}

struct h2_stream *
fake_call(const char *path)
{
	return fake_open("POST", path, "content-type", "application/grpc", NULL);
}

void
fake_send_bytes(struct h2_stream *stream, const void *data, size_t length)
{
	rpc_h2_callbacks()->data(stream->user, data, length);
}

void
fake_send(struct h2_stream *stream, const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t *frame = memory_calloc(1, GRPC_FRAME_PREFIX + length);

	grpc_frame_prefix(frame, 0, length);
	protobuf_c_message_pack(message, frame + GRPC_FRAME_PREFIX);
	fake_send_bytes(stream, frame, GRPC_FRAME_PREFIX + length);
	free(frame);
}

void
fake_end(struct h2_stream *stream)
{
	rpc_h2_callbacks()->end(stream->user);
}

void
fake_close(struct h2_stream *stream)
{
	rpc_h2_callbacks()->closed(stream->user, stream->finished);
	buf_free(&stream->headers);
	buf_free(&stream->body);
	if (stream->held == 0)
		free(stream);
	else
		stream->user = NULL; /* its slot frees it */
}

const char *
fake_header(const struct h2_stream *stream, const char *name)
{
	static char value[16384];
	char wanted[64];
	const char *line;

	snprintf(wanted, sizeof(wanted), "\n%s: ", name);
	line = stream->headers.data != NULL ? strstr((const char *)stream->headers.data, wanted)
					    : NULL;
	if (line == NULL)
		return NULL;
	line += strlen(wanted);
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\n"), line);
	return value;
}

int
fake_grpc_status(const struct h2_stream *stream)
{
	const char *value = fake_header(stream, "grpc-status");

	return value != NULL ? (int)strtol(value, NULL, 10) : -1;
}

static void
add_headers(struct h2_stream *stream, const struct h2_header *headers, size_t count)
{
	if (stream->headers.length > 0)
		stream->headers.length--; /* the NUL */
	for (size_t i = 0; i < count; i++)
		buf_printf(&stream->headers, "\n%s: %s", headers[i].name, headers[i].value);
	buf_append(&stream->headers, "", 1);
}

void
h2_stream_respond(struct h2_stream *stream, int http_status, const struct h2_header *headers,
    size_t count, bool end)
{
	cr_assert_eq(stream->http_status, 0, "headers are sent once");
	stream->http_status = http_status;
	stream->finished = end;
	add_headers(stream, headers, count);
}

void
h2_stream_write(struct h2_stream *stream, const void *data, size_t length)
{
	cr_assert(stream->http_status != 0 && !stream->finished);
	buf_append(&stream->body, data, length);
}

void
h2_stream_finish(struct h2_stream *stream, const struct h2_header *trailers, size_t count)
{
	cr_assert(stream->http_status != 0 && !stream->finished);
	stream->finished = true;
	add_headers(stream, trailers, count);
}

void
h2_stream_reset(struct h2_stream *stream, uint32_t error_code)
{
	(void)error_code;
	stream->finished = true;
}

void
h2_stream_consume(struct h2_stream *stream, size_t length)
{
	stream->consumed += length;
}

size_t
h2_stream_queued(const struct h2_stream *stream)
{
	return stream->queued;
}

size_t
h2_stream_room(const struct h2_stream *stream)
{
	return stream->room;
}

struct h2_slot *
h2_stream_hold(struct h2_stream *stream)
{
	struct h2_slot *slot = memory_calloc(1, sizeof(*slot));

	slot->stream = stream;
	stream->held++;
	return slot;
}

void
h2_slot_release(struct h2_slot *slot)
{
	if (--slot->stream->held == 0 && slot->stream->user == NULL)
		free(slot->stream);
	free(slot);
}

/* Database. */

static char *
copy(const struct db_param *param)
{
	size_t length = param->binary          ? param->length
			: param->value != NULL ? strlen(param->value)
					       : 0;
	char *value;

	if (param->value == NULL)
		return NULL;
	value = memory_calloc(1, length + 1);
	memcpy(value, param->value, length);
	return value;
}

struct db_ticket *
db_submit(struct db *db, enum db_lane lane, const struct db_statement *enter,
    const struct db_param *enter_params, const struct db_statement *act,
    const struct db_param *act_params, db_done_fn *done, void *arg)
{
	struct db_ticket *ticket = &fake.tickets[fake.ticket_count++];

	(void)db;
	cr_assert_leq(fake.ticket_count, FAKE_SUBMISSIONS);
	cr_assert_eq(enter, &binder_enter, "every segment begins with enter");
	*ticket = (struct db_ticket){.act = act, .lane = lane, .done = done, .arg = arg};
	for (int i = 0; i < ENTER_PARAM_COUNT; i++)
		ticket->enter[i] = copy(&enter_params[i]);
	for (int i = 0; i < act->param_count; i++)
		ticket->values[i] = copy(&act_params[i]);
	return ticket;
}

void
db_cancel(struct db_ticket *ticket)
{
	cr_assert(!ticket->cancelled && !ticket->ended);
	ticket->cancelled = true;
}

bool
db_ready(const struct db *db)
{
	(void)db;
	return fake.ready;
}

struct db_ticket *
fake_ticket(size_t index)
{
	cr_assert_lt(index, fake.ticket_count);
	return &fake.tickets[index];
}

static void
complete(struct db_ticket *ticket, const struct db_result *result)
{
	cr_assert(!ticket->ended);
	ticket->ended = true;
	ticket->done(ticket->arg, result);
}

void
fake_answer(struct db_ticket *ticket, const char *json)
{
	struct db_result result = {.value = json, .length = json != NULL ? strlen(json) : 0};

	complete(ticket, &result);
}

void
fake_refuse(struct db_ticket *ticket, enum status_code code, const char *sqlstate)
{
	struct db_result result = {0};

	status_set(&result.status, code, "REASON", NULL, NULL, "refused");
	snprintf(result.sqlstate, sizeof(result.sqlstate), "%s", sqlstate);
	complete(ticket, &result);
}

void
fake_wait_ms(int ms)
{
	const struct timeval timeout = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	event_base_loopexit(fake.base, &timeout);
	event_base_dispatch(fake.base);
}
