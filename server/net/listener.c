/*
 * Accepting, and the lists of what was accepted. At the limit who is unnamed makes room; accepting
 * pauses when all are named, and when descriptors run out.
 */
#include "server/net/net_internal.h"

#include <errno.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"

#define LISTEN_BACKLOG 511

static bool
has_room(const struct net_listener *listener)
{
	return listener->conn_count < listener->limits.connections;
}

static void
update_accepting(struct net_listener *listener)
{
	if (listener->acceptor == NULL)
		return;
	if ((has_room(listener) || !TAILQ_EMPTY(&listener->unnamed)) && !listener->exhausted)
		evconnlistener_enable(listener->acceptor);
	else
		evconnlistener_disable(listener->acceptor);
}

/*
 * Whoever holds connections without saying who he is would otherwise keep known callers out. The
 * oldest goes, of a full address its own oldest: an honest handshake ends long before as many
 * newcomers as there are unnamed came.
 */
static bool
make_room(struct net_listener *listener, const struct sockaddr *address)
{
	const struct address *full = addresses_find_full(listener->addresses, address);
	struct net_conn *oldest = TAILQ_FIRST(&listener->unnamed);

	if (full == NULL && has_room(listener))
		return true;
	while (full != NULL && oldest != NULL && oldest->address != full)
		oldest = TAILQ_NEXT(oldest, unnamed_link);
	if (oldest == NULL)
		return false;
	listener->refused++;
	net_conn_free(oldest);
	return true;
}

static void
accepted(struct evconnlistener *acceptor, evutil_socket_t fd, struct sockaddr *address, int length,
    void *arg)
{
	struct net_listener *listener = arg;
	struct address *from = NULL;
	struct net_conn *conn;

	(void)acceptor;
	/* The backlog is drained in one go, so a pause may come a few connections late. */
	if (make_room(listener, address))
		from = addresses_take(listener->addresses, address);
	if (from == NULL) {
		listener->refused++;
		evutil_closesocket(fd);
		return;
	}
	conn = net_conn_new(listener, fd, address, (socklen_t)length);
	if (conn == NULL) {
		addresses_release(listener->addresses, from);
		return;
	}
	conn->address = from;
	address_format(from, conn->peer.network, sizeof(conn->peer.network));
	update_accepting(listener);
}

/*
 * Descriptors or memory ran out: those who are connected go on, those who wait stay in the backlog.
 */
static void
accept_failed(struct evconnlistener *acceptor, void *arg)
{
	struct net_listener *listener = arg;
	const struct timeval pause = {.tv_usec = NET_ACCEPT_PAUSE_MS * 1000};
	int error = EVUTIL_SOCKET_ERROR();

	(void)acceptor;
	if (!listener->exhausted)
		log_printf(LOG_LEVEL_WARN, "accepting_paused", "%s; %d connections open",
		    evutil_socket_error_to_string(error), listener->conn_count);
	listener->exhausted = true;
	update_accepting(listener);
	evtimer_add(listener->resume_timer, &pause);
}

static void
resume_accepting(evutil_socket_t fd, short what, void *arg)
{
	struct net_listener *listener = arg;

	(void)fd;
	(void)what;
	listener->exhausted = false;
	update_accepting(listener);
}

static void
end_turn(evutil_socket_t fd, short what, void *arg)
{
	struct net_listener *listener = arg;
	struct net_conn *conn;

	(void)fd;
	(void)what;
	while ((conn = TAILQ_FIRST(&listener->turn)) != NULL) {
		TAILQ_REMOVE(&listener->turn, conn, turn_link);
		conn->in_turn = false;
		net_conn_end_turn(conn);
	}
}

/* libevent runs an event that is made active by hand after those active already. */
void
net_listener_join_turn(struct net_listener *listener, struct net_conn *conn)
{
	if (conn->in_turn)
		return;
	if (TAILQ_EMPTY(&listener->turn))
		event_active(listener->turn_event, EV_TIMEOUT, 0);
	TAILQ_INSERT_TAIL(&listener->turn, conn, turn_link);
	conn->in_turn = true;
}

void
net_listener_add(struct net_listener *listener, struct net_conn *conn)
{
	LIST_INSERT_HEAD(&listener->conns, conn, link);
	TAILQ_INSERT_TAIL(&listener->unnamed, conn, unnamed_link);
	listener->conn_count++;
}

void
net_listener_name(struct net_listener *listener, struct net_conn *conn)
{
	TAILQ_REMOVE(&listener->unnamed, conn, unnamed_link);
	conn->named = true;
	update_accepting(listener);
}

void
net_listener_remove(struct net_listener *listener, struct net_conn *conn)
{
	LIST_REMOVE(conn, link);
	if (conn->in_turn)
		TAILQ_REMOVE(&listener->turn, conn, turn_link);
	if (!conn->named)
		TAILQ_REMOVE(&listener->unnamed, conn, unnamed_link);
	listener->conn_count--;
	addresses_release(listener->addresses, conn->address);
	update_accepting(listener);
}

