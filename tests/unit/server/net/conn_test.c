/* Connections against OpenSSL's own client on a loopback port; client and loop take turns. */
#include <arpa/inet.h>
#include <assert.h>
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <event2/event.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/net/net_internal.h"

/* Names the folder of certificates to the tests, which are processes of their own. */
#define FOLDER_VARIABLE "PBC_CONN_TEST"
#define IDLE_MS 150
#define PATIENCE_MS 20000

static struct event_base *base;
static struct net_tls *tls;
static struct net_listener *listener;

/* What the server's user saw, and does. */
static struct {
	struct net_conn *conn;
	int opened, writable, idle, closed;
	int received;
	size_t fill; /* written at each writable */
	bool refuses;
} seen;

static SSL_CTX *client_context;
static SSL *client;

static void *
opened(void *arg, struct net_conn *conn)
{
	seen.conn = conn;
	seen.opened++;
	return arg;
}

static bool
received(void *user, const uint8_t *data, size_t length)
{
	(void)user;
	(void)data;
	seen.received += (int)length;
	return !seen.refuses;
}

static void
writable(void *user)
{
	static const char bytes[NET_OUTPUT_HIGH * 2];

	(void)user;
	seen.writable++;
	net_conn_write(seen.conn, bytes, seen.fill);
}

static void
idle(void *user)
{
	(void)user;
	seen.idle++;
}

static void
closed(void *user)
{
	(void)user;
	seen.closed++;
	seen.conn = NULL;
}

static const struct net_conn_callbacks callbacks = {opened, received, writable, idle, closed};

static int
connect_socket(in_addr_t from)
{
	const struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
	const struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(net_listener_port(listener)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (const struct sockaddr *)&source, sizeof(source)), 0);
	cr_assert_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
