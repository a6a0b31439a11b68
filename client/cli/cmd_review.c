/* activity, its second part: a practice's reviews of its own records, and what came of them. */
#include <inttypes.h>

#include "client/cli/failure.h"
#include "client/cli/request.h"
#include "client/cli/review_file.h"
#include "client/cli/tables.h"
#include "client/cli/view.h"
#include "pbc/v1/review.pb-c.h"

#define SERVICE &pbc__v1__review_service__descriptor

static const struct param worklist_params[] = {
    {"practice", "practice_code", "CODE", "whose patients (default your practice)", false},
    {"period", "period", "YYYY-MM", "month", true},
    {"reason", "reason", "TEXT", "why the records are read; kept in the audit log", true},
    {"at-least", "min_price_pence", "POUNDS", "only records of this price or more", false},
    {"odd", "odd_only", NULL, "only records that are odd", false},
    {"oddity", "oddity", "ODDITY", "only records that are odd in this way", false},
    {"percent", "percent", "N", "only so many of a hundred, drawn at random", false},
    {"seed", "seed", "TEXT", "draw by this (default practice and month)", false},
    {"unreviewed", "unreviewed_only", NULL, "only what is not reviewed at its price", false},
    {"as-at", "as_at", "DATE", "as they counted at the end of this day, or at a moment", false},
    {0},
};

static const struct param review_params[] = {
    {"RECORD...", NULL, NULL, "record ids, as the worklist shows them", false},
    {"practice", "practice_code", "CODE", "whose patients (default your practice)", false},
    {"period", "period", "YYYY-MM", "month of the records", true},
    {"provider", NULL, "CODE", "whose records, if several have such ids", false},
    {"confirm", NULL, NULL, "the records are right", false},
    {"query", NULL, "REASON", "they are not, and why", false},
    {"note", NULL, "TEXT", "more about it, without identifiers of the patient", false},
    {"file", NULL, "FILE", "a worklist as CSV with verdicts, - for standard input", false},
    {0},
};

static const struct param reviews_params[] = {
    {"reason", "reason", "TEXT", "why they are read; kept in the audit log", true},
    {"practice", "practice_code", "CODE", "only of this practice", false},
    {"provider", "provider_code", "CODE", "only of this provider's records", false},
    {"period", "period", "YYYY-MM", "only of this month", false},
    {"state", "query_state", "STATE", "only queries: open, upheld, rejected or withdrawn", false},
    {"as-at", "as_at", "DATE", "as known at the end of this day, or at a moment", false},
    {0},
};

static const struct param resolve_params[] = {
    {"REVIEW", "review_id", NULL, "id of the query", true},
    {"outcome", "outcome", "OUTCOME", "upheld or rejected", true},
    {"recovered", "recovered_pence", "POUNDS", "what an upheld query took back", false},
    {"reason", "reason", "TEXT", "why; the practice reads it", true},
    {0},
};

static const struct param summary_params[] = {
    {"year", "financial_year", "YEAR", "financial year of the activity, 2017/18", true},
    {"as-at", "as_at", "DATE", "as known at the end of a day, a practice also at a moment", false},
    {0},
};

/* The CSV is what --file of review takes. */
static const struct column worklist_columns[] = {
    {.field = "record.record_id", .heading = "Record"},
    {.field = "record.provider_code", .heading = "Provider"},
    {.field = "record.pod", .heading = "POD"},
    {.field = "record.hrg", .heading = "HRG"},
    {.field = "record.treatment_function_code", .heading = "TFC"},
    {.field = "record.activity_date", .heading = "Date"},
    {.field = "record.length_of_stay_days", .heading = "Days"},
    {.field = "record.phase", .heading = "Phase"},
    {.field = "record.price_state", .heading = "State", .flags = COLUMN_CSV},
    {.field = "record.price_pence", .heading = "Price"},
    {.field = "record.provider_price_pence", .heading = "Provider says"},
    {.field = "record.patient_key", .heading = "Patient key", .flags = COLUMN_CSV},
    {.field = "oddities", .heading = "Odd", .flags = COLUMN_WRAP},
    {.field = "review.standing", .heading = "Record now", .flags = COLUMN_CSV},
    {.field = "review.query_state", .heading = "Query"},
    {.field = "review.verdict", .heading = "Verdict"},
    {.field = "review.reason", .heading = "Reason"},
    {.field = "review.note", .heading = "Note", .flags = COLUMN_WRAP},
    {0},
};

