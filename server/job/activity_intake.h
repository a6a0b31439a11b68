/*
 * The lines of an activity file as they are read: each is checked, attributed and priced, and goes
 * into the ledger or among the rejects. What they add up to is kept for the submission.
 */
#ifndef PBC_SERVER_JOB_ACTIVITY_INTAKE_H
#define PBC_SERVER_JOB_ACTIVITY_INTAKE_H

#include <stdbool.h>

#include "server/job/activity_guard.h"
#include "server/job/activity_record.h"
#include "server/job/activity_totals.h"
#include "server/job/upload.h"

struct activity_intake;

/* The submission that the file becomes. What is pointed at outlives the intake. */
struct activity_intake_target {
	const char *provider;
	const char *dataset; /* that the file is of; "" for all of them */
	struct activity_months months;
	const char *submission_id;
	struct activity_guard *guard; /* names what stands; learns of the file's columns */
};

struct activity_intake *activity_intake_new(
    struct job *job, const struct activity_intake_target *target);
/* Also gives up what was not stored. NULL is allowed. */
void activity_intake_free(struct activity_intake *intake);

/*
 * Reads the file and stores its rows, faults, people and sums. False with job->status set: nothing
 * of it may be kept.
 */
bool activity_intake_read(struct activity_intake *intake, const struct upload *upload);

/* After a read. The header is the file's first line. Both are borrowed. */
const struct activity_totals *activity_intake_totals(const struct activity_intake *intake);
const char *activity_intake_header(const struct activity_intake *intake);

#endif
