/* Drives nghttp2 over a transport until the one exchange in hand has ended. */
#include "client/lib/channel.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nghttp2/nghttp2.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/memory.h"

/* Bytes gathered for the transport before it must take some. */
#define OUT_HIGH ((size_t)64 * 1024)
#define READ_SIZE ((size_t)16 * 1024)
#define STREAM_WINDOW (1024 * 1024)
#define CONNECTION_WINDOW (4 * 1024 * 1024)
#define HEADER_LIST_LIMIT (32 * 1024)

struct channel {
	struct transport *transport;
	nghttp2_session *session;
	struct buf out;
	bool lost;
	bool heard;      /* anything at all since the handshake */
	struct run *run; /* NULL between exchanges */
};

/* The run of a stream, or NULL when it is over. */
static struct run *
run_of(struct channel *channel, int32_t stream_id)
{
	struct run *run = channel->run;

	return run != NULL && run->stream_id == stream_id ? run : NULL;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
    size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags, void *user)
{
	struct run *run = run_of(user, frame->hd.stream_id);

	(void)session;
	(void)flags;
	if (run != NULL)
		run_header(run, (const char *)name, name_length, (const char *)value, value_length);
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
    size_t length, void *user)
{
	struct run *run = run_of(user, stream_id);

	(void)session;
	(void)flags;
	if (run != NULL)
		run_data(run, data, length);
	return 0;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct run *run = run_of(user, frame->hd.stream_id);

	(void)session;
	if (run != NULL && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		run->ended = true;
	return 0;
}

static int
on_close(nghttp2_session *session, int32_t stream_id, uint32_t code, void *user)
{
	struct run *run = run_of(user, stream_id);

	(void)session;
	if (run != NULL) {
		run->closed = true;
		run->close_code = code;
	}
	return 0;
}

static ssize_t
read_body(nghttp2_session *session, int32_t stream_id, uint8_t *data, size_t size, uint32_t *flags,
    nghttp2_data_source *source, void *user)
{
	struct run *run = run_of(user, stream_id);
	size_t length;

	(void)session;
	(void)source;
	if (run == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (run->frame.length == 0 && !run_frame(run)) {
		if (run->failed)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		*flags |= NGHTTP2_DATA_FLAG_EOF;
		return 0;
	}
	length = run->frame.length < size ? run->frame.length : size;
	memcpy(data, run->frame.data, length);
	buf_consume(&run->frame, length);
	return (ssize_t)length;
}

static nghttp2_session *
session_new(struct channel *channel)
{
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADER_LIST_LIMIT},
	};
	nghttp2_session_callbacks *callbacks;
	nghttp2_session *session;

	memory_require(nghttp2_session_callbacks_new(&callbacks) == 0);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	memory_require(nghttp2_session_client_new(&session, callbacks, channel) == 0);
	memory_require(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings,
			   sizeof(settings) / sizeof(settings[0])) == 0);
	memory_require(nghttp2_session_set_local_window_size(
			   session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) == 0);
	nghttp2_session_callbacks_del(callbacks);
	return session;
}

struct channel *
channel_new(struct transport *transport)
{
	struct channel *channel = memory_calloc(1, sizeof(*channel));

	channel->transport = transport;
	channel->session = session_new(channel);
	return channel;
}

void
channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	nghttp2_session_del(channel->session);
	buf_free(&channel->out);
	transport_close(channel->transport);
	free(channel);
}

bool
channel_usable(const struct channel *channel)
{
	return !channel->lost && nghttp2_session_check_request_allowed(channel->session) != 0;
}

/* Sends what nghttp2 has to say as far as the transport takes it. */
static bool
flush(struct channel *channel, struct status *status)
{
	struct buf *out = &channel->out;

	for (;;) {
		const uint8_t *data;
		ssize_t length = 0;

		while (out->length < OUT_HIGH) {
			length = nghttp2_session_mem_send(channel->session, &data);
			if (length <= 0)
				break;
			buf_append(out, data, (size_t)length);
		}
		if (length < 0)
			return status_set(status, STATUS_INTERNAL, "HTTP2", NULL, NULL,
			    "HTTP/2 failed: %s", nghttp2_strerror((int)length));
		if (out->length == 0)
			return true;
		length = transport_write(channel->transport, out->data, out->length, status);
		if (length < 0)
			return false;
		if (length == 0)
			return true;
		buf_consume(out, (size_t)length);
	}
}

/* Reads until it would block or the run is over. */
static bool
receive(struct channel *channel, struct run *run)
{
	uint8_t data[READ_SIZE];

	while (!run_over(run)) {
		ssize_t length =
		    transport_read(channel->transport, data, sizeof(data), run->status);

		if (length == 0)
			return true;
		if (length < 0)
			return false;
		channel->heard = true;
		run->heard_ms = clock_monotonic_ms();
		run->pinged_ms = 0;
		length = nghttp2_session_mem_recv(channel->session, data, (size_t)length);
		if (length < 0)
			return status_set(run->status, STATUS_INTERNAL, "HTTP2", NULL, NULL,
			    "HTTP/2 failed: %s", nghttp2_strerror((int)length));
		run_deliver(run);
	}
	return true;
}

