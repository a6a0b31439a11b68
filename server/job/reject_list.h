/*
 * Refused and doubtful rows on their way to schema patient: gathered in memory and, since a
 * connection copies into one table at a time, written out in runs by the caller.
 */
#ifndef PBC_SERVER_JOB_REJECT_LIST_H
#define PBC_SERVER_JOB_REJECT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "server/job/activity_fault.h"
#include "server/job/job.h"

#define REJECT_RUN_BYTES (4u << 20) /* write out beyond this */

struct reject_list {
	struct buf rows; /* struct reject_row and its source, one after another */
};

/* source is copied. */
void reject_list_add(struct reject_list *list, int64_t line, const struct fault_list *faults,
    const char *source, size_t source_length);
bool reject_list_is_full(const struct reject_list *list);
/* Makes the temporary table that runs go to; once per transaction, before the first run. */
bool reject_list_prepare(struct job *job);
/* Writes the run and empties the list; no copy may be open on job->db. */
bool reject_list_flush(struct reject_list *list, struct job *job);
/* Moves all runs to where they stay. */
bool reject_list_store(struct job *job, const char *submission_id);
void reject_list_free(struct reject_list *list);

#endif