static const struct column review_columns[] = {
    {.field = "review_id", .heading = "Review"},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "period", .heading = "Period"},
    {.field = "record_id", .heading = "Record"},
    {.field = "verdict", .heading = "Verdict"},
    {.field = "reason", .heading = "Reason"},
    {.field = "note", .heading = "Note", .flags = COLUMN_WRAP},
    {.field = "price_pence", .heading = "Price"},
    {.field = "standing", .heading = "Record now"},
    {.field = "current_price_pence", .heading = "Price now", .flags = COLUMN_CSV},
    {.field = "query_state", .heading = "Query"},
    {.field = "recovered_pence", .heading = "Recovered"},
    {.field = "resolution", .heading = "Because", .flags = COLUMN_WRAP},
    {.field = "reviewed_by", .heading = "By", .flags = COLUMN_CSV},
    {.field = "review_time", .heading = "At", .flags = COLUMN_CSV},
    {.field = "resolved_by", .heading = "Resolved by", .flags = COLUMN_CSV},
    {.field = "resolve_time", .heading = "Resolved", .flags = COLUMN_CSV},
    {0},
};

static const struct column whole_review_columns[] = {
    {.field = "review_id", .heading = "Review"},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "period", .heading = "Period"},
    {.field = "record_id", .heading = "Record"},
    {.field = "verdict", .heading = "Verdict"},
    {.field = "reason", .heading = "Reason"},
    {.field = "note", .heading = "Note"},
    {.field = "price_pence", .heading = "Price"},
    {.field = "standing", .heading = "Record now"},
    {.field = "current_price_pence", .heading = "Price now"},
    {.field = "reviewed_by", .heading = "By"},
    {.field = "review_time", .heading = "At"},
    {.field = "query_state", .heading = "Query"},
    {.field = "recovered_pence", .heading = "Recovered"},
    {.field = "resolution", .heading = "Because"},
    {.field = "resolved_by", .heading = "Resolved by"},
    {.field = "resolve_time", .heading = "Resolved"},
    {0},
};

static const struct column recorded_columns[] = {
    {.field = "recorded_count", .heading = "Recorded"},
    {.field = "unchanged_count", .heading = "Said before"},
    {0},
};

static const struct column count_columns[] = {
    {.field = "breakdown", .heading = "By"},
    {.field = "key", .heading = "", .flags = COLUMN_WORDS},
    {.field = "checked_count", .heading = "Checked"},
    {.field = "queried_count", .heading = "Queried"},
    {.field = "upheld_count", .heading = "Upheld"},
    {.field = "recovered_pence", .heading = "Recovered"},
    {.field = "suppressed", .heading = "Suppressed"},
    {0},
};

static const struct view worklist_view = {{{NULL, "items", worklist_columns, false}}};
static const struct view recorded_view = {{
    {NULL, "", recorded_columns, false},
    {"Reviews", "reviews", review_columns, true},
}};
static const struct view reviews_view = {{{NULL, "reviews", review_columns, false}}};
static const struct view review_view = {{{NULL, "review", whole_review_columns, false}}};
static const struct view summary_view = {{{NULL, "counts", count_columns, false}}};

/* One of --confirm, --query and --file; records by their place or in the file. */
static bool
check_usage(const struct invocation *invocation, struct status *status)
{
	bool file = invocation_value(invocation, "file") != NULL;
	bool flags = invocation_value(invocation, "provider") != NULL ||
		     invocation_value(invocation, "note") != NULL;
	int ways = file + (invocation_value(invocation, "confirm") != NULL) +
		   (invocation_value(invocation, "query") != NULL);

	if (ways != 1)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
		    "give one of --confirm, --query REASON and --file FILE");
	if (file && (flags || invocation->many_count > 0))
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
		    "with --file the records and what is said of them stand in the file");
	if (!file && invocation->many_count == 0)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
		    "see: pbc activity worklist", "RECORD is missing");
	return true;
}

/* What the flags say, of each record that stands by its place. False with *status set. */
static bool
reviews_of_flags(struct invocation *invocation, struct review_file *file, struct status *status)
{
	const char *reason = invocation_value(invocation, "query");
	const char *provider = invocation_value(invocation, "provider");
	const char *note = invocation_value(invocation, "note");
	json_t *word = NULL;

	*file = (struct review_file){.reviews = json_array()};
	if (reason != NULL) {
		word = request_enum(
		    invocation, "query", &pbc__v1__query_reason__descriptor, reason, status);
		if (word == NULL)
			return false;
	}
	for (size_t i = 0; i < invocation->many_count; i++) {
		json_t *review = json_pack("{s:s, s:s, s:s, s:s}", "record_id", invocation->many[i],
		    "provider_code", provider != NULL ? provider : "", "verdict",
		    reason != NULL ? "VERDICT_QUERIED" : "VERDICT_CONFIRMED", "note",
		    note != NULL ? note : "");

		if (review == NULL) {
			json_decref(word);
			return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
			    "arguments must be UTF-8 text");
		}
		if (word != NULL)
			json_object_set(review, "reason", word);
		json_array_append_new(file->reviews, review);
	}
	json_decref(word);
	return true;
}

