/* submit_invoice: a provider's bill is taken in when its lines add up to its total. */
#include "server/job/kinds.h"

#include <stdio.h>

#include "common/money.h"
#include "server/job/sheet.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct sheet_column columns[] = {
    {"line_number", SHEET_REQUIRED, SHEET_COUNT, NULL},
    {"record_id", SHEET_OPTIONAL, SHEET_TEXT, NULL}, /* on-account invoices bill no records */
    {"practice_code", SHEET_OPTIONAL, SHEET_PRACTICE, NULL},
    {"pod", SHEET_OPTIONAL, SHEET_WORDING, NULL},
    {"currency", SHEET_OPTIONAL, SHEET_WORDING, NULL},
    {"activity", SHEET_REQUIRED, SHEET_COUNT, NULL},
    {"price", SHEET_REQUIRED, SHEET_POUNDS, NULL},
};

static const struct sheet_check checks[] = {
    {"length(s.record_id) > 35", "BAD_FIELD", "record_id", "record_id is longer than 35 characters",
	SHEET_MEND},
};

static const struct sheet invoice_sheet = {.table = "invoice_sheet",
    .counted = "rows",
    .columns = columns,
    .column_count = COUNT(columns),
    .key = "line_number",
    .checks = checks,
    .check_count = COUNT(checks)};

/* Both sums are named: the one that the provider stated and the one of its lines. */
static bool
check_total(struct job *job)
{
	int64_t stated_pence = job_param_int(job, "total_pence");
	char stated[48], sum[48];
	struct sync_rows *rows;
	int64_t sum_pence;

	if (!job_exec(job, "SELECT sum(price)::bigint FROM pg_temp.invoice_sheet", NULL, 0, &rows))
		return false;
	sum_pence = sync_int64(rows, 0, 0);
	sync_rows_free(rows);
	if (sum_pence == stated_pence)
		return true;
	money_format_grouped(stated_pence, stated);
	money_format_grouped(sum_pence, sum);
	return status_set(&job->status, STATUS_FAILED_PRECONDITION, "INVOICE_TOTAL_DIFFERS",
	    "total_pence", "ask the provider which of the two is right",
	    "the lines add up to %s, the invoice says %s", sum, stated);
}

/* A number is used once, whoever else sends it at this moment. */
static bool
store_head(struct job *job)
{
	char total[24];
	const char *params[] = {job->result_id, job_param_text(job, "provider_code"),
	    job_param_text(job, "invoice_number"), job_param_text(job, "period"),
	    job_param_text(job, "kind"), total, job_param_text(job, "upload_id")};
	struct sync_rows *rows;
	bool is_new;

	snprintf(total, sizeof(total), "%lld", (long long)job_param_int(job, "total_pence"));
	if (!job_exec(job,
		"INSERT INTO ledger.invoice (commissioner_code, invoice_id, provider_code,"
		" invoice_number, period, kind, total_pence, line_count, state, upload_id,"
		" organisation_code, user_id, recorded_at) SELECT"
		" current_setting('pbc.commissioner'), $1::uuid, $2, $3, ($4 || '-01')::date,"
		" $5, $6::bigint, count(*), 'received', $7::uuid,"
		" current_setting('pbc.organisation'), current_setting('pbc.user'),"
		" clock_timestamp() FROM pg_temp.invoice_sheet"
		" ON CONFLICT (commissioner_code, provider_code, invoice_number) DO NOTHING",
		params, 7, &rows))
		return false;
	is_new = sync_rows_affected(rows) == 1;
	sync_rows_free(rows);
	return is_new || status_set(&job->status, STATUS_ALREADY_EXISTS, "INVOICE_NUMBER_USED",
			     "invoice_number", "a number is used once per provider",
			     "provider %s has sent invoice %s before", params[1], params[2]);
}

static bool
store_lines(struct job *job)
{
	const char *params[] = {job->result_id};

	return job_exec(job,
	    "INSERT INTO ledger.invoice_line (commissioner_code, invoice_id, line_number,"
	    " record_id, practice_code, pod, currency, activity, price_pence)"
	    " SELECT current_setting('pbc.commissioner'), $1::uuid, line_number,"
	    " coalesce(record_id, ''), coalesce(practice_code, ''), coalesce(pod, ''),"
	    " coalesce(currency, ''), activity, price FROM pg_temp.invoice_sheet",
	    params, 1, NULL);
}

bool
submit_invoice(struct job *job)
{
	job_new_id(job->result_id);
	if (!sheet_stage(job, &invoice_sheet, "upload_id") || !check_total(job) ||
	    !store_head(job) || !store_lines(job))
		return false;
	job_outcome_int(job, "total_pence", job_param_int(job, "total_pence"));
	return true;
}
