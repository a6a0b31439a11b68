/* One serving process: event loop, listener, database, registry, put together. */
#ifndef PBC_SERVER_WORKER_H
#define PBC_SERVER_WORKER_H

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

/* Serves until SIGTERM or SIGINT and then drains; returns an exit status. */
int worker_run(struct worker_config *config);

#endif
