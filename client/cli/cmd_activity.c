/* activity: provider files, what became of them, and a practice's own records. */

#include "client/cli/failure.h"
#include "client/cli/rejects.h"
#include "client/cli/request.h"
#include "client/cli/tables.h"
#include "client/cli/wait.h"
#include "pbc/v1/activity.pb-c.h"

#define SERVICE &pbc__v1__activity_service__descriptor

static const struct param import_params[] = {
    {"FILE", "upload_id", NULL, "CSV file, - for standard input", true},
    {"provider", "provider_code", "CODE", "whose activity it is", true},
    {"period", "period", "YYYY-MM", "month of the records; of an adjustment the open one", true},
    {"phase", "phase", "PHASE", "flex (may be replaced), freeze (closes it) or adjustment", true},
    {"dataset", "dataset", "APC|OP|AE", "the file is of this data set alone; the others stay",
	false},
    {"rejects", NULL, "OUT.csv", "write the refused rows with their reasons", false},
    {"rows", "control_rows", "N", "refuse the file unless it has N rows", false},
    {"cost", "control_cost_pence", "POUNDS",
	"refuse the file unless provider_price adds up to POUNDS", false},
    {0},
};

static const struct param submissions_params[] = {
    {"provider", "provider_code", "CODE", "only this provider", false},
    {"period", "period", "YYYY-MM", "only this month", false},
    {"current", "current_only", NULL, "only the submissions that count", false},
    {"as-at", "as_at", "DATE", "as known at the end of this day, or at a moment", false},
    {0},
};

static const struct param show_params[] = {
    {"SUBMISSION", "submission_id", NULL, "submission id", true},
    {0},
};

static const struct param rejects_params[] = {
    {"SUBMISSION", "submission_id", NULL, "submission id", true},
    {"reason", "reason", "TEXT", "why the rows are read; kept in the audit log", true},
    {"rejects", NULL, "OUT.csv", "write the rows as sent with their reasons to this file", false},
    {0},
};

static const struct param list_params[] = {
    {"practice", "practice_code", "CODE", "whose patients (default your practice)", false},
    {"period", "period", "YYYY-MM", "month", true},
    {"reason", "reason", "TEXT", "why the records are read; kept in the audit log", true},
    {"as-at", "as_at", "DATE", "as they counted at the end of this day, or at a moment", false},
    {0},
};

static const struct param not_ours_params[] = {
    {"provider", "provider_code", "CODE", "whose activity it is", true},
    {"period", "period", "YYYY-MM", "month", true},
    {"commissioner", "responsible_code", "CODE", "only what is this PCT's", false},
    {"reason", "reason", "TEXT", "why the records are read; kept in the audit log", true},
    {"as-at", "as_at", "DATE", "as they counted at the end of this day, or at a moment", false},
    {0},
};

static const struct param calendar_params[] = {
    {"year", "financial_year", "YEAR", "only this financial year, 2017/18", false},
    {0},
};

static const struct param restore_params[] = {
    {"SUBMISSION", "submission_id", NULL, "submission id", true},
    {"reason", "reason", "TEXT", "what is wrong with what counts now", true},
    {0},
};

static const struct param reopen_params[] = {
    {"provider", "provider_code", "CODE", "whose month", true},
    {"period", "period", "YYYY-MM", "the frozen month", true},
    {"reason", "reason", "TEXT", "what is wrong with what was frozen", true},
    {0},
};

static const struct param approve_reopening_params[] = {
    {"REOPENING", "reopening_id", NULL, "reopening id", true},
    {0},
};

static const struct param reopenings_params[] = {
    {"provider", "provider_code", "CODE", "only this provider", false},
    {"period", "period", "YYYY-MM", "only this month", false},
    {0},
};

static const struct column reopening_columns[] = {
    {.field = "reopening_id", .heading = "Reopening"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "period", .heading = "Period"},
    {.field = "state", .heading = "State"},
    {.field = "requested_by", .heading = "Asked by"},
    {.field = "request_time", .heading = "Asked"},
    {.field = "approved_by", .heading = "Approved by"},
    {.field = "approve_time", .heading = "Approved"},
    {.field = "submission_id", .heading = "Submission", .flags = COLUMN_CSV},
    {.field = "reason", .heading = "Reason", .flags = COLUMN_WRAP},
    {0},
};

static const struct column calendar_columns[] = {
    {.field = "period", .heading = "Period"},
    {.field = "inclusion_date", .heading = "Inclusion"},
    {.field = "first_reconciliation_date", .heading = "First reconciliation"},
    {.field = "final_date", .heading = "Final"},
    {.field = "evidence", .heading = "Evidence"},
    {.field = "source", .heading = "Source", .flags = COLUMN_WRAP},
    {0},
};