/* Pings a silent server. Sets when to look again; false when it does not answer. */
static bool
keep_alive(struct channel *channel, struct run *run, int64_t *again_ms)
{
	int64_t now_ms = clock_monotonic_ms();

	if (run->pinged_ms != 0 && now_ms - run->pinged_ms >= CLIENT_KEEPALIVE_MS)
		return status_set(run->status, STATUS_UNAVAILABLE, "SERVER_SILENT", NULL,
		    "try again", "the server does not answer any more");
	if (run->pinged_ms == 0 && now_ms - run->heard_ms >= CLIENT_KEEPALIVE_MS) {
		memory_require(nghttp2_submit_ping(channel->session, NGHTTP2_FLAG_NONE, NULL) == 0);
		run->pinged_ms = now_ms;
	}
	*again_ms = (run->pinged_ms != 0 ? run->pinged_ms : run->heard_ms) + CLIENT_KEEPALIVE_MS;
	return true;
}

/* Writes, then reads, as far as both go without waiting. */
static bool
exchange_bytes(struct channel *channel, struct run *run)
{
	struct status unsaid;

	if (flush(channel, run->status))
		return receive(channel, run);
	/*
	 * A server that stopped reading may have said why: its answer, or the alert that refuses
	 * us.
	 */
	unsaid = *run->status;
	if (!receive(channel, run))
		return false;
	*run->status = unsaid;
	return run_over(run);
}

static void
lose(struct channel *channel, struct run *run)
{
	channel->lost = true;
	run->failed = true;
	/*
	 * In TLS 1.3 this is all one sees of a server that refuses a certificate without an alert.
	 */
	if (!channel->heard && run->status->code == STATUS_UNAVAILABLE)
		status_set(run->status, STATUS_UNAVAILABLE, "CONNECTION_LOST", NULL,
		    "try again; if it stays so, check --cert and --key",
		    "the server closed the connection before it said a word");
}

/* Until the run is over, the connection is lost or the limit is reached. */
static void
pump(struct channel *channel, struct run *run)
{
	const struct transport_limit *limit = &run->exchange->limit;
	int64_t again_ms = 0;

	while (!run_over(run)) {
		if (!keep_alive(channel, run, &again_ms) || !exchange_bytes(channel, run)) {
			lose(channel, run);
			return;
		}
		/* What was read may have to be answered (settings, window) before we wait. */
		if (run_over(run) || nghttp2_session_want_write(channel->session) != 0)
			continue;
		run->failed = !transport_wait(
		    channel->transport, channel->out.length > 0, again_ms, limit, run->status);
	}
}

static nghttp2_nv
header(const char *name, const char *value)
{
	return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
	    .value = (uint8_t *)(uintptr_t)value,
	    .namelen = strlen(name),
	    .valuelen = strlen(value),
	    .flags = NGHTTP2_NV_FLAG_NONE};
}

/* grpc-timeout of at most eight digits; empty when there is no deadline. */
static void
timeout_text(int64_t deadline_ms, char text[24])
{
	int64_t left_ms = deadline_ms - clock_monotonic_ms();

	text[0] = '\0';
	if (deadline_ms == 0)
		return;
	if (left_ms < 1)
		left_ms = 1;
	if (left_ms <= 99999999)
		snprintf(text, 24, "%" PRId64 "m", left_ms);
	else
		snprintf(text, 24, "%" PRId64 "S",
		    left_ms / 1000 > 99999999 ? 99999999 : left_ms / 1000);
}

static bool
submit(struct channel *channel, struct run *run)
{
	const nghttp2_data_provider body = {.read_callback = read_body};
	char timeout[24] = "";
	nghttp2_nv headers[] = {
	    header(":method", "POST"),
	    header(":scheme", "https"),
	    header(":path", run->exchange->path),
	    header(":authority", run->exchange->authority),
	    header("te", "trailers"),
	    header("content-type", "application/grpc"),
	    header("user-agent", "pbc/" PBC_VERSION),
	    header("grpc-timeout", timeout),
	};
	size_t count = sizeof(headers) / sizeof(headers[0]);

	timeout_text(run->exchange->limit.deadline_ms, timeout);
	headers[count - 1].valuelen = strlen(timeout);
	if (timeout[0] == '\0')
		count--;
	run->stream_id =
	    nghttp2_submit_request(channel->session, NULL, headers, count, &body, NULL);
	if (run->stream_id >= 0)
		return true;
	channel->lost = true;
	return run_fail(
	    run, STATUS_UNAVAILABLE, "CONNECTION_USED_UP", "the connection takes no more calls");
}

bool
channel_run(struct channel *channel, const struct exchange *exchange, struct status *status,
    struct details_violations *violations)
{
	struct run *run = memory_calloc(1, sizeof(*run));
	struct status ignored;
	bool ok;

	assert(channel->run == NULL);
	run_init(run, exchange, status);
	channel->run = run;
	if (submit(channel, run))
		pump(channel, run);
	ok = run_conclude(run, violations);
	channel->run = NULL;
	if (run->stream_id > 0 && !run->closed && !channel->lost) {
		memory_require(nghttp2_submit_rst_stream(channel->session, NGHTTP2_FLAG_NONE,
				   run->stream_id, NGHTTP2_CANCEL) == 0);
		channel->lost = !flush(channel, &ignored);
	}
	run_free(run);
	free(run);
	return ok;
}
