/*
 * Keeps an operation's lease alive while it runs: a thread with its own connection renews it, shows
 * progress at most twice a second, and learns whether somebody asked to stop. A long SQL statement
 * of the run therefore never lets the lease run out.
 */
#ifndef PBC_SERVER_JOB_LEASE_H
#define PBC_SERVER_JOB_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#define LEASE_SECONDS 5
#define LEASE_INTERVAL_MS 500

struct lease;

/* What one run has in its hands. Texts outlive the lease. */
struct lease_claim {
	const char *commissioner;
	const char *operation_id;
	const char *worker;
	const char *attempt;
	const char *progress_unit;
};

enum lease_state {
	LEASE_HELD,
	LEASE_CANCEL_ASKED,
	LEASE_LOST, /* another process runs the operation, or it has ended */
};

/*
 * Never NULL. interrupted is asked from both threads and ends the run; it must be safe to call so.
 */
struct lease *lease_start(
    const char *conninfo, const struct lease_claim *claim, bool (*interrupted)(void));
/* Waits for the thread. */
void lease_end(struct lease *lease);

/* From the run's thread; keeps the newest figures only. */
void lease_progress(struct lease *lease, int64_t done, int64_t total);
enum lease_state lease_state(const struct lease *lease);
/* Cancel asked, lease lost or process interrupted. */
bool lease_should_stop(const struct lease *lease);

#endif
