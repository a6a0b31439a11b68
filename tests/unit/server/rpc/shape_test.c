/* The form of fields, by name, with every fault told at once. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "pbc/v1/activity.pb-c.h"
#include "pbc/v1/business_case.pb-c.h"
#include "pbc/v1/settlement.pb-c.h"
#include "pbc/v1/upload.pb-c.h"
#include "server/rpc/registry.h"
#include "server/rpc/shape.h"
#include "server/service/services.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static struct registry *methods;
static struct shape_violations violations;

static void
set_up(void)
{
	struct status status = {0};
	size_t count;
	const struct rpc_service *const *services = services_all(&count);

	methods = registry_new(services, count, &status);
}

static void
tear_down(void)
{
	registry_free(methods);
}

TestSuite(shape, .init = set_up, .fini = tear_down);

static bool
check(const char *path, ProtobufCMessage *message)
{
	return shape_check(registry_find(methods, path), message, &violations);
}

static bool
names(const char *field)
{
	for (size_t i = 0; i < violations.count; i++)
		if (strcmp(violations.items[i].field, field) == 0)
			return true;
	return false;
}

Test(shape, passes_a_request_that_has_everything)
{
	Pbc__V1__ImportActivityRequest request = PBC__V1__IMPORT_ACTIVITY_REQUEST__INIT;

	request.request_id = (char *)UUID;
	request.upload_id = (char *)UUID;
	request.provider_code = (char *)"RXX";
	request.period = (char *)"2017-07";
	request.phase = PBC__V1__PHASE__PHASE_FLEX;
	cr_expect(check("/pbc.v1.ActivityService/ImportActivity", &request.base));
	cr_expect_eq(violations.count, 0);
}

Test(shape, names_every_missing_field_at_once)
{
	Pbc__V1__ImportActivityRequest request = PBC__V1__IMPORT_ACTIVITY_REQUEST__INIT;

	cr_expect_not(check("/pbc.v1.ActivityService/ImportActivity", &request.base));
	cr_expect_eq(violations.count, 5);
	cr_expect(names("request_id") && names("upload_id") && names("provider_code") &&
		  names("period") && names("phase"));
	cr_expect_not(names("validate_only"));
}

Test(shape, judges_each_text_by_its_name)
{
	static const struct {
		const char *value;
		bool ok;
	} periods[] = {{"2017-07", true}, {"2017-7", false}, {"2017-13", false}, {"201707", false},
	    {"2017-07-01", false}},
	  ids[] = {{UUID, true}, {"11111111222233334444555555555555", false}, {"x", false},
	      {UUID " ", false}},
	  moments[] = {{"2017-07-31T09:30:00Z", true}, {"2017-07-31T09:30:00+01:00", true},
	      {"2017-07-31", false}, {"yesterday", false}},
	  past[] = {{"2017-07-31", true}, {"2017-07-31T09:30:00Z", true}, {"2017-02-30", false},
	      {"yesterday", false}};
	Pbc__V1__ListSubmissionsRequest list = PBC__V1__LIST_SUBMISSIONS_REQUEST__INIT;
	Pbc__V1__GetSubmissionRequest get = PBC__V1__GET_SUBMISSION_REQUEST__INIT;
	Pbc__V1__WatchStatementsRequest watch = PBC__V1__WATCH_STATEMENTS_REQUEST__INIT;

	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		list.period = (char *)periods[i].value;
		cr_expect_eq(check("/pbc.v1.ActivityService/ListSubmissions", &list.base),
		    periods[i].ok, "%s", periods[i].value);
	}
	list.period = (char *)"2017-07";
	for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
		list.as_at = (char *)past[i].value;
		cr_expect_eq(check("/pbc.v1.ActivityService/ListSubmissions", &list.base),
		    past[i].ok, "%s", past[i].value);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		get.submission_id = (char *)ids[i].value;
		cr_expect_eq(check("/pbc.v1.ActivityService/GetSubmission", &get.base), ids[i].ok,
		    "%s", ids[i].value);
	}
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		watch.since_time = (char *)moments[i].value;
		cr_expect_eq(check("/pbc.v1.SettlementService/WatchStatements", &watch.base),
		    moments[i].ok, "%s", moments[i].value);
	}
}

Test(shape, takes_a_smaller_page_for_a_larger_and_refuses_a_negative)
{
	static const struct {
		int32_t asked, taken;
		bool ok;
	} cases[] = {{0, 0, true}, {1, 1, true}, {200, 200, true}, {201, 200, true},
	    {INT32_MAX, 200, true}, {-1, -1, false}};
	Pbc__V1__ListSubmissionsRequest request = PBC__V1__LIST_SUBMISSIONS_REQUEST__INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request.page_size = cases[i].asked;
		cr_expect_eq(
		    check("/pbc.v1.ActivityService/ListSubmissions", &request.base), cases[i].ok);
		cr_expect_eq(request.page_size, cases[i].taken);
	}
}

Test(shape, looks_into_messages)
{
	Pbc__V1__CreateBusinessCaseRequest request = PBC__V1__CREATE_BUSINESS_CASE_REQUEST__INIT;
	Pbc__V1__CaseContent content = PBC__V1__CASE_CONTENT__INIT;

	request.request_id = (char *)UUID;
	request.practice_code = (char *)"A81001";
	cr_expect_not(check("/pbc.v1.BusinessCaseService/CreateBusinessCase", &request.base));
	cr_expect(names("content"));
	request.content = &content;
	cr_expect(check("/pbc.v1.BusinessCaseService/CreateBusinessCase", &request.base));
	content.start_date = (char *)"2017-02-29";
	cr_expect_not(check("/pbc.v1.BusinessCaseService/CreateBusinessCase", &request.base));
	cr_expect(names("content.start_date"));
}

Test(shape, refuses_values_that_an_enumeration_does_not_have)
{
	Pbc__V1__ListBusinessCasesRequest request = PBC__V1__LIST_BUSINESS_CASES_REQUEST__INIT;

	request.state = (Pbc__V1__CaseState)99;
	cr_expect_not(check("/pbc.v1.BusinessCaseService/ListBusinessCases", &request.base));
	cr_expect(names("state"));
}

Test(shape, limits_what_one_message_of_an_upload_holds)
{
	Pbc__V1__UploadFileRequest request = PBC__V1__UPLOAD_FILE_REQUEST__INIT;
	uint8_t *bytes = calloc(1, 512 * 1024 + 1);

	request.upload_id = (char *)UUID;
	request.data = (ProtobufCBinaryData){512 * 1024, bytes};
	cr_expect(check("/pbc.v1.UploadService/UploadFile", &request.base));
	request.data.len++;
	request.offset = -1;
	request.file_name = (char *)"../x";
	cr_expect_not(check("/pbc.v1.UploadService/UploadFile", &request.base));
	cr_expect(names("data") && names("offset") && names("file_name"));
	free(bytes);
}
