/*
 * Records of the ledger priced again: what they come to on another book, beside their lines, in the
 * temporary table pg_temp.new_price of job->db.
 */
#ifndef PBC_SERVER_JOB_NEW_PRICE_H
#define PBC_SERVER_JOB_NEW_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/job/job.h"
#include "server/job/pricebook.h"
#include "server/job/stored_record.h"

/* Columns of the table and of ledger.activity; the table has line besides. */
#define NEW_PRICE_COLUMNS                                                          \
	"pod, price_state, price_reason, tariff_line, base_pence, long_stay_days," \
	" long_stay_pence, adjustment_pence, mff_ppm, total_pence"

/* What a query has to ask for, of ledger.activity a. */
#define NEW_PRICE_QUERY_COLUMNS "a.line, a.activity_date, a.provider_code, " STORED_RECORD_COLUMNS

/* Makes the table, which the functions of schema job may read. False with job->status set. */
bool new_price_prepare(struct job *job);

/*
 * Fills it anew with the records that the query finds, read on job->files: so they are committed.
 * Counts them into *records as it shows progress. False with job->status set.
 */
bool new_price_fill(struct job *job, const struct pricebook *book, const char *query,
    const char *const *params, int count, int64_t *records);

#endif
