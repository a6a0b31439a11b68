/*
 * import_activity: one provider's file of one month becomes a submission, in one transaction. The
 * month's row is locked first, so that imports of one month follow each other. An adjustment holds
 * the frozen months before it as well.
 */
#include "server/job/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/memory.h"
#include "server/job/activity_guard.h"
#include "server/job/activity_intake.h"
#include "server/job/activity_store.h"
#include "server/job/activity_totals.h"
#include "server/job/upload.h"

struct import {
	struct job *job;
	struct upload upload;
	const char *provider;
	const char *phase;
	const char *dataset; /* "" for all of them */
	struct activity_months months;
	month_t *frozen;     /* of months */
	char month_text[11]; /* the first day of its own */
	char submission_id[JOB_ID_SIZE];
	struct activity_guard guard;
	struct activity_intake *intake;
};

/* NULL for all of them. */
static const char *
dataset_param(const struct import *import)
{
	return import->dataset[0] != '\0' ? import->dataset : NULL;
}

/* False with MONTH_FROZEN in job->status if the month, which is held, takes no such file. */
static bool
require_open(struct import *import)
{
	const char *params[] = {
	    import->provider, import->month_text, import->phase, dataset_param(import)};

	return job_exec(
	    import->job, "SELECT job.require_open_month($1, $2::date, $3, $4)", params, 4, NULL);
}

/* True with *duplicate set when these bytes were accepted before as the same thing. */
static bool
find_duplicate(struct import *import, bool *duplicate)
{
	struct job *job = import->job;
	const char *params[] = {import->provider, import->month_text, import->phase,
	    import->upload.sha256,
	    import->guard.superseded_id[0] != '\0' ? import->guard.superseded_id : NULL,
	    dataset_param(import)};
	struct sync_rows *rows;

	if (!job_exec(job,
		"SELECT submission_id, phase = 'adjustment' OR EXISTS"
		" (SELECT FROM ledger.submission c"
		" WHERE c.submission_id = $5::uuid"
		" AND c.sent_submission_id = s.submission_id)"
		/* Of a data set, what came of others since has left it alone. */
		" OR s.dataset IS NOT NULL AND NOT EXISTS"
		" (SELECT FROM ledger.submission c WHERE c.provider_code = s.provider_code"
		" AND c.period = s.period AND c.phase <> 'adjustment'"
		" AND (c.reprice_of_submission_id IS NULL OR c.restore_of_submission_id"
		" IS NOT NULL)"
		" AND c.recorded_at > s.recorded_at"
		" AND coalesce(c.dataset, s.dataset) = s.dataset),"
		" job.amended_by(submission_id)"
		" FROM ledger.submission s WHERE provider_code = $1"
		" AND period = $2::date AND phase = $3 AND sha256 = decode($4, 'hex')"
		" AND edition = job.month_edition($1, $2::date, $3)"
		" AND dataset IS NOT DISTINCT FROM $6 AND sent_submission_id = submission_id",
		params, 6, &rows))
		return false;
	*duplicate = sync_rows_count(rows) > 0;
	if (*duplicate) {
		snprintf(job->result_id, sizeof(job->result_id), "%s", sync_text(rows, 0, 0));
		job_outcome_text(job, "duplicate_of", job->result_id);
		/* Who sends an old version again may think that it counts now. */
		if (sync_text(rows, 0, 1)[0] == 'f')
			job_outcome_text(job, "replaced_by", import->guard.superseded_id);
		if (!sync_is_null(rows, 0, 2))
			job_outcome_text(job, "amended_by", sync_text(rows, 0, 2));
	}
	sync_rows_free(rows);
	return true;
}

/* What is frozen stays so until the adjustment is posted; see job.lock_frozen_months. */
static bool
lock_frozen(struct import *import)
{
	const char *params[] = {import->provider, import->month_text};
	struct sync_rows *rows;
	size_t i, count;

	if (!job_exec(import->job, "SELECT period FROM job.lock_frozen_months($1, $2::date)",
		params, 2, &rows))
		return false;
	count = sync_rows_count(rows);
	import->frozen = memory_calloc(count + 1, sizeof(*import->frozen));
	for (i = 0; i < count; i++)
		import->frozen[i] = month_of_date(sync_date(rows, i, 0));
	sync_rows_free(rows);
	import->months.frozen = import->frozen;
	import->months.frozen_count = count;
	return true;
}

/*
 * Waits for another import of the month. The same bytes again are no error, even after the freeze.
 */
static bool
lock_month(struct import *import, bool *duplicate)
{
	const char *params[] = {import->provider, import->month_text};
	struct sync_rows *rows;

	if (import->months.adjusts && !lock_frozen(import))
		return false;
	if (!job_exec(import->job, "SELECT submission_id FROM job.lock_month($1, $2::date)", params,
		2, &rows))
		return false;
	/* An adjustment replaces nothing: it counts beside the month's own. */
	if (!import->months.adjusts)
		snprintf(import->guard.superseded_id, sizeof(import->guard.superseded_id), "%s",
		    sync_text(rows, 0, 0));
	sync_rows_free(rows);
	if (!find_duplicate(import, duplicate))
		return false;
	return *duplicate || require_open(import);
}