connect_client(void)
{
	const unsigned char alpn[] = {2, 'h', '2'};
	int fd = connect_socket(INADDR_LOOPBACK);

	evutil_make_socket_nonblocking(fd);
	client_context = SSL_CTX_new(TLS_client_method());
	client = SSL_new(client_context);
	SSL_set_alpn_protos(client, alpn, sizeof(alpn));
	SSL_set_fd(client, fd);
	SSL_set_connect_state(client);
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* Until the handshake is over at both ends. */
static void
shake_hands(void)
{
	int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;

	while (seen.opened == 0 && clock_monotonic_ms() < end_ms) {
		SSL_do_handshake(client);
		turn();
	}
	cr_assert_eq(seen.opened, 1);
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	char folder[] = "/tmp/pbc-net-test-XXXXXX", command[256];

	(void)tests;
	assert(mkdtemp(folder) != NULL);
	snprintf(command, sizeof(command), "%s %s >/dev/null 2>&1", PBC_CERTS, folder);
	assert(system(command) == 0);
	setenv(FOLDER_VARIABLE, folder, 1);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	char command[128];

	(void)stats;
	snprintf(command, sizeof(command), "rm -r %s", getenv(FOLDER_VARIABLE));
	assert(system(command) == 0);
}

static void
start(int idle_ms)
{
	const struct net_limits limits = {4, 3, PATIENCE_MS, idle_ms, idle_ms};
	char certificate[64], key[64];
	const struct net_tls_config config = {.certificate_file = certificate, .key_file = key};
	struct status status;

	snprintf(certificate, sizeof(certificate), "%s/server.pem", getenv(FOLDER_VARIABLE));
	snprintf(key, sizeof(key), "%s/server.key", getenv(FOLDER_VARIABLE));
	base = event_base_new();
	tls = net_tls_new(&config, &status);
	cr_assert_not_null(tls);
	listener =
	    net_listener_new(base, "127.0.0.1", 0, false, tls, &limits, &callbacks, &seen, &status);
	cr_assert_not_null(listener);
	connect_client();
	shake_hands();
}

static void
set_up(void)
{
	start(PATIENCE_MS);
}

static void
set_up_hasty(void)
{
	start(IDLE_MS);
}

static void
tear_down(void)
{
	net_listener_free(listener);
	net_tls_free(tls);
	event_base_free(base);
	close(SSL_get_fd(client));
	SSL_free(client);
	SSL_CTX_free(client_context);
}

TestSuite(conn, .init = set_up, .fini = tear_down);
/* Those who wait for a time to pass. */
TestSuite(conn_time, .init = set_up_hasty, .fini = tear_down);

/* What the client reads while the loop turns for so long, or until it has wanted bytes. */
static size_t
client_reads(size_t wanted, int64_t patience_ms)
{
	static char bytes[65536];
	int64_t end_ms = clock_monotonic_ms() + patience_ms;
	size_t total = 0;

	while (total < wanted && clock_monotonic_ms() < end_ms) {
		int length = SSL_read(client, bytes, sizeof(bytes));

		if (length > 0)
			total += (size_t)length;
		else if (SSL_get_error(client, length) == SSL_ERROR_ZERO_RETURN)
			break;
		turn();
	}
	return total;
}

/* Turns until *count is wanted, for at most so long. */
static void
turn_until(const int *count, int wanted, int64_t patience_ms)
{
	int64_t end_ms = clock_monotonic_ms() + patience_ms;

	while (*count < wanted && clock_monotonic_ms() < end_ms)
		turn();
}

Test(conn, a_peer_without_certificate_has_an_address_and_no_name)
{
	const struct net_peer *peer = net_conn_peer(seen.conn);

	cr_assert_str_empty(peer->organisation);
	cr_assert_str_empty(peer->user);
	cr_assert_eq(strncmp(peer->address, "127.0.0.1:", 10), 0);
	cr_assert_eq(net_listener_connections(listener), 1);
}

Test(conn, flush_later_calls_writable_once_in_the_turn)
{
	net_conn_flush_later(seen.conn);
	net_conn_flush_later(seen.conn);
	cr_assert_eq(seen.writable, 0, "not from within");
	turn();
	cr_assert_eq(seen.writable, 1);
	turn();
	cr_assert_eq(seen.writable, 1);
}

Test(conn, output_at_the_high_watermark_pauses_reading_until_it_is_low)
{
	seen.fill = NET_OUTPUT_HIGH * 2;
	net_conn_flush_later(seen.conn);
	turn();
	seen.fill = 0;
	cr_assert_geq(
	    net_conn_output(seen.conn), NET_OUTPUT_LOW, "the kernel does not take it all");
	cr_assert_eq(SSL_write(client, "x", 1), 1);
	turn();
	turn();
	cr_assert_eq(seen.received, 0);
	cr_assert_eq(client_reads(NET_OUTPUT_HIGH * 2, PATIENCE_MS), NET_OUTPUT_HIGH * 2);
	turn_until(&seen.writable, 2, PATIENCE_MS);
	cr_assert_eq(seen.writable, 2, "room was told of");
	turn_until(&seen.received, 1, PATIENCE_MS);
	cr_assert_eq(seen.received, 1);
}

Test(conn, close_sends_what_waits)
{
	seen.fill = NET_OUTPUT_HIGH * 2;
	net_conn_flush_later(seen.conn);
	turn();
	net_conn_close(seen.conn);
	net_conn_write(seen.conn, "late", 4);
	cr_assert_eq(client_reads(NET_OUTPUT_HIGH * 4, PATIENCE_MS), NET_OUTPUT_HIGH * 2,
	    "all, and nothing written after close");
	cr_assert_eq(SSL_get_shutdown(client), SSL_RECEIVED_SHUTDOWN);
	shutdown(SSL_get_fd(client), SHUT_WR);
	turn_until(&seen.closed, 1, PATIENCE_MS);
	cr_assert_eq(seen.closed, 1);
	cr_assert_eq(net_listener_connections(listener), 0);
}

Test(conn, received_may_refuse_to_go_on)
{
	seen.refuses = true;
	cr_assert_eq(SSL_write(client, "x", 1), 1);
	client_reads(1, PATIENCE_MS);
	cr_assert_eq(SSL_get_shutdown(client), SSL_RECEIVED_SHUTDOWN);
}

Test(conn_time, an_idle_one_is_told_and_then_closed_but_a_busy_one_is_not)
{
	net_conn_set_busy(seen.conn, true);
	turn_until(&seen.idle, 1, 2 * IDLE_MS);
	cr_assert_eq(seen.idle, 0);
	net_conn_set_busy(seen.conn, false);
	turn_until(&seen.idle, 1, PATIENCE_MS);
	cr_assert_eq(seen.idle, 1);
	cr_assert_eq(seen.closed, 0);
	turn_until(&seen.closed, 1, PATIENCE_MS);
	cr_assert_eq(seen.closed, 1);
}

Test(conn_time, one_whose_peer_reads_nothing_is_closed_at_the_write_timeout)
{
	int64_t start_ms = clock_monotonic_ms();

	net_conn_set_busy(seen.conn, true);
	seen.fill = NET_OUTPUT_HIGH * 2;
	while (seen.closed == 0 && clock_monotonic_ms() - start_ms < PATIENCE_MS) {
		if (seen.conn != NULL && net_conn_output(seen.conn) < NET_OUTPUT_LOW)
			net_conn_flush_later(seen.conn);
		turn();
	}
	cr_assert_eq(seen.closed, 1);
	cr_assert_geq(clock_monotonic_ms() - start_ms, IDLE_MS);
}

Test(conn, a_stopped_listener_keeps_its_connections)
{
	net_listener_stop(listener);
	cr_assert_eq(SSL_write(client, "abc", 3), 3);
	turn_until(&seen.received, 3, PATIENCE_MS);
	cr_assert_eq(seen.received, 3);
	cr_assert_eq(net_listener_connections(listener), 1);
}

static void
abort_and_wait(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	net_conn_abort(seen.conn);
}

/* Both timers are due in one turn: the connection's fires after what ended it, before it is freed.
 */
Test(conn_time, one_that_was_given_up_may_be_overdue_as_well)
{
	const struct timeval soon = {.tv_usec = 1000};
	struct event *timer = evtimer_new(base, abort_and_wait, NULL);

	shake_hands();
	evtimer_add(timer, &soon);
	usleep((IDLE_MS + 50) * 1000);
	turn();
	cr_expect_eq(seen.closed, 1);
	event_free(timer);
}

/* The client is one of them, and says who it is; the limit of all is not reached. */
Test(conn, one_address_has_its_limit_of_connections_and_no_more)
{
	int fds[3];
	char byte;

	net_listener_name(listener, seen.conn);
	for (size_t i = 0; i < 3; i++) {
		fds[i] = connect_socket(INADDR_LOOPBACK);
		turn();
	}
	cr_expect_eq(net_listener_connections(listener), 3);
	cr_expect_eq(net_listener_refused(listener), 1);
	cr_expect_eq(recv(fds[0], &byte, 1, 0), 0, "the older without a name makes room");
	cr_expect_eq(recv(fds[1], &byte, 1, MSG_DONTWAIT), -1, "the younger does not");
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
}

Test(conn, at_the_limit_of_an_address_those_of_others_stay)
{
	int others = connect_socket(INADDR_LOOPBACK + 1), fds[2];
	char byte;

	turn();
	for (size_t i = 0; i < 2; i++) {
		fds[i] = connect_socket(INADDR_LOOPBACK);
		turn();
	}
	cr_expect_eq(net_listener_connections(listener), 4, "both limits are reached");
	close(connect_socket(INADDR_LOOPBACK));
	turn();
	cr_expect_eq(seen.closed, 1, "the oldest of the address");
	cr_expect_eq(recv(others, &byte, 1, MSG_DONTWAIT), -1);
	close(others);
	close(fds[0]);
	close(fds[1]);
}

Test(conn, where_all_have_a_name_one_more_of_the_address_is_closed)
{
	int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
	struct net_conn *conn;
	int fds[3];
	char byte;

	for (size_t i = 0; i < 2; i++) {
		fds[i] = connect_socket(INADDR_LOOPBACK);
		turn();
	}
	while ((conn = TAILQ_FIRST(&listener->unnamed)) != NULL)
		net_listener_name(listener, conn);
	fds[2] = connect_socket(INADDR_LOOPBACK);
	turn();
	cr_expect_eq(net_listener_connections(listener), 3);
	cr_expect_eq(net_listener_refused(listener), 1);
	cr_expect_eq(recv(fds[2], &byte, 1, 0), 0, "closed");
	close(fds[0]);
	while (net_listener_connections(listener) == 3 && clock_monotonic_ms() < end_ms)
		turn();
	close(fds[2]);
	fds[2] = connect_socket(INADDR_LOOPBACK);
	turn();
	cr_expect_eq(net_listener_connections(listener), 3, "who left makes room");
	cr_expect_eq(net_listener_refused(listener), 1);
	close(fds[1]);
	close(fds[2]);
}

/* What epoll refuses, a regular file is one of. */
Test(conn, one_that_cannot_be_watched_is_given_up)
{
	const struct sockaddr_in from = {.sin_family = AF_INET};
	const struct sockaddr *address = (const struct sockaddr *)&from;
	struct net_conn *conn = net_conn_new(
	    listener, open("/proc/self/exe", O_RDONLY | O_CLOEXEC), address, sizeof(from));

	conn->address = addresses_take(listener->addresses, address);
	cr_expect_eq(net_listener_connections(listener), 2);
	turn();
	cr_expect_eq(net_listener_connections(listener), 1, "long before its handshake times out");
}

/* The client, the oldest, came first; the others are of other addresses. The limit of all is 4. */
static void
fill_up(int fds[4])
{
	for (size_t i = 0; i < 4; i++) {
		fds[i] = connect_socket(INADDR_LOOPBACK + 1 + (in_addr_t)i);
		turn();
	}
	cr_expect_eq(net_listener_connections(listener), 4);
	cr_expect_eq(net_listener_refused(listener), 1);
}

Test(conn, at_the_limit_the_oldest_without_a_name_makes_room)
{
	int fds[4];

	fill_up(fds);
	cr_expect_eq(seen.closed, 1);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

Test(conn, one_with_a_name_makes_room_for_nobody)
{
	int fds[4];
	char byte;

	net_listener_name(listener, seen.conn);
	fill_up(fds);
	cr_expect_eq(seen.closed, 0);
	cr_expect_eq(recv(fds[0], &byte, 1, 0), 0, "the oldest of the others is closed");
	cr_expect_eq(recv(fds[1], &byte, 1, MSG_DONTWAIT), -1, "and no other");
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}
