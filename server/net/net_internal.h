/* What tls.c, listener.c and conn.c share; nobody outside this folder includes it. */
#ifndef PBC_SERVER_NET_NET_INTERNAL_H
#define PBC_SERVER_NET_NET_INTERNAL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/ssl.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "common/buf.h"
#include "server/net/addresses.h"
#include "server/net/net.h"

struct evconnlistener;

#define NET_READ_BYTES 16384    /* one TLS record's plaintext */
#define NET_READS_PER_TURN 64   /* then the other connections have their turn */
#define NET_LINGER_MS 1000      /* after our last byte, for the peer to read it and hang up */
#define NET_ACCEPT_PAUSE_MS 200 /* after the process ran out of descriptors or memory */
#define NET_KEEPALIVE_IDLE_S 60 /* a dead peer of a quiet stream is noticed after these three */
#define NET_KEEPALIVE_INTERVAL_S 20
#define NET_KEEPALIVE_PROBES 3
#define NET_UNSENT_BYTES 131072 /* that the kernel may hold beyond what is in flight */

/* tls.c */

/* A connection's TLS state from the files loaded last; NULL when out of memory. */
SSL *net_tls_session_new(struct net_tls *tls);
/*
 * Fills *peer's certificate fields. False, with a reason in static storage, if the certificate
 * names no one or more than one organisation or user, or does not stand up to the files loaded
 * last.
 */
bool net_tls_identify(struct net_tls *tls, SSL *ssl, struct net_peer *peer, const char **reason);
/* True if the peer sent no certificate, or one that the CA and CRL loaded last still accept. */
bool net_tls_peer_stands(struct net_tls *tls, SSL *ssl);
/* Why the last TLS call on ssl failed, in static storage. */
const char *net_tls_failure(const SSL *ssl);

/* conn.c */

enum conn_state {
	CONN_HANDSHAKE,
	CONN_OPEN,
	CONN_CLOSING,   /* output is on its way, input is over */
	CONN_LINGERING, /* our side is shut; what still arrives is thrown away */
	CONN_DEAD,      /* freed at the end of the event being handled */
};

struct net_conn {
	struct net_listener *listener;
	LIST_ENTRY(net_conn) link;
	TAILQ_ENTRY(net_conn) turn_link;
	TAILQ_ENTRY(net_conn) unnamed_link;
	struct event read_event;
	struct event write_event; /* the socket has room, or simply "go on next turn" */
	struct event timer;
	SSL *ssl;
	int fd;
	enum conn_state state;
	void *user;
	struct buf output;
	size_t output_sent;  /* the first bytes of output, already encrypted and sent */
	int64_t since_ms;    /* the state's start */
	int64_t active_ms;   /* last byte either way */
	int64_t progress_ms; /* output began to wait or some of it went */
	int64_t timer_ms;    /* when timer fires; INT64_MAX: not set */
	bool choked; /* output reached the high watermark and has not fallen to the low one */
	bool busy;
	bool idle_told;
	bool in_turn; /* on the listener's list */
	bool named;   /* its certificate says who it is; else on the listener's list of unnamed */
	bool wants_writable;
	bool writing; /* writable is running */
	struct net_peer peer;
	struct address *address; /* of peer, counted; NULL until the listener has taken it in */
};

/* Takes over fd. NULL, with fd closed, when there is no memory for a TLS session. */
struct net_conn *net_conn_new(
    struct net_listener *listener, int fd, const struct sockaddr *address, socklen_t length);
/* The end of a loop turn: calls writable if asked, sends, frees the connection if it is over. */
void net_conn_end_turn(struct net_conn *conn);
/* Without ceremony; calls closed. Frees the connection: only where no callback of it is running. */
void net_conn_free(struct net_conn *conn);
/* At the end of this turn, whoever is running now. */
void net_conn_abort(struct net_conn *conn);

/* listener.c */

LIST_HEAD(net_conn_list, net_conn);
TAILQ_HEAD(net_conn_queue, net_conn);

struct net_listener {
	struct event_base *base;
	struct evconnlistener *acceptor; /* NULL once stopped */
	struct net_tls *tls;
	struct net_limits limits;
	const struct net_conn_callbacks *callbacks;
	void *arg;
	uint16_t port;
	struct net_conn_list conns;
	struct net_conn_queue turn;    /* have something to do before this loop turn ends */
	struct net_conn_queue unnamed; /* oldest first: they make room */
	struct event *turn_event;
	struct event *resume_timer; /* pending while accepting is paused for want of descriptors */
	struct addresses *addresses;
	int conn_count;
	uint64_t refused;
	bool exhausted;
	uint8_t scratch[NET_READ_BYTES];
};

/* Queues conn for net_conn_end_turn. */
void net_listener_join_turn(struct net_listener *listener, struct net_conn *conn);
void net_listener_add(struct net_listener *listener, struct net_conn *conn);
/* Its peer has shown a certificate: it makes room for no one from now on. */
void net_listener_name(struct net_listener *listener, struct net_conn *conn);
void net_listener_remove(struct net_listener *listener, struct net_conn *conn);

#endif
