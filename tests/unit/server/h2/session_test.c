/* Sessions against nghttp2's own client, byte by byte, without a socket. */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#include "server/h2/h2.h"
#include "tests/unit/server/h2/fake_net.h"

#define RESETS 5
#define CONTROLS 20
#define HEADER_LIST 8192

/* What the server's user saw of the one stream that a test looks at. */
static struct {
	struct h2_stream *stream;
	const struct h2_request *request;
	int begun, ended, drained, closed, completed;
	struct buf body;
} seen;

/* What the client saw. */
static struct {
	char status[8];
	char trailer[64];
	size_t data;
	int ended, resets, goaways;
	uint32_t reset_code, goaway_code;
	int credits; /* WINDOW_UPDATE frames of a stream */
} got;

static struct event_base *base;
static struct h2_server *server;
static struct net_conn conn;
static const struct net_conn_callbacks *net;
static void *session;
static nghttp2_session *client;

static void *
begin(void *arg, struct h2_stream *stream, const struct h2_request *request)
{
	(void)arg;
	seen.stream = stream;
	seen.request = request;
	seen.begun++;
	return &seen;
}

static void
data(void *user, const uint8_t *bytes, size_t length)
{
	(void)user;
	buf_append(&seen.body, bytes, length);
}

static void
end(void *user)
{
	(void)user;
	seen.ended++;
}

static void
drained(void *user)
{
	(void)user;
	seen.drained++;
}

static void
closed(void *user, bool complete)
{
	(void)user;
	seen.closed++;
	seen.completed += complete;
}

static int
client_header(nghttp2_session *ng, const nghttp2_frame *frame, const uint8_t *name,
    size_t name_length, const uint8_t *value, size_t length, uint8_t flags, void *arg)
{
	(void)ng;
	(void)name_length;
	(void)flags;
	(void)arg;
	if (strcmp((const char *)name, ":status") == 0)
		memcpy(got.status, value, length + 1);
	else if (frame->headers.cat == NGHTTP2_HCAT_HEADERS)
		memcpy(got.trailer, value, length + 1);
	return 0;
}

static int
client_frame(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
	(void)ng;
	(void)arg;
	if (frame->hd.type == NGHTTP2_RST_STREAM) {
		got.resets++;
		got.reset_code = frame->rst_stream.error_code;
	} else if (frame->hd.type == NGHTTP2_GOAWAY) {
		got.goaways++;
		got.goaway_code = frame->goaway.error_code;
	} else if (frame->hd.type == NGHTTP2_WINDOW_UPDATE && frame->hd.stream_id > 0) {
		got.credits++;
	}
	if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		got.ended++;
	return 0;
}

static int
client_data(
    nghttp2_session *ng, uint8_t flags, int32_t id, const uint8_t *bytes, size_t length, void *arg)
{
	(void)ng;
	(void)flags;
	(void)id;
	(void)bytes;
	(void)arg;
	got.data += length;
	return 0;
}

/* The client's frames to the server; false if the server wants no more. */
static bool
client_sends(void)
{
	const uint8_t *bytes;
	ssize_t length;
	bool more = true;

	while (more && (length = nghttp2_session_mem_send(client, &bytes)) > 0)
		more = net->received(session, bytes, (size_t)length);
	return more;
}

static void
server_turn(void)
{
	if (conn.wants_writable) {
		conn.wants_writable = false;
		net->writable(session);
	}
}

/* Both sides talk until neither has anything to say. */
static void
exchange(void)
{
	do {
		client_sends();
		server_turn();
		nghttp2_session_mem_recv(client, conn.output.data, conn.output.length);
		buf_clear(&conn.output);
	} while (conn.wants_writable || nghttp2_session_want_write(client));
}

static void
set_up(void)
{
	const struct h2_limits limits = {10, HEADER_LIST, RESETS, CONTROLS, 60000, SIZE_MAX};
	const struct h2_callbacks callbacks = {begin, data, end, drained, closed};
	nghttp2_session_callbacks *client_callbacks;

	base = event_base_new();
	server = h2_server_new(base, &limits, &callbacks, NULL);
	net = h2_net_callbacks();
	session = net->opened(server, &conn);
	nghttp2_session_callbacks_new(&client_callbacks);
	nghttp2_session_callbacks_set_on_header_callback(client_callbacks, client_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(client_callbacks, client_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(client_callbacks, client_data);
	nghttp2_session_client_new(&client, client_callbacks, NULL);
	nghttp2_session_callbacks_del(client_callbacks);
	nghttp2_submit_settings(client, NGHTTP2_FLAG_NONE, NULL, 0);
	exchange();
}

static void
tear_down(void)
{
	if (session != NULL)
		net->closed(session);
	nghttp2_session_del(client);
	h2_server_free(server);
	event_base_free(base);
	buf_free(&conn.output);
	buf_free(&seen.body);
}

TestSuite(session, .init = set_up, .fini = tear_down);

static ssize_t
zeros(nghttp2_session *ng, int32_t id, uint8_t *to, size_t length, uint32_t *flags,
    nghttp2_data_source *source, void *arg)
{
	size_t *left = source->ptr;
	size_t count = *left < length ? *left : length;

	(void)ng;
	(void)id;
	(void)arg;
	memset(to, 0, count);
	*left -= count;
	if (*left == 0)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)count;
}

static nghttp2_nv
nv(const char *name, const char *value)
{
	return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0};
}

