/* One serving process: event loop, listener, database, registry, put together. */
#ifndef PBC_SERVER_WORKER_H
#define PBC_SERVER_WORKER_H

#include <stdbool.h>

#include "common/status.h"
#include "server/config.h"

/* Exit statuses; the second is EX_CONFIG of sysexits.h: starting again would change nothing. */
#define WORKER_OK 0
#define WORKER_WRONG 78

struct worker_config {
	struct config config; /* owned by the worker */
	int index;            /* 0, 1, ... of the workers that share the port */
	int argc;             /* to read the settings again */
	char **argv;
	void (*ready)(void *arg); /* called once, when the database is ready */
	void *arg;
};

/*
 * What worker_run would refuse of the settings and the files that they name. Opens no socket and
 * no connection to the database. False with *status set.
 */
bool worker_check(const struct config *config, struct status *status);

/* Serves until SIGTERM or SIGINT and then drains; returns an exit status. */
int worker_run(struct worker_config *config);

#endif
