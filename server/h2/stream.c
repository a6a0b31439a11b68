/* One stream: the request's body to its user, the reply's headers, body and trailers to nghttp2. */
#include "server/h2/h2_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

struct h2_stream *
h2_stream_new(struct h2_session *session, int32_t id)
{
	struct h2_server *server = session->server;
	struct h2_stream *stream = LIST_FIRST(&server->free_streams);

	if (stream != NULL) {
		LIST_REMOVE(stream, link);
		server->free_count--;
	} else {
		stream = memory_calloc(1, sizeof(*stream));
	}
	stream->session = session;
	stream->id = id;
	stream->active_ms = session->now_ms;
	LIST_INSERT_HEAD(&session->streams, stream, link);
	if (session->stream_count++ == 0)
		net_conn_set_busy(session->conn, true);
	return stream;
}

void
h2_stream_destroy(struct h2_stream *stream)
{
	h2_fields_free(&stream->fields);
	buf_free(&stream->body);
	buf_free(&stream->trailers);
	free(stream);
}

/* To the free list with its buffers, all else as new. */
static void
stream_recycle(struct h2_server *server, struct h2_stream *stream)
{
	struct h2_fields fields;
	struct buf body, trailers;

	if (server->free_count >= H2_FREE_STREAMS || stream->body.capacity > H2_KEPT_BODY_BYTES ||
	    stream->trailers.capacity > H2_KEPT_BODY_BYTES) {
		h2_stream_destroy(stream);
		return;
	}
	h2_fields_clear(&stream->fields);
	buf_clear(&stream->body);
	buf_clear(&stream->trailers);
	fields = stream->fields;
	body = stream->body;
	trailers = stream->trailers;
	*stream = (struct h2_stream){.fields = fields, .body = body, .trailers = trailers};
	LIST_INSERT_HEAD(&server->free_streams, stream, link);
	server->free_count++;
}

size_t
h2_stream_queued(const struct h2_stream *stream)
{
	return stream->body.length - stream->body_sent;
}

static void
count_waiting(struct h2_session *session, size_t more, size_t less)
{
	session->waiting += more - less;
	session->server->waiting += more - less;
}

void
h2_stream_close(struct h2_stream *stream, bool complete)
{
	struct h2_session *session = stream->session;
	struct h2_server *server = session->server;

	LIST_REMOVE(stream, link);
	if (session->block_stream == stream)
		session->block_stream = NULL;
	count_waiting(session, 0, h2_stream_queued(stream));
	if (stream->drained)
		STAILQ_REMOVE(&session->drained, stream, h2_stream, drained_link);
	if (stream->slot != NULL) {
		stream->slot->stream = NULL;
		session->orphan_count++;
	}
	if (stream->begun)
		server->callbacks.closed(stream->user, complete);
	if (stream->unconsumed > 0)
		nghttp2_session_consume_connection(session->ng, stream->unconsumed);
	if (--session->stream_count == 0)
		net_conn_set_busy(session->conn, false);
	stream_recycle(server, stream);
}

/* Whether the user still cares for the request. */
static bool
stream_listening(const struct h2_stream *stream)
{
	return stream->begun &&
	       (stream->reply_state == H2_REPLY_NONE || stream->reply_state == H2_REPLY_OPEN);
}

void
h2_stream_receive(struct h2_stream *stream, const uint8_t *data, size_t length)
{
	struct h2_session *session = stream->session;

	stream->active_ms = session->now_ms;
	if (!stream_listening(stream)) {
		nghttp2_session_consume(session->ng, stream->id, length);
		return;
	}
	stream->unconsumed += length;
	session->server->callbacks.data(stream->user, data, length);
}

void
h2_stream_end(struct h2_stream *stream)
{
	stream->request_state = H2_REQUEST_ENDED;
	if (stream_listening(stream))
		stream->session->server->callbacks.end(stream->user);
}

