/*
 * import_provider_terms: what providers' prices have besides the tariff. Rows are dated and stay;
 * of two for one thing the one that began last counts.
 */
#include "server/job/kinds.h"

#include "server/domain/pbr.h"
#include "server/job/sheet.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const terms[] = {"TOP_UP", "UNBUNDLED", "LOCAL", NULL};

static const struct sheet_column columns[] = {
    {"provider_code", SHEET_REQUIRED, SHEET_ORGANISATION, NULL},
    {"term", SHEET_REQUIRED, SHEET_TEXT, terms},
    {"code", SHEET_REQUIRED, SHEET_TEXT, NULL},
    {"pod", SHEET_OPTIONAL, SHEET_TEXT, pbr_pod_words},
    {"valid_from", SHEET_REQUIRED, SHEET_DATE, NULL},
    {"valid_to", SHEET_REQUIRED, SHEET_DATE, NULL},
    {"amount", SHEET_OPTIONAL, SHEET_POUNDS, NULL},
    {"source", SHEET_REQUIRED, SHEET_WORDING, NULL},
};

/* A code that nothing is looked up by would have no effect, and nobody would learn of it. */
static const struct sheet_check checks[] = {
    {"NOT EXISTS (SELECT FROM ledger.provider p WHERE p.provider_code = s.provider_code)",
	"PROVIDER_NOT_FOUND", "provider_code", "the provider is not known",
	"import it with: pbc provider import"},
    {"s.valid_to < s.valid_from", "BAD_FIELD", "valid_to", "valid_to is before valid_from",
	SHEET_MEND},
    {"s.term = 'TOP_UP' AND s.amount IS NOT NULL", "BAD_FIELD", "amount",
	"a top-up has no amount: its rate is a dated rule", "leave the amount empty"},
    {"s.term = 'TOP_UP' AND s.pod IS NOT NULL", "BAD_FIELD", "pod",
	"a top-up is of a service, at every point of delivery", "leave the pod empty"},
    {"s.term <> 'TOP_UP' AND s.amount IS NULL", "FIELD_MISSING", "amount",
	"amount is empty, and empty is not zero", SHEET_MEND},
    {"s.term <> 'TOP_UP' AND s.pod IS NULL", "FIELD_MISSING", "pod", "pod is empty", SHEET_MEND},
    {"s.term = 'TOP_UP' AND NOT EXISTS (SELECT FROM ref.top_up_service t"
     " WHERE t.service_code = s.code AND t.valid_from <= s.valid_to"
     " AND coalesce(t.valid_to, 'infinity') >= s.valid_from)",
	"UNKNOWN_CODE", "code", "no top-up is paid for that specialised service on those days",
	"give its number in the National Definitions Set, such as 23 for children"},
    {"s.term <> 'TOP_UP' AND NOT EXISTS (SELECT FROM ledger.tariff_in_force f"
     " JOIN ref.tariff_row r ON r.tariff_id = f.tariff_id AND r.currency = s.code"
     " AND r.pod = s.pod AND r.valid_from <= s.valid_to AND r.valid_to >= s.valid_from)",
	"UNKNOWN_CODE", "code", "no tariff has that code at that point of delivery on those days",
	"import the year's tariff first, or mend the code"},
    {"EXISTS (SELECT FROM ledger.provider_term t WHERE t.provider_code = s.provider_code"
     " AND t.term = s.term AND t.code = s.code AND t.pod = coalesce(s.pod, '')"
     " AND t.valid_from = s.valid_from"
     " AND (t.valid_to, t.amount_pence) IS DISTINCT FROM (s.valid_to, s.amount))",
	"TERM_DIFFERS", "valid_from", "another term was loaded for it from that day",
	"prices may rest on it; give the new one from a later day, from which it counts"},
};

static const struct sheet sheet = {.table = "term_sheet",
    .counted = "rows",
    .columns = columns,
    .column_count = COUNT(columns),
    .key = "provider_code, term, code, pod, valid_from",
    .checks = checks,
    .check_count = COUNT(checks)};

bool
import_provider_terms(struct job *job)
{
	struct sync_rows *rows;

	if (!sheet_stage(job, &sheet, "upload_id") ||
	    !job_exec(job,
		"SELECT stored, months FROM job.store_provider_terms((SELECT"
		" json_agg(json_build_object('line', s.line, 'provider_code', s.provider_code,"
		" 'term', s.term, 'code', s.code, 'pod', coalesce(s.pod, ''), 'valid_from',"
		" s.valid_from, 'valid_to', s.valid_to, 'amount_pence', s.amount, 'source',"
		" s.source)) FROM pg_temp.term_sheet s))",
		NULL, 0, &rows))
		return false;
	job_outcome_int(job, "new", sync_int64(rows, 0, 0));
	if (sync_int64(rows, 0, 1) > 0)
		job_outcome_int(job, "months_priced_before", sync_int64(rows, 0, 1));
	sync_rows_free(rows);
	return true;
}
