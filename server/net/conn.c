/* One connection: handshake, bytes in, bytes out, and the deadlines of each. */
#include "server/net/net_internal.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

static void
conn_set_state(struct net_conn *conn, enum conn_state state)
{
	assert(state > conn->state);
	conn->state = state;
	conn->since_ms = clock_monotonic_ms();
}

/* While the user fills the output it is about to be sent anyway. */
static void
conn_join_turn(struct net_conn *conn)
{
	if (!conn->writing)
		net_listener_join_turn(conn->listener, conn);
}

size_t
net_conn_output(const struct net_conn *conn)
{
	return conn->output.length - conn->output_sent;
}

/* Waiting for the socket's room is waiting for the peer, even if the kernel took all output. */
static bool
conn_output_waits(const struct net_conn *conn)
{
	return net_conn_output(conn) > 0 || (conn->wants_writable && !conn->in_turn);
}

/* INT64_MAX: nothing is being waited for. */
static int64_t
conn_deadline_ms(const struct net_conn *conn)
{
	const struct net_limits *limits = &conn->listener->limits;

	if (conn->state == CONN_HANDSHAKE)
		return conn->since_ms + limits->handshake_timeout_ms;
	if (conn->state == CONN_LINGERING)
		return conn->since_ms + NET_LINGER_MS;
	if (conn_output_waits(conn))
		return conn->progress_ms + limits->write_timeout_ms;
	if (conn->busy)
		return INT64_MAX;
	return conn->active_ms + limits->idle_timeout_ms;
}

/* A deadline that moved later leaves the timer alone: it fires early, and is set again. */
static void
conn_set_timer(struct net_conn *conn)
{
	int64_t deadline_ms = conn_deadline_ms(conn);
	int64_t wait_ms;
	struct timeval wait;

	if (deadline_ms >= conn->timer_ms)
		return;
	wait_ms = deadline_ms - clock_monotonic_ms();
	if (wait_ms < 1)
		wait_ms = 1;
	wait.tv_sec = wait_ms / 1000;
	wait.tv_usec = wait_ms % 1000 * 1000;
	conn->timer_ms = deadline_ms;
	evtimer_add(&conn->timer, &wait);
}

static bool
conn_may_read(const struct net_conn *conn)
{
	if (conn->state == CONN_OPEN)
		return !conn->choked;
	return conn->state == CONN_HANDSHAKE || conn->state == CONN_LINGERING;
}

/* One that the kernel will not watch would wait for ever. */
static void
conn_await(struct net_conn *conn, struct event *event)
{
	if (event_add(event, NULL) != 0)
		net_conn_abort(conn);
}

/* Each event's last act: the connection is freed, or its events and timer fit its state again. */
static void
conn_settle(struct net_conn *conn)
{
	bool reading;

	if (conn->state == CONN_DEAD) {
		net_conn_free(conn);
		return;
	}
	reading = event_pending(&conn->read_event, EV_READ, NULL) != 0;
	if (conn_may_read(conn) && !reading)
		conn_await(conn, &conn->read_event);
	else if (!conn_may_read(conn) && reading)
		event_del(&conn->read_event);
	conn_set_timer(conn);
}

/* What the last TLS call on the connection asks for: waiting, or the end. */
static void
conn_tls_failed(struct net_conn *conn, int result)
{
	switch (SSL_get_error(conn->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		break;
	case SSL_ERROR_WANT_WRITE:
		conn_await(conn, &conn->write_event);
		break;
	default:
		if (conn->state == CONN_HANDSHAKE)
			log_write(LOG_LEVEL_INFO, "tls_handshake_failed", "address",
			    conn->peer.address, "reason", net_tls_failure(conn->ssl), NULL);
		conn_set_state(conn, CONN_DEAD);
	}
}

static void
conn_open(struct net_conn *conn)
{
	struct net_listener *listener = conn->listener;
	const char *reason;

	if (!net_tls_identify(listener->tls, conn->ssl, &conn->peer, &reason)) {
		log_write(LOG_LEVEL_WARN, "client_refused", "address", conn->peer.address, "reason",
		    reason, NULL);
		conn_set_state(conn, CONN_CLOSING);
		conn_join_turn(conn);
		return;
	}
	if (conn->peer.organisation[0] != '\0')
		net_listener_name(listener, conn);
	conn_set_state(conn, CONN_OPEN);
	conn->active_ms = conn->since_ms;
	conn->user = listener->callbacks->opened(listener->arg, conn);
	if (conn->user == NULL)
		net_conn_close(conn);
}

static void
conn_handshake(struct net_conn *conn)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(conn->ssl);
	if (result == 1)
		conn_open(conn);
	else
		conn_tls_failed(conn, result);
}