void
h2_stream_sent(struct h2_stream *stream)
{
	stream->reply_state = H2_REPLY_SENT;
	/* The reply is whole, so what is left of the request is of no use: RFC 9113, 8.1. */
	if (stream->request_state != H2_REQUEST_ENDED)
		nghttp2_submit_rst_stream(
		    stream->session->ng, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
}

size_t
h2_stream_room(const struct h2_stream *stream)
{
	const struct h2_session *session = stream->session;
	size_t limit = session->server->limits.waiting_bytes;
	size_t waiting = session->server->waiting;
	size_t share = waiting < limit ? (limit - waiting) / H2_WAITING_SHARE : 0;

	return session->waiting < share ? share - session->waiting : 0;
}

/* A body that we have not consumed, or a reply that we have not written, is our own delay. */
bool
h2_stream_stalled(const struct h2_stream *stream, int64_t then_ms)
{
	bool owes_request = stream->request_state != H2_REQUEST_ENDED && stream->unconsumed == 0;
	bool owes_window = h2_stream_queued(stream) > 0;

	return (owes_request || owes_window) && stream->active_ms < then_ms;
}

static void
set_header(nghttp2_nv *to, const char *name, const char *value, uint8_t flags)
{
	*to = (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), flags};
}

/* Given an open stream, and memory that ends the process where it runs out. */
static void
must(int result)
{
	assert(result == 0);
	(void)result;
}

static bool
stream_replying(const struct h2_stream *stream, enum h2_reply_state state)
{
	if (stream->reply_state == H2_REPLY_RESET)
		return false;
	assert(stream->reply_state == state);
	return true;
}

void
h2_stream_respond(struct h2_stream *stream, int http_status, const struct h2_header *headers,
    size_t count, bool end)
{
	nghttp2_data_provider body = {.read_callback = h2_stream_pull};
	nghttp2_nv list[1 + H2_REPLY_HEADERS];
	char status[4] = {(char)('0' + http_status / 100), (char)('0' + http_status / 10 % 10),
	    (char)('0' + http_status % 10), '\0'};
	size_t i;

	if (!stream_replying(stream, H2_REPLY_NONE))
		return;
	assert(http_status >= 200 && http_status <= 599 && count <= H2_REPLY_HEADERS);
	set_header(&list[0], ":status", status, NGHTTP2_NV_FLAG_NO_COPY_NAME);
	for (i = 0; i < count; i++)
		set_header(
		    &list[1 + i], headers[i].name, headers[i].value, NGHTTP2_NV_FLAG_NO_COPY_NAME);
	body.source.ptr = stream;
	must(nghttp2_submit_response(
	    stream->session->ng, stream->id, list, 1 + count, end ? NULL : &body));
	stream->reply_state = end ? H2_REPLY_FINISHED : H2_REPLY_OPEN;
	h2_session_flush(stream->session);
}

static void
stream_resume(struct h2_stream *stream)
{
	if (stream->deferred)
		nghttp2_session_resume_data(stream->session->ng, stream->id);
	stream->deferred = false;
	h2_session_flush(stream->session);
}

void
h2_stream_write(struct h2_stream *stream, const void *data, size_t length)
{
	if (!stream_replying(stream, H2_REPLY_OPEN) || length == 0)
		return;
	if (h2_stream_queued(stream) == 0)
		stream->active_ms = stream->session->now_ms;
	if (stream->body_sent > stream->body.length / 2) {
		buf_consume(&stream->body, stream->body_sent);
		stream->body_sent = 0;
	}
	buf_append(&stream->body, data, length);
	count_waiting(stream->session, length, 0);
	stream_resume(stream);
}

void
h2_stream_finish(struct h2_stream *stream, const struct h2_header *trailers, size_t count)
{
	size_t i;

	if (!stream_replying(stream, H2_REPLY_OPEN))
		return;
	assert(count <= H2_REPLY_HEADERS);
	for (i = 0; i < count; i++) {
		buf_append(&stream->trailers, trailers[i].name, strlen(trailers[i].name) + 1);
		buf_append(&stream->trailers, trailers[i].value, strlen(trailers[i].value) + 1);
	}
	stream->trailer_count = count;
	stream->reply_state = H2_REPLY_FINISHED;
	stream_resume(stream);
}