static const struct column submission_columns[] = {
    {.field = "submission_id", .heading = "Submission"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "period", .heading = "Period"},
    {.field = "phase", .heading = "Phase"},
    {.field = "dataset", .heading = "Data set"},
    {.field = "frozen_datasets", .heading = "Frozen"},
    {.field = "current", .heading = "Current"},
    {.field = "row_count", .heading = "Rows"},
    {.field = "accepted_count", .heading = "Accepted"},
    {.field = "rejected_count", .heading = "Rejected"},
    {.field = "priced_count", .heading = "Priced"},
    {.field = "excluded_count", .heading = "Excluded"},
    {.field = "unpriced_count", .heading = "Unpriced"},
    {.field = "not_ours_count", .heading = "Not ours"},
    {.field = "cost_pence", .heading = "Cost"},
    {.field = "file_name", .heading = "File"},
    {.field = "submitted_by", .heading = "Sent by"},
    {.field = "submit_time", .heading = "Sent"},
    {0},
};

static const struct column whole_submission_columns[] = {
    {.field = "submission_id", .heading = "Submission"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "period", .heading = "Period"},
    {.field = "phase", .heading = "Phase"},
    {.field = "dataset", .heading = "Data set"},
    {.field = "frozen_datasets", .heading = "Frozen"},
    {.field = "current", .heading = "Current"},
    {.field = "supersedes_submission_id", .heading = "Supersedes"},
    {.field = "reprice_of_submission_id", .heading = "Reprices"},
    {.field = "restore_of_submission_id", .heading = "Restores"},
    {.field = "restore_reason", .heading = "Reason", .flags = COLUMN_WRAP},
    {.field = "row_count", .heading = "Rows"},
    {.field = "accepted_count", .heading = "Accepted"},
    {.field = "rejected_count", .heading = "Rejected"},
    {.field = "priced_count", .heading = "Priced"},
    {.field = "excluded_count", .heading = "Excluded"},
    {.field = "unpriced_count", .heading = "Unpriced"},
    {.field = "not_ours_count", .heading = "Not ours"},
    {.field = "reversed_count", .heading = "Taken back"},
    {.field = "cost_pence", .heading = "Cost"},
    {.field = "file_name", .heading = "File"},
    {.field = "sha256", .heading = "SHA-256"},
    {.field = "submitted_by", .heading = "Sent by"},
    {.field = "submit_time", .heading = "Sent"},
    {0},
};

static const struct column reject_columns[] = {
    {.field = "line", .heading = "Row", .csv = "row"},
    {.field = "column", .heading = "Column"},
    {.field = "code", .heading = "Code"},
    {.field = "severity", .heading = "Severity"},
    {.field = "message", .heading = "Message", .flags = COLUMN_WRAP},
    {0},
};

static const struct column record_columns[] = {
    {.field = "record_id", .heading = "Record"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "pod", .heading = "POD"},
    {.field = "hrg", .heading = "HRG"},
    {.field = "treatment_function_code", .heading = "TFC"},
    {.field = "activity_date", .heading = "Date"},
    {.field = "length_of_stay_days", .heading = "Days"},
    {.field = "price_state", .heading = "State"},
    {.field = "quantity", .heading = "Quantity"},
    {.field = "price_pence", .heading = "Price"},
    {.field = "provider_price_pence", .heading = "Provider says"},
    {.field = "price_reason", .heading = "Reason", .flags = COLUMN_WRAP},
    {.field = "patient_key", .heading = "Patient key", .flags = COLUMN_CSV},
    {.field = "submission_id", .heading = "Submission", .flags = COLUMN_CSV},
    {.field = "line", .heading = "Row", .flags = COLUMN_CSV},
    {.field = "phase", .heading = "Phase"},
    {.field = "origin_period", .heading = "Month"},
    {.field = "reversed_submission_id", .heading = "Takes back submission", .flags = COLUMN_CSV},
    {.field = "reversed_line", .heading = "Takes back row", .flags = COLUMN_CSV},
    {0},
};