/* body: NULL for none, else how many zeros. */
static int32_t
ask(const char *extra, size_t *body)
{
	const nghttp2_nv headers[] = {nv(":method", body != NULL ? "POST" : "GET"),
	    nv(":scheme", "https"), nv(":authority", "pct.example"), nv(":path", "/a"),
	    nv("x-extra", extra)};
	nghttp2_data_provider provider = {.source.ptr = body, .read_callback = zeros};

	return nghttp2_submit_request(
	    client, NULL, headers, 5, body != NULL ? &provider : NULL, NULL);
}

Test(session, hands_over_the_request_and_returns_the_reply_with_trailers)
{
	const struct h2_header header = {"content-type", "application/grpc"};
	const struct h2_header trailer = {"grpc-status", "0"};

	ask("one", NULL);
	exchange();
	cr_assert_eq(seen.begun, 1);
	cr_assert_eq(seen.ended, 1);
	cr_assert_str_eq(seen.request->method, "GET");
	cr_assert_str_eq(seen.request->path, "/a");
	cr_assert_str_eq(seen.request->authority, "pct.example");
	cr_assert_eq(seen.request->header_count, 1);
	cr_assert_str_eq(seen.request->headers[0].name, "x-extra");
	cr_assert_str_eq(seen.request->headers[0].value, "one");
	cr_assert(conn.busy);
	h2_stream_respond(seen.stream, 200, &header, 1, false);
	h2_stream_write(seen.stream, "hello", 5);
	h2_stream_finish(seen.stream, &trailer, 1);
	exchange();
	cr_assert_str_eq(got.status, "200");
	cr_assert_eq(got.data, 5);
	cr_assert_str_eq(got.trailer, "0");
	cr_assert_eq(got.ended, 1);
	cr_assert_eq(seen.closed, 1);
	cr_assert_eq(seen.completed, 1);
	cr_assert_not(conn.busy);
}

Test(session, replies_with_headers_alone_or_with_an_empty_body)
{
	const struct h2_header trailer = {"grpc-status", "5"};

	ask("", NULL);
	exchange();
	h2_stream_respond(seen.stream, 404, &trailer, 1, true);
	exchange();
	cr_assert_str_eq(got.status, "404");
	cr_assert_eq(got.ended, 1);
	ask("", NULL);
	exchange();
	h2_stream_respond(seen.stream, 200, NULL, 0, false);
	h2_stream_finish(seen.stream, &trailer, 1);
	exchange();
	cr_assert_str_eq(got.trailer, "5");
	cr_assert_eq(got.ended, 2);
	cr_assert_eq(seen.completed, 2);
}

Test(session, ends_the_request_with_no_error_when_the_reply_is_whole_first)
{
	size_t length = H2_STREAM_LOW * 100;

	ask("", &length);
	client_sends();
	h2_stream_respond(seen.stream, 200, NULL, 0, true);
	exchange();
	cr_assert_eq(got.ended, 1);
	cr_assert_eq(got.resets, 1);
	cr_assert_eq(got.reset_code, NGHTTP2_NO_ERROR);
	cr_assert_eq(seen.ended, 0);
	cr_assert_eq(seen.completed, 1, "the reply was out");
}

Test(session, gives_credit_only_for_what_is_consumed)
{
	size_t window = 262144;
	size_t length = 2 * window;

	ask("", &length);
	exchange();
	cr_assert_eq(seen.body.length, window, "the peer stops at the stream's window");
	cr_assert_eq(got.credits, 0);
	h2_stream_consume(seen.stream, window);
	exchange();
	cr_assert_eq(got.credits, 1);
	cr_assert_eq(seen.body.length, 2 * window);
	cr_assert_eq(seen.ended, 1);
}

Test(session, returns_the_connections_credit_when_a_stream_closes_unconsumed)
{
	int i;

	/* Twelve unconsumed bodies of 128 KiB would pass the connection's 1 MiB. */
	for (i = 0; i < 12; i++) {
		size_t length = 131072;

		ask("", &length);
		exchange();
		cr_assert_eq(seen.ended, i + 1, "body %d is whole", i);
		h2_stream_respond(seen.stream, 200, NULL, 0, true);
		exchange();
	}
}

Test(session, stops_pulling_at_the_high_watermark_of_output)
{
	static const char megabyte[1 << 20];

	int32_t id = ask("", NULL);

	exchange();
	nghttp2_submit_window_update(client, NGHTTP2_FLAG_NONE, 0, 1 << 28);
	nghttp2_submit_window_update(client, NGHTTP2_FLAG_NONE, id, 1 << 28);
	exchange();
	h2_stream_respond(seen.stream, 200, NULL, 0, false);
	h2_stream_write(seen.stream, megabyte, sizeof(megabyte));
	server_turn();
	cr_assert_geq(conn.output.length, NET_OUTPUT_HIGH);
	cr_assert_lt(conn.output.length, NET_OUTPUT_HIGH + 16384 + 9);
	cr_assert_eq(seen.drained, 0);
	cr_assert_gt(h2_stream_queued(seen.stream), 0);
	/* As net does when output has fallen below its low watermark. */
	while (got.data < sizeof(megabyte) || seen.drained == 0) {
		conn.wants_writable = true;
		exchange();
	}
	cr_assert_eq(h2_stream_queued(seen.stream), 0);
}

