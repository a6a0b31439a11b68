/* The lease's thread: one statement every half second. */
#include "server/job/lease.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/memory.h"
#include "server/db/sync.h"

struct lease {
	const char *conninfo;
	struct lease_claim claim;
	bool (*interrupted)(void);
	pthread_t thread;
	pthread_mutex_t mutex; /* with wake, only to end the thread's sleep early */
	pthread_cond_t wake;
	atomic_bool ended;
	atomic_int state; /* enum lease_state */
	atomic_int_least64_t done, total;
};

static bool
thread_should_stop(void *arg)
{
	const struct lease *lease = arg;

	return atomic_load(&lease->ended);
}

static void
wait_interval(struct lease *lease)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)LEASE_INTERVAL_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&lease->mutex);
	while (!atomic_load(&lease->ended) &&
	       pthread_cond_timedwait(&lease->wake, &lease->mutex, &until) == 0)
		;
	pthread_mutex_unlock(&lease->mutex);
}

static void
learn_state(struct lease *lease, const char *answer)
{
	if (strcmp(answer, "cancel") == 0)
		atomic_store(&lease->state, LEASE_CANCEL_ASKED);
	else if (strcmp(answer, "lost") == 0 && !atomic_load(&lease->ended))
		atomic_store(&lease->state, LEASE_LOST);
}

static bool
renew(struct lease *lease, struct sync_conn *conn, struct status *status)
{
	char done[24], total[24], seconds[12];
	const char *params[] = {lease->claim.commissioner, lease->claim.operation_id,
	    lease->claim.worker, lease->claim.attempt, seconds, done, total,
	    lease->claim.progress_unit};
	struct sync_rows *rows;

	snprintf(done, sizeof(done), "%lld", (long long)atomic_load(&lease->done));
	snprintf(total, sizeof(total), "%lld", (long long)atomic_load(&lease->total));
	snprintf(seconds, sizeof(seconds), "%d", LEASE_SECONDS);
	if (!sync_exec(conn, "SELECT job.progress($1, $2, $3, $4, $5, $6, $7, $8)", params, 8,
		&rows, status))
		return false;
	learn_state(lease, sync_text(rows, 0, 0));
	sync_rows_free(rows);
	return true;
}

static void *
keep_lease(void *arg)
{
	struct lease *lease = arg;
	struct sync_config config = {.conninfo = lease->conninfo,
	    .name = "pbc-jobd lease",
	    .reconnect_max_ms = 1000,
	    .should_stop = thread_should_stop,
	    .stop_arg = lease};
	struct status status = {0};
	struct sync_conn *conn = sync_connect(&config, &status);

	while (conn != NULL && !atomic_load(&lease->ended)) {
		if (!renew(lease, conn, &status) && !atomic_load(&lease->ended)) {
			log_write(LOG_LEVEL_WARN, "lease_not_renewed", "operation",
			    lease->claim.operation_id, "detail", status.message, NULL);
			sync_reconnect(conn, &status);
		}
		wait_interval(lease);
	}
	if (conn != NULL)
		sync_close(conn);
	return NULL;
}

struct lease *
lease_start(const char *conninfo, const struct lease_claim *claim, bool (*interrupted)(void))
{
	struct lease *lease = memory_calloc(1, sizeof(*lease));
	pthread_condattr_t attributes;
	int failed;

	lease->conninfo = conninfo;
	lease->claim = *claim;
	lease->interrupted = interrupted;
	atomic_store(&lease->state, LEASE_HELD);
	pthread_mutex_init(&lease->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&lease->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	failed = pthread_create(&lease->thread, NULL, keep_lease, lease);
	assert(failed == 0);
	return lease;
}

void
lease_end(struct lease *lease)
{
	pthread_mutex_lock(&lease->mutex);
	atomic_store(&lease->ended, true);
	pthread_cond_signal(&lease->wake);
	pthread_mutex_unlock(&lease->mutex);
	pthread_join(lease->thread, NULL);
	pthread_cond_destroy(&lease->wake);
	pthread_mutex_destroy(&lease->mutex);
	free(lease);
}

void
lease_progress(struct lease *lease, int64_t done, int64_t total)
{
	atomic_store(&lease->done, done);
	atomic_store(&lease->total, total);
}

enum lease_state
lease_state(const struct lease *lease)
{
	return (enum lease_state)atomic_load(&lease->state);
}

bool
lease_should_stop(const struct lease *lease)
{
	return lease->interrupted() || atomic_load(&lease->state) != LEASE_HELD;
}
