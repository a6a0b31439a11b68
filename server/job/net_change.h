/*
 * A file that does not replace all that stands. One of changes: its column net_change says of each
 * row whether it is inserted (I), updated (U) or deleted (D). Against the submission that stands
 * for the month it makes, with what it leaves alone, a whole submission. An adjustment is against
 * what stands in frozen months: its submission holds the changes alone, and a reversal of each row
 * that they replace. One of a data set: it replaces what stands of that, and leaves the others
 * alone.
 */
#ifndef PBC_SERVER_JOB_NET_CHANGE_H
#define PBC_SERVER_JOB_NET_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/job/activity_fault.h"
#include "server/job/activity_totals.h"
#include "server/job/job.h"
#include "server/job/upload.h"

struct net_change;

/* What the file changes, and the submission that it becomes. */
struct net_change_target {
	const char *provider;
	bool adjusts;
	const char *month;         /* of the submission: its first day */
	const char *standing_id;   /* "" when nothing stands */
	const char *dataset;       /* that the file is of; "" for all of them */
	const char *submission_id; /* the new one */
};

/*
 * *change is NULL for a file that has no column net_change, which an adjustment must have, and is
 * of no data set alone. False
 * with job->status set. The target's texts outlive it; no copy may be open on job->db.
 */
bool net_change_load(struct job *job, const struct upload *upload,
    const struct net_change_target *target, struct net_change **change);
/* NULL is allowed. */
void net_change_free(struct net_change *change);

/* True for a file of changes; false for one of a data set, and for NULL. */
bool net_change_is_of_records(const struct net_change *change);
bool net_change_deletes(const char *const *fields);
/* How many rows net_change_take was given that are rows of the submission. */
int64_t net_change_kept(const struct net_change *change);
/*
 * Whether the row's record stands as its change needs, once its form has been found sound. The
 * faults that this adds refuse the row.
 */
void net_change_judge(
    const struct net_change *change, const char *const *fields, struct fault_list *faults);
/* Counts a row that was not refused; the record that it is for is not carried over. */
void net_change_take(struct net_change *change, const char *const *fields);

/*
 * Copies the rows that stand and are not changed into the new submission, or for an adjustment
 * reversals of those that are, with lines after last_line, and counts them into totals; deletions
 * are no rows of it. *first_line is the first of them. No copy may be open on job->db.
 */
bool net_change_carry(struct net_change *change, struct job *job, int64_t last_line,
    struct activity_totals *totals, int64_t *first_line);

#endif
