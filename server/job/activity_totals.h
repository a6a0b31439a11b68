/* What an activity file came to, and whether it is what the sender says it holds. */
#ifndef PBC_SERVER_JOB_ACTIVITY_TOTALS_H
#define PBC_SERVER_JOB_ACTIVITY_TOTALS_H

#include <stdint.h>

#include "server/job/activity_fault.h"
#include "server/job/activity_store.h"

struct activity_totals {
	int64_t rows, accepted, rejected, not_ours, restricted;
	int64_t reversed, reversed_priced;  /* of the accepted, reversals; ours that are priced */
	int64_t by_state[PBR_UNPRICED + 1]; /* of the accepted that are ours, by enum pbr_state */
	int64_t cost_pence;
	int64_t stated_pence; /* what provider_price adds up to, of all rows */
	int64_t by_fault[FAULT_COUNT];
};

/* Every row, with all that is wrong with it. */
void activity_totals_row(struct activity_totals *totals, const struct activity_record *record,
    const struct fault_list *faults);
/* An accepted row, besides. */
void activity_totals_accept(struct activity_totals *totals, const struct activity_row *row);

/*
 * Compares with the operation's control_rows and control_cost_pence, where the sender gave them.
 * False with job->status set: the file is not the one that was meant, or not all of it.
 */
bool activity_totals_check(const struct activity_totals *totals, struct job *job);

/* Into the operation's outcomes. */
void activity_totals_report(const struct activity_totals *totals, struct job *job);

#endif