/* Tells what was refused, by the line of the file or else by the record. */
static void
tell_rejects(const struct invocation *invocation, const struct review_file *file,
    const Pbc__V1__ReviewRecordsResponse *answer)
{
	for (size_t i = 0; i < answer->n_rejects; i++) {
		const Pbc__V1__ReviewReject *reject = answer->rejects[i];
		size_t place = (size_t)reject->row - 1;

		if (file->lines != NULL && place < file->count)
			failure_note("line %" PRId64 ", %s: %s (%s)", file->lines[place],
			    reject->column, reject->message, reject->code);
		else if (place < invocation->many_count)
			failure_note("record %s, %s: %s (%s)", invocation->many[place],
			    reject->column, reject->message, reject->code);
	}
}

/* Takes over the JSON. */
static enum exit_code
send_reviews(struct invocation *invocation, json_t *json, const struct review_file *file)
{
	struct status status = {.code = STATUS_OK};
	ProtobufCMessage *request = NULL;
	Pbc__V1__ReviewRecordsResponse *answer;
	enum exit_code code = EXIT_OK;

	json_object_set(json, "reviews", file->reviews);
	if (request_fill(invocation, json, &status))
		request = request_message(invocation, json, &status);
	json_decref(json);
	if (request == NULL)
		return request_refuse(invocation, &status);
	answer = (Pbc__V1__ReviewRecordsResponse *)invocation_call(invocation, request, &code);
	if (answer == NULL)
		return code;
	view_print(invocation->command->view, &answer->base, invocation->options.format);
	tell_rejects(invocation, file, answer);
	code = answer->n_rejects > 0 ? EXIT_VALIDATION : EXIT_OK;
	pbc__v1__review_records_response__free_unpacked(answer, NULL);
	return code;
}

static enum exit_code
activity_review(struct invocation *invocation)
{
	const char *path = invocation_value(invocation, "file");
	struct status status = {.code = STATUS_OK};
	struct review_file file;
	enum exit_code code;
	bool ok;

	if (!check_usage(invocation, &status))
		return failure_usage(&status, invocation->command);
	ok = path != NULL ? review_file_read(&file, path, &status)
			  : reviews_of_flags(invocation, &file, &status);
	code = ok ? send_reviews(invocation, json_object(), &file)
		  : request_refuse(invocation, &status);
	review_file_free(&file);
	return code;
}

const struct command review_commands[] = {
    {"activity", "worklist", SERVICE, "ListWorklist", worklist_params, command_list, &worklist_view,
	0, "list a practice's own records to validate, dearest first",
	"Oddities: duplicate-event, same-day, zero-day-emergency, outpatient-procedure,\n"
	"price-differs, repeated-first, many-follow-ups, readmission, consultant-referral.\n"
	"The same seed draws the same records again. Every reading is an entry of the audit log.",
	"pbc activity worklist --period 2017-07 --reason \"July validation\" --limit 20\n"
	"pbc activity worklist --period 2017-07 --reason \"July validation\" \\\n"
	"    --odd --at-least 500\n"
	"pbc activity worklist --period 2017-07 --reason \"July validation\" \\\n"
	"    --percent 5 --format csv >worklist.csv"},
    {"activity", "review", SERVICE, "ReviewRecords", review_params, activity_review, &recorded_view,
	0, "confirm or query records of a practice",
	"Reasons: not-our-patient, not-referred, duplicate, wrong-hrg, did-not-attend, other\n"
	"(which needs a note). A file has the columns record_id,verdict and perhaps\n"
	"provider_code,reason,note: a worklist as CSV into which a spreadsheet has put verdicts,\n"
	"confirmed or queried. Rows without a verdict are left out, and what is refused does not\n"
	"stop the others. To send the same file again changes nothing.",
	"pbc activity review RXX0001 RXX0002 --period 2017-07 --confirm\n"
	"pbc activity review RXX0003 --period 2017-07 --query wrong-hrg \\\n"
	"    --note \"no complication in our notes\"\n"
	"pbc activity review --period 2017-07 --file worklist.csv"},
    {"activity", "reviews", SERVICE, "ListReviews", reviews_params, command_list, &reviews_view, 0,
	"list reviews of records, newest first",
	"Of each record the review that counts, or with --state the queries in that state.\n"
	"Every reading is an entry of the audit log.",
	"pbc activity reviews --state open --provider RXX --reason \"challenges of July\"\n"
	"pbc activity reviews --state open --as-at 2017-09-30 \\\n"
	"    --reason \"challenges of July\""},
    {"activity", "resolve", SERVICE, "ResolveReview", resolve_params, command_unary, &review_view,
	0, "end an open query, with what it recovered", NULL,
	"pbc activity resolve 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --outcome upheld --recovered 556.00 --reason \"trust recoded it\"\n"
	"pbc activity resolve 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --outcome rejected --reason \"the letter shows attendance\""},
    {"activity", "review-summary", SERVICE, "GetReviewSummary", summary_params, command_unary,
	&summary_view, 0, "count what was checked, queried, upheld and recovered",
	"A practice sees its own. " COUNT_NOTES,
	"pbc activity review-summary --year 2017/18\n"
	"pbc activity review-summary --year 2017/18 --as-at 2017-09-30"},
    {0},
};
