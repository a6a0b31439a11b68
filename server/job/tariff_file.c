/* Columns and checks of a price list. The same bytes are stored once, for all PCTs. */
#include "server/job/tariff_file.h"

#include <stdio.h>

#include "common/date.h"
#include "server/domain/pbr.h"
#include "server/job/sheet.h"
#include "server/job/upload.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const currency_types[] = {"HRG", "TFC", "AE", NULL};
static const char *const age_bands[] = {"ALL", "ADULT", "CHILD", NULL};

static const struct sheet_column columns[] = {
    {"currency", SHEET_REQUIRED, SHEET_TEXT, NULL},
    {"currency_type", SHEET_REQUIRED, SHEET_TEXT, currency_types},
    {"name", SHEET_PRESENT, SHEET_WORDING, NULL},
    {"chapter", SHEET_PRESENT, SHEET_WORDING, NULL},
    {"pod", SHEET_REQUIRED, SHEET_TEXT, pbr_pod_words},
    {"age_band", SHEET_REQUIRED, SHEET_TEXT, age_bands},
    {"price", SHEET_PRESENT, SHEET_POUNDS, NULL},
    {"trim_days", SHEET_OPTIONAL, SHEET_COUNT, NULL},
    {"per_diem", SHEET_OPTIONAL, SHEET_POUNDS, NULL},
    {"short_stay_applies", SHEET_OPTIONAL, SHEET_FLAG, NULL},
    {"short_stay_price", SHEET_OPTIONAL, SHEET_POUNDS, NULL},
    {"valid_from", SHEET_OPTIONAL, SHEET_DATE, NULL},
    {"valid_to", SHEET_OPTIONAL, SHEET_DATE, NULL},
};

static const struct sheet_check checks[] = {
    {"length(s.currency) > 10", "BAD_FIELD", "currency", "currency is longer than 10 characters",
	SHEET_MEND},
    {"s.price < 0 OR s.per_diem < 0 OR s.short_stay_price < 0", "BAD_FIELD", "price",
	"an amount is negative", SHEET_MEND},
    {"s.short_stay_applies AND s.short_stay_price IS NULL", "FIELD_MISSING", "short_stay_price",
	"a short-stay price applies and is not given", "fill it in and send the whole file again"},
    {"s.valid_to < s.valid_from", "BAD_FIELD", "valid_to", "valid_to is before valid_from",
	SHEET_MEND},
};

static const struct sheet tariff_sheet = {.table = "tariff_sheet",
    .counted = "rows",
    .columns = columns,
    .column_count = COUNT(columns),
    .key = "currency_type, currency, pod, age_band, valid_from",
    .checks = checks,
    .check_count = COUNT(checks)};

/* The stored tariff of these bytes, made if there is none; *is_new says which. */
static bool
find_or_make_tariff(struct job *job, const struct upload *upload, const char *year,
    char tariff_id[JOB_ID_SIZE], bool *is_new)
{
	const char *params[] = {tariff_id, year, upload->sha256, upload->file_name};
	struct sync_rows *rows;

	job_new_id(tariff_id);
	if (!job_exec(job,
		"INSERT INTO ref.tariff (tariff_id, year, sha256, file_name, imported_at)"
		" VALUES ($1, $2, decode($3, 'hex'), $4, clock_timestamp()) ON CONFLICT DO NOTHING",
		params, 4, &rows))
		return false;
	*is_new = sync_rows_affected(rows) == 1;
	sync_rows_free(rows);
	if (*is_new)
		return true;
	if (!job_exec(job,
		"SELECT tariff_id FROM ref.tariff WHERE year = $1 AND sha256 = decode($2, 'hex')",
		params + 1, 2, &rows))
		return false;
	snprintf(tariff_id, JOB_ID_SIZE, "%s", sync_text(rows, 0, 0));
	sync_rows_free(rows);
	return true;
}

static bool
store_rows(struct job *job, const char *tariff_id, int year)
{
	char first[11], last[11];
	const char *params[] = {tariff_id, first, last};

	date_format(financial_year_first_day(year), first);
	date_format(financial_year_last_day(year), last);
	return job_exec(job,
	    "INSERT INTO ref.tariff_row (tariff_id, line, currency, currency_type, name, chapter,"
	    " pod, age_band, price_pence, trim_days, per_diem_pence, short_stay_applies,"
	    " short_stay_price_pence, valid_from, valid_to) SELECT $1::uuid, line, currency,"
	    " currency_type, coalesce(name, ''), coalesce(chapter, ''), pod, age_band, price,"
	    " trim_days, per_diem, coalesce(short_stay_applies, false), short_stay_price,"
	    " coalesce(valid_from, $2::date), coalesce(valid_to, $3::date) FROM"
	    " pg_temp.tariff_sheet",
	    params, 3, NULL);
}

/*
 * Two rows for one thing must not both be valid on a day, or its price would be a matter of chance.
 * In the order of their first days any overlap is one of neighbours; a join of the rows with each
 * other took most of a minute, since no statistics know a tariff that has just been stored.
 */
static bool
check_overlaps(struct job *job, const char *tariff_id)
{
	struct sync_rows *rows;
	bool sound;

	if (!job_exec(job,
		"SELECT min(greatest(o.line, o.neighbour)) FROM"
		" (SELECT r.line, r.valid_from, lag(r.line) OVER w AS neighbour,"
		"   lag(r.valid_to) OVER w AS neighbour_to"
		"  FROM ref.tariff_row r WHERE r.tariff_id = $1::uuid"
		"  WINDOW w AS (PARTITION BY r.currency_type, r.currency, r.pod, r.age_band"
		"   ORDER BY r.valid_from, r.line)) o"
		" WHERE o.valid_from <= o.neighbour_to",
		&tariff_id, 1, &rows))
		return false;
	sound = sync_is_null(rows, 0, 0) ||
		status_set(&job->status, STATUS_INVALID_ARGUMENT, "PRICE_OVERLAPS", "valid_from",
		    "let the first end before the second begins",
		    "line %s: an earlier line has a price for the same thing on the same day",
		    sync_text(rows, 0, 0));
	sync_rows_free(rows);
	return sound;
}

bool
tariff_file_store(struct job *job, int year, char tariff_id[JOB_ID_SIZE])
{
	char year_text[12];
	struct upload upload;
	bool is_new;

	snprintf(year_text, sizeof(year_text), "%d", year);
	return sheet_stage(job, &tariff_sheet, "upload_id") &&
	       upload_find(job, job_param_text(job, "upload_id"), "upload_id", &upload) &&
	       find_or_make_tariff(job, &upload, year_text, tariff_id, &is_new) &&
	       (!is_new || (store_rows(job, tariff_id, year) && check_overlaps(job, tariff_id)));
}
