/* Claims operations one after another and runs each: transactions, lease, outcome, retry. */
#ifndef PBC_SERVER_JOB_WORKER_H
#define PBC_SERVER_JOB_WORKER_H

#include <stdbool.h>

struct pseudonym;

#define WORKER_ATTEMPTS_MAX 5
#define WORKER_POLL_MS 2000 /* a net under NOTIFY */
#define WORKER_RECONNECT_MAX_MS 5000
#define WORKER_RETRY_MAX_SECONDS 60

struct worker_config {
	const char *conninfo;
	const struct pseudonym *pseudonym;
	bool once; /* return when nothing waits */
	/*
	 * Asked from several threads; true ends the current run between rows and then the worker.
	 */
	bool (*interrupted)(void);
};

/*
 * Returns when interrupted or, with once, when nothing waits. False, with the reason logged, once
 * the schema is not this program's: a run might store what the new one does not mean.
 */
bool worker_run(const struct worker_config *config);

#endif
