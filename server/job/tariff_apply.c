/*
 * tariff_apply: prices the open months of a year on the tariff in force, those that rest on
 * another. Each becomes a new submission of the same file that supersedes the one before, so what
 * was known stays known; only prices differ. A frozen month is left as it is and named. All or
 * nothing.
 */
#include "server/job/kinds.h"

#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "server/job/pricebook.h"
#include "server/job/stored_record.h"

#define TICK_RECORDS 1024

struct apply {
	struct job *job;
	int year;
	struct pricebook *book; /* of book_month; NULL before the first */
	char book_month[11];
	struct sync_copy *copy;
	int64_t records;
	bool stopped;
	int64_t months, frozen, before_pence, after_pence;
};

/* A provider's month; its first day as text. */
struct month {
	const char *provider;
	const char *first_day;
	char old_id[JOB_ID_SIZE];
	char new_id[JOB_ID_SIZE];
};

static const char read_query[] =
    "SELECT a.line, a.activity_date, a.provider_code, " STORED_RECORD_COLUMNS
    " FROM ledger.activity a WHERE a.commissioner_code = current_setting('pbc.commissioner')"
    " AND a.period = $1::date AND a.submission_id = $2::uuid";

enum { COLUMN_LINE, COLUMN_DAY, COLUMN_PROVIDER, COLUMN_RECORD };

#define PRICE_COLUMNS                                                              \
	"pod, price_state, price_reason, tariff_line, base_pence, long_stay_days," \
	" long_stay_pence, adjustment_pence, mff_ppm, total_pence"
#define PRICE_COUNT 10

/* Everything of a row but its submission and its price. */
#define CARRIED_COLUMNS                                                                      \
	"commissioner_code, period, line, record_id, dataset, provider_code, practice_code," \
	" responsible_code, stated_commissioner_code, attribution, patient_key, sex, age,"   \
	" site_code, main_specialty_code, treatment_function_code, hrg, primary_diagnosis,"  \
	" primary_procedure, patient_classification, admission_method, admission_date,"      \
	" activity_date, discharge_method, length_of_stay_days, excluded_days,"              \
	" specialised_service, first_attendance, attended, referral_source,"                 \
	" ae_department_type, ae_disposal, prior_approval, administrative_category,"         \
	" provider_price_pence"

static bool
prepare(struct job *job)
{
	return job_exec(job,
	    "CREATE TEMP TABLE new_price (line integer, pod text, price_state text,"
	    " price_reason text, tariff_line integer, base_pence bigint, long_stay_days integer,"
	    " long_stay_pence bigint, adjustment_pence bigint, mff_ppm integer,"
	    " total_pence bigint) ON COMMIT DROP",
	    NULL, 0, NULL);
}

static void
copy_quote(struct sync_copy *copy, const struct quote *quote)
{
	const struct pbr_price *price = &quote->price;
	int i;

	sync_copy_text(copy, pbr_pod_name(quote->class.pod));
	sync_copy_text(copy, pbr_state_name(price->state));
	sync_copy_text(copy, price->reason[0] != '\0' ? price->reason : NULL);
	if (quote->tariff_line > 0)
		sync_copy_int32(copy, quote->tariff_line);
	else
		sync_copy_null(copy);
	if (price->state != PBR_PRICED) {
		for (i = 0; i < 6; i++)
			sync_copy_null(copy);
		return;
	}
	sync_copy_int64(copy, price->base_pence);
	sync_copy_int32(copy, price->excess_days);
	sync_copy_int64(copy, price->long_stay_pence);
	sync_copy_int64(copy, price->adjustment_pence);
	sync_copy_int32(copy, (int32_t)price->mff_ppm);
	sync_copy_int64(copy, price->total_pence);
}

static bool
price_record(void *arg, const struct sync_rows *rows)
{
	struct apply *apply = arg;
	struct pbr_record record;
	struct quote quote;
	date_t day = DATE_NONE;

	if (apply->records++ % TICK_RECORDS == 0 && !job_tick(apply->job, apply->records, 0))
		apply->stopped = true;
	if (apply->stopped || !sync_copy_row(apply->copy))
		return false;
	date_parse(sync_text(rows, 0, COLUMN_DAY), &day);
	stored_record_read(rows, COLUMN_RECORD, &record);
	pricebook_quote(apply->book, &record, sync_text(rows, 0, COLUMN_PROVIDER), day, &quote);
	sync_copy_int32(apply->copy, (int32_t)sync_int64(rows, 0, COLUMN_LINE));
	copy_quote(apply->copy, &quote);
	return true;
}

