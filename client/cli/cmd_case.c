/* case: a practice's proposal, from draft to decision. */
#include <string.h>

#include "client/cli/failure.h"
#include "client/cli/request.h"
#include "client/cli/tables.h"
#include "client/cli/view.h"
#include "common/pbjson.h"
#include "pbc/v1/business_case.pb-c.h"

#define SERVICE &pbc__v1__business_case_service__descriptor

#define CONTENT_PARAMS                                                                            \
	{"file", NULL, "JSON", "the content as a JSON file, - for standard input; flags win",     \
	    false},                                                                               \
	    {"title", "content.title", "TEXT", "title", false},                                   \
	    {"need", "content.need", "TEXT", "the need it answers", false},                       \
	    {"proposal", "content.proposal", "TEXT", "what is proposed", false},                  \
	    {"pathway", "content.pathway", "TEXT", "the patients' pathway", false},               \
	    {"clinical-governance", "content.clinical_governance", "TEXT", "clinical governance", \
		false},                                                                           \
	    {"patient-involvement", "content.patient_involvement", "TEXT",                        \
		"how patients took part", false},                                                 \
	    {"effect-on-others", "content.effect_on_others", "TEXT", "effect on other services",  \
		false},                                                                           \
	    {"risks", "content.risks", "TEXT", "risks and what is done about them", false},       \
	    {"measures", "content.measures", "TEXT", "how success is measured", false},           \
	    {"set-up-cost", "content.set_up_cost_pence", "POUNDS", "set-up cost", false},         \
	    {"recurrent-cost", "content.recurrent_cost_pence", "POUNDS", "cost a year", false},   \
	    {"disinvestment", "content.disinvestment_pence", "POUNDS",                            \
		"spending a year it replaces", false},                                            \
	{                                                                                         \
		"start", "content.start_date", "YYYY-MM-DD", "start of the service", false        \
	}

#define ETAG_PARAM                                                                        \
	{                                                                                 \
		"etag", "etag", "ETAG",                                                   \
		    "refuse if the case has changed since; the newest if left out", false \
	}

static const struct param create_params[] = {
    {"practice", "practice_code", "CODE", "the proposing practice; your own if left out", false},
    CONTENT_PARAMS,
    {0},
};

static const struct param update_params[] = {
    {"CASE", "case_id", NULL, "case id", true},
    ETAG_PARAM,
    CONTENT_PARAMS,
    {0},
};

static const struct param submit_params[] = {
    {"CASE", "case_id", NULL, "case id", true},
    ETAG_PARAM,
    {0},
};

static const struct param decide_params[] = {
    {"CASE", "case_id", NULL, "case id", true},
    {"decision", "decision", "WORD", "approve, approve-with-conditions or reject", true},
    {"reasons", "reasons", "TEXT", "why", true},
    {"conditions", "conditions", "TEXT", "what has to be met, of approve-with-conditions", false},
    {"remedy", "remedy", "TEXT", "what would resolve it, of reject", false},
    ETAG_PARAM,
    {0},
};

static const struct param declare_params[] = {
    {"CASE", "case_id", NULL, "case id", true},
    {"nature", "nature", "TEXT", "what the interest is", true},
    {0},
};

static const struct param show_params[] = {
    {"CASE", "case_id", NULL, "case id", true},
    {0},
};

static const struct param list_params[] = {
    {"state", "state", "WORD", "draft, submitted, approved, approved-with-conditions or rejected",
	false},
    {0},
};

