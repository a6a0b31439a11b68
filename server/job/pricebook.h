/*
 * Everything a year's records are priced with, in memory: the tariff in force, what it excludes,
 * local prices of active contracts, terms of providers, and the dated rules as they stand on one
 * day.
 */
#ifndef PBC_SERVER_JOB_PRICEBOOK_H
#define PBC_SERVER_JOB_PRICEBOOK_H

#include <stdint.h>

#include "common/date.h"
#include "server/domain/pbr.h"
#include "server/job/job.h"

struct pricebook;

struct quote {
	struct pbr_class class;
	struct pbr_price price;
	int32_t tariff_line; /* of the tariff file; 0 when the price is not from it */
	bool topped_up;      /* the record's specialised service was paid for */
};

/* NULL with job->status set: NO_TARIFF, RULE_MISSING. on is a day of the year, for the rules. */
struct pricebook *pricebook_load(struct job *job, int year, date_t on);
/* With a stored tariff of the year instead of the one in force. */
struct pricebook *pricebook_load_tariff(
    struct job *job, int year, date_t on, const char *tariff_id);
void pricebook_free(struct pricebook *book);

/* The tariff's id as text. */
const char *pricebook_tariff_id(const struct pricebook *book);

/*
 * A local price of the provider's contract wins over the tariff; day chooses among dated tariff
 * rows.
 */
void pricebook_quote(const struct pricebook *book, const struct pbr_record *record,
    const char *provider_code, date_t day, struct quote *quote);

#endif
