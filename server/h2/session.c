/* One connection's HTTP/2 session: nghttp2's callbacks in, streams out, floods stopped. */
#include "server/h2/h2_internal.h"

#include <assert.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

static void
session_set_state(struct h2_session *session, enum h2_session_state state)
{
	session->state = state;
	session->since_ms = clock_monotonic_ms();
}

void
h2_session_flush(struct h2_session *session)
{
	if (!session->pumping && session->state != H2_SESSION_OVER)
		net_conn_flush_later(session->conn);
}

/* Nothing more goes through nghttp2, so streams cannot end by themselves. */
static void
session_end(struct h2_session *session)
{
	struct h2_stream *stream;

	session_set_state(session, H2_SESSION_OVER);
	while ((stream = LIST_FIRST(&session->streams)) != NULL)
		h2_stream_close(stream, stream->reply_state == H2_REPLY_SENT);
	net_conn_close(session->conn);
}

/* Bytes from nghttp2 to the connection until one has no more or the other is full. */
static bool
session_pull(struct h2_session *session)
{
	const uint8_t *data;
	ssize_t length;

	while (net_conn_output(session->conn) < NET_OUTPUT_HIGH) {
		length = nghttp2_session_mem_send(session->ng, &data);
		if (length < 0)
			return false;
		if (length == 0)
			break;
		net_conn_write(session->conn, data, (size_t)length);
	}
	return true;
}

/* Says GOAWAY, as far as there is room, and ends. */
static void
session_quit(struct h2_session *session, uint32_t error_code, const char *why)
{
	const struct net_peer *peer = net_conn_peer(session->conn);

	log_write(LOG_LEVEL_WARN, "http2_connection_ended", "address", peer->address,
	    "organisation", peer->organisation[0] != '\0' ? peer->organisation : NULL, "reason",
	    why, NULL);
	nghttp2_session_terminate_session(session->ng, error_code);
	session->pumping = true;
	session_pull(session);
	session->pumping = false;
	session_end(session);
}

/* Tells users that there is room again. False when none was waiting. */
static bool
session_tell_drained(struct h2_session *session)
{
	struct h2_stream *stream;
	bool any = false;

	while (net_conn_output(session->conn) < NET_OUTPUT_HIGH &&
	       (stream = STAILQ_FIRST(&session->drained)) != NULL) {
		STAILQ_REMOVE_HEAD(&session->drained, drained_link);
		stream->drained = false;
		if (stream->reply_state == H2_REPLY_OPEN)
			session->server->callbacks.drained(stream->user);
		any = true;
	}
	return any;
}

static void
session_pump(struct h2_session *session)
{
	bool sound;

	if (session->state == H2_SESSION_OVER)
		return;
	session->pumping = true;
	do
		sound = session_pull(session);
	while (sound && session_tell_drained(session));
	session->pumping = false;
	if (!sound)
		session_quit(session, NGHTTP2_INTERNAL_ERROR, "nghttp2 cannot send");
	else if (session->offence != NULL)
		session_quit(session, NGHTTP2_ENHANCE_YOUR_CALM, session->offence);
	else if (nghttp2_session_want_read(session->ng) == 0 &&
		 nghttp2_session_want_write(session->ng) == 0)
		session_end(session);
}

static void
session_leave(struct h2_session *session)
{
	session_set_state(session, H2_SESSION_LEAVING);
	nghttp2_submit_goaway(session->ng, NGHTTP2_FLAG_NONE,
	    nghttp2_session_get_last_proc_stream_id(session->ng), NGHTTP2_NO_ERROR, NULL, 0);
	h2_session_flush(session);
}

/* The ping's answer tells that the peer has read the notice; what it sent before has come. */
void
h2_session_drain(struct h2_session *session)
{
	if (session->state != H2_SESSION_OPEN)
		return;
	session_set_state(session, H2_SESSION_DRAINING);
	nghttp2_submit_shutdown_notice(session->ng);
	nghttp2_submit_ping(session->ng, NGHTTP2_FLAG_NONE, NULL);
	h2_session_flush(session);
}

void
h2_session_sweep(struct h2_session *session, int64_t now_ms)
{
	int64_t then_ms = now_ms - session->server->limits.stream_idle_timeout_ms;
	struct h2_stream *stream;

	if (session->state == H2_SESSION_OVER)
		return;
	session->now_ms = now_ms;
	if (!session->greeted && session->since_ms < then_ms) {
		session_quit(session, NGHTTP2_ENHANCE_YOUR_CALM, "no frame came");
		return;
	}
	if (session->block_ms != 0 && session->block_ms < then_ms) {
		session_quit(session, NGHTTP2_ENHANCE_YOUR_CALM, "slow header block");
		return;
	}
	if (session->state == H2_SESSION_DRAINING && now_ms - session->since_ms > H2_DRAIN_WAIT_MS)
		session_leave(session);
	LIST_FOREACH(stream, &session->streams, link)
	if (h2_stream_stalled(stream, then_ms))
		h2_stream_reset(stream, NGHTTP2_CANCEL);
}