static const struct column case_columns[] = {
    {.field = "reference", .heading = "Reference"},
    {.field = "case_id", .heading = "Case"},
    {.field = "state", .heading = "State"},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "practice_name", .heading = "Name"},
    {.field = "content.title", .heading = "Title", .flags = COLUMN_WRAP},
    {.field = "content.need", .heading = "Need", .flags = COLUMN_WRAP},
    {.field = "content.proposal", .heading = "Proposal", .flags = COLUMN_WRAP},
    {.field = "content.pathway", .heading = "Pathway", .flags = COLUMN_WRAP},
    {.field = "content.clinical_governance",
	.heading = "Clinical governance",
	.flags = COLUMN_WRAP},
    {.field = "content.patient_involvement",
	.heading = "Patient involvement",
	.flags = COLUMN_WRAP},
    {.field = "content.effect_on_others", .heading = "Effect on others", .flags = COLUMN_WRAP},
    {.field = "content.risks", .heading = "Risks", .flags = COLUMN_WRAP},
    {.field = "content.measures", .heading = "Measures", .flags = COLUMN_WRAP},
    {.field = "content.set_up_cost_pence", .heading = "Set-up cost"},
    {.field = "content.recurrent_cost_pence", .heading = "Recurrent cost"},
    {.field = "content.disinvestment_pence", .heading = "Disinvestment"},
    {.field = "content.start_date", .heading = "Start"},
    {.field = "created_by", .heading = "Created by"},
    {.field = "create_time", .heading = "Created"},
    {.field = "submitted_by", .heading = "Submitted by"},
    {.field = "submit_time", .heading = "Submitted"},
    {.field = "decision_due_date", .heading = "Decision due"},
    {.field = "decided_by", .heading = "Decided by"},
    {.field = "decide_time", .heading = "Decided"},
    {.field = "reasons", .heading = "Reasons", .flags = COLUMN_WRAP},
    {.field = "conditions", .heading = "Conditions", .flags = COLUMN_WRAP},
    {.field = "remedy", .heading = "Remedy", .flags = COLUMN_WRAP},
    {.field = "etag", .heading = "Etag"},
    {0},
};

static const struct column row_columns[] = {
    {.field = "case_id", .heading = "Case"},
    {.field = "reference", .heading = "Reference"},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "content.title", .heading = "Title", .flags = COLUMN_WRAP},
    {.field = "state", .heading = "State"},
    {.field = "content.recurrent_cost_pence", .heading = "Cost a year"},
    {.field = "submit_time", .heading = "Submitted"},
    {.field = "decision_due_date", .heading = "Decision due"},
    {0},
};

static const struct column interest_columns[] = {
    {.field = "user_id", .heading = "User"},
    {.field = "organisation_code", .heading = "Organisation"},
    {.field = "nature", .heading = "Nature", .flags = COLUMN_WRAP},
    {.field = "declare_time", .heading = "Declared"},
    {0},
};

static const struct view case_view = {{
    {NULL, "business_case", case_columns, false},
    {"Declared interests", "business_case.interests", interest_columns, false},
}};
static const struct view list_view = {{{NULL, "business_cases", row_columns, false}}};

/* The case as it is now. NULL with *status set. */
static Pbc__V1__GetBusinessCaseResponse *
get_case(struct invocation *invocation, struct status *status)
{
	Pbc__V1__GetBusinessCaseRequest request = PBC__V1__GET_BUSINESS_CASE_REQUEST__INIT;
	Pbc__V1__GetBusinessCaseResponse *answer;

	request.case_id = (char *)(uintptr_t)invocation_value(invocation, "CASE");
	answer = (Pbc__V1__GetBusinessCaseResponse *)client_call(invocation->client, SERVICE,
	    "GetBusinessCase", &request.base, invocation_timeout_ms(invocation), status);
	if (answer != NULL && answer->business_case == NULL) {
		pbc__v1__get_business_case_response__free_unpacked(answer, NULL);
		answer = NULL;
		status_set(status, STATUS_INTERNAL, "BAD_ANSWER", NULL, NULL,
		    "the server's answer holds no case");
	}
	return answer;
}

/*
 * What the user left out, as the case has it now: the etag, and for an update without a file the
 * content that its flags then change.
 */
static bool
fill_from_case(struct invocation *invocation, json_t *json, bool content, struct status *status)
{
	bool etag = invocation_value(invocation, "etag") == NULL;
	Pbc__V1__GetBusinessCaseResponse *now;

	if (!etag && !content)
		return true;
	now = get_case(invocation, status);
	if (now == NULL)
		return false;
	if (etag)
		request_set(json, "etag", json_string(now->business_case->etag));
	if (content && now->business_case->content != NULL)
		request_set(json, "content",
		    pbjson_from_message(&now->business_case->content->base, PBJSON_PROTO3));
	pbc__v1__get_business_case_response__free_unpacked(now, NULL);
	return true;
}

