/*
 * What the records of one month are priced by and compared with: the rules, tariff and contracts of
 * their days, and the stays at other providers around them. A file of adjustments holds records of
 * several months, so this is kept for each month that was met.
 */
#ifndef PBC_SERVER_JOB_MONTH_BASIS_H
#define PBC_SERVER_JOB_MONTH_BASIS_H

#include "common/date.h"
#include "server/job/job.h"
#include "server/job/pricebook.h"
#include "server/job/spells.h"

struct month_basis {
	month_t month;
	struct pricebook *book;
	struct spells *spells; /* of other providers than the file's */
};

struct month_bases;

/* The job and the provider's code outlive it. */
struct month_bases *month_bases_new(struct job *job, const char *provider);
/* NULL is allowed. */
void month_bases_free(struct month_bases *bases);

/* NULL for a month that was not loaded. Valid until the next is loaded. */
const struct month_basis *month_bases_find(const struct month_bases *bases, month_t month);
/* Of a month that was not loaded. False with job->status set; no copy may be open on job->db. */
bool month_bases_load(struct month_bases *bases, month_t month);

#endif
