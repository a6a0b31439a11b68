/*
 * submit_contract: contract.json, plan.csv and prices.csv become one submitted contract, all or
 * nothing.
 */
#include "server/job/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/codes.h"
#include "common/date.h"
#include "server/domain/pbr.h"
#include "server/job/contract_terms.h"
#include "server/job/sheet.h"
#include "server/job/upload.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CONTRACT_BYTES_MAX (1 << 20)
/* A line of an attendance names a treatment function, any other a group. */
#define IS_ATTENDANCE "(s.pod IN ('OPFA', 'OPFUP'))"

static const struct sheet_column plan_columns[] = {
    {"month", SHEET_REQUIRED, SHEET_MONTH, NULL},
    {"pod", SHEET_REQUIRED, SHEET_TEXT, pbr_pod_words},
    {"currency", SHEET_REQUIRED, SHEET_TEXT, NULL},
    {"practice_code", SHEET_OPTIONAL, SHEET_PRACTICE, NULL},
    {"activity", SHEET_REQUIRED, SHEET_COUNT, NULL},
    {"cost", SHEET_REQUIRED, SHEET_POUNDS, NULL},
};

/* What is in the year's tariff, is outside it, or has a price of its own. */
static const struct sheet_check plan_checks[] = {
    {"EXISTS (SELECT FROM pg_temp.contract_year y"
     " WHERE s.month NOT BETWEEN y.first_day AND y.last_day)",
	"MONTH_OUTSIDE_YEAR", "month", "the month is not in the contract's year",
	"plan the months of the contract's year only"},
    {"s.practice_code NOT IN ('V81997', 'V81998', 'V81999') AND NOT EXISTS ("
     "SELECT FROM ledger.practice p WHERE p.practice_code = s.practice_code)",
	"UNKNOWN_PRACTICE", "practice_code", "the practice is not known",
	"import it with: pbc practice import"},
    {"NOT EXISTS (SELECT FROM pg_temp.contract_year y JOIN ref.tariff_row r"
     " ON r.tariff_id = y.tariff_id WHERE r.currency = s.currency"
     " AND (r.currency_type = 'TFC') = " IS_ATTENDANCE ")"
     " AND NOT EXISTS (SELECT FROM pg_temp.contract_year y JOIN ref.tariff_exclusion e"
     " ON e.valid_from <= y.last_day AND coalesce(e.valid_to, 'infinity') >= y.first_day"
     " WHERE starts_with(s.currency, e.code_prefix)"
     " AND (e.currency_type = 'TFC') = " IS_ATTENDANCE ")"
     " AND NOT EXISTS (SELECT FROM pg_temp.price_sheet p"
     " WHERE p.pod = s.pod AND p.currency = s.currency)",
	"UNKNOWN_CODE", "currency",
	"currency is neither in the year's tariff nor excluded from it, and has no price in"
	" prices.csv",
	"mend the code, or agree a price for it in prices.csv"},
};
static const struct sheet plan_sheet = {.file = "plan.csv",
    .table = "plan_sheet",
    .counted = "plan_lines",
    .columns = plan_columns,
    .column_count = COUNT(plan_columns),
    .key = "month, pod, currency, practice_code",
    .checks = plan_checks,
    .check_count = COUNT(plan_checks)};

static const struct sheet_column price_columns[] = {
    {"pod", SHEET_REQUIRED, SHEET_TEXT, pbr_pod_words},
    {"currency", SHEET_REQUIRED, SHEET_TEXT, NULL},
    {"name", SHEET_OPTIONAL, SHEET_TEXT, NULL}, /* for readers of the file; not kept */
    {"price", SHEET_REQUIRED, SHEET_POUNDS, NULL},
};
static const struct sheet_check price_checks[] = {
    {"s.currency !~ CASE WHEN " IS_ATTENDANCE " THEN '^[0-9]{3}$'"
     " ELSE '^([A-Z]{2}[0-9]{2}[A-Z]|[A-Z][0-9]{2})$' END",
	"UNKNOWN_CODE", "currency", "currency is no HRG, or of an attendance no treatment function",
	SHEET_MEND},
    {"s.price < 0", "BAD_FIELD", "price", "price is negative", SHEET_MEND},
};
static const struct sheet price_sheet = {.file = "prices.csv",
    .table = "price_sheet",
    .counted = "local_prices",
    .columns = price_columns,
    .column_count = COUNT(price_columns),
    .key = "pod, currency",
    .checks = price_checks,
    .check_count = COUNT(price_checks)};

/* contract.json as read: parties, year, and every other member as a term. */
struct contract {
	char id[JOB_ID_SIZE];
	char provider_code[8];
	int year;
	int64_t local_prices;
	json_t *terms; /* owned */
};

