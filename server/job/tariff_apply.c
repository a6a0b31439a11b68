/*
 * tariff_apply: prices the months of a year that rest on another tariff on the one in force. Each
 * becomes a new submission of the same file that supersedes the one before, so what was known stays
 * known; only prices differ. What differs of a frozen month is posted as adjustments of it in an
 * open one; of one that is frozen in part, what is frozen stays as it is until the month has
 * closed. All or nothing.
 */
#include "server/job/kinds.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "server/job/activity_store.h"
#include "server/job/new_price.h"
#include "server/job/pricebook.h"

struct apply {
	struct job *job;
	int year;
	struct pricebook *book; /* of book_month; NULL before the first */
	char book_month[11];
	int64_t records, months, adjusted, before_pence, after_pence;
};

/* A provider's month; its first day as text. */
struct month {
	const char *provider;
	const char *first_day;
	const char *kept; /* of a month that is frozen in part, the data sets that are; else "" */
	char old_id[JOB_ID_SIZE];
	char new_id[JOB_ID_SIZE];
};

static const char own_rows_query[] =
    "SELECT " NEW_PRICE_QUERY_COLUMNS " FROM ledger.activity a WHERE a.commissioner_code ="
    " current_setting('pbc.commissioner')"
    " AND a.period = $1::date AND a.submission_id = $2::uuid"
    " AND a.dataset <> ALL (SELECT unnest(m.frozen_datasets) FROM ledger.provider_month m"
    " WHERE m.provider_code = $3 AND m.period = $1::date)";

/* OFFSET 0: one look-up for each, whatever the planner thinks that new months hold. */
static const char standing_rows_query[] =
    "SELECT " NEW_PRICE_QUERY_COLUMNS " FROM job.standing_rows($1, $2::date) r"
    " CROSS JOIN LATERAL (SELECT s.* FROM ledger.activity s"
    " WHERE s.commissioner_code = current_setting('pbc.commissioner')"
    " AND s.period = r.period AND s.submission_id = r.submission_id AND s.line = r.line OFFSET 0) a"
    " WHERE r.submission_id = $3::uuid";

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
price_rows(struct apply *apply, const struct month *month)
{
	const char *params[] = {month->first_day, month->old_id, month->provider};

	return new_price_fill(apply->job, apply->book, own_rows_query, params, 3, &apply->records);
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
	    ", submission_id, tariff_id, " NEW_PRICE_COLUMNS ") SELECT " CARRIED_COLUMNS
	    ", $3::uuid, CASE WHEN tariff_line IS NOT NULL THEN $4::uuid END, " NEW_PRICE_COLUMNS
	    " FROM (SELECT " CARRIED_COLUMNS " FROM ledger.activity"
	    " WHERE commissioner_code = current_setting('pbc.commissioner')"
	    " AND period = $1::date AND submission_id = $2::uuid) a"
	    " JOIN pg_temp.new_price p USING (line)",
	    month->first_day, month->first_day + 5);
	return job_exec(apply->job, text, params, 4, NULL);
}

/* What is frozen costs what it did. */
static bool
keep_frozen(struct job *job, const struct month *month)
{
	const char *params[] = {month->first_day, month->old_id, month->new_id};
	char text[64];

	if (month->kept[0] == '\0')
		return true;
	snprintf(
	    text, sizeof(text), "%s in %.7s of %s", month->kept, month->first_day, month->provider);
	job_outcome_text(job, "kept_frozen", text);
	return job_exec(
	    job, "SELECT job.keep_frozen($1::date, $2::uuid, $3::uuid)", params, 3, NULL);
}

static bool
store_rollup(struct job *job, const struct month *month)
{
	const char *params[] = {month->first_day, month->new_id};

	return job_exec(job, "SELECT job.store_rollup($1::date, $2::uuid)", params, 2, NULL);
}

/* The first two columns: what rows cost, and what they cost now. */
static void
add_pence(struct apply *apply, const struct sync_rows *rows)
{
	apply->before_pence += sync_int64(rows, 0, 0);
	apply->after_pence += sync_int64(rows, 0, 1);
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
		" coalesce(sum(r.activity) FILTER (WHERE r.price_state = 'priced'), 0),"
		" coalesce(sum(r.activity) FILTER (WHERE r.price_state = 'excluded'), 0),"
		" coalesce(sum(r.activity) FILTER (WHERE r.price_state = 'unpriced'), 0),"
		" coalesce(sum(r.cost_pence), 0)"
		" FROM ledger.activity_rollup r"
		" WHERE r.commissioner_code = current_setting('pbc.commissioner')"
		" AND r.submission_id = $3::uuid AND r.ours) c (priced, excluded, unpriced, pence)"
		" WHERE s.commissioner_code = current_setting('pbc.commissioner')"
		" AND s.period = $1::date AND s.submission_id = $2::uuid RETURNING cost_pence)"
		" SELECT s.cost_pence, t.cost_pence FROM told t, ledger.submission s"
		" WHERE s.commissioner_code = current_setting('pbc.commissioner')"
		" AND s.submission_id = $2::uuid",
		params, 3, &rows))
		return false;
	add_pence(apply, rows);
	sync_rows_free(rows);
	return true;
}

static bool
make_current(struct job *job, const struct month *month)
{
	const char *params[] = {month->new_id};

	return job_exec(job, "SELECT job.make_current($1::uuid)", params, 1, NULL);
}

