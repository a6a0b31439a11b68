/* Proto to SQL, as the table of CONTRIBUTING.md says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>

#include "common/arena.h"
#include "pbc/v1/activity.pb-c.h"
#include "pbc/v1/budget.pb-c.h"
#include "pbc/v1/business_case.pb-c.h"
#include "pbc/v1/operation.pb-c.h"
#include "pbc/v1/upload.pb-c.h"
#include "server/rpc/binder.h"
#include "server/rpc/registry.h"
#include "server/service/services.h"

static struct registry *methods;
static struct arena *arena;
static struct db_param params[BINDER_PARAM_LIMIT];

static void
set_up(void)
{
	struct status status = {0};
	size_t count;
	const struct rpc_service *const *services = services_all(&count);

	methods = registry_new(services, count, &status);
	arena = arena_new(1 << 20);
}

static void
tear_down(void)
{
	registry_free(methods);
	arena_free(arena);
}

TestSuite(binder, .init = set_up, .fini = tear_down);

static const struct rpc_method *
bind(const char *path, const ProtobufCMessage *message, const char *after)
{
	const struct rpc_method *method = registry_find(methods, path);
	struct status status = {0};

	cr_assert_not_null(method);
	cr_assert(
	    binder_bind(method, message, after, arena, params, &status), "%s", status.message);
	return method;
}

static void
expect_param(size_t index, const char *wanted)
{
	if (wanted == NULL)
		cr_expect_null(params[index].value, "$%zu is %s", index + 1, params[index].value);
	else if (params[index].value == NULL)
		cr_expect_fail("$%zu is NULL", index + 1);
	else
		cr_expect_str_eq(params[index].value, wanted);
}

Test(binder, calls_a_read_by_its_fields_names)
{
	Pbc__V1__GetBudgetRequest request = PBC__V1__GET_BUDGET_REQUEST__INIT;
	const struct rpc_method *method;

	request.practice_code = (char *)"A81001";
	method = bind("/pbc.v1.BudgetService/GetBudget", &request.base, NULL);
	cr_expect_str_eq(method->statement.name, "BudgetService.GetBudget");
	cr_expect_str_eq(method->statement.text,
	    "SELECT api.get_budget(\"practice_code\" => $1, \"financial_year\" => $2)");
	cr_expect_eq(method->statement.param_count, 2);
	expect_param(0, "A81001");
	expect_param(1, NULL); /* empty text is NULL */
}

Test(binder, records_a_write_under_its_request_id)
{
	Pbc__V1__ImportActivityRequest request = PBC__V1__IMPORT_ACTIVITY_REQUEST__INIT;
	const struct rpc_method *method;
	char first[80];

	request.request_id = (char *)"11111111-2222-3333-4444-555555555555";
	request.upload_id = (char *)"u";
	request.provider_code = (char *)"RXX";
	request.period = (char *)"2017-07";
	request.phase = PBC__V1__PHASE__PHASE_FREEZE;
	method = bind("/pbc.v1.ActivityService/ImportActivity", &request.base, NULL);
	cr_expect_str_eq(method->statement.text,
	    "SELECT coalesce(api.replay($1, $2::uuid, $3), api.record($1, $2::uuid, $3, "
	    "api.import_activity(\"upload_id\" => $4, \"provider_code\" => $5, \"period\" => $6, "
	    "\"phase\" => $7, \"validate_only\" => $8, \"control_rows\" => $9, "
	    "\"control_cost_pence\" => $10, \"dataset\" => $11)))");
	expect_param(0, "ActivityService.ImportActivity");
	expect_param(1, "11111111-2222-3333-4444-555555555555");
	cr_expect_eq(strlen(params[2].value), 66);
	cr_expect_eq(strncmp(params[2].value, "\\x", 2), 0);
	expect_param(3, "u");
	expect_param(6, "freeze");
	expect_param(7, "false");

	snprintf(first, sizeof(first), "%s", params[2].value);
	bind("/pbc.v1.ActivityService/ImportActivity", &request.base, NULL);
	cr_expect_str_eq(params[2].value, first, "the same body has the same hash");
	request.validate_only = 1;
	bind("/pbc.v1.ActivityService/ImportActivity", &request.base, NULL);
	cr_expect_str_neq(params[2].value, first, "another body has another");
	expect_param(7, "true");
}

/* SHA-256 of 0a 01 61 ("request_id": "a" and nothing else), by sha256sum. */
Test(binder, hashes_the_request_as_it_goes_over_the_wire)
{
	Pbc__V1__ImportActivityRequest request = PBC__V1__IMPORT_ACTIVITY_REQUEST__INIT;

	request.request_id = (char *)"a";
	bind("/pbc.v1.ActivityService/ImportActivity", &request.base, NULL);
	expect_param(2, "\\x23dca2a7429612378554b0bb5b85012dec00a17cc2c673f17d2b76a50b839cd5");
}

