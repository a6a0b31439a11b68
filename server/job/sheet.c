/* Staging of small CSV files. */
#include "server/job/sheet.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/codes.h"
#include "common/csv.h"
#include "common/date.h"
#include "common/money.h"
#include "common/utf8.h"
#include "server/domain/pbr.h"
#include "server/job/upload.h"

/* One file on its way into its table. */
struct staging {
	struct job *job;
	const struct sheet *sheet;
	struct csv_reader *reader;
	struct sync_copy *copy;
	int64_t rows;
};

/* False when the text is not one; otherwise has written the field. */
typedef bool put_fn(struct sync_copy *copy, const char *text);

static bool
put_text(struct sync_copy *copy, const char *text)
{
	if (utf8_length(text) > SHEET_TEXT_LIMIT)
		return false;
	sync_copy_text(copy, text);
	return true;
}

static bool
put_practice(struct sync_copy *copy, const char *text)
{
	if (!ods_practice_valid(text))
		return false;
	sync_copy_text(copy, text);
	return true;
}

static bool
put_organisation(struct sync_copy *copy, const char *text)
{
	if (!ods_organisation_valid(text))
		return false;
	sync_copy_text(copy, text);
	return true;
}

static bool
put_date(struct sync_copy *copy, const char *text)
{
	date_t date;

	if (!date_parse(text, &date))
		return false;
	sync_copy_date(copy, date);
	return true;
}

static bool
put_month(struct sync_copy *copy, const char *text)
{
	month_t month;

	if (!month_parse(text, &month))
		return false;
	sync_copy_date(copy, month_first_day(month));
	return true;
}

static bool
put_year(struct sync_copy *copy, const char *text)
{
	int year;

	if (!financial_year_parse(text, &year))
		return false;
	sync_copy_int32(copy, year);
	return true;
}

static bool
put_count(struct sync_copy *copy, const char *text)
{
	char *end;
	long value;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 9)
		return false;
	value = strtol(text, &end, 10);
	if (*end != '\0')
		return false;
	sync_copy_int32(copy, (int32_t)value);
	return true;
}

static bool
put_pounds(struct sync_copy *copy, const char *text)
{
	int64_t pence;

	/* So that sums of a file stay within 64 bits. */
	if (!money_parse(text, &pence) || pence > PBR_AMOUNT_MAX_PENCE ||
	    pence < -PBR_AMOUNT_MAX_PENCE)
		return false;
	sync_copy_int64(copy, pence);
	return true;
}

static bool
put_factor(struct sync_copy *copy, const char *text)
{
	int64_t ppm;

	if (!ppm_parse(text, &ppm) || ppm > INT32_MAX)
		return false;
	sync_copy_int32(copy, (int32_t)ppm);
	return true;
}

static bool
put_thousandths(struct sync_copy *copy, const char *text)
{
	int64_t ppm;

	if (!ppm_parse(text, &ppm) || ppm % 1000 != 0)
		return false;
	sync_copy_int64(copy, ppm / 1000);
	return true;
}

static bool
put_flag(struct sync_copy *copy, const char *text)
{
	if (strcmp(text, "Y") != 0 && strcmp(text, "N") != 0)
		return false;
	sync_copy_bool(copy, text[0] == 'Y');
	return true;
}

static const struct {
	const char *sql_type;
	put_fn *put;
	const char *expected;
} types[] = {
    [SHEET_TEXT] = {"text", put_text, "text of at most 200 characters"},
    [SHEET_WORDING] = {"text", put_text, "text of at most 200 characters"},
    [SHEET_PRACTICE] = {"text", put_practice, "a practice code: a letter and five digits"},
    [SHEET_ORGANISATION] = {"text", put_organisation, "an organisation code of 3 to 5 characters"},
    [SHEET_DATE] = {"date", put_date, "a date such as 2017-07-31"},
    [SHEET_MONTH] = {"date", put_month, "a month such as 2017-07"},
    [SHEET_YEAR] = {"integer", put_year, "a financial year such as 2017/18"},
    [SHEET_COUNT] = {"integer", put_count, "a whole number"},
    [SHEET_POUNDS] = {"bigint", put_pounds,
	"an amount in pounds such as 1234.50, 1,000 million at most"},
    [SHEET_FACTOR] = {"integer", put_factor, "a factor such as 1.0648"},
    [SHEET_THOUSANDTHS] = {"bigint", put_thousandths, "a number with at most three decimals"},
    [SHEET_FLAG] = {"boolean", put_flag, "Y or N"},
};

