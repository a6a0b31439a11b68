/*
 * Categories of care whose records may not be kept with the patient's identity: ranges of codes by
 * column, dated, national ones and those that the PCT added.
 */
#ifndef PBC_SERVER_JOB_RESTRICTED_H
#define PBC_SERVER_JOB_RESTRICTED_H

#include <stdbool.h>

#include "common/date.h"
#include "server/job/activity_record.h"
#include "server/job/job.h"

struct restricted;

struct restricted *restricted_new(void);
/*
 * Those in force on any day of the month: a doubtful date is no reason to keep an identity. NULL
 * with job->status set.
 */
struct restricted *restricted_load(struct job *job, month_t month);
void restricted_free(struct restricted *restricted);

/* A range of codes of one length, at most RESTRICTED_CODE_MAX characters. */
#define RESTRICTED_CODE_MAX 6
void restricted_add(struct restricted *restricted, enum activity_column column,
    const char *first_code, const char *last_code);

/*
 * By the beginning of the fields' codes, in capitals or not, with or without dots and spaces: also
 * of a row that is refused later.
 */
bool restricted_match(const struct restricted *restricted, const char *const *fields);

#endif