static bool
refuse_document(struct job *job, const char *field, const char *message)
{
	return status_set(&job->status, STATUS_INVALID_ARGUMENT, "BAD_CONTRACT", field,
	    CONTRACT_TERMS_MEND, "contract.json: %s", message);
}

static bool
read_parties(struct job *job, const json_t *document, struct contract *contract)
{
	const char *provider = json_string_value(json_object_get(document, "provider_code"));
	const char *year = json_string_value(json_object_get(document, "financial_year"));
	const char *lead = json_string_value(json_object_get(document, "lead_commissioner_code"));

	if (provider == NULL || !ods_organisation_valid(provider))
		return refuse_document(
		    job, "provider_code", "provider_code is not a provider's code");
	if (year == NULL || !financial_year_parse(year, &contract->year))
		return refuse_document(
		    job, "financial_year", "financial_year is not a year such as 2017/18");
	if (lead == NULL || !ods_organisation_valid(lead))
		return refuse_document(
		    job, "lead_commissioner_code", "lead_commissioner_code is not a PCT's code");
	snprintf(contract->provider_code, sizeof(contract->provider_code), "%s", provider);
	return true;
}

static bool
read_document(struct job *job, struct contract *contract)
{
	struct buf content = {.limit = CONTRACT_BYTES_MAX};
	struct upload upload;
	json_error_t error;
	json_t *document = NULL;
	bool sound;

	if (!upload_find(
		job, job_param_text(job, "contract_upload_id"), "contract_upload_id", &upload))
		return false;
	sound = upload_load(job, &upload, &content);
	if (sound) {
		document = json_loadb(
		    (const char *)content.data, content.length, JSON_REJECT_DUPLICATES, &error);
		if (!json_is_object(document))
			sound = status_set(&job->status, STATUS_INVALID_ARGUMENT, "BAD_CONTRACT",
			    "contract_upload_id", CONTRACT_TERMS_MEND,
			    "contract.json is not a JSON object: line %d: %s", error.line,
			    error.text);
	}
	buf_free(&content);
	sound = sound && read_parties(job, document, contract) &&
		contract_terms_read(document, contract->terms, &job->status);
	json_decref(document);
	return sound;
}

/* One row beside the sheets, for their checks: the contract's days and the tariff in force. */
static bool
stage_year(struct job *job, const struct contract *contract)
{
	char year[12];
	const char *params[] = {year};
	struct sync_rows *rows;
	bool sound;

	snprintf(year, sizeof(year), "%d", contract->year);
	if (!job_exec(job,
		"CREATE TEMP TABLE contract_year ON COMMIT DROP AS"
		" SELECT make_date($1::integer, 4, 1) AS first_day,"
		" make_date($1::integer + 1, 3, 31) AS last_day, (SELECT f.tariff_id"
		" FROM ledger.tariff_in_force f WHERE f.year = $1::integer"
		" ORDER BY f.version DESC LIMIT 1) AS tariff_id",
		params, 1, NULL) ||
	    !job_exec(job, "SELECT tariff_id FROM pg_temp.contract_year", NULL, 0, &rows))
		return false;
	sound = !sync_is_null(rows, 0, 0) ||
		status_set(&job->status, STATUS_FAILED_PRECONDITION, "NO_TARIFF", "financial_year",
		    "import it with: pbc tariff import",
		    "there is no tariff to check the codes of the contract's year against");
	sync_rows_free(rows);
	return sound;
}

/* What is wrong with a term t of the contract, in SQL. */
struct term_check {
	const char *fault;
	const char *reason;
	const char *message; /* follows the term's name */
	const char *hint;
};

static const struct term_check term_checks[] = {
    {"starts_with(t.name, 'prior_approval_hrgs.') AND NOT EXISTS ("
     "SELECT FROM pg_temp.contract_year y JOIN ref.tariff_row r"
     " ON r.tariff_id = y.tariff_id WHERE r.currency = t.value)",
	"UNKNOWN_CODE", "is an HRG that is not in the year's tariff", CONTRACT_TERMS_MEND},
    {"ledger.holds_nhs_number(t.value)", "IDENTIFIER_IN_TEXT",
	"holds what looks like an NHS number", "write about patients without identifiers"},
};

