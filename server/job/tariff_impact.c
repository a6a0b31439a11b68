/*
 * tariff_impact: what the records that count now would cost on another tariff, summed by provider,
 * point of delivery and practice. It reads the ledger and writes only its own result.
 */
#include "server/job/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/date.h"
#include "common/memory.h"
#include "server/job/code_key.h"
#include "server/job/pricebook.h"
#include "server/job/stored_record.h"
#include "server/job/tariff_file.h"

/* Compared whole: NUL-padded. */
struct line_key {
	char provider_code[CODE_KEY_SIZE];
	char pod[CODE_KEY_SIZE];
	char practice_code[CODE_KEY_SIZE];
};

struct sums {
	int64_t records, now_pence, then_pence, gained, lost;
};

struct line {
	struct line_key key;
	struct sums sums;
	UT_hash_handle hh;
};

struct impact {
	struct job *job;
	int year; /* of the tariff */
	char tariff_id[JOB_ID_SIZE];
	month_t first, last;
	char first_text[11], last_text[11]; /* their first days */
	month_t month;                      /* being read */
	struct pricebook *book;             /* of that month */
	int64_t read, total;
	bool stopped;
	struct sums sums;
	struct line *lines;
};

/* Columns of the query below. */
enum {
	COLUMN_PROVIDER,
	COLUMN_POD,
	COLUMN_PRACTICE,
	COLUMN_DAY,
	COLUMN_PENCE, /* NULL without a price */
	COLUMN_QUANTITY,
	COLUMN_RECORD,
};

static const char query[] = STORED_RECORD_QUERY(
    "a.provider_code, a.pod, a.practice_code, a.activity_date, a.total_pence, a.quantity,"
    " " STORED_RECORD_COLUMNS);

static bool
read_params(struct impact *impact)
{
	struct job *job = impact->job;
	bool sound = month_parse(job_param_text(job, "first_period"), &impact->first) &&
		     month_parse(job_param_text(job, "last_period"), &impact->last);

	impact->year = (int)job_param_int(job, "year");
	if (!sound)
		return status_set(&job->status, STATUS_INVALID_ARGUMENT, "BAD_PERIOD",
		    "first_period", "write months as 2017-07", "the period is not one of months");
	date_format(month_first_day(impact->first), impact->first_text);
	date_format(month_first_day(impact->last), impact->last_text);
	snprintf(
	    impact->tariff_id, sizeof(impact->tariff_id), "%s", job_param_text(job, "tariff_id"));
	return impact->tariff_id[0] != '\0' ||
	       tariff_file_store(job, impact->year, impact->tariff_id);
}

static bool
count_records(struct impact *impact)
{
	const char *params[] = {impact->first_text, impact->last_text};
	struct sync_rows *rows;

	if (!job_exec(impact->job,
		"SELECT coalesce(sum(s.accepted_count - s.not_ours_count), 0)::bigint"
		" FROM ledger.provider_month m"
		" JOIN ledger.submission s USING (commissioner_code, submission_id)"
		" WHERE m.period BETWEEN $1::date AND $2::date",
		params, 2, &rows))
		return false;
	impact->total = sync_int64(rows, 0, 0);
	sync_rows_free(rows);
	return impact->total > 0 ||
	       status_set(&impact->job->status, STATUS_FAILED_PRECONDITION, "NO_ACTIVITY",
		   "first_period", "import it with: pbc activity import",
		   "there is no activity from %.7s to %.7s", impact->first_text, impact->last_text);
}

static void
add_sums(struct sums *sums, int64_t quantity, bool priced_now, int64_t now_pence,
    const struct pbr_price *then)
{
	bool priced_then = then->state == PBR_PRICED;

	sums->records += quantity;
	sums->now_pence += quantity * now_pence;
	if (priced_then)
		sums->then_pence += quantity * then->total_pence;
	if (!priced_now && priced_then)
		sums->gained += quantity;
	if (priced_now && !priced_then)
		sums->lost += quantity;
}

static struct line *
find_line(struct impact *impact, const struct sync_rows *rows)
{
	struct line_key key;
	struct line *line;

	memset(&key, 0, sizeof(key));
	code_key_set(key.provider_code, sync_text(rows, 0, COLUMN_PROVIDER));
	code_key_set(key.pod, sync_text(rows, 0, COLUMN_POD));
	code_key_set(key.practice_code, sync_text(rows, 0, COLUMN_PRACTICE));
	HASH_FIND(hh, impact->lines, &key, sizeof(key), line);
	if (line == NULL) {
		line = memory_calloc(1, sizeof(*line));
		line->key = key;
		HASH_ADD(hh, impact->lines, key, sizeof(line->key), line);
	}
	return line;
}

/* The month of the tariff's year that a month's records are priced as. */
static month_t
month_of_tariff(const struct impact *impact, month_t month)
{
	return financial_year_month(impact->year, financial_month_of_month(month));
}

