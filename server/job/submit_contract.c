/* submit_contract: contract.json, plan.csv and prices.csv become one submitted contract, all or
 * nothing. */
#include "server/job/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/codes.h"
#include "common/date.h"
#include "server/job/sheet.h"
#include "server/job/upload.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CONTRACT_BYTES_MAX (1 << 20)
#define CONTRACT_TERMS_MAX 500
#define CONTRACT_DEPTH_MAX 6

static const char *const pods[] = {
    "DC", "EL", "NEL", "NELNE", "OPFA", "OPFUP", "OPPROC", "AE", NULL};

static const struct sheet_column plan_columns[] = {
    {"month", SHEET_REQUIRED, SHEET_MONTH, NULL},
    {"pod", SHEET_REQUIRED, SHEET_TEXT, pods},
    {"currency", SHEET_REQUIRED, SHEET_TEXT, NULL},
    {"practice_code", SHEET_OPTIONAL, SHEET_PRACTICE, NULL},
    {"activity", SHEET_REQUIRED, SHEET_COUNT, NULL},
    {"cost", SHEET_REQUIRED, SHEET_POUNDS, NULL},
};
static const struct sheet plan_sheet = {.table = "plan_sheet",
    .counted = "plan_lines",
    .columns = plan_columns,
    .column_count = COUNT(plan_columns),
    .key = "month, pod, currency, practice_code"};

static const struct sheet_column price_columns[] = {
    {"pod", SHEET_REQUIRED, SHEET_TEXT, pods},
    {"currency", SHEET_REQUIRED, SHEET_TEXT, NULL},
    {"name", SHEET_OPTIONAL, SHEET_TEXT, NULL}, /* for readers of the file; not kept */
    {"price", SHEET_REQUIRED, SHEET_POUNDS, NULL},
};
static const struct sheet_check price_checks[] = {
    {"s.price < 0", "BAD_FIELD", "price", "price is negative",
	"mend the line and send the whole file again"},
};
static const struct sheet price_sheet = {.table = "price_sheet",
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
	    "mend contract.json and submit the contract again", "contract.json: %s", message);
}

static bool
add_term(struct job *job, json_t *terms, const char *name, const json_t *value)
{
	char number[40] = "";
	const char *text = json_string_value(value);

	if (json_array_size(terms) == CONTRACT_TERMS_MAX)
		return refuse_document(job, name, "more than 500 terms");
	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		return refuse_document(
		    job, name, "write numbers with decimals in quotes, so that they stay exact");
	else if (json_is_boolean(value))
		snprintf(number, sizeof(number), "%s", json_is_true(value) ? "yes" : "no");
	json_array_append_new(
	    terms, json_pack("{s:s, s:s}", "name", name, "value", text != NULL ? text : number));
	return true;
}

/* Members of members are named a.b, elements of lists a.1, a.2. */
static bool
flatten(struct job *job, json_t *terms, const char *name, json_t *value, int depth)
{
	char inner[160];
	const char *key;
	json_t *member;
	size_t i;

	if (depth > CONTRACT_DEPTH_MAX || strlen(name) > 100)
		return refuse_document(job, name, "is nested too deeply");
	if (json_is_object(value)) {
		json_object_foreach(value, key, member)
		{
			snprintf(inner, sizeof(inner), "%s.%s", name, key);
			if (!flatten(job, terms, inner, member, depth + 1))
				return false;
		}
		return true;
	}
	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			snprintf(inner, sizeof(inner), "%s.%zu", name, i + 1);
			if (!flatten(job, terms, inner, member, depth + 1))
				return false;
		}
		return true;
	}
	return add_term(job, terms, name, value);
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
read_terms(struct job *job, json_t *document, struct contract *contract)
{
	const char *key;
	json_t *member;

	json_object_foreach(document, key, member)
	{
		if (strcmp(key, "provider_code") != 0 && strcmp(key, "financial_year") != 0 &&
		    !flatten(job, contract->terms, key, member, 0))
			return false;
	}
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
			    "contract_upload_id",
			    "mend contract.json and submit the contract again",
			    "contract.json is not a JSON object: line %d: %s", error.line,
			    error.text);
	}
	buf_free(&content);
	sound =
	    sound && read_parties(job, document, contract) && read_terms(job, document, contract);
	json_decref(document);
	return sound;
}

static bool
check_provider(struct job *job, const struct contract *contract)
{
	const char *params[] = {contract->provider_code};
	struct sync_rows *rows;
	bool known;

	if (!job_exec(
		job, "SELECT FROM ledger.provider WHERE provider_code = $1", params, 1, &rows))
		return false;
	known = sync_rows_count(rows) > 0;
	sync_rows_free(rows);
	return known || status_set(&job->status, STATUS_NOT_FOUND, "PROVIDER_NOT_FOUND",
			    "provider_code", "import it with: pbc provider import",
			    "no provider %s", contract->provider_code);
}

static bool
check_months(struct job *job, const struct contract *contract)
{
	char first[11];
	const char *params[] = {first};
	struct sync_rows *rows;
	bool sound;

	date_format(date_from_civil(contract->year, 4, 1), first);
	if (!job_exec(job,
		"SELECT min(line) FROM pg_temp.plan_sheet"
		" WHERE month < $1::date OR month >= $1::date + interval '1 year'",
		params, 1, &rows))
		return false;
	sound = sync_is_null(rows, 0, 0) ||
		status_set(&job->status, STATUS_INVALID_ARGUMENT, "MONTH_OUTSIDE_YEAR", "month",
		    "plan the months of the contract's year only",
		    "line %s: the month is not in the contract's year", sync_text(rows, 0, 0));
	sync_rows_free(rows);
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
	    "INSERT INTO ledger.contract (commissioner_code, contract_id, provider_code, year, "
	    "state,"
	    " terms, plan_lines, plan_activity, plan_cost_pence, local_prices, on_account_pence,"
	    " contract_upload_id, plan_upload_id, prices_upload_id, submitted_by_organisation,"
	    " submitted_by, submitted_at)"
	    " SELECT current_setting('pbc.commissioner'), $1::uuid, $2, $3::integer, 'submitted',"
	    " $4::json, count(*), sum(activity), sum(cost), $8::bigint, round(sum(cost) / 12),"
	    " $5::uuid, $6::uuid, $7::uuid,"
	    " current_setting('pbc.organisation'), current_setting('pbc.user'), clock_timestamp()"
	    " FROM pg_temp.plan_sheet",
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
	    "INSERT INTO ledger.local_price (commissioner_code, contract_id, pod, currency, "
	    "price_pence)"
	    " SELECT current_setting('pbc.commissioner'), $1::uuid, pod, currency, price"
	    " FROM pg_temp.price_sheet",
	    params, 1, NULL);
}

static bool
stage_prices(struct job *job, struct contract *contract)
{
	struct sync_rows *rows;

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
	done = read_document(job, &contract) && check_provider(job, &contract) &&
	       sheet_stage(job, &plan_sheet, "plan_upload_id") && check_months(job, &contract) &&
	       (!priced || stage_prices(job, &contract)) &&
	       store_contract(job, &contract, priced) && (!priced || store_prices(job, &contract));
	json_decref(contract.terms);
	if (done)
		memcpy(job->result_id, contract.id, JOB_ID_SIZE);
	return done;
}
