/*
 * One HTTP/2 connection by nghttp2, carrying one gRPC exchange at a time. Knows no services.
 */
#ifndef PBC_CLIENT_LIB_CHANNEL_H
#define PBC_CLIENT_LIB_CHANNEL_H

#include <stdbool.h>

#include "client/lib/exchange.h"

struct channel;

/* Does not wait. The channel owns the transport. */
struct channel *channel_new(struct transport *transport);
void channel_free(struct channel *channel);

/* False once the connection is lost or the server said it goes away: open another one. */
bool channel_usable(const struct channel *channel);

/*
 * Runs one exchange to its end. True when the server ended it with OK or each() had enough; else
 * *status says why not, and *violations the fields.
 */
bool channel_run(struct channel *channel, const struct exchange *exchange, struct status *status,
    struct details_violations *violations);

#endif
