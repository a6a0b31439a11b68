/*
 * What providers' prices have besides the tariff, in memory: market forces factors of a year, the
 * services a top-up is paid for, unbundled and local adjustments by group and point of delivery. Of
 * rows for one thing whose days overlap the one that began last counts.
 */
#ifndef PBC_SERVER_JOB_PROVIDER_TERMS_H
#define PBC_SERVER_JOB_PROVIDER_TERMS_H

#include "common/date.h"
#include "server/domain/pbr.h"
#include "server/job/job.h"

struct provider_terms;

/*
 * Of the financial year; rates of top-ups as they stand on a day of it. NULL with job->status set.
 */
struct provider_terms *provider_terms_load(struct job *job, int year, date_t on);
void provider_terms_free(struct provider_terms *terms);

/* What counts for a record of the class, of the service ("" for none), on the day. */
void provider_terms_find(const struct provider_terms *terms, const char *provider_code,
    const struct pbr_class *class, const char *service, date_t day,
    struct pbr_provider_terms *found);

#endif