static const struct column not_ours_columns[] = {
    {.field = "record_id", .heading = "Record"},
    {.field = "responsible_code", .heading = "Whose"},
    {.field = "attribution", .heading = "Why"},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "stated_code", .heading = "Stated"},
    {.field = "dataset", .heading = "Data set", .flags = COLUMN_CSV},
    {.field = "pod", .heading = "POD"},
    {.field = "hrg", .heading = "HRG"},
    {.field = "treatment_function_code", .heading = "TFC"},
    {.field = "activity_date", .heading = "Date"},
    {.field = "price_state", .heading = "State"},
    {.field = "quantity", .heading = "Quantity"},
    {.field = "price_pence", .heading = "Price"},
    {.field = "provider_price_pence", .heading = "Provider says"},
    {.field = "price_reason", .heading = "Reason", .flags = COLUMN_WRAP},
    {.field = "submission_id", .heading = "Submission", .flags = COLUMN_CSV},
    {.field = "line", .heading = "Row", .flags = COLUMN_CSV},
    {.field = "phase", .heading = "Phase"},
    {.field = "origin_period", .heading = "Month"},
    {0},
};

static const struct column not_ours_total_columns[] = {
    {.field = "responsible_code", .heading = "Whose"},
    {.field = "records", .heading = "Records"},
    {.field = "price_pence", .heading = "Price"},
    {.field = "provider_price_pence", .heading = "Provider says"},
    {0},
};

static const struct view submissions_view = {{{NULL, "submissions", submission_columns, false}}};
static const struct view submission_view = {
    {{NULL, "submission", whole_submission_columns, false}}};
static const struct view rejects_view = {{{NULL, "rejects", reject_columns, false}}};
static const struct view reopening_view = {{{NULL, "reopening", reopening_columns, false}}};
static const struct view reopenings_view = {{{NULL, "reopenings", reopening_columns, false}}};
static const struct view calendar_view = {{{NULL, "months", calendar_columns, false}}};
static const struct view records_view = {{{NULL, "records", record_columns, false}}};
static const struct column month_columns[] = {
    {.field = "period", .heading = "Month"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "state", .heading = "State"},
    {.field = "frozen_datasets", .heading = "Frozen"},
    {.field = "completion_ppm", .heading = "Earlier flex months ended at"},
    {0},
};

static const struct view not_ours_view = {{
    {NULL, "records", not_ours_columns, true},
    {"By commissioner", "totals", not_ours_total_columns, false},
    {"How firm the totals are", "months", month_columns, false},
}};

static enum exit_code
activity_import(struct invocation *invocation)
{
	static const char mending[] = "to mend the rows that the import refused";
	const char *path = invocation_value(invocation, "rejects");
	Pbc__V1__WatchOperationResponse *last;
	enum exit_code code = EXIT_OK;
	struct status status;
	ProtobufCMessage *request;

	if (path != NULL && invocation->options.no_wait) {
		status_set(&status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
		    "leave one out, or use: pbc activity rejects",
		    "--rejects has to wait for the import");
		return failure_usage(&status, invocation->command);
	}
	request = request_build(invocation, &code);
	if (request == NULL)
		return code;
	code = start_request(invocation, request, &last);
	if (code == EXIT_OK && path != NULL && last->operation->result_id[0] != '\0')
		code = rejects_write(invocation, last->operation->result_id, mending, path);
	else if (code == EXIT_OK && path != NULL)
		failure_note("no submission was made, so %s was not written", path);
	protobuf_c_message_free_unpacked(last != NULL ? &last->base : NULL, NULL);
	return code;
}

static enum exit_code
activity_rejects(struct invocation *invocation)
{
	const char *path = invocation_value(invocation, "rejects");

	if (path == NULL)
		return command_list(invocation);
	return rejects_write(invocation, invocation_value(invocation, "SUBMISSION"),
	    invocation_value(invocation, "reason"), path);
}