static bool
read_params(struct import *import)
{
	struct job *job = import->job;

	import->provider = job_param_text(job, "provider_code");
	import->phase = job_param_text(job, "phase");
	import->dataset = job_param_text(job, "dataset");
	import->months.adjusts = strcmp(import->phase, "adjustment") == 0;
	if (!month_parse(job_param_text(job, "period"), &import->months.own))
		return status_set(&job->status, STATUS_INVALID_ARGUMENT, "BAD_PERIOD", "period",
		    "write the month as 2017-07", "the period is not a month");
	date_format(month_first_day(import->months.own), import->month_text);
	return upload_find(job, job_param_text(job, "upload_id"), "upload_id", &import->upload);
}

/* Of the statement below: $1 to $12 are texts, the counts follow them. */
enum { TEXT_PARAMS = 12, COUNT_PARAMS = 9 };

static bool
store_submission(struct import *import)
{
	const struct activity_totals *totals = activity_intake_totals(import->intake);
	const int64_t counts[COUNT_PARAMS] = {totals->rows, totals->accepted, totals->rejected,
	    totals->by_state[PBR_PRICED], totals->by_state[PBR_EXCLUDED],
	    totals->by_state[PBR_UNPRICED], totals->not_ours, totals->cost_pence, totals->reversed};
	const char *superseded =
	    import->guard.superseded_id[0] != '\0' ? import->guard.superseded_id : NULL;
	const char *params[TEXT_PARAMS + COUNT_PARAMS] = {import->submission_id, import->provider,
	    import->month_text, import->phase, import->upload.id, import->upload.file_name,
	    activity_intake_header(import->intake), import->upload.sha256, superseded,
	    dataset_param(import), import->guard.carried > 0 ? superseded : NULL,
	    import->guard.changes ? NULL : dataset_param(import)};
	char texts[COUNT_PARAMS][24];
	size_t i;

	for (i = 0; i < COUNT_PARAMS; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%lld", (long long)counts[i]);
		params[TEXT_PARAMS + i] = texts[i];
	}
	return job_exec(import->job,
	    "INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code,"
	    " period, phase, upload_id, file_name, header, sha256, supersedes_submission_id,"
	    " dataset, carried_priced_at, row_count, accepted_count, rejected_count, priced_count,"
	    " excluded_count, unpriced_count, not_ours_count, cost_pence, reversed_count,"
	    " organisation_code, user_id, recorded_at, edition)"
	    " VALUES (current_setting('pbc.commissioner'), $1,"
	    " $2::text, $3::date, $4, $5, $6, $7, decode($8, 'hex'), $9, $10,"
	    " job.carried_priced_at($11::uuid, $12), $13, $14, $15, $16, $17, $18, $19, $20, $21,"
	    " current_setting('pbc.organisation'), current_setting('pbc.user'),"
	    " clock_timestamp(), job.month_edition($2::text, $3::date, $4))",
	    params, TEXT_PARAMS + COUNT_PARAMS, NULL);
}

/* The outcome open_datasets: what a freeze of a data set leaves to be frozen of the month. */
static bool
make_current(struct import *import)
{
	const char *params[] = {import->submission_id};
	struct sync_rows *rows;

	if (import->months.adjusts)
		return true;
	if (!job_exec(import->job, "SELECT job.make_current($1::uuid)", params, 1, &rows))
		return false;
	if (import->guard.freeze && sync_text(rows, 0, 0)[0] != '\0')
		job_outcome_text(import->job, "open_datasets", sync_text(rows, 0, 0));
	sync_rows_free(rows);
	return true;
}

/* The outcome late: the day by which the file was due. It is taken all the same. */
static bool
tell_late(struct import *import)
{
	struct job *job = import->job;
	const char *params[] = {job->operation_id, import->month_text, import->phase};
	struct sync_rows *rows;

	if (!job_exec(job, "SELECT job.missed_date($1::uuid, $2::date, $3)", params, 3, &rows))
		return false;
	if (!sync_is_null(rows, 0, 0))
		job_outcome_text(job, "late", sync_text(rows, 0, 0));
	sync_rows_free(rows);
	return true;
}

static bool
allow(struct import *import, const struct activity_totals *totals)
{
	import->guard.adjusts = import->months.adjusts;
	return activity_guard_load(&import->guard, import->job) &&
	       activity_guard_allows(&import->guard, totals, &import->job->status);
}

static bool
import_rows(struct import *import)
{
	struct job *job = import->job;
	struct activity_intake_target target = {.provider = import->provider,
	    .dataset = import->dataset,
	    .months = import->months,
	    .submission_id = import->submission_id,
	    .guard = &import->guard};
	const struct activity_totals *totals;

	import->guard.freeze = strcmp(import->phase, "freeze") == 0;
	import->guard.dataset = import->dataset;
	job_new_id(import->submission_id);
	import->intake = activity_intake_new(job, &target);
	if (!activity_intake_read(import->intake, &import->upload))
		return false;
	totals = activity_intake_totals(import->intake);
	/* Before the refusals: a refused file's figures tell why. */
	activity_totals_report(totals, job);
	if (!allow(import, totals) || !store_submission(import) || !make_current(import))
		return false;
	memcpy(job->result_id, import->submission_id, JOB_ID_SIZE);
	activity_guard_report(&import->guard, job);
	return tell_late(import);
}

bool
import_activity(struct job *job)
{
	struct import import = {.job = job};
	bool duplicate = false;
	bool done;

	done = read_params(&import) && job_check_provider(job, import.provider) &&
	       activity_store_prepare(job, import.months.own) && lock_month(&import, &duplicate) &&
	       (duplicate || import_rows(&import));
	activity_intake_free(import.intake);
	free(import.frozen);
	return done;
}