/* What a message about a line begins with, as two texts: which of several files. */
#define WHICH_FILE(sheet) \
	(sheet)->file != NULL ? (sheet)->file : "", (sheet)->file != NULL ? ", " : ""

static const char *
file_name(const struct sheet *sheet, const struct upload *upload)
{
	return sheet->file != NULL ? sheet->file : upload->file_name;
}

static bool
refuse_field(struct staging *staging, const struct csv_row *row, const struct sheet_column *column)
{
	return status_set(&staging->job->status, STATUS_INVALID_ARGUMENT, "BAD_FIELD", column->name,
	    SHEET_MEND, "%s%sline %lld: %s is not %s", WHICH_FILE(staging->sheet),
	    (long long)row->line, column->name, types[column->type].expected);
}

static bool
refuse_word(struct staging *staging, const struct csv_row *row, const struct sheet_column *column)
{
	struct buf list = {0};

	for (size_t i = 0; column->words[i] != NULL; i++)
		buf_printf(&list, "%s%s", i > 0 ? ", " : "", column->words[i]);
	buf_append(&list, "", 1);
	status_set(&staging->job->status, STATUS_INVALID_ARGUMENT, "UNKNOWN_CODE", column->name,
	    SHEET_MEND, "%s%sline %lld: %s is none of %s", WHICH_FILE(staging->sheet),
	    (long long)row->line, column->name, (const char *)list.data);
	buf_free(&list);
	return false;
}

static bool
has_word(const char *const *words, const char *text)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static bool
put_field(struct staging *staging, const struct csv_row *row, size_t index)
{
	const struct sheet_column *column = &staging->sheet->columns[index];
	const char *text = row->fields[index];

	if (text[0] == '\0' && column->need == SHEET_REQUIRED)
		return status_set(&staging->job->status, STATUS_INVALID_ARGUMENT, "FIELD_MISSING",
		    column->name, "fill it in and send the whole file again",
		    "%s%sline %lld: %s is empty", WHICH_FILE(staging->sheet), (long long)row->line,
		    column->name);
	if (text[0] == '\0') {
		sync_copy_null(staging->copy);
		return true;
	}
	if (column->words != NULL && !has_word(column->words, text))
		return refuse_word(staging, row, column);
	return types[column->type].put(staging->copy, text) || refuse_field(staging, row, column);
}

static bool
stage_row(void *arg, const struct csv_row *row)
{
	struct staging *staging = arg;
	size_t i;

	/* A broken copy tells its reason when it is finished. */
	if (!sync_copy_row(staging->copy))
		return true;
	sync_copy_int64(staging->copy, row->line);
	for (i = 0; i < staging->sheet->column_count; i++)
		if (!put_field(staging, row, i))
			return false;
	staging->rows++;
	return true;
}

static void
tell_unknown_column(void *arg, const char *column)
{
	struct staging *staging = arg;

	job_outcome_text(staging->job, "unknown_column", column);
}

static bool
feed_reader(void *arg, const void *data, size_t length)
{
	struct staging *staging = arg;

	return csv_reader_feed(staging->reader, data, length, &staging->job->status);
}

static bool
create_table(struct job *job, const struct sheet *sheet)
{
	struct buf text = {0};
	bool done;
	size_t i;

	buf_printf(&text, "CREATE TEMP TABLE %s (line bigint", sheet->table);
	for (i = 0; i < sheet->column_count; i++)
		buf_printf(&text, ", %s %s%s", sheet->columns[i].name,
		    types[sheet->columns[i].type].sql_type,
		    strcmp(types[sheet->columns[i].type].sql_type, "text") == 0 ? " COLLATE \"C\""
										: "");
	buf_append_text(&text, ") ON COMMIT DROP");
	buf_append(&text, "", 1);
	done = job_exec(job, (const char *)text.data, NULL, 0, NULL);
	buf_free(&text);
	return done;
}

