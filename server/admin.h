/* /metrics and /healthz in plain HTTP on a loopback address, for Prometheus and a supervisor. */
#ifndef PBC_SERVER_ADMIN_H
#define PBC_SERVER_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"

struct admin;
struct event_base;

struct admin_source {
	void (*write_metrics)(void *arg, struct buf *out);
	bool (*healthy)(void *arg); /* 200, else 503 */
	void *arg;
};

/* NULL with *status set: not a loopback address, or the port is taken. */
struct admin *admin_new(struct event_base *base, const char *address, uint16_t port,
    const struct admin_source *source, struct status *status);
/* Whether address is a loopback address; opens nothing. */
bool admin_check(const char *address, struct status *status);
/* Once the base's loop has ended. */
void admin_free(struct admin *admin);

#endif