/* Content of --file, if given. */
static bool
fill_from_file(struct invocation *invocation, json_t *json, struct status *status)
{
	const char *path = invocation_value(invocation, "file");
	json_t *content;

	if (path == NULL)
		return true;
	content = request_read_json(path, &pbc__v1__case_content__descriptor, status);
	if (content != NULL)
		request_set(json, "content", content);
	return content != NULL;
}

static enum exit_code
call_and_print(struct invocation *invocation, json_t *json, bool filled, struct status *status)
{
	ProtobufCMessage *request = NULL;
	enum exit_code code = EXIT_OK;
	ProtobufCMessage *answer;

	if (filled && request_fill(invocation, json, status))
		request = request_message(invocation, json, status);
	json_decref(json);
	if (request == NULL)
		return request_refuse(invocation, status);
	answer = invocation_call(invocation, request, &code);
	if (answer == NULL)
		return code;
	view_print(invocation->command->view, answer, invocation->options.format);
	protobuf_c_message_free_unpacked(answer, NULL);
	return EXIT_OK;
}

/* True if a file or a flag says anything of the case. */
static bool
content_given(const struct invocation *invocation)
{
	const struct command *command = invocation->command;

	for (size_t i = 0; i < command_param_count(command); i++)
		if (invocation->values[i] != NULL &&
		    (command->params[i].field == NULL ||
			strncmp(command->params[i].field, "content.", strlen("content.")) == 0))
			return true;
	return false;
}

static enum exit_code
case_create(struct invocation *invocation)
{
	struct status status = {.code = STATUS_OK};
	json_t *json;

	if (!content_given(invocation)) {
		status_set(&status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
		    "give what the case is: --file JSON, or flags such as --title");
		return failure_usage(&status, invocation->command);
	}
	json = json_object();
	return call_and_print(invocation, json, fill_from_file(invocation, json, &status), &status);
}

static enum exit_code
case_update(struct invocation *invocation)
{
	struct status status = {.code = STATUS_OK};
	bool from_case = invocation_value(invocation, "file") == NULL;
	json_t *json = json_object();
	bool filled = fill_from_case(invocation, json, from_case, &status) &&
		      fill_from_file(invocation, json, &status);

	return call_and_print(invocation, json, filled, &status);
}

/* Submit and decide: the etag is all that may be missing. */
static enum exit_code
case_act(struct invocation *invocation)
{
	struct status status = {.code = STATUS_OK};
	json_t *json = json_object();

	return call_and_print(
	    invocation, json, fill_from_case(invocation, json, false, &status), &status);
}

const struct command case_commands[] = {
    {"case", "create", SERVICE, "CreateBusinessCase", create_params, case_create, &case_view, 0,
	"begin a business case", "The keys of a JSON file are the names of the content's fields.",
	"pbc case create --title \"Minor surgery at the practice\" --set-up-cost 12000\n"
	"pbc case create --practice A81001 --file case.json"},
    {"case", "update", SERVICE, "UpdateBusinessCase", update_params, case_update, &case_view, 0,
	"change a draft", "Flags change these sections only; a file replaces the whole content.",
	"pbc case update 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --need \"Waits for minor surgery exceed 18 weeks\""},
    {"case", "submit", SERVICE, "SubmitBusinessCase", submit_params, case_act, &case_view, 0,
	"submit a draft for decision", NULL,
	"pbc case submit 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"case", "list", SERVICE, "ListBusinessCases", list_params, command_list, &list_view, 0,
	"list business cases", NULL, "pbc case list --state submitted"},
    {"case", "show", SERVICE, "GetBusinessCase", show_params, command_unary, &case_view, 0,
	"show a business case", NULL, "pbc case show 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"case", "decide", SERVICE, "DecideBusinessCase", decide_params, case_act, &case_view, 0,
	"decide a submitted case, with reasons",
	"Nobody decides a case of their own or one in which they declared an interest.",
	"pbc case decide 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --decision reject --reasons \"No capacity plan\" \\\n"
	"    --remedy \"Show the theatre sessions\""},
    {"case", "declare", SERVICE, "DeclareInterest", declare_params, command_unary, &case_view, 0,
	"declare an interest in a case", NULL,
	"pbc case declare 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --nature \"Partner in the proposed provider\""},
    {0},
};
