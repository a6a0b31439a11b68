/* What of replies waits for clients that read slowly, or not at all. */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <nghttp2/nghttp2.h>

#include "server/h2/h2.h"
#include "tests/unit/server/h2/fake_net.h"

#define WAITING 640000 /* of which a client may have a sixteenth: 40,000 */
#define GREEDY 30

struct peer {
	struct net_conn conn;
	void *session;
	nghttp2_session *client;
};

static struct event_base *base;
static struct h2_server *server;
static struct h2_stream *begun; /* last */
static struct peer peers[2], greedy[GREEDY];

static void *
begin(void *arg, struct h2_stream *stream, const struct h2_request *request)
{
	(void)request;
	begun = stream;
	return arg;
}

static void
data(void *user, const uint8_t *bytes, size_t length)
{
	(void)user;
	(void)bytes;
	(void)length;
}

static void
nothing(void *user)
{
	(void)user;
}

static void
closed(void *user, bool complete)
{
	(void)user;
	(void)complete;
}

static void
exchange(struct peer *peer)
{
	const struct net_conn_callbacks *net = h2_net_callbacks();
	const uint8_t *bytes;
	ssize_t length;

	do {
		while ((length = nghttp2_session_mem_send(peer->client, &bytes)) > 0)
			net->received(peer->session, bytes, (size_t)length);
		peer->conn.wants_writable = false;
		net->writable(peer->session);
		nghttp2_session_mem_recv(
		    peer->client, peer->conn.output.data, peer->conn.output.length);
		buf_clear(&peer->conn.output);
	} while (peer->conn.wants_writable || nghttp2_session_want_write(peer->client));
}

/* A client whose streams have no window. */
static void
open_peer(struct peer *peer)
{
	const nghttp2_settings_entry shut = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
	nghttp2_session_callbacks *callbacks;

	peer->session = h2_net_callbacks()->opened(server, &peer->conn);
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_client_new(&peer->client, callbacks, NULL);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(peer->client, NGHTTP2_FLAG_NONE, &shut, 1);
	exchange(peer);
}

static void
close_peer(struct peer *peer)
{
	h2_net_callbacks()->closed(peer->session);
	nghttp2_session_del(peer->client);
	buf_free(&peer->conn.output);
}

static void
set_up(void)
{
	const struct h2_limits limits = {10, 8192, 100, 100, 60000, WAITING};
	const struct h2_callbacks callbacks = {begin, data, nothing, nothing, closed};

	base = event_base_new();
	server = h2_server_new(base, &limits, &callbacks, &peers);
	open_peer(&peers[0]);
	open_peer(&peers[1]);
}

static void
tear_down(void)
{
	h2_server_free(server);
	event_base_free(base);
}

TestSuite(waiting, .init = set_up, .fini = tear_down);

/* A request, and a reply of so many bytes. */
static struct h2_stream *
reply(struct peer *peer, size_t length)
{
	static const char bytes[WAITING];
	static nghttp2_nv headers[] = {
	    {(uint8_t *)":method", (uint8_t *)"GET", 7, 3, 0},
	    {(uint8_t *)":scheme", (uint8_t *)"https", 7, 5, 0},
	    {(uint8_t *)":authority", (uint8_t *)"a", 10, 1, 0},
	    {(uint8_t *)":path", (uint8_t *)"/", 5, 1, 0},
	};

	nghttp2_submit_request(peer->client, NULL, headers, 4, NULL, NULL);
	exchange(peer);
	h2_stream_respond(begun, 200, NULL, 0, false);
	h2_stream_write(begun, bytes, length);
	exchange(peer);
	return begun;
}

Test(waiting, is_counted_for_a_client_and_for_all)
{
	struct h2_stream *first = reply(&peers[0], 30000);

	cr_expect_eq(h2_stream_room(first), 38125 - 30000);
	cr_expect_eq(h2_stream_room(reply(&peers[1], 10000)), 37500 - 10000, "of what is left");
	reply(&peers[0], 15000);
	cr_expect_eq(h2_stream_room(first), 0, "what is over the limit leaves no room either");
	cr_expect_eq(h2_server_waiting(server), 55000);
	h2_stream_reset(first, NGHTTP2_CANCEL);
	exchange(&peers[0]);
	cr_expect_eq(h2_server_waiting(server), 25000, "what was given up waits no more");
	close_peer(&peers[0]);
	cr_expect_eq(h2_server_waiting(server), 10000, "nor what a lost client was to read");
	close_peer(&peers[1]);
}

Test(waiting, of_many_who_read_nothing_leaves_room_for_another)
{
	struct h2_stream *stream;

	for (size_t i = 0; i < GREEDY; i++) {
		open_peer(&greedy[i]);
		stream = reply(&greedy[i], 1);
		while (h2_stream_room(stream) > 0)
			h2_stream_write(stream, ".", 1);
	}
	/* Each takes 1/17 of what those before left: 640,000 (16/17)^30 / 16 is 6,489. */
	stream = reply(&peers[0], 1);
	cr_expect_geq(h2_stream_room(stream), 6450);
	cr_expect_leq(h2_stream_room(stream), 6500);
	for (size_t i = 0; i < GREEDY; i++)
		close_peer(&greedy[i]);
	close_peer(&peers[0]);
	close_peer(&peers[1]);
}

Test(waiting, ends_with_the_reading)
{
	struct h2_stream *stream = reply(&peers[0], 30000);

	nghttp2_session_set_local_window_size(peers[0].client, NGHTTP2_FLAG_NONE, 1, 30000);
	exchange(&peers[0]);
	cr_expect_eq(h2_server_waiting(server), 0);
	cr_expect_eq(h2_stream_room(stream), WAITING / 16);
	close_peer(&peers[0]);
	close_peer(&peers[1]);
}
