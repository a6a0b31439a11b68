/* Whose patient it was: the PCT of the practice of registration on the day is responsible. */
#ifndef PBC_SERVER_JOB_ATTRIBUTION_H
#define PBC_SERVER_JOB_ATTRIBUTION_H

#include <stdbool.h>

#include "common/date.h"
#include "server/job/job.h"

struct attribution;

enum attribution_kind {
	ATTRIBUTION_REGISTERED,      /* ours by practice */
	ATTRIBUTION_STATED,          /* no practice; the provider states us, or nobody */
	ATTRIBUTION_NOT_OURS,        /* the practice was another PCT's, or nobody's, on the day */
	ATTRIBUTION_STATED_NOT_OURS, /* no practice; the provider states another PCT */
	ATTRIBUTION_UNKNOWN_PRACTICE,
};

/* Codes that stand for no practice: V81997 none, V81998 not applicable, V81999 unknown. */

/* NULL with job->status set. */
struct attribution *attribution_load(struct job *job);
void attribution_free(struct attribution *attribution);

/* stated is "" if the provider named no commissioner. *responsible is borrowed; "" if nobody is
 * known. */
enum attribution_kind attribution_find(const struct attribution *attribution,
    const char *practice_code, const char *stated, date_t day, const char **responsible);

#endif