/* Prices of a month rest on the dated rules as they stand on its first day, as in an import. */
static bool
open_book(struct apply *apply, const char *first_day)
{
	date_t day;
	bool sound;

	if (apply->book != NULL && strcmp(apply->book_month, first_day) == 0)
		return true;
	pricebook_free(apply->book);
	sound = date_parse(first_day, &day);
	assert(sound);
	apply->book = pricebook_load(apply->job, apply->year, day);
	snprintf(apply->book_month, sizeof(apply->book_month), "%s", first_day);
	return apply->book != NULL;
}

/* Of one of the submissions that hold rows of a frozen month; true with *changed of them posted. */
static bool
adjust_source(struct apply *apply, const struct month *month, const char *source_id,
    const char *posted, int64_t *changed)
{
	struct job *job = apply->job;
	const char *standing[] = {month->provider, month->first_day, source_id};
	const char *params[] = {source_id, posted, pricebook_tariff_id(apply->book)};
	struct sync_rows *rows;

	if (!new_price_fill(job, apply->book, standing_rows_query, standing, 3, &apply->records) ||
	    !job_exec(job,
		"SELECT before_pence, after_pence, changed"
		" FROM job.post_prices($1::uuid, $2::date, $3::uuid)",
		params, 3, &rows))
		return false;
	add_pence(apply, rows);
	*changed += sync_int64(rows, 0, 2);
	sync_rows_free(rows);
	return true;
}

static bool
adjust_sources(struct apply *apply, const struct month *month, const char *posted, int64_t *changed)
{
	const char *params[] = {month->provider, month->first_day};
	struct sync_rows *rows;
	bool sound = true;
	size_t i;

	if (!job_exec(apply->job,
		"SELECT DISTINCT period, submission_id FROM job.standing_rows($1, $2::date)"
		" ORDER BY period, submission_id",
		params, 2, &rows))
		return false;
	for (i = 0; i < sync_rows_count(rows) && sound; i++)
		sound = adjust_source(apply, month, sync_text(rows, i, 1), posted, changed);
	sync_rows_free(rows);
	return sound;
}

static void
tell_adjusted(struct apply *apply, const struct month *month, const char *posted)
{
	char text[64];

	snprintf(
	    text, sizeof(text), "%.7s of %s in %.7s", month->first_day, month->provider, posted);
	job_outcome_text(apply->job, "adjusted", text);
	apply->adjusted++;
}

/*
 * What was frozen stays; the differences are posted in a month that is not. Its partition is made
 * on job->files, so before anything is read there.
 */
static bool
adjust_month(
    struct apply *apply, const struct month *month, const char *posted, month_t posted_month)
{
	int64_t changed = 0;

	if (!activity_store_prepare(apply->job, posted_month) ||
	    !open_book(apply, month->first_day) || !adjust_sources(apply, month, posted, &changed))
		return false;
	if (changed > 0)
		tell_adjusted(apply, month, posted);
	return true;
}

static bool
reprice_month(struct apply *apply, struct month *month)
{
	job_new_id(month->new_id);
	apply->months++;
	return open_book(apply, month->first_day) && price_rows(apply, month) &&
	       store_rows(apply, month) && keep_frozen(apply->job, month) &&
	       store_rollup(apply->job, month) && store_submission(apply, month) &&
	       make_current(apply->job, month);
}

static bool
apply_month(struct apply *apply, const struct sync_rows *held, size_t row)
{
	struct month month = {.provider = sync_text(held, row, 0),
	    .first_day = sync_text(held, row, 1),
	    .kept = sync_text(held, row, 4)};

	snprintf(month.old_id, sizeof(month.old_id), "%s", sync_text(held, row, 2));
	if (sync_is_null(held, row, 3))
		return reprice_month(apply, &month);
	return adjust_month(
	    apply, &month, sync_text(held, row, 3), month_of_date(sync_date(held, row, 3)));
}

static bool
apply_months(struct apply *apply)
{
	char year[12];
	const char *params[] = {year};
	struct sync_rows *held;
	size_t i;
	bool sound = true;

	snprintf(year, sizeof(year), "%d", apply->year);
	if (!job_exec(apply->job,
		"SELECT provider_code, period, submission_id, posting_month, kept"
		" FROM job.lock_stale_months($1::integer)",
		params, 1, &held))
		return false;
	for (i = 0; i < sync_rows_count(held) && sound; i++)
		sound = apply_month(apply, held, i);
	sync_rows_free(held);
	return sound;
}

static void
report(struct apply *apply)
{
	struct job *job = apply->job;

	job_outcome_int(job, "repriced_months", apply->months);
	job_outcome_int(job, "adjusted_months", apply->adjusted);
	job_outcome_int(job, "records", apply->records);
	job_outcome_int(job, "before_pence", apply->before_pence);
	job_outcome_int(job, "after_pence", apply->after_pence);
	job_outcome_int(job, "difference_pence", apply->after_pence - apply->before_pence);
}

bool
tariff_apply(struct job *job)
{
	struct apply apply = {.job = job, .year = (int)job_param_int(job, "year")};
	bool done = new_price_prepare(job) && apply_months(&apply);

	if (done)
		report(&apply);
	pricebook_free(apply.book);
	return done;
}
