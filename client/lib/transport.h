/* Bytes to and from one server: TCP and TLS 1.3 with ALPN h2. Knows no HTTP. */
#ifndef PBC_CLIENT_LIB_TRANSPORT_H
#define PBC_CLIENT_LIB_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <openssl/ssl.h>

#include "client/lib/address.h"
#include "client/lib/client.h"
#include "common/status.h"

struct transport;

/*
 * When waiting ends besides the bytes: a moment of clock_monotonic_ms (0 = never) and a descriptor
 * (-1 = none).
 */
struct transport_limit {
	int64_t deadline_ms;
	int wake_fd;
};

/* Loads CA, certificate and key. NULL with INVALID_ARGUMENT naming the file that will not do. */
SSL_CTX *transport_context_new(const struct client_config *config, struct status *status);

/*
 * Connects and shakes hands, trying each of the host's addresses. NULL with *status UNAVAILABLE,
 * UNAUTHENTICATED (a certificate was refused, by either side), DEADLINE_EXCEEDED or CANCELLED.
 */
struct transport *transport_open(SSL_CTX *context, const struct address *address,
    const struct transport_limit *limit, struct status *status);
void transport_close(struct transport *transport);

/*
 * Bytes moved; 0 when it would block; -1 with *status set when that direction is over. In TLS 1.3 a
 * server that refuses our certificate says so after the handshake, so after a failed write the
 * reason may still be read.
 */
ssize_t transport_read(struct transport *transport, void *data, size_t size, struct status *status);
ssize_t transport_write(
    struct transport *transport, const void *data, size_t size, struct status *status);

/*
 * Waits until reading (or, with want_write, writing) may go on, or until until_ms: true then too.
 * False with *status CANCELLED or DEADLINE_EXCEEDED when the limit is reached.
 */
bool transport_wait(struct transport *transport, bool want_write, int64_t until_ms,
    const struct transport_limit *limit, struct status *status);

#endif