/* freeaddrinfo releases *found. */
static bool
find_address(const char *address, uint16_t port, struct addrinfo **found, struct status *status)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
	char service[8];
	int failed;

	snprintf(service, sizeof(service), "%u", port);
	failed = getaddrinfo(address, service, &hints, found);
	if (failed != 0)
		return status_set(status, STATUS_INVALID_ARGUMENT, "LISTEN_ADDRESS", NULL,
		    "give a numeric IPv4 or IPv6 address", "%s is no address to listen on: %s",
		    address, gai_strerror(failed));
	return true;
}

bool
net_listener_check(const char *address, uint16_t port, struct status *status)
{
	struct addrinfo *found;

	if (!find_address(address, port, &found, status))
		return false;
	freeaddrinfo(found);
	return true;
}

static bool
bind_acceptor(struct net_listener *listener, const char *address, uint16_t port, bool reuse_port,
    struct status *status)
{
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	struct addrinfo *found;

	if (!find_address(address, port, &found, status))
		return false;
	if (reuse_port)
		flags |= LEV_OPT_REUSEABLE_PORT;
	listener->acceptor = evconnlistener_new_bind(listener->base, accepted, listener, flags,
	    LISTEN_BACKLOG, found->ai_addr, (int)found->ai_addrlen);
	freeaddrinfo(found);
	if (listener->acceptor == NULL)
		return status_set(status, STATUS_UNAVAILABLE, "LISTEN_ADDRESS", NULL, NULL,
		    "cannot listen on %s port %u: %s", address, port, strerror(errno));
	evconnlistener_set_error_cb(listener->acceptor, accept_failed);
	return true;
}

static uint16_t
bound_port(const struct net_listener *listener)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);
	in_port_t port;

	getsockname(
	    evconnlistener_get_fd(listener->acceptor), (struct sockaddr *)&address, &length);
	if (address.ss_family == AF_INET6)
		port = ((const struct sockaddr_in6 *)&address)->sin6_port;
	else
		port = ((const struct sockaddr_in *)&address)->sin_port;
	return ntohs(port);
}

struct net_listener *
net_listener_new(struct event_base *base, const char *address, uint16_t port, bool reuse_port,
    struct net_tls *tls, const struct net_limits *limits,
    const struct net_conn_callbacks *callbacks, void *arg, struct status *status)
{
	struct net_listener *listener = memory_calloc(1, sizeof(*listener));

	/* OpenSSL writes without MSG_NOSIGNAL, so a peer that hangs up would end the process. */
	signal(SIGPIPE, SIG_IGN);
	listener->base = base;
	listener->tls = tls;
	listener->limits = *limits;
	listener->callbacks = callbacks;
	listener->arg = arg;
	LIST_INIT(&listener->conns);
	TAILQ_INIT(&listener->turn);
	TAILQ_INIT(&listener->unnamed);
	if (!bind_acceptor(listener, address, port, reuse_port, status)) {
		free(listener);
		return NULL;
	}
	listener->addresses = addresses_new(limits->connections_per_address);
	listener->turn_event = event_new(base, -1, 0, end_turn, listener);
	listener->resume_timer = evtimer_new(base, resume_accepting, listener);
	listener->port = bound_port(listener);
	return listener;
}

uint16_t
net_listener_port(const struct net_listener *listener)
{
	return listener->port;
}

void
net_listener_set_connections(struct net_listener *listener, int all, int per_address)
{
	listener->limits.connections = all;
	listener->limits.connections_per_address = per_address;
	addresses_set_limit(listener->addresses, per_address);
	update_accepting(listener);
}

void
net_listener_stop(struct net_listener *listener)
{
	if (listener->acceptor != NULL)
		evconnlistener_free(listener->acceptor);
	listener->acceptor = NULL;
	evtimer_del(listener->resume_timer);
}

int
net_listener_recheck_peers(struct net_listener *listener)
{
	struct net_conn *conn;
	int closed = 0;

	LIST_FOREACH(conn, &listener->conns, link)
	{
		if (conn->state != CONN_OPEN || net_tls_peer_stands(listener->tls, conn->ssl))
			continue;
		log_write(LOG_LEVEL_WARN, "certificate_no_longer_accepted", "address",
		    conn->peer.address, "organisation", conn->peer.organisation, "serial",
		    conn->peer.serial, NULL);
		net_conn_abort(conn);
		closed++;
	}
	return closed;
}

int
net_listener_connections(const struct net_listener *listener)
{
	return listener->conn_count;
}

uint64_t
net_listener_refused(const struct net_listener *listener)
{
	return listener->refused;
}

void
net_listener_free(struct net_listener *listener)
{
	struct net_conn *conn;

	if (listener == NULL)
		return;
	net_listener_stop(listener);
	while ((conn = LIST_FIRST(&listener->conns)) != NULL)
		net_conn_free(conn);
	event_free(listener->turn_event);
	event_free(listener->resume_timer);
	addresses_free(listener->addresses);
	free(listener);
}
