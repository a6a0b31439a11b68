/*
 * The version of a month that a file replaces, and files that are well formed and would do harm:
 * another month's file, a list of rejects instead of the month, a freeze that would close a month
 * or a data set on a part of it.
 */
#ifndef PBC_SERVER_JOB_ACTIVITY_GUARD_H
#define PBC_SERVER_JOB_ACTIVITY_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "server/job/activity_totals.h"

/* What a file would replace, and what of the file its totals do not tell. */
struct activity_guard {
	char superseded_id[JOB_ID_SIZE]; /* "" for the month's first */
	int64_t superseded_accepted, superseded_cost_pence;
	const char *dataset;     /* that the file is of; "" for all of them */
	int64_t superseded_rest; /* of those accepted, what a freeze of a data set leaves alone */
	int64_t freeze_min_ppm;  /* FREEZE_ROWS_MIN_PPM: of those, what a freeze must have */
	unsigned reject_columns; /* a bit for each column that only a list of rejects has */
	bool changes;            /* the file holds changes, not the whole month or a data set */
	int64_t carried;         /* of the accepted rows, those that it left alone */
	bool freeze;             /* it closes the month, or its data set */
	bool adjusts;            /* it changes frozen months and replaces nothing */
};

/* Reads what superseded_id came to, and the rule of its month. False with job->status set. */
bool activity_guard_load(struct activity_guard *guard, struct job *job);

/* For each column that an activity file does not have. */
void activity_guard_column(struct activity_guard *guard, const char *name);
/* Known once the header was read: the file has all the columns of a list of rejects. */
bool activity_guard_is_rejects(const struct activity_guard *guard);
/* Known then too: a data set of which there was nothing is closed by a header alone. */
bool activity_guard_may_be_empty(const struct activity_guard *guard);

/* False with *status set: REJECTS_FILE, NOTHING_ACCEPTED or MONTH_SHRINKS. */
bool activity_guard_allows(const struct activity_guard *guard, const struct activity_totals *totals,
    struct status *status);

/* Into the operation's outcomes, so that the two versions can be compared. */
void activity_guard_report(const struct activity_guard *guard, struct job *job);

#endif
