/*
 * Bytes over TLS 1.3: listener, TLS context, connection. Knows no HTTP. Plain events with
 * SSL_read and SSL_write, not bufferevents: one TLS record then carries headers and data together.
 */
#ifndef PBC_SERVER_NET_NET_H
#define PBC_SERVER_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

struct event_base;
struct net_tls;
struct net_listener;
struct net_conn;

/* Who the client certificate names. Empty strings when the client sent none. */
struct net_peer {
	char organisation[16]; /* subject O: ODS code */
	char user[64];         /* subject CN: user id */
	char serial[48];       /* certificate serial, hex, for log lines */
	char address[64];      /* numeric address and port */
	char network[48];      /* what one client has: the address, of IPv6 its first 64 bits */
};

struct net_tls_config {
	const char *certificate_file;
	const char *key_file;
	const char *client_ca_file;
	const char *crl_file; /* NULL: no revocation check */
	bool require_client_certificate;
};

/*
 * TLS 1.3 only, session tickets and cache off (a revoked certificate would resume), no early data,
 * ALPN h2 or a fatal no_application_protocol alert, client certificates of purpose client against
 * the CA and the CRL (a stale or missing CRL fails closed). NULL with *status set.
 */
struct net_tls *net_tls_new(const struct net_tls_config *config, struct status *status);
/*
 * Reads the files anew, from other paths if config says so, and swaps last: on failure the old ones
 * stay and *status says why.
 */
bool net_tls_reload(
    struct net_tls *tls, const struct net_tls_config *config, struct status *status);
void net_tls_free(struct net_tls *tls);

struct net_limits {
	int connections;             /* one more takes an unnamed one's place, or waits */
	int connections_per_address; /* one more does so, or is closed at once */
	int handshake_timeout_ms;
	int idle_timeout_ms;  /* no bytes either way and net_conn_set_busy not set */
	int write_timeout_ms; /* output waiting and no progress */
};

struct net_conn_callbacks {
	/* Handshake done. Returns the connection's user pointer, or NULL to close. */
	void *(*opened)(void *arg, struct net_conn *conn);
	/* Plaintext. Returns false to close once output has been written. */
	bool (*received)(void *user, const uint8_t *data, size_t length);
	/* Output fell below the low watermark, or net_conn_flush_later was called in this turn. */
	void (*writable)(void *user);
	/*
	 * idle_timeout_ms passed: a chance to say goodbye. Another idle_timeout_ms without a byte
	 * from the peer closes the connection.
	 */
	void (*idle)(void *user);
	/* Exactly once for each opened; the conn is gone when it returns. */
	void (*closed)(void *user);
};

/* From HIGH bytes of output on nothing is read; net_conn_write still takes more. */
#define NET_OUTPUT_HIGH 262144
#define NET_OUTPUT_LOW 65536

/* Ignores SIGPIPE for the process: a peer may hang up at any write. NULL with *status set. */
struct net_listener *net_listener_new(struct event_base *base, const char *address, uint16_t port,
    bool reuse_port, struct net_tls *tls, const struct net_limits *limits,
    const struct net_conn_callbacks *callbacks, void *arg, struct status *status);
/* Whether address is one to listen on, as far as that is known without a socket. */
bool net_listener_check(const char *address, uint16_t port, struct status *status);
/* The port bound, when 0 was asked for. */
uint16_t net_listener_port(const struct net_listener *listener);
/* For what comes from now on; connections beyond a lower limit stay. */
void net_listener_set_connections(struct net_listener *listener, int all, int per_address);
/* Stops accepting; open connections go on. */
void net_listener_stop(struct net_listener *listener);
/*
 * After net_tls_reload: closes connections whose certificate the files loaded last no longer accept
 * (revoked, expired, another CA) at the end of this turn. Returns how many.
 */
int net_listener_recheck_peers(struct net_listener *listener);
int net_listener_connections(const struct net_listener *listener);
/* Closed for a limit, since the start: newcomers, and unnamed ones who made room for newcomers. */
uint64_t net_listener_refused(const struct net_listener *listener);
/* Closes every connection at once. */
void net_listener_free(struct net_listener *listener);

/* Copies; encrypts and sends at the end of the loop turn or sooner. */
void net_conn_write(struct net_conn *conn, const void *data, size_t length);
size_t net_conn_output(const struct net_conn *conn); /* bytes waiting */
/* Calls writable once more in this turn, before encryption. */
void net_conn_flush_later(struct net_conn *conn);
void net_conn_set_busy(struct net_conn *conn, bool busy);
/* Takes no more input or output, sends what waits, then closes; closed follows. */
void net_conn_close(struct net_conn *conn);
const struct net_peer *net_conn_peer(const struct net_conn *conn);

#endif