static bool
copy_rows(struct staging *staging, const struct upload *upload)
{
	struct csv_column columns[SHEET_COLUMNS_MAX];
	const struct sheet *sheet = staging->sheet;
	struct job *job = staging->job;
	char statement[128];
	bool read;
	size_t i;

	assert(sheet->column_count <= SHEET_COLUMNS_MAX);
	for (i = 0; i < sheet->column_count; i++)
		columns[i] = (struct csv_column){sheet->columns[i].name,
		    sheet->columns[i].need == SHEET_OPTIONAL ? CSV_OPTIONAL : CSV_MANDATORY};
	snprintf(statement, sizeof(statement), "COPY pg_temp.%s FROM STDIN (FORMAT binary)",
	    sheet->table);
	staging->copy = sync_copy_start(
	    job->db, statement, SYNC_COPY_BINARY, (int)sheet->column_count + 1, &job->status);
	if (staging->copy == NULL)
		return false;
	staging->reader =
	    csv_reader_new(columns, sheet->column_count, stage_row, tell_unknown_column, staging);
	csv_reader_name(staging->reader, file_name(sheet, upload));
	read = upload_read(job, upload, feed_reader, staging) &&
	       csv_reader_finish(staging->reader, &job->status);
	csv_reader_free(staging->reader);
	if (read)
		return sync_copy_finish(staging->copy, NULL, &job->status);
	sync_copy_abandon(staging->copy);
	return false;
}

/* fault is a condition; refuses the first line that has it. */
static bool
check_rows(struct job *job, const struct sheet *sheet, const struct sheet_check *check)
{
	struct buf text = {0};
	struct sync_rows *rows;
	bool sound;

	buf_printf(
	    &text, "SELECT min(s.line) FROM pg_temp.%s s WHERE %s", sheet->table, check->fault);
	buf_append(&text, "", 1);
	sound = job_exec(job, (const char *)text.data, NULL, 0, &rows);
	buf_free(&text);
	if (!sound)
		return false;
	if (!sync_is_null(rows, 0, 0))
		sound = status_set(&job->status, STATUS_INVALID_ARGUMENT, check->reason,
		    check->field, check->hint, "%s%sline %s: %s", WHICH_FILE(sheet),
		    sync_text(rows, 0, 0), check->message);
	sync_rows_free(rows);
	return sound;
}

static bool
check_key(struct job *job, const struct sheet *sheet)
{
	struct sheet_check check = {.reason = "DUPLICATE_ROW",
	    .message = "an earlier line is for the same thing",
	    .hint = "keep one of the two lines"};
	struct buf fault = {0};
	bool sound;

	buf_printf(&fault,
	    "s.line IN (SELECT d.line FROM (SELECT line, row_number() OVER (PARTITION BY %s ORDER"
	    " BY line) AS n FROM pg_temp.%s) d WHERE d.n > 1)",
	    sheet->key, sheet->table);
	buf_append(&fault, "", 1);
	check.fault = (const char *)fault.data;
	sound = check_rows(job, sheet, &check);
	buf_free(&fault);
	return sound;
}

static bool
check_wording(struct job *job, const struct sheet *sheet, const char *column)
{
	char fault[256], message[80];
	const struct sheet_check check = {.fault = fault,
	    .reason = "IDENTIFIER_IN_TEXT",
	    .field = column,
	    .message = message,
	    .hint = "write about patients without identifiers"};

	/* Each text once: most stand in many rows. */
	snprintf(fault, sizeof(fault),
	    "s.%s IN (WITH d AS MATERIALIZED (SELECT DISTINCT %s AS value FROM pg_temp.%s)"
	    " SELECT d.value FROM d WHERE ledger.holds_nhs_number(d.value))",
	    column, column, sheet->table);
	snprintf(message, sizeof(message), "%s holds what looks like an NHS number", column);
	return check_rows(job, sheet, &check);
}

bool
sheet_stage(struct job *job, const struct sheet *sheet, const char *upload_param)
{
	struct staging staging = {.job = job, .sheet = sheet};
	struct upload upload;
	size_t i;

	if (!upload_find(job, job_param_text(job, upload_param), upload_param, &upload) ||
	    !create_table(job, sheet) || !copy_rows(&staging, &upload))
		return false;
	if (staging.rows == 0)
		return status_set(&job->status, STATUS_INVALID_ARGUMENT, "NO_ROWS", upload_param,
		    "is it the right file?", "%s has a header and no rows",
		    file_name(sheet, &upload));
	job_outcome_int(job, sheet->counted, staging.rows);
	if (sheet->key != NULL && !check_key(job, sheet))
		return false;
	for (i = 0; i < sheet->column_count; i++)
		if (sheet->columns[i].type == SHEET_WORDING &&
		    !check_wording(job, sheet, sheet->columns[i].name))
			return false;
	for (i = 0; i < sheet->check_count; i++)
		if (!check_rows(job, sheet, &sheet->checks[i]))
			return false;
	return true;
}
