/* Counting, control totals and the outcomes of an import. */
#include "server/job/activity_totals.h"

#include <stdio.h>

#include "common/money.h"

void
activity_totals_accept(struct activity_totals *totals, const struct activity_row *row)
{
	const struct quote *quote = row->quote;

	totals->accepted++;
	if (!attribution_is_ours(row->attribution)) {
		totals->not_ours++;
		return;
	}
	totals->by_state[quote->price.state]++;
	totals->cost_pence += quote->price.total_pence;
}

void
activity_totals_row(struct activity_totals *totals, const struct activity_record *record,
    const struct fault_list *faults)
{
	size_t i;

	totals->rows++;
	totals->rejected += faults->refused;
	if (record->has_provider_price)
		totals->stated_pence += record->provider_price_pence;
	for (i = 0; i < faults->count; i++)
		totals->by_fault[faults->faults[i]]++;
}

static bool
refuse_rows(struct job *job, int64_t stated, int64_t found)
{
	return status_set(&job->status, STATUS_INVALID_ARGUMENT, "CONTROL_TOTAL", "control_rows",
	    "send the whole file, or the control total that belongs to it",
	    "the file has %lld rows, its control total is %lld", (long long)found,
	    (long long)stated);
}

static bool
refuse_cost(struct job *job, int64_t stated_pence, int64_t found_pence)
{
	char stated[32], found[32];

	money_format(stated_pence, stated);
	money_format(found_pence, found);
	return status_set(&job->status, STATUS_INVALID_ARGUMENT, "CONTROL_TOTAL",
	    "control_cost_pence", "send the whole file, or the control total that belongs to it",
	    "provider_price adds up to %s pounds, the control total is %s", found, stated);
}

bool
activity_totals_check(const struct activity_totals *totals, struct job *job)
{
	int64_t rows, pence;

	if (job_param_has(job, "control_rows")) {
		rows = job_param_int(job, "control_rows");
		if (rows != totals->rows)
			return refuse_rows(job, rows, totals->rows);
	}
	if (job_param_has(job, "control_cost_pence")) {
		pence = job_param_int(job, "control_cost_pence");
		if (pence != totals->stated_pence)
			return refuse_cost(job, pence, totals->stated_pence);
	}
	return true;
}

void
activity_totals_report(const struct activity_totals *totals, struct job *job)
{
	const struct fault_text *text;
	char name[16];
	char detail[160];
	int i;

	job_outcome_int(job, "rows", totals->rows);
	job_outcome_int(job, "accepted", totals->accepted);
	job_outcome_int(job, "rejected", totals->rejected);
	job_outcome_int(job, "priced", totals->by_state[PBR_PRICED]);
	job_outcome_int(job, "excluded", totals->by_state[PBR_EXCLUDED]);
	job_outcome_int(job, "unpriced", totals->by_state[PBR_UNPRICED]);
	job_outcome_int(job, "not_ours", totals->not_ours);
	if (totals->restricted > 0)
		job_outcome_int(job, "restricted", totals->restricted);
	job_outcome_int(
	    job, "activity", totals->by_state[PBR_PRICED] - 2 * totals->reversed_priced);
	job_outcome_int(job, "cost_pence", totals->cost_pence);
	for (i = 0; i < FAULT_COUNT; i++) {
		if (totals->by_fault[i] == 0)
			continue;
		text = fault_text((enum fault)i);
		snprintf(name, sizeof(name), "%s.%s",
		    fault_is_error((enum fault)i) ? "error" : "warning", text->code);
		snprintf(detail, sizeof(detail), "%s %s", text->column, text->message);
		job_outcome_code(job, name, totals->by_fault[i], detail);
	}
}