static bool
add_record(void *arg, const struct sync_rows *rows)
{
	struct impact *impact = arg;
	month_t tariff_month = month_of_tariff(impact, impact->month);
	bool priced = !sync_is_null(rows, 0, COLUMN_PENCE);
	int64_t pence = priced ? sync_int64(rows, 0, COLUMN_PENCE) : 0;
	int64_t quantity = sync_int64(rows, 0, COLUMN_QUANTITY);
	date_t day = month_first_day(tariff_month);
	struct pbr_record record;
	struct quote quote;

	if (impact->read++ % JOB_TICK_RECORDS == 0 &&
	    !job_tick(impact->job, impact->read, impact->total)) {
		impact->stopped = true;
		return false;
	}
	/* Of another year a record has no day, only its month. */
	if (tariff_month == impact->month)
		day = sync_date(rows, 0, COLUMN_DAY);
	stored_record_read(rows, COLUMN_RECORD, &record);
	pricebook_quote(impact->book, &record, sync_text(rows, 0, COLUMN_PROVIDER), day, &quote);
	add_sums(&find_line(impact, rows)->sums, quantity, priced, pence, &quote.price);
	add_sums(&impact->sums, quantity, priced, pence, &quote.price);
	return true;
}

static bool
add_month(struct impact *impact)
{
	struct job *job = impact->job;
	char from[11], until[11];
	const char *params[] = {from, until};
	bool read;

	date_format(month_first_day(impact->month), from);
	date_format(month_first_day(impact->month + 1), until);
	impact->book = pricebook_load_tariff(job, impact->year,
	    month_first_day(month_of_tariff(impact, impact->month)), impact->tariff_id);
	if (impact->book == NULL)
		return false;
	read = sync_stream(job->db, query, params, 2, add_record, impact, &job->status) &&
	       !impact->stopped;
	pricebook_free(impact->book);
	return read;
}

static bool
add_months(struct impact *impact)
{
	for (impact->month = impact->first; impact->month <= impact->last; impact->month++)
		if (!add_month(impact))
			return false;
	return true;
}

static bool
copy_lines(struct impact *impact)
{
	struct job *job = impact->job;
	struct sync_copy *copy = sync_copy_start(
	    job->db, "COPY pg_temp.new_impact FROM STDIN", SYNC_COPY_TEXT, 8, &job->status);
	const struct line *line;

	if (copy == NULL)
		return false;
	for (line = impact->lines; line != NULL; line = line->hh.next) {
		/* All of them taken back. */
		if (line->sums.records == 0)
			continue;
		if (!sync_copy_row(copy))
			break;
		sync_copy_text(copy, line->key.provider_code);
		sync_copy_text(copy, line->key.pod);
		sync_copy_text(copy, line->key.practice_code);
		sync_copy_int64(copy, line->sums.records);
		sync_copy_int64(copy, line->sums.now_pence);
		sync_copy_int64(copy, line->sums.then_pence);
		sync_copy_int64(copy, line->sums.gained);
		sync_copy_int64(copy, line->sums.lost);
	}
	return sync_copy_finish(copy, NULL, &job->status);
}

/* By way of a temporary table: PostgreSQL refuses COPY into a table with row-level security. */
static bool
store(struct impact *impact)
{
	struct job *job = impact->job;
	const char *params[] = {
	    job->result_id, impact->tariff_id, impact->first_text, impact->last_text};

	return job_exec(job,
		   "CREATE TEMP TABLE new_impact (provider_code text, pod text,"
		   " practice_code text, records bigint, now_pence bigint, then_pence bigint,"
		   " gained bigint, lost bigint) ON COMMIT DROP",
		   NULL, 0, NULL) &&
	       copy_lines(impact) &&
	       job_exec(job,
		   "INSERT INTO ledger.tariff_impact (commissioner_code, impact_id, tariff_id,"
		   " first_month, last_month, organisation_code, user_id, recorded_at)"
		   " VALUES (current_setting('pbc.commissioner'), $1, $2, $3, $4,"
		   " current_setting('pbc.organisation'), current_setting('pbc.user'),"
		   " clock_timestamp())",
		   params, 4, NULL) &&
	       job_exec(job,
		   "INSERT INTO ledger.tariff_impact_line (commissioner_code, impact_id,"
		   " provider_code, pod, practice_code, records, now_pence, then_pence, gained,"
		   " lost) SELECT current_setting('pbc.commissioner'), $1::uuid, *"
		   " FROM pg_temp.new_impact",
		   params, 1, NULL);
}

/* Which records gain or lose a price the impact tells, without what is not shown of so few. */
static void
report(const struct impact *impact)
{
	const struct sums *sums = &impact->sums;
	struct job *job = impact->job;

	job_outcome_text(job, "tariff_id", impact->tariff_id);
	job_outcome_int(job, "records", sums->records);
	job_outcome_int(job, "now_pence", sums->now_pence);
	job_outcome_int(job, "then_pence", sums->then_pence);
	job_outcome_int(job, "difference_pence", sums->then_pence - sums->now_pence);
}

static void
free_lines(struct impact *impact)
{
	struct line *line, *next;

	HASH_ITER(hh, impact->lines, line, next)
	{
		HASH_DEL(impact->lines, line);
		free(line);
	}
}

bool
tariff_impact(struct job *job)
{
	struct impact impact = {.job = job};
	bool done;

	job_new_id(job->result_id);
	done =
	    read_params(&impact) && count_records(&impact) && add_months(&impact) && store(&impact);
	if (done)
		report(&impact);
	free_lines(&impact);
	return done;
}