/* The rows are read on one connection while their prices go in on the other. */
static bool
price_rows(struct apply *apply, const struct month *month)
{
	struct job *job = apply->job;
	const char *params[] = {month->first_day, month->old_id};
	bool read;

	if (!job_exec(job, "TRUNCATE pg_temp.new_price", NULL, 0, NULL))
		return false;
	apply->copy = sync_copy_start(job->db, "COPY pg_temp.new_price FROM STDIN (FORMAT binary)",
	    SYNC_COPY_BINARY, 1 + PRICE_COUNT, &job->status);
	if (apply->copy == NULL)
		return false;
	read = sync_stream(job->files, read_query, params, 2, price_record, apply, &job->status) &&
	       !apply->stopped;
	if (!read) {
		sync_copy_abandon(apply->copy);
		return false;
	}
	return sync_copy_finish(apply->copy, NULL, &job->status);
}

/* Straight into the month's partition, as imports do; its name is job.ensure_partition's. */
static bool
store_rows(struct apply *apply, const struct month *month)
{
	const char *params[] = {
	    month->first_day, month->old_id, month->new_id, pricebook_tariff_id(apply->book)};
	char text[3000];

	snprintf(text, sizeof(text),
	    "INSERT INTO ledger.activity_%.4s_%.2s (" CARRIED_COLUMNS
	    ", submission_id, tariff_id, " PRICE_COLUMNS ") SELECT " CARRIED_COLUMNS
	    ", $3::uuid, CASE WHEN tariff_line IS NOT NULL THEN $4::uuid END, " PRICE_COLUMNS
	    " FROM (SELECT " CARRIED_COLUMNS " FROM ledger.activity"
	    " WHERE commissioner_code = current_setting('pbc.commissioner')"
	    " AND period = $1::date AND submission_id = $2::uuid) a"
	    " JOIN pg_temp.new_price p USING (line)",
	    month->first_day, month->first_day + 5);
	return job_exec(apply->job, text, params, 4, NULL);
}

static bool
store_rollup(struct job *job, const struct month *month)
{
	const char *params[] = {month->first_day, month->new_id};

	return job_exec(job,
	    "INSERT INTO ledger.activity_rollup (commissioner_code, submission_id, period,"
	    " provider_code, practice_code, pod, treatment_function_code, hrg, attribution,"
	    " price_state, activity, cost_pence) SELECT a.commissioner_code, a.submission_id,"
	    " a.period, a.provider_code, a.practice_code, a.pod,"
	    " coalesce(a.treatment_function_code, ''), coalesce(a.hrg, ''), a.attribution,"
	    " a.price_state, count(*), coalesce(sum(a.total_pence), 0)"
	    " FROM ledger.activity a WHERE a.commissioner_code ="
	    " current_setting('pbc.commissioner') AND a.period = $1::date"
	    " AND a.submission_id = $2::uuid GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
	    params, 2, NULL);
}

/* The file's own figures stay; those that prices make are counted again. */
static bool
store_submission(struct apply *apply, const struct month *month)
{
	const char *params[] = {month->first_day, month->old_id, month->new_id};
	struct sync_rows *rows;

	if (!job_exec(apply->job,
		"WITH told AS (INSERT INTO ledger.submission (commissioner_code, submission_id,"
		" provider_code, period, phase, upload_id, file_name, header, sha256, row_count,"
		" accepted_count, rejected_count, priced_count, excluded_count, unpriced_count,"
		" not_ours_count, cost_pence, supersedes_submission_id, reprice_of_submission_id,"
		" organisation_code, user_id, recorded_at, edition)"
		" SELECT s.commissioner_code, $3::uuid, s.provider_code, s.period, 'flex',"
		" s.upload_id, s.file_name, s.header, s.sha256, s.row_count, s.accepted_count,"
		" s.rejected_count, c.priced, c.excluded, c.unpriced, s.not_ours_count, c.pence,"
		" s.submission_id, s.sent_submission_id,"
		" current_setting('pbc.organisation'), current_setting('pbc.user'),"
		" clock_timestamp(), job.month_edition(s.provider_code, s.period, 'flex')"
		" FROM ledger.submission s CROSS JOIN (SELECT"
		" coalesce(sum(r.activity) FILTER (WHERE r.price_state = 'priced'), 0) AS priced,"
		" coalesce(sum(r.activity) FILTER (WHERE r.price_state = 'excluded'), 0) AS"
		" excluded,"
		" coalesce(sum(r.activity) FILTER (WHERE r.price_state = 'unpriced'), 0) AS"
		" unpriced, coalesce(sum(r.cost_pence), 0) AS pence"
		" FROM ledger.activity_rollup r WHERE r.commissioner_code ="
		" current_setting('pbc.commissioner') AND r.submission_id = $3::uuid AND r.ours) c"
		" WHERE s.commissioner_code = current_setting('pbc.commissioner')"
		" AND s.period = $1::date AND s.submission_id = $2::uuid RETURNING cost_pence)"
		" SELECT s.cost_pence, t.cost_pence FROM told t, ledger.submission s"
		" WHERE s.commissioner_code = current_setting('pbc.commissioner')"
		" AND s.submission_id = $2::uuid",
		params, 3, &rows))
		return false;
	apply->before_pence += sync_int64(rows, 0, 0);
	apply->after_pence += sync_int64(rows, 0, 1);
	sync_rows_free(rows);
	return true;
}

