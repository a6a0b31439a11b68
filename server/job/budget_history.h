/*
 * Last year's accepted records of our patients, each repriced at this year's prices, summed by
 * practice, point of delivery, provider, treatment function and HRG.
 */
#ifndef PBC_SERVER_JOB_BUDGET_HISTORY_H
#define PBC_SERVER_JOB_BUDGET_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "server/domain/budget.h"
#include "server/job/code_key.h"
#include "server/job/job.h"
#include "server/job/pricebook.h"

/* Compared whole, so NUL-padded. In this order they sort into practices and lines. */
struct history_key {
	char practice_code[CODE_KEY_SIZE];
	char pod[CODE_KEY_SIZE];
	char provider_code[CODE_KEY_SIZE];
	char treatment_function[CODE_KEY_SIZE];
	char hrg[CODE_KEY_SIZE];
};

struct history_cell {
	struct history_key key;
	struct budget_months activity; /* priced */
	struct budget_months cost_pence;
	int64_t unpriced;
};

struct history {
	struct history_cell *cells; /* sorted by key; owned */
	size_t count;
	int64_t submissions; /* that stand for the year's months; later adjustments come on top */
	int64_t records;     /* that were counted: excluded ones are not */
	int64_t unpriced;
};

/* year is the budget's; the records are of the year before. False with job->status set. */
bool budget_history_load(
    struct job *job, const struct pricebook *book, int year, struct history *history);
void budget_history_free(struct history *history);

#endif
