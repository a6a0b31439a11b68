/*
 * Whose patient it was, and why: the PCT of the practice of registration on the day is responsible;
 * without a practice the one that the provider states; else the one that was sent the record.
 */
#ifndef PBC_SERVER_JOB_ATTRIBUTION_H
#define PBC_SERVER_JOB_ATTRIBUTION_H

#include <stdbool.h>

#include "common/date.h"
#include "server/job/job.h"

struct attribution;

/* Codes that stand for no practice are V81997 none, V81998 not applicable, V81999 unknown. */
enum attribution_kind {
	ATTRIBUTION_REGISTERED,           /* the practice was ours on the day */
	ATTRIBUTION_STATED,               /* no practice; the provider states us */
	ATTRIBUTION_HOST,                 /* no practice, and the provider states nobody */
	ATTRIBUTION_REGISTERED_ELSEWHERE, /* the practice was another PCT's on the day */
	ATTRIBUTION_REGISTERED_NOWHERE,   /* the practice was in no PCT on the day */
	ATTRIBUTION_STATED_ELSEWHERE,     /* no practice; the provider states another PCT */
	ATTRIBUTION_UNKNOWN_PRACTICE,     /* the row is refused; it has no name */
};

/* As the ledger stores it. */
const char *attribution_name(enum attribution_kind kind);
bool attribution_is_ours(enum attribution_kind kind);

/* NULL with job->status set. */
struct attribution *attribution_load(struct job *job);
void attribution_free(struct attribution *attribution);

/*
 * stated is "" if the provider named no commissioner. *responsible is borrowed; "" if nobody is
 * known.
 */
enum attribution_kind attribution_find(const struct attribution *attribution,
    const char *practice_code, const char *stated, date_t day, const char **responsible);

#endif