static bool
make_current(struct job *job, const struct month *month)
{
	const char *params[] = {month->provider, month->first_day, month->new_id};

	return job_exec(
	    job, "SELECT job.make_current($1, $2::date, $3::uuid, 'flex')", params, 3, NULL);
}

/* Prices of a month rest on the dated rules as they stand on its first day, as in an import. */
static bool
open_book(struct apply *apply, const char *first_day)
{
	date_t day = DATE_NONE;

	if (apply->book != NULL && strcmp(apply->book_month, first_day) == 0)
		return true;
	pricebook_free(apply->book);
	date_parse(first_day, &day);
	apply->book = pricebook_load(apply->job, apply->year, day);
	snprintf(apply->book_month, sizeof(apply->book_month), "%s", first_day);
	return apply->book != NULL;
}

static void
tell_frozen(struct apply *apply, const struct month *month)
{
	char text[64];

	snprintf(text, sizeof(text), "%.7s of %s", month->first_day, month->provider);
	job_outcome_text(apply->job, "frozen", text);
	apply->frozen++;
}

/* What counts is read again under the month's lock: a file may have come in since. */
static bool
apply_month(struct apply *apply, const char *provider, const char *first_day)
{
	struct month month = {.provider = provider, .first_day = first_day};
	const char *params[] = {provider, first_day};
	struct job *job = apply->job;
	struct sync_rows *rows;
	bool frozen;

	if (!job_exec(job, "SELECT state, submission_id FROM job.lock_month($1, $2::date)", params,
		2, &rows))
		return false;
	frozen = strcmp(sync_text(rows, 0, 0), "frozen") == 0;
	snprintf(month.old_id, sizeof(month.old_id), "%s", sync_text(rows, 0, 1));
	sync_rows_free(rows);
	if (frozen) {
		tell_frozen(apply, &month);
		return true;
	}
	job_new_id(month.new_id);
	apply->months++;
	return open_book(apply, first_day) && price_rows(apply, &month) &&
	       store_rows(apply, &month) && store_rollup(job, &month) &&
	       store_submission(apply, &month) && make_current(job, &month);
}

static bool
apply_months(struct apply *apply)
{
	char year[12];
	const char *params[] = {year};
	struct sync_rows *rows;
	size_t i;
	bool sound = true;

	snprintf(year, sizeof(year), "%d", apply->year);
	if (!job_exec(apply->job, "SELECT provider_code, period FROM job.stale_months($1::integer)",
		params, 1, &rows))
		return false;
	for (i = 0; i < sync_rows_count(rows) && sound; i++)
		sound = apply_month(apply, sync_text(rows, i, 0), sync_text(rows, i, 1));
	sync_rows_free(rows);
	return sound;
}

static void
report(struct apply *apply)
{
	struct job *job = apply->job;

	job_outcome_int(job, "repriced_months", apply->months);
	job_outcome_int(job, "frozen_months", apply->frozen);
	job_outcome_int(job, "records", apply->records);
	job_outcome_int(job, "before_pence", apply->before_pence);
	job_outcome_int(job, "after_pence", apply->after_pence);
	job_outcome_int(job, "difference_pence", apply->after_pence - apply->before_pence);
}

bool
tariff_apply(struct job *job)
{
	struct apply apply = {.job = job, .year = (int)job_param_int(job, "year")};
	bool done = prepare(job) && apply_months(&apply);

	if (done)
		report(&apply);
	pricebook_free(apply.book);
	return done;
}