/* Inside nghttp2_session_mem_recv: no further frame of the input is looked at. */
static int
offend(struct h2_session *session, const char *why)
{
	session->offence = why;
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

/*
 * What a frame of a reply of ours may draw (window updates, a ping to measure by) is free; other
 * control frames are few in honest use.
 */
static int
on_begin_frame(nghttp2_session *ng, const nghttp2_frame_hd *head, void *arg)
{
	struct h2_session *session = arg;

	(void)ng;
	session->greeted = true;
	switch (head->type) {
	case NGHTTP2_DATA:
	case NGHTTP2_HEADERS:
	case NGHTTP2_CONTINUATION:
	case NGHTTP2_RST_STREAM:
		return 0;
	default:
		break;
	}
	if (session->control_credit > 0) {
		session->control_credit--;
		return 0;
	}
	if (!h2_budget_spend(&session->control_frames,
		session->server->limits.control_frames_per_minute, session->now_ms))
		return offend(session, "too many control frames");
	return 0;
}

static int
on_begin_headers(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
	struct h2_session *session = arg;
	int32_t id = frame->hd.stream_id;
	struct h2_stream *stream;

	session->block_ms = session->now_ms;
	session->block_stream = nghttp2_session_get_stream_user_data(ng, id);
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	/* nghttp2 counts open streams; we, those whose work outlived them. */
	if (session->orphan_count > 0 && session->stream_count + session->orphan_count >=
					     session->server->limits.concurrent_streams)
		return nghttp2_submit_rst_stream(ng, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
	stream = h2_stream_new(session, id);
	session->block_stream = stream;
	return nghttp2_session_set_stream_user_data(ng, id, stream);
}

static int
on_header(nghttp2_session *ng, const nghttp2_frame *frame, nghttp2_rcbuf *name,
    nghttp2_rcbuf *value, uint8_t flags, void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *stream = session->block_stream;
	size_t limit = session->server->limits.header_list_bytes;

	(void)ng;
	(void)frame;
	(void)flags;
	if (stream == NULL)
		return 0;
	if (stream->request_state == H2_REQUEST_HEADERS && stream->fields.bytes <= limit)
		h2_fields_add(&stream->fields, name, value);
	else
		h2_fields_count(&stream->fields, name, value);
	if (stream->fields.bytes > limit * H2_HEADER_FLOOD)
		return offend(session, "header flood");
	return 0;
}

static void
session_begin_request(struct h2_session *session, struct h2_stream *stream)
{
	const struct h2_server *server = session->server;

	stream->request_state = H2_REQUEST_BODY;
	stream->active_ms = session->now_ms;
	if (stream->fields.bytes > server->limits.header_list_bytes) {
		h2_stream_respond(stream, 431, NULL, 0, true);
		return;
	}
	h2_fields_request(&stream->fields, &stream->request);
	stream->request.peer = net_conn_peer(session->conn);
	stream->begun = true;
	stream->user = server->callbacks.begin(server->arg, stream, &stream->request);
}

static int
on_frame_recv(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
	struct h2_session *session = arg;
	unsigned per_minute = session->server->limits.control_frames_per_minute;
	struct h2_stream *stream;

	if (frame->hd.type == NGHTTP2_RST_STREAM &&
	    !h2_budget_spend(&session->resets_received, session->server->limits.resets_per_minute,
		session->now_ms))
		return offend(session, "too many resets");
	if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
	    session->state == H2_SESSION_DRAINING)
		session_leave(session);
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		session->block_ms = 0;
	else if (frame->hd.length == frame->data.padlen &&
		 (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0 &&
		 !h2_budget_spend(&session->control_frames, per_minute, session->now_ms))
		return offend(session, "too many empty frames");
	stream = nghttp2_session_get_stream_user_data(ng, frame->hd.stream_id);
	if (stream == NULL)
		return 0;
	if (stream->request_state == H2_REQUEST_HEADERS)
		session_begin_request(session, stream);
	if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		h2_stream_end(stream);
	return 0;
}

/* nghttp2 has reset the stream; of the rest of its header block nothing more is told. */
static int
on_invalid_frame(nghttp2_session *ng, const nghttp2_frame *frame, int error, void *arg)
{
	struct h2_session *session = arg;

	(void)ng;
	(void)error;
	if (frame->hd.type == NGHTTP2_HEADERS)
		session->block_ms = 0;
	return 0;
}

static int
on_data(
    nghttp2_session *ng, uint8_t flags, int32_t id, const uint8_t *data, size_t length, void *arg)
{
	struct h2_stream *stream = nghttp2_session_get_stream_user_data(ng, id);

	(void)flags;
	(void)arg;
	if (stream != NULL)
		h2_stream_receive(stream, data, length);
	else
		nghttp2_session_consume(ng, id, length);
	return 0;
}

/*
 * Resets that the peer's frames make us send cost as much as resets it sends. Two kinds are of our
 * own making and start no work: NO_ERROR after a whole reply, and REFUSED_STREAM.
 */
static void
session_count_reset(struct h2_session *session, uint32_t error_code)
{
	if (error_code == NGHTTP2_NO_ERROR || error_code == NGHTTP2_REFUSED_STREAM)
		return;
	if (!h2_budget_spend(
		&session->resets_sent, session->server->limits.resets_per_minute, session->now_ms))
		session->offence = "made us send too many resets";
}

static int
on_frame_send(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *stream;

	if (frame->hd.type == NGHTTP2_RST_STREAM)
		session_count_reset(session, frame->rst_stream.error_code);
	if (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	session->control_credit += H2_CREDIT_PER_FRAME;
	if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	stream = nghttp2_session_get_stream_user_data(ng, frame->hd.stream_id);
	if (stream != NULL)
		h2_stream_sent(stream);
	return 0;
}

static int
on_stream_close(nghttp2_session *ng, int32_t id, uint32_t error_code, void *arg)
{
	struct h2_stream *stream = nghttp2_session_get_stream_user_data(ng, id);

	(void)error_code;
	(void)arg;
	if (stream == NULL)
		return 0;
	nghttp2_session_set_stream_user_data(ng, id, NULL);
	h2_stream_close(stream, stream->reply_state == H2_REPLY_SENT);
	return 0;
}

nghttp2_session_callbacks *
h2_session_callbacks(void)
{
	nghttp2_session_callbacks *callbacks;

	memory_require(nghttp2_session_callbacks_new(&callbacks) == 0);
	nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	nghttp2_session_callbacks_set_send_data_callback(callbacks, h2_stream_send);
	return callbacks;
}

static void
session_greet(struct h2_session *session)
{
	const struct h2_limits *limits = &session->server->limits;
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->concurrent_streams},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_STREAM_WINDOW},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)limits->header_list_bytes},
	};
	int failed = nghttp2_submit_settings(
	    session->ng, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0]));

	assert(failed == 0);
	failed = nghttp2_session_set_local_window_size(
	    session->ng, NGHTTP2_FLAG_NONE, 0, H2_CONNECTION_WINDOW);
	assert(failed == 0);
	h2_session_flush(session);
}