static void
conn_read(struct net_conn *conn)
{
	struct net_listener *listener = conn->listener;
	int round, result;

	for (round = 0; round < NET_READS_PER_TURN; round++) {
		if (conn->state != CONN_OPEN || !conn_may_read(conn))
			return;
		ERR_clear_error();
		result = SSL_read(conn->ssl, listener->scratch, sizeof(listener->scratch));
		if (result <= 0) {
			conn_tls_failed(conn, result);
			return;
		}
		conn->active_ms = clock_monotonic_ms();
		conn->idle_told = false;
		if (!listener->callbacks->received(conn->user, listener->scratch, (size_t)result))
			net_conn_close(conn);
		/* The socket does not tell of what TLS has already taken out of it. */
		if (SSL_has_pending(conn->ssl) == 0)
			return;
	}
	conn_await(conn, &conn->write_event);
}

/* A reset would destroy what the peer has not read yet, so its last words are taken and dropped. */
static void
conn_linger(struct net_conn *conn)
{
	ssize_t length =
	    recv(conn->fd, conn->listener->scratch, sizeof(conn->listener->scratch), 0);

	if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
		conn_set_state(conn, CONN_DEAD);
}

static void
conn_shut(struct net_conn *conn)
{
	ERR_clear_error();
	SSL_shutdown(conn->ssl);
	if (shutdown(conn->fd, SHUT_WR) != 0)
		conn_set_state(conn, CONN_DEAD);
	else
		conn_set_state(conn, CONN_LINGERING);
}

static void
conn_sent(struct net_conn *conn, size_t length)
{
	conn->output_sent += length;
	conn->progress_ms = clock_monotonic_ms();
	conn->active_ms = conn->progress_ms;
	if (net_conn_output(conn) > 0)
		return;
	conn->output_sent = 0;
	buf_clear(&conn->output);
	/* A connection that once sent much need not keep the memory while it waits. */
	if (conn->output.capacity > NET_OUTPUT_LOW)
		buf_free(&conn->output);
}

static void
conn_send(struct net_conn *conn)
{
	while (net_conn_output(conn) > 0) {
		size_t length = net_conn_output(conn);
		int result;

		ERR_clear_error();
		result = SSL_write(conn->ssl, conn->output.data + conn->output_sent,
		    length < INT_MAX ? (int)length : INT_MAX);
		if (result <= 0) {
			conn_tls_failed(conn, result);
			break;
		}
		conn_sent(conn, (size_t)result);
	}
	if (conn->choked && net_conn_output(conn) < NET_OUTPUT_LOW) {
		/* Next turn, so that one fast reader does not keep the others waiting. */
		conn->choked = false;
		conn->wants_writable = true;
		conn_await(conn, &conn->write_event);
	}
	if (conn->state == CONN_CLOSING && net_conn_output(conn) == 0)
		conn_shut(conn);
}

/* Lets the user add output, then sends. What it asks for meanwhile is next turn's work. */
static void
conn_write(struct net_conn *conn)
{
	if (conn->wants_writable && conn->state == CONN_OPEN) {
		conn->wants_writable = false;
		conn->writing = true;
		conn->listener->callbacks->writable(conn->user);
		conn->writing = false;
		if (conn->wants_writable) {
			conn->progress_ms = clock_monotonic_ms();
			conn_await(conn, &conn->write_event);
		}
	}
	if (conn->state == CONN_OPEN || conn->state == CONN_CLOSING)
		conn_send(conn);
}

static void
read_ready(evutil_socket_t fd, short what, void *arg)
{
	struct net_conn *conn = arg;

	(void)fd;
	(void)what;
	if (conn->state == CONN_LINGERING)
		conn_linger(conn);
	if (conn->state == CONN_HANDSHAKE)
		conn_handshake(conn);
	if (conn->state == CONN_OPEN)
		conn_read(conn);
	/* What can be answered at once goes out now: its reader works while we serve the next. */
	if (conn->in_turn)
		conn_write(conn);
	conn_settle(conn);
}

static void
write_ready(evutil_socket_t fd, short what, void *arg)
{
	struct net_conn *conn = arg;

	(void)fd;
	(void)what;
	if (conn->state == CONN_HANDSHAKE)
		conn_handshake(conn);
	conn_write(conn);
	if (conn->state == CONN_OPEN && SSL_has_pending(conn->ssl) != 0)
		conn_read(conn);
	conn_settle(conn);
}

