/* Refuses files by what they came to, beside what they would replace. */
#include "server/job/activity_guard.h"

#include <stddef.h>
#include <string.h>

#include "common/money.h"

static const char *const reject_columns[] = {"row", "column", "code", "severity", "message"};

#define REJECT_COLUMNS (sizeof(reject_columns) / sizeof(reject_columns[0]))

static bool
load_rest(struct activity_guard *guard, struct job *job)
{
	const char *params[] = {guard->superseded_id, guard->dataset};
	struct sync_rows *rows;

	if (!job_exec(job,
		"SELECT count(*) FROM ledger.submission s JOIN ledger.activity a"
		" ON a.commissioner_code = s.commissioner_code AND a.period = s.period"
		" AND a.submission_id = s.submission_id"
		" WHERE s.submission_id = $1::uuid AND a.dataset <> $2",
		params, 2, &rows))
		return false;
	guard->superseded_rest = sync_int64(rows, 0, 0);
	sync_rows_free(rows);
	return true;
}

bool
activity_guard_load(struct activity_guard *guard, struct job *job)
{
	const char *params[] = {guard->superseded_id};
	struct sync_rows *rows;

	if (guard->superseded_id[0] == '\0')
		return true;
	if (!job_exec(job,
		"SELECT accepted_count, cost_pence,"
		" ledger.rule_value('FREEZE_ROWS_MIN_PPM', period) FROM ledger.submission"
		" WHERE submission_id = $1::uuid",
		params, 1, &rows))
		return false;
	guard->superseded_accepted = sync_int64(rows, 0, 0);
	guard->superseded_cost_pence = sync_int64(rows, 0, 1);
	guard->freeze_min_ppm = sync_int64(rows, 0, 2);
	sync_rows_free(rows);
	return !guard->freeze || guard->dataset[0] == '\0' || load_rest(guard, job);
}

void
activity_guard_column(struct activity_guard *guard, const char *name)
{
	for (size_t i = 0; i < REJECT_COLUMNS; i++)
		if (strcmp(name, reject_columns[i]) == 0)
			guard->reject_columns |= 1U << i;
}

bool
activity_guard_is_rejects(const struct activity_guard *guard)
{
	return guard->reject_columns == (1U << REJECT_COLUMNS) - 1;
}

bool
activity_guard_may_be_empty(const struct activity_guard *guard)
{
	return guard->freeze && guard->dataset[0] != '\0' && !guard->changes;
}

/* The error that most rows have. */
static enum fault
commonest_error(const int64_t *by_fault)
{
	enum fault commonest = 0;

	for (int i = 0; i < FAULT_COUNT; i++)
		if (fault_is_error((enum fault)i) && by_fault[i] > by_fault[commonest])
			commonest = (enum fault)i;
	return commonest;
}

static bool
refuse_all_rejected(const struct activity_totals *totals, struct status *status)
{
	enum fault fault = commonest_error(totals->by_fault);
	const struct fault_text *text = fault_text(fault);

	return status_set(status, STATUS_INVALID_ARGUMENT, "NOTHING_ACCEPTED", "upload_id",
	    "check the file, its provider and its month; nothing was changed",
	    "none of the %lld rows is acceptable: %s of %lld rows %s (%s)", (long long)totals->rows,
	    text->column, (long long)totals->by_fault[fault], text->message, text->code);
}

/* Files that cannot be what their sender takes them for: the whole month, or a data set of it. */
static bool
is_a_month(
    const struct activity_guard *guard, const struct activity_totals *totals, struct status *status)
{
	if (activity_guard_is_rejects(guard))
		return status_set(status, STATUS_INVALID_ARGUMENT, "REJECTS_FILE", "upload_id",
		    "send it as pbc writes it, with the column net_change, or mend the month's "
		    "file",
		    "this is a list of rejected rows, and a file replaces its whole month");
	if (totals->rows == guard->carried && activity_guard_may_be_empty(guard))
		return true;
	return totals->accepted > guard->carried || refuse_all_rejected(totals, status);
}

/*
 * Of a data set alone, its own rows: those of the others are in both versions. Counts are far below
 * what a million times overflows: a file has at most 10 million rows.
 */
static bool
shrinks(const struct activity_guard *guard, const struct activity_totals *totals)
{
	return (totals->accepted - guard->superseded_rest) * PPM <
	       (guard->superseded_accepted - guard->superseded_rest) * guard->freeze_min_ppm;
}

static bool
refuse_shrinking(
    const struct activity_guard *guard, const struct activity_totals *totals, struct status *status)
{
	char percent[40];

	ppm_format(guard->freeze_min_ppm * 100, percent);
	return status_set(status, STATUS_FAILED_PRECONDITION, "MONTH_SHRINKS", "upload_id",
	    guard->dataset[0] != '\0'
		? "send the whole data set; if this is the whole, send it as flex before the freeze"
		: "send the whole month; if this is the whole, send it as flex before the freeze",
	    "the file has %lld acceptable rows, less than %s %% of the %lld it replaces",
	    (long long)(totals->accepted - guard->superseded_rest), percent,
	    (long long)(guard->superseded_accepted - guard->superseded_rest));
}

bool
activity_guard_allows(
    const struct activity_guard *guard, const struct activity_totals *totals, struct status *status)
{
	if (guard->adjusts)
		return totals->accepted > 0 || refuse_all_rejected(totals, status);
	if (!guard->changes && !is_a_month(guard, totals, status))
		return false;
	/* A flex can be replaced, so only what closes the month is held up. */
	return !guard->freeze || !shrinks(guard, totals) || refuse_shrinking(guard, totals, status);
}

void
activity_guard_report(const struct activity_guard *guard, struct job *job)
{
	if (guard->superseded_id[0] == '\0')
		return;
	job_outcome_text(job, "supersedes", guard->superseded_id);
	job_outcome_int(job, "superseded_accepted", guard->superseded_accepted);
	job_outcome_int(job, "superseded_cost_pence", guard->superseded_cost_pence);
}