static void *
session_opened(void *arg, struct net_conn *conn)
{
	struct h2_server *server = arg;
	struct h2_session *session = memory_calloc(1, sizeof(*session));
	int failed;

	session->server = server;
	session->conn = conn;
	failed = nghttp2_session_server_new3(
	    &session->ng, server->ng_callbacks, session, server->ng_option, &server->ng_memory);
	assert(failed == 0);
	LIST_INIT(&session->streams);
	LIST_INIT(&session->slots);
	STAILQ_INIT(&session->drained);
	session_set_state(session, H2_SESSION_OPEN);
	LIST_INSERT_HEAD(&server->sessions, session, link);
	session_greet(session);
	if (server->draining)
		h2_session_drain(session);
	return session;
}

/* nghttp2 answers breaches of the protocol itself; what it returns as an error is beyond that. */
static uint32_t
error_code_of(ssize_t result)
{
	switch (result) {
	case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
		return NGHTTP2_PROTOCOL_ERROR;
	case NGHTTP2_ERR_NOMEM:
		return NGHTTP2_INTERNAL_ERROR;
	default:
		return NGHTTP2_ENHANCE_YOUR_CALM;
	}
}

static bool
session_received(void *user, const uint8_t *data, size_t length)
{
	struct h2_session *session = user;
	ssize_t result;

	if (session->state == H2_SESSION_OVER)
		return false;
	session->now_ms = clock_monotonic_ms();
	result = nghttp2_session_mem_recv(session->ng, data, length);
	if (result < 0) {
		session_quit(session, error_code_of(result),
		    session->offence != NULL ? session->offence : nghttp2_strerror((int)result));
		return false;
	}
	h2_session_flush(session);
	return true;
}

static void
session_writable(void *user)
{
	struct h2_session *session = user;

	session->now_ms = clock_monotonic_ms();
	session_pump(session);
}

static void
session_idle(void *user)
{
	struct h2_session *session = user;

	if (session->state == H2_SESSION_OPEN || session->state == H2_SESSION_DRAINING)
		session_leave(session);
}

static void
session_closed(void *user)
{
	struct h2_session *session = user;
	struct h2_slot *slot;

	if (session->state != H2_SESSION_OVER)
		session_end(session);
	while ((slot = LIST_FIRST(&session->slots)) != NULL) {
		LIST_REMOVE(slot, link);
		slot->session = NULL;
	}
	nghttp2_session_del(session->ng);
	LIST_REMOVE(session, link);
	free(session);
}

const struct net_conn_callbacks *
h2_net_callbacks(void)
{
	static const struct net_conn_callbacks callbacks = {
	    .opened = session_opened,
	    .received = session_received,
	    .writable = session_writable,
	    .idle = session_idle,
	    .closed = session_closed,
	};

	return &callbacks;
}