Test(session, tells_of_the_end_once_when_the_connection_is_lost_and_keeps_slots_valid)
{
	struct h2_slot *slot;

	ask("", NULL);
	exchange();
	slot = h2_stream_hold(seen.stream);
	net->closed(session);
	session = NULL;
	cr_assert_eq(seen.closed, 1);
	cr_assert_eq(seen.completed, 0);
	cr_assert(h2_server_idle(server));
	h2_slot_release(slot);
}

Test(session, says_nothing_more_after_a_reset)
{
	size_t length = 10;

	ask("", &length);
	client_sends();
	h2_stream_reset(seen.stream, NGHTTP2_INTERNAL_ERROR);
	h2_stream_respond(seen.stream, 200, NULL, 0, false);
	h2_stream_write(seen.stream, "x", 1);
	h2_stream_finish(seen.stream, NULL, 0);
	exchange();
	cr_assert_eq(got.reset_code, NGHTTP2_INTERNAL_ERROR);
	cr_assert_str_empty(got.status);
	cr_assert_eq(seen.closed, 1);
	cr_assert_eq(seen.completed, 0);
}

Test(session, allows_exactly_the_budget_of_resets)
{
	int i;

	for (i = 0; i <= RESETS; i++) {
		int32_t id = ask("", NULL);

		cr_assert_eq(got.goaways, 0);
		exchange();
		nghttp2_submit_rst_stream(client, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
		cr_assert_eq(client_sends(), i < RESETS, "reset %d of %d", i + 1, RESETS);
		exchange();
	}
	exchange();
	cr_assert_eq(got.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
	cr_assert(conn.closing);
	cr_assert_eq(seen.closed, RESETS + 1);
}

Test(session, counts_the_resets_it_sends)
{
	int i;

	for (i = 0; i <= RESETS; i++) {
		cr_assert_eq(got.goaways, 0, "reset %d of %d", i, RESETS);
		ask("", NULL);
		exchange();
		h2_stream_reset(seen.stream, NGHTTP2_CANCEL);
		exchange();
	}
	cr_assert_eq(got.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
	cr_assert(conn.closing);
}

/* gRPC's refusals are headers alone, and honest clients measure by them too. */
Test(session, lets_an_answer_without_a_body_draw_control_frames)
{
	int i;

	for (i = 0; i < CONTROLS; i++) {
		ask("", NULL);
		exchange();
		h2_stream_respond(seen.stream, 200, NULL, 0, true);
		exchange();
		nghttp2_submit_ping(client, NGHTTP2_FLAG_NONE, NULL);
		nghttp2_submit_window_update(client, NGHTTP2_FLAG_NONE, 0, 1);
		exchange();
		cr_assert_eq(got.goaways, 0, "answer %d", i);
	}
}

/* The list's size as RFC 9113, 6.5.2 counts it: names, values and 32 for each of five fields. */
static size_t
list_size(size_t extra)
{
	const char *names = ":method"
			    "GET"
			    ":scheme"
			    "https"
			    ":authority"
			    "pct.example"
			    ":path"
			    "/a"
			    "x-extra";

	return strlen(names) + extra + 5 * 32;
}

Test(session, takes_a_header_list_of_the_limit_and_answers_431_to_one_byte_more)
{
	char extra[HEADER_LIST] = {0};
	size_t length = 0;

	while (list_size(length) < HEADER_LIST)
		extra[length++] = 'a';
	ask(extra, NULL);
	exchange();
	cr_assert_eq(seen.begun, 1);
	h2_stream_respond(seen.stream, 200, NULL, 0, true);
	exchange();
	extra[length] = 'a';
	ask(extra, NULL);
	exchange();
	cr_assert_eq(seen.begun, 1, "the user never hears of it");
	cr_assert_str_eq(got.status, "431");
}

Test(session, drains_by_notice_then_goaway_and_closes)
{
	ask("", NULL);
	exchange();
	h2_server_drain(server);
	exchange();
	cr_assert_eq(got.goaways, 2, "the client's nghttp2 answered the ping between them");
	cr_assert_eq(got.goaway_code, NGHTTP2_NO_ERROR);
	cr_assert_not(conn.closing, "a call is in flight");
	h2_stream_respond(seen.stream, 200, NULL, 0, true);
	exchange();
	cr_assert(conn.closing);
	cr_assert_eq(seen.completed, 1);
}

Test(session, says_goodbye_when_idle)
{
	net->idle(session);
	exchange();
	cr_assert_eq(got.goaway_code, NGHTTP2_NO_ERROR);
	cr_assert_eq(got.goaways, 1);
	cr_assert(conn.closing);
}
