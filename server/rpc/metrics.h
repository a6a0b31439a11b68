/*
 * Counts of calls by method and code, and how long they took, as Prometheus text. One loop, no
 * locks.
 */
#ifndef PBC_SERVER_RPC_METRICS_H
#define PBC_SERVER_RPC_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"
#include "server/rpc/registry.h"

struct metrics;

struct metrics *metrics_new(const struct registry *registry);
void metrics_free(struct metrics *metrics);

/* index is a method's, or 0 for a path that is none. */
void metrics_call_begun(struct metrics *metrics);
void metrics_call_ended(
    struct metrics *metrics, size_t index, enum status_code code, int64_t duration_us);

/* What the network has to tell. */
struct metrics_network {
	int connections;
	uint64_t connections_refused;
	size_t replies_waiting_bytes;
};

/* Appends the exposition of calls, then of network and database. db may be NULL. */
void metrics_write(const struct metrics *metrics, const struct db_stats *db,
    const struct metrics_network *network, struct buf *out);

#endif