void
net_conn_end_turn(struct net_conn *conn)
{
	conn_write(conn);
	conn_settle(conn);
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct net_conn *conn = arg;
	int64_t now_ms = clock_monotonic_ms();
	const struct net_conn_callbacks *callbacks = conn->listener->callbacks;

	(void)fd;
	(void)what;
	conn->timer_ms = INT64_MAX;
	if (conn->state != CONN_DEAD && now_ms >= conn_deadline_ms(conn)) {
		if (conn->state == CONN_OPEN && !conn_output_waits(conn) && !conn->idle_told) {
			conn->idle_told = true;
			conn->active_ms = now_ms;
			callbacks->idle(conn->user);
		} else {
			conn_set_state(conn, CONN_DEAD);
		}
	}
	conn_settle(conn);
}

static void
set_socket_options(int fd)
{
	const struct {
		int level, name, value;
	} options[] = {
	    {IPPROTO_TCP, TCP_NODELAY, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, NET_KEEPALIVE_IDLE_S},
	    {IPPROTO_TCP, TCP_KEEPINTVL, NET_KEEPALIVE_INTERVAL_S},
	    {IPPROTO_TCP, TCP_KEEPCNT, NET_KEEPALIVE_PROBES},
	    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, NET_UNSENT_BYTES},
	};
	size_t i;

	/* A refusal here costs speed or an early notice of death, not the connection. */
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
		    sizeof(options[i].value));
}

static void
format_address(const struct sockaddr *address, socklen_t length, char *to, size_t size)
{
	char host[48], port[8];

	if (getnameinfo(address, length, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(to, size, "unknown");
	else
		snprintf(
		    to, size, address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

struct net_conn *
net_conn_new(
    struct net_listener *listener, int fd, const struct sockaddr *address, socklen_t length)
{
	SSL *ssl = net_tls_session_new(listener->tls);
	struct net_conn *conn;

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
		log_write(LOG_LEVEL_ERROR, "no_memory_for_connection", NULL);
		SSL_free(ssl);
		close(fd);
		return NULL;
	}
	SSL_set_accept_state(ssl);
	set_socket_options(fd);
	conn = memory_calloc(1, sizeof(*conn));
	conn->listener = listener;
	conn->ssl = ssl;
	conn->fd = fd;
	conn->since_ms = clock_monotonic_ms();
	conn->active_ms = conn->since_ms;
	conn->timer_ms = INT64_MAX;
	format_address(address, length, conn->peer.address, sizeof(conn->peer.address));
	event_assign(&conn->read_event, listener->base, fd, EV_READ | EV_PERSIST, read_ready, conn);
	event_assign(&conn->write_event, listener->base, fd, EV_WRITE, write_ready, conn);
	evtimer_assign(&conn->timer, listener->base, timer_fired, conn);
	net_listener_add(listener, conn);
	conn_settle(conn);
	return conn;
}

void
net_conn_free(struct net_conn *conn)
{
	if (conn->user != NULL)
		conn->listener->callbacks->closed(conn->user);
	event_del(&conn->read_event);
	event_del(&conn->write_event);
	evtimer_del(&conn->timer);
	SSL_free(conn->ssl);
	close(conn->fd);
	buf_free(&conn->output);
	/* Last, as it may let the next one in: the descriptor is free by now. */
	net_listener_remove(conn->listener, conn);
	free(conn);
}

void
net_conn_abort(struct net_conn *conn)
{
	if (conn->state != CONN_DEAD)
		conn_set_state(conn, CONN_DEAD);
	conn_join_turn(conn);
}

void
net_conn_write(struct net_conn *conn, const void *data, size_t length)
{
	if (length == 0 || conn->state != CONN_OPEN)
		return;
	if (net_conn_output(conn) == 0)
		conn->progress_ms = clock_monotonic_ms();
	if (conn->output_sent > conn->output.length / 2) {
		buf_consume(&conn->output, conn->output_sent);
		conn->output_sent = 0;
	}
	buf_append(&conn->output, data, length);
	if (net_conn_output(conn) >= NET_OUTPUT_HIGH)
		conn->choked = true;
	conn_join_turn(conn);
}

void
net_conn_flush_later(struct net_conn *conn)
{
	conn->wants_writable = true;
	conn_join_turn(conn);
}

void
net_conn_set_busy(struct net_conn *conn, bool busy)
{
	if (conn->busy && !busy) {
		conn->active_ms = clock_monotonic_ms();
		conn_join_turn(conn);
	}
	conn->busy = busy;
}

void
net_conn_close(struct net_conn *conn)
{
	if (conn->state != CONN_OPEN)
		return;
	conn_set_state(conn, CONN_CLOSING);
	conn_join_turn(conn);
}

const struct net_peer *
net_conn_peer(const struct net_conn *conn)
{
	return &conn->peer;
}
