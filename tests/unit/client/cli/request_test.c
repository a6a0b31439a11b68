/* Values of flags become the right kinds of JSON, or are refused with what would be right. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/request.h"
#include "pbc/v1/business_case.pb-c.h"
#include "pbc/v1/invoice.pb-c.h"

static struct invocation
invocation_of(const char *noun, const char *verb)
{
	struct invocation invocation = {.command = command_find(noun, verb)};

	invocation.arena = arena_new(1 << 20);
	return invocation;
}

static void
give(struct invocation *invocation, const char *name, const char *value)
{
	for (size_t i = 0; i < command_param_count(invocation->command); i++)
		if (strcmp(invocation->command->params[i].name, name) == 0)
			invocation->values[i] = value;
}

Test(request, pounds_words_and_places_become_fields)
{
	struct invocation invocation = invocation_of("invoice", "submit");
	struct status status = {.code = STATUS_OK};
	json_t *json = json_object();
	Pbc__V1__SubmitInvoiceRequest *request;

	give(&invocation, "provider", "RXX");
	give(&invocation, "total", "-12345.67");
	give(&invocation, "kind", "credit-note");
	invocation.options.validate_only = true;
	cr_assert(request_fill(&invocation, json, &status), "%s", status.message);
	request = (Pbc__V1__SubmitInvoiceRequest *)request_message(&invocation, json, &status);
	cr_assert_not_null(request, "%s", status.message);
	cr_expect_eq(request->total_pence, -1234567);
	cr_expect_eq(request->kind, PBC__V1__INVOICE_KIND__INVOICE_KIND_CREDIT_NOTE);
	cr_expect_str_eq(request->provider_code, "RXX");
	cr_expect(request->validate_only);
	cr_expect_eq(strlen(request->request_id), 36);
	json_decref(json);
	arena_free(invocation.arena);
}

Test(request, flags_reach_into_nested_messages)
{
	struct invocation invocation = invocation_of("case", "create");
	struct status status = {.code = STATUS_OK};
	json_t *json = json_object();
	Pbc__V1__CreateBusinessCaseRequest *request;

	give(&invocation, "title", "Minor surgery");
	give(&invocation, "recurrent-cost", "40000");
	cr_assert(request_fill(&invocation, json, &status));
	request = (Pbc__V1__CreateBusinessCaseRequest *)request_message(&invocation, json, &status);
	cr_assert_not_null(request);
	cr_expect_str_eq(request->content->title, "Minor surgery");
	cr_expect_eq(request->content->recurrent_cost_pence, 4000000);
	json_decref(json);
	arena_free(invocation.arena);
}

Test(request, wrong_values_are_usage_errors_that_say_what_is_right)
{
	static const struct {
		const char *name, *value, *message;
	} cases[] = {{"total", "12,345", "--total takes pounds such as 12345.67, not \"12,345\""},
	    {"kind", "bill",
		"--kind takes on-account, reconciliation or credit-note, not \"bill\""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct invocation invocation = invocation_of("invoice", "submit");
		struct status status = {.code = STATUS_OK};
		json_t *json = json_object();

		give(&invocation, cases[i].name, cases[i].value);
		cr_expect_not(request_fill(&invocation, json, &status));
		cr_expect_str_eq(status.message, cases[i].message);
		cr_expect_str_eq(status.reason, "USAGE");
		json_decref(json);
		arena_free(invocation.arena);
	}
}

Test(request, a_request_id_must_be_a_uuid)
{
	struct invocation invocation = invocation_of("budget", "issue");
	struct status status = {.code = STATUS_OK};
	json_t *json = json_object();

	invocation.options.request_id = "7";
	cr_expect_not(request_fill(&invocation, json, &status));
	json_decref(json);
	arena_free(invocation.arena);
}

Test(request, a_json_file_may_hold_only_the_messages_fields)
{
	static const struct {
		const char *text, *message;
	} cases[] = {{"{\"title\": \"x\", \"need\": \"y\"}", NULL},
	    {"{\"titel\": \"x\"}", "did you mean \"title\"?"}, {"[]", "is no JSON object"},
	    {"{", "is no JSON object"},
	    {"{\"title\": \"x\", \"title\": \"y\"}", "is no JSON object"}};
	char path[] = "/tmp/pbc-json-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {.code = STATUS_OK};
		FILE *file = fopen(path, "w");
		json_t *json;

		fputs(cases[i].text, file);
		fclose(file);
		json = request_read_json(path, &pbc__v1__case_content__descriptor, &status);
		cr_expect_eq(json != NULL, cases[i].message == NULL, "%s", cases[i].text);
		if (cases[i].message != NULL)
			cr_expect_not_null(
			    strstr(status.message, cases[i].message), "%s", status.message);
		json_decref(json);
	}
	unlink(path);
}