const struct command activity_commands[] = {
    {"activity", "import", SERVICE, "ImportActivity", import_params, activity_import,
	&operation_view, 0, "load a provider's activity of a month",
	"One row is one spell (dataset APC), outpatient attendance (OP) or A&E attendance (AE).\n"
	"Columns for all: record_id, dataset, practice_code, commissioner_code, nhs_number,\n"
	"local_patient_id, sex, age, site_code, main_specialty_code, treatment_function_code,\n"
	"administrative_category, prior_approval, provider_price. APC adds hrg,\n"
	"primary_diagnosis, primary_procedure, patient_classification, admission_method,\n"
	"admission_date, discharge_date, discharge_method, excluded_days,\n"
	"specialised_service; OP attendance_date, first_attendance, attended,\n"
	"referral_source; AE hrg, arrival_date, ae_department_type, ae_disposal. With a column "
	"net_change (I, U or D) the file holds\n"
	"changes of the month by record_id; what it leaves alone stays. Any other file is the\n"
	"whole month, or with --dataset that data set of it. A freeze closes what its file is\n"
	"of; the month is frozen once APC, OP and AE are. A header line alone closes a data set\n"
	"that has no rows. OUT.csv has the rejected rows, and those let in with a warning, as\n"
	"changes: mend it in a spreadsheet and import it for the same month. A date that the\n"
	"spreadsheet wrote as 31/07/2017 and a zero that it dropped from a code are read back;\n"
	"a record id of digits alone has to be opened as text.\n"
	"Rejected rows do not fail the import as long as one is accepted; the same file counts\n"
	"once. A freeze that has fewer than half of the rows that it replaces is refused\n"
	"(MONTH_SHRINKS; the PCT's rule may say another share); a flex like that is taken, as\n"
	"another can replace it, and remarked with the way back.\n"
	"What is late, amended or withdrawn after a month was frozen comes as an\n"
	"adjustment: changes of records of frozen months, posted in a later month of which\n"
	"nothing is frozen.\n"
	"Adjustments of a month add up, and each is at the prices of its record's own month.",
	"pbc activity import july.csv --provider RXX --period 2017-07 --phase flex \\\n"
	"    --rejects rejects.csv\n"
	"pbc activity import ae.csv --provider RXX --period 2017-07 --dataset AE \\\n"
	"    --phase freeze\n"
	"pbc activity import late.csv --provider RXX --period 2017-09 \\\n"
	"    --phase adjustment"},
    {"activity", "submissions", SERVICE, "ListSubmissions", submissions_params, command_list,
	&submissions_view, 0, "list the files that came in", NULL,
	"pbc activity submissions --provider RXX --current"},
    {"activity", "show", SERVICE, "GetSubmission", show_params, command_unary, &submission_view, 0,
	"show one submission", NULL, "pbc activity show 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"activity", "rejects", SERVICE, "ListRejects", rejects_params, activity_rejects, &rejects_view,
	0, "list the refused rows of a submission",
	"They are shown as they were sent, and name patients: every reading is an entry of the\n"
	"audit log.",
	"pbc activity rejects 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c --rejects mend.csv \\\n"
	"    --reason \"mending the July file\""},
    {"activity", "list", SERVICE, "ListActivity", list_params, command_list, &records_view, 0,
	"list a practice's own records of a month, without identifiers",
	"Every reading is an entry of the audit log.",
	"pbc activity list --period 2017-07 --reason \"July bill\"\n"
	"pbc activity list --practice A81001 --period 2017-07 --reason \"July bill\" \\\n"
	"    --as-at 2017-08-31"},
    {"activity", "restore", SERVICE, "RestoreSubmission", restore_params, command_start,
	&operation_view, 0, "make an earlier submission count again, in place of a wrong file",
	"Its records with their prices become a new submission, so what was known in between\n"
	"stays known. A month of which anything is frozen has to be reopened first.",
	"pbc activity submissions --provider RXX --period 2017-07\n"
	"pbc activity restore 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --reason \"June's file\""},
    {"activity", "reopen", SERVICE, "RequestReopenMonth", reopen_params, command_unary,
	&reopening_view, 0, "ask to reopen a frozen month",
	"Another person has to approve it. All of the month is opened, also if a part of it is\n"
	"frozen. A month that money was settled by stays closed.",
	"pbc activity reopen --provider RXX --period 2017-07 \\\n"
	"    --reason \"ward 7 is missing\""},
    {"activity", "approve-reopening", SERVICE, "ApproveReopenMonth", approve_reopening_params,
	command_unary, &reopening_view, 0, "approve that a frozen month reopens",
	"The month is flex again: what was frozen counts until a file replaces it.",
	"pbc activity approve-reopening 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"activity", "reopenings", SERVICE, "ListReopenings", reopenings_params, command_list,
	&reopenings_view, 0, "list which months were reopened, by whom and why", NULL,
	"pbc activity reopenings --provider RXX"},
    {"activity", "calendar", SERVICE, "ListSubmissionCalendar", calendar_params, command_list,
	&calendar_view, 0, "list when each month's files are due and when it closes",
	"A flex is in time before 17:00 on the inclusion date, a freeze before 17:00 on the\n"
	"final date. A later file is taken and its outcome says late.",
	"pbc activity calendar --year 2017/18"},
    {"activity", "not-ours", SERVICE, "ListNotOurs", not_ours_params, command_list, &not_ours_view,
	0, "list records of other PCTs' patients, without identifiers",
	"Each row says whose it is and why. With --commissioner and --format csv it is the\n"
	"file to send to that PCT. Every reading is an entry of the audit log.",
	"pbc activity not-ours --provider RXX --period 2017-07 --reason \"July's list\"\n"
	"pbc activity not-ours --provider RXX --period 2017-07 --commissioner 5YY \\\n"
	"    --reason \"to send to 5YY\" --format csv > 5YY.csv"},
    {0},
};
