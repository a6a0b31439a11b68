/* price, explain: what a record costs and why; a stored record back to its file and line. */
#include "client/cli/tables.h"
#include "pbc/v1/pricing.pb-c.h"

#define SERVICE &pbc__v1__pricing_service__descriptor

static const struct param price_params[] = {
    {"dataset", "record.dataset", "APC|OP|AE", "spell, outpatient or A&E attendance", true},
    {"provider", "provider_code", "CODE", "who provides it", true},
    {"age", "record.age", "YEARS", "completed years at the start of care", true},
    {"hrg", "record.hrg", "CODE", "HRG or A&E group; of OP, a procedure", false},
    {"tfc", "record.treatment_function_code", "CODE", "treatment function, for OP", false},
    {"specialty", "record.main_specialty_code", "CODE", "main specialty", false},
    {"class", "record.patient_classification", "CODE", "patient classification, for APC", false},
    {"method", "record.admission_method", "CODE", "admission method, for APC", false},
    {"admitted", "record.admission_date", "DATE", "for APC", false},
    {"discharged", "record.discharge_date", "DATE", "for APC; its year is the price's", false},
    {"excluded-days", "record.excluded_days", "DAYS", "critical care and the like", false},
    {"service", "record.specialised_service", "CODE", "specialised service, for a top-up", false},
    {"attendance", "record.attendance_date", "DATE", "for OP; its year is the price's", false},
    {"first", "record.first_attendance", "CODE", "first attendance, for OP", false},
    {"attended", "record.attended", "CODE", "attended or not, for OP", false},
    {"arrival", "record.arrival_date", "DATE", "for AE; its year is the price's", false},
    {"department", "record.ae_department_type", "CODE", "A&E department type", false},
    {"category", "record.administrative_category", "CODE", "administrative category", false},
    {0},
};

static const struct param explain_params[] = {
    {"RECORD", "record_id", NULL, "record id, as activity list prints it", true},
    {"provider", "provider_code", "CODE", "whose record, if several have the id", false},
    {"submission", "submission_id", "ID", "as this submission has it", false},
    {"period", "period", "YYYY-MM", "only of this month, which is faster", false},
    {"reason", "reason", "TEXT", "why it is read; kept in the audit log", true},
    {"as-at", "as_at", "DATE", "as it counted at the end of this day, or at a moment", false},
    {0},
};

static const struct column price_columns[] = {
    {.field = "pod", .heading = "POD"},
    {.field = "currency", .heading = "Currency"},
    {.field = "financial_year", .heading = "Year"},
    {.field = "state", .heading = "State"},
    {.field = "reason", .heading = "Reason", .flags = COLUMN_WORDS},
    {.field = "base_pence", .heading = "Base"},
    {.field = "excess_days", .heading = "Excess days"},
    {.field = "long_stay_pence", .heading = "Long stay"},
    {.field = "adjustment_pence", .heading = "Adjustment"},
    {.field = "mff_ppm", .heading = "MFF"},
    {.field = "total_pence", .heading = "Price"},
    {0},
};

static const struct column step_columns[] = {
    {.field = "step", .heading = "Step"},
    {.field = "rule", .heading = "Rule"},
    {.field = "detail", .heading = "Working", .flags = COLUMN_WRAP},
    {.field = "amount_pence", .heading = "Price"},
    {.field = "source", .heading = "Source", .flags = COLUMN_WRAP},
    {0},
};

static const struct column tariff_columns[] = {
    {.field = "file_name", .heading = "File"},
    {.field = "line", .heading = "Line"},
    {.field = "currency", .heading = "Currency"},
    {.field = "name", .heading = "Name"},
    {.field = "pod", .heading = "POD"},
    {.field = "age_band", .heading = "Age band"},
    {.field = "price_pence", .heading = "Price"},
    {.field = "trim_days", .heading = "Trim days"},
    {.field = "per_diem_pence", .heading = "A day beyond"},
    {.field = "short_stay_price_pence", .heading = "Short stay"},
    {0},
};

static const struct column rule_columns[] = {
    {.field = "name", .heading = "Rule row"},
    {.field = "step", .heading = "Of step"},
    {.field = "value", .heading = "Value"},
    {.field = "unit", .heading = "Unit"},
    {.field = "valid_from_date", .heading = "From"},
    {.field = "valid_to_date", .heading = "To"},
    {.field = "source", .heading = "Source", .flags = COLUMN_WRAP},
    {.field = "evidence", .heading = "Evidence"},
    {0},
};

static const struct column explained_columns[] = {
    {.field = "record.record_id", .heading = "Record"},
    {.field = "record.provider_code", .heading = "Provider"},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "attribution", .heading = "Attribution"},
    {.field = "record.activity_date", .heading = "Date"},
    {.field = "record.price_state", .heading = "Stored state"},
    {.field = "record.price_pence", .heading = "Stored price"},
    {.field = "record.quantity", .heading = "Quantity"},
    {.field = "record.provider_price_pence", .heading = "Provider says"},
    {.field = "agrees", .heading = "Agrees"},
    {.field = "difference", .heading = "Difference", .flags = COLUMN_WRAP},
    {.field = "submission.submission_id", .heading = "Submission"},
    {.field = "submission.file_name", .heading = "File"},
    {.field = "record.line", .heading = "Line"},
    {.field = "submission.period", .heading = "Period"},
    {.field = "record.origin_period", .heading = "Month of the record"},
    {.field = "submission.phase", .heading = "Phase"},
    {.field = "submission.current", .heading = "Current"},
    {.field = "submission.submit_time", .heading = "Sent"},
    {.field = "submission.supersedes_submission_id", .heading = "Supersedes"},
    {.field = "record.reversed_submission_id", .heading = "Takes back submission"},
    {.field = "record.reversed_line", .heading = "Takes back line", .flags = COLUMN_NOT_ZERO},
    {0},
};

static const struct view price_view = {{
    {NULL, "price", price_columns, false},
    {"Working", "steps", step_columns, true},
    {"Tariff row", "tariff_row", tariff_columns, false},
    {"Dated rules", "rules", rule_columns, false},
}};
static const struct view explain_view = {{
    {NULL, "", explained_columns, false},
    {"Price worked out again", "price", price_columns, false},
    {"Working", "steps", step_columns, true},
    {"Tariff row", "tariff_row", tariff_columns, false},
    {"Dated rules", "rules", rule_columns, false},
}};

const struct command price_commands[] = {
    {"price", NULL, SERVICE, "PriceRecord", price_params, command_unary, &price_view, 0,
	"price one record, with its working",
	"Codes are those of the activity file. Nothing is stored.",
	"pbc price --dataset APC --provider RXX --age 67 --hrg DZ11V \\\n"
	"    --class 1 --method 21 --admitted 2017-07-01 --discharged 2017-07-22"},
    {"explain", NULL, SERVICE, "ExplainRecord", explain_params, command_unary, &explain_view, 0,
	"follow a stored record from its price to tariff row, rules, file and line",
	"Every reading is an entry of the audit log.",
	"pbc explain R123 --provider RXX --reason \"query of the July bill\"\n"
	"pbc explain R123 --provider RXX --reason \"query of the July bill\" \\\n"
	"    --as-at 2017-08-31"},
    {0},
};