static bool
check_term(struct job *job, const char *terms, const struct term_check *check)
{
	struct buf text = {0};
	struct sync_rows *rows;
	bool sound;

	buf_printf(&text,
	    "SELECT min(t.name) FROM json_to_recordset($1::json) AS t (name text, value text)"
	    " WHERE %s",
	    check->fault);
	buf_append(&text, "", 1);
	sound = job_exec(job, (const char *)text.data, &terms, 1, &rows);
	buf_free(&text);
	if (!sound)
		return false;
	if (!sync_is_null(rows, 0, 0))
		sound = status_set(&job->status, STATUS_INVALID_ARGUMENT, check->reason,
		    sync_text(rows, 0, 0), check->hint, "contract.json: %s %s",
		    sync_text(rows, 0, 0), check->message);
	sync_rows_free(rows);
	return sound;
}

static bool
check_terms(struct job *job, const struct contract *contract)
{
	char *terms = json_dumps(contract->terms, JSON_COMPACT);
	bool sound = true;

	for (size_t i = 0; i < COUNT(term_checks) && sound; i++)
		sound = check_term(job, terms, &term_checks[i]);
	free(terms);
	return sound;
}

/* Sums, twelfth and terms in one row; then the lines. */
static bool
store_contract(struct job *job, const struct contract *contract, bool priced)
{
	char year[12], local_prices[24];
	char *terms = json_dumps(contract->terms, JSON_COMPACT);
	const char *params[] = {contract->id, contract->provider_code, year, terms,
	    job_param_text(job, "contract_upload_id"), job_param_text(job, "plan_upload_id"),
	    priced ? job_param_text(job, "prices_upload_id") : NULL, local_prices};
	bool stored;

	snprintf(local_prices, sizeof(local_prices), "%lld", (long long)contract->local_prices);
	snprintf(year, sizeof(year), "%d", contract->year);
	stored = job_exec(job,
	    "INSERT INTO ledger.contract (commissioner_code, contract_id, provider_code, year,"
	    " state, terms, plan_lines, plan_activity, plan_cost_pence, local_prices,"
	    " on_account_pence, contract_upload_id, plan_upload_id, prices_upload_id,"
	    " submitted_by_organisation, submitted_by, submitted_at) SELECT"
	    " current_setting('pbc.commissioner'), $1::uuid, $2, $3::integer, 'submitted',"
	    " $4::json, count(*), sum(activity), sum(cost), $8::bigint, round(sum(cost) / 12),"
	    " $5::uuid, $6::uuid, $7::uuid, current_setting('pbc.organisation'),"
	    " current_setting('pbc.user'), clock_timestamp() FROM pg_temp.plan_sheet",
	    params, 8, NULL);
	stored =
	    stored &&
	    job_exec(job,
		"INSERT INTO ledger.plan_line (commissioner_code, contract_id, line, month, pod,"
		" currency, practice_code, activity, cost_pence)"
		" SELECT current_setting('pbc.commissioner'), $1::uuid, line,"
		" (extract(month FROM month)::integer + 8) % 12 + 1, pod, currency,"
		" coalesce(practice_code, ''), activity, cost FROM pg_temp.plan_sheet",
		params, 1, NULL);
	free(terms);
	return stored;
}

static bool
store_prices(struct job *job, const struct contract *contract)
{
	const char *params[] = {contract->id};

	return job_exec(job,
	    "INSERT INTO ledger.local_price (commissioner_code, contract_id, pod, currency,"
	    " price_pence) SELECT current_setting('pbc.commissioner'), $1::uuid, pod, currency,"
	    " price FROM pg_temp.price_sheet",
	    params, 1, NULL);
}

/* Before the plan, which may rest on them. A contract without prices has an empty sheet. */
static bool
stage_prices(struct job *job, struct contract *contract, bool priced)
{
	struct sync_rows *rows;

	if (!priced)
		return job_exec(job,
		    "CREATE TEMP TABLE price_sheet (pod text, currency text) ON COMMIT DROP", NULL,
		    0, NULL);
	if (!sheet_stage(job, &price_sheet, "prices_upload_id") ||
	    !job_exec(job, "SELECT count(*) FROM pg_temp.price_sheet", NULL, 0, &rows))
		return false;
	contract->local_prices = sync_int64(rows, 0, 0);
	sync_rows_free(rows);
	return true;
}

bool
submit_contract(struct job *job)
{
	bool priced = job_param_text(job, "prices_upload_id")[0] != '\0';
	struct contract contract = {.terms = json_array()};
	bool done;

	job_new_id(contract.id);
	done = read_document(job, &contract) && job_check_provider(job, contract.provider_code) &&
	       stage_year(job, &contract) && check_terms(job, &contract) &&
	       stage_prices(job, &contract, priced) &&
	       sheet_stage(job, &plan_sheet, "plan_upload_id") &&
	       store_contract(job, &contract, priced) && (!priced || store_prices(job, &contract));
	json_decref(contract.terms);
	if (done)
		memcpy(job->result_id, contract.id, JOB_ID_SIZE);
	return done;
}