void
h2_stream_reset(struct h2_stream *stream, uint32_t error_code)
{
	if (stream->reply_state == H2_REPLY_RESET)
		return;
	stream->reply_state = H2_REPLY_RESET;
	must(nghttp2_submit_rst_stream(
	    stream->session->ng, NGHTTP2_FLAG_NONE, stream->id, error_code));
	h2_session_flush(stream->session);
}

void
h2_stream_consume(struct h2_stream *stream, size_t length)
{
	assert(length <= stream->unconsumed);
	stream->unconsumed -= length;
	nghttp2_session_consume(stream->session->ng, stream->id, length);
	stream->active_ms = stream->session->now_ms;
	h2_session_flush(stream->session);
}

static void
submit_trailers(struct h2_stream *stream)
{
	const char *text = (const char *)stream->trailers.data;
	nghttp2_nv list[H2_REPLY_HEADERS];
	size_t i;

	for (i = 0; i < stream->trailer_count; i++) {
		const char *value = text + strlen(text) + 1;

		set_header(&list[i], text, value, NGHTTP2_NV_FLAG_NONE);
		text = value + strlen(value) + 1;
	}
	must(nghttp2_submit_trailer(stream->session->ng, stream->id, list, stream->trailer_count));
}

/* nghttp2 asks how much of the body fits the peer's windows; h2_stream_send then writes it. */
ssize_t
h2_stream_pull(nghttp2_session *ng, int32_t id, uint8_t *to, size_t length, uint32_t *flags,
    nghttp2_data_source *source, void *arg)
{
	struct h2_stream *stream = source->ptr;
	size_t queued = h2_stream_queued(stream);

	(void)ng;
	(void)id;
	(void)to;
	(void)arg;
	if (queued == 0 && stream->reply_state != H2_REPLY_FINISHED) {
		stream->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*flags = NGHTTP2_DATA_FLAG_NO_COPY;
	if (queued > length)
		return (ssize_t)length;
	if (stream->reply_state == H2_REPLY_FINISHED) {
		*flags |= NGHTTP2_DATA_FLAG_EOF;
		if (stream->trailer_count > 0) {
			*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
			submit_trailers(stream);
		}
	}
	return (ssize_t)queued;
}

int
h2_stream_send(nghttp2_session *ng, nghttp2_frame *frame, const uint8_t *head, size_t length,
    nghttp2_data_source *source, void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *stream = source->ptr;

	(void)ng;
	(void)frame;
	if (net_conn_output(session->conn) >= NET_OUTPUT_HIGH)
		return NGHTTP2_ERR_WOULDBLOCK;
	net_conn_write(session->conn, head, 9);
	if (length > 0)
		net_conn_write(session->conn, stream->body.data + stream->body_sent, length);
	stream->body_sent += length;
	count_waiting(session, 0, length);
	stream->active_ms = session->now_ms;
	if (stream->reply_state == H2_REPLY_OPEN && !stream->drained &&
	    h2_stream_queued(stream) < H2_STREAM_LOW) {
		stream->drained = true;
		STAILQ_INSERT_TAIL(&session->drained, stream, drained_link);
	}
	return 0;
}

struct h2_slot *
h2_stream_hold(struct h2_stream *stream)
{
	struct h2_slot *slot = memory_alloc(sizeof(*slot));

	assert(stream->slot == NULL);
	slot->session = stream->session;
	slot->stream = stream;
	LIST_INSERT_HEAD(&stream->session->slots, slot, link);
	stream->slot = slot;
	return slot;
}

void
h2_slot_release(struct h2_slot *slot)
{
	if (slot->stream != NULL)
		slot->stream->slot = NULL;
	if (slot->session != NULL) {
		if (slot->stream == NULL)
			slot->session->orphan_count--;
		LIST_REMOVE(slot, link);
	}
	free(slot);
}