Test(binder, leaves_unspecified_enumerations_to_sql)
{
	Pbc__V1__ListBusinessCasesRequest request = PBC__V1__LIST_BUSINESS_CASES_REQUEST__INIT;

	bind("/pbc.v1.BusinessCaseService/ListBusinessCases", &request.base, NULL);
	expect_param(0, "0"); /* a number is sent also when it is 0 */
	expect_param(1, NULL);
	expect_param(2, NULL);
	request.state = PBC__V1__CASE_STATE__CASE_STATE_APPROVED_WITH_CONDITIONS;
	bind("/pbc.v1.BusinessCaseService/ListBusinessCases", &request.base, NULL);
	expect_param(2, "approved_with_conditions");
}

Test(binder, sends_messages_as_json)
{
	Pbc__V1__CreateBusinessCaseRequest request = PBC__V1__CREATE_BUSINESS_CASE_REQUEST__INIT;
	Pbc__V1__CaseContent content = PBC__V1__CASE_CONTENT__INIT;
	json_t *json;

	bind("/pbc.v1.BusinessCaseService/CreateBusinessCase", &request.base, NULL);
	expect_param(4, NULL);
	content.title = (char *)"Diabetes \"clinic\"";
	content.set_up_cost_pence = 9007199254740993;
	request.content = &content;
	bind("/pbc.v1.BusinessCaseService/CreateBusinessCase", &request.base, NULL);
	json = json_loads(params[4].value, 0, NULL);
	cr_assert_not_null(json);
	cr_expect_str_eq(json_string_value(json_object_get(json, "title")), "Diabetes \"clinic\"");
	cr_expect_eq(
	    json_integer_value(json_object_get(json, "set_up_cost_pence")), 9007199254740993);
	json_decref(json);
}

Test(binder, sends_an_upload_as_bytes_and_without_replay)
{
	static const uint8_t bytes[] = {0, 1, 0xff};
	Pbc__V1__UploadFileRequest request = PBC__V1__UPLOAD_FILE_REQUEST__INIT;
	const struct rpc_method *method;

	request.offset = INT64_MAX;
	request.data = (ProtobufCBinaryData){sizeof(bytes), (uint8_t *)bytes};
	method = bind("/pbc.v1.UploadService/UploadFile", &request.base, NULL);
	cr_expect_str_eq(method->statement.text,
	    "SELECT api.upload_file(\"upload_id\" => $1, \"file_name\" => $2, \"offset\" => $3, "
	    "\"data\" => $4, \"complete\" => $5, \"sha256\" => $6)");
	expect_param(2, "9223372036854775807");
	cr_expect(params[3].binary);
	cr_expect_eq(params[3].length, sizeof(bytes));
	cr_expect_eq(memcmp(params[3].value, bytes, sizeof(bytes)), 0);
	request.data = (ProtobufCBinaryData){0, NULL};
	bind("/pbc.v1.UploadService/UploadFile", &request.base, NULL);
	cr_expect_not_null(params[3].value, "no bytes are not NULL");
	cr_expect_eq(params[3].length, 0);
}

Test(binder, hands_a_watch_its_cursor_first)
{
	Pbc__V1__WatchOperationRequest request = PBC__V1__WATCH_OPERATION_REQUEST__INIT;
	const struct rpc_method *method;

	request.operation_id = (char *)"o";
	method = bind("/pbc.v1.OperationService/WatchOperation", &request.base, NULL);
	cr_expect_str_eq(method->statement.text,
	    "SELECT api.watch_operation(\"after\" => $1, \"operation_id\" => $2)");
	expect_param(0, NULL);
	bind("/pbc.v1.OperationService/WatchOperation", &request.base, "7");
	expect_param(0, "7");
	expect_param(1, "o");
}

Test(binder, refuses_rather_than_loses_a_value_when_memory_is_used_up)
{
	Pbc__V1__ImportActivityRequest request = PBC__V1__IMPORT_ACTIVITY_REQUEST__INIT;
	struct arena *small = arena_new(16);
	struct status status = {0};

	request.request_id = (char *)"11111111-2222-3333-4444-555555555555";
	cr_expect_not(binder_bind(registry_find(methods, "/pbc.v1.ActivityService/ImportActivity"),
	    &request.base, NULL, small, params, &status));
	cr_expect_eq(status.code, STATUS_RESOURCE_EXHAUSTED);
	arena_free(small);
}
