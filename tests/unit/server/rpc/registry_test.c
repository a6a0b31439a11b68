/* A table that does not decide everything refuses to start, and the real tables do start. */
#include <criterion/criterion.h>
#include <string.h>

#include "pbc/v1/activity.pb-c.h"
#include "pbc/v1/ledger.pb-c.h"
#include "pbc/v1/upload.pb-c.h"
#include "server/rpc/registry.h"
#include "server/service/services.h"

#define LIST_OK                                                                     \
	{                                                                           \
		.method = "ListBalances", .effect = RPC_READ, .roles = ROLE_AUDITOR \
	}
#define VERIFY_OK                                                                   \
	{                                                                           \
		.method = "VerifyLedger", .effect = RPC_READ, .roles = ROLE_AUDITOR \
	}

static bool
leave_as_it_is(json_t *answer, struct status *status)
{
	return answer != NULL && status != NULL;
}

static struct registry *
build(const ProtobufCServiceDescriptor *descriptor, const struct rpc_row *rows, size_t count,
    struct status *status)
{
	const struct rpc_service service = {descriptor, rows, count};
	const struct rpc_service *const services[] = {&service};

	return registry_new(services, 1, status);
}

Test(registry, refuses_tables_that_leave_something_open)
{
	static const struct {
		const char *what;
		struct rpc_row rows[3];
		size_t count;
		const char *message; /* part of it; NULL: starts */
	} cases[] = {
	    {"complete", {LIST_OK, VERIFY_OK}, 2, NULL},
	    {"missing row", {LIST_OK}, 1, "2 methods and 1 rows"},
	    {"row of no method", {LIST_OK, {.method = "Other", .effect = RPC_READ, .roles = 1}}, 2,
		"has no row"},
	    {"two rows", {LIST_OK, LIST_OK}, 2, "has two rows"},
	    {"extra row", {LIST_OK, VERIFY_OK, VERIFY_OK}, 3, "2 methods and 3 rows"},
	    {"no roles", {LIST_OK, {.method = "VerifyLedger", .effect = RPC_READ}}, 2,
		"names no role"},
	    {"no effect", {LIST_OK, {.method = "VerifyLedger", .roles = 1}}, 2, "reads or writes"},
	    {"write on the read lane",
		{LIST_OK, {.method = "VerifyLedger", .effect = RPC_WRITE, .roles = 1}}, 2,
		"sent twice"},
	    {"write without request_id",
		{LIST_OK,
		    {.method = "VerifyLedger", .effect = RPC_WRITE, .roles = 1, .lane = DB_WRITE}},
		2, "request_id"},
	    {"watch without topic",
		{LIST_OK,
		    {.method = "VerifyLedger", .kind = RPC_WATCH, .effect = RPC_READ, .roles = 1}},
		2, "topic"},
	    {"topic without watch",
		{LIST_OK, {.method = "VerifyLedger", .effect = RPC_READ, .roles = 1, .topic = "x"}},
		2, "topic"},
	    {"mandatory field that is none",
		{LIST_OK,
		    {.method = "VerifyLedger", .effect = RPC_READ, .roles = 1, .mandatory = "x"}},
		2, "does not have"},
	    {"patient-level on the read lane",
		{LIST_OK, {.method = "VerifyLedger",
			      .effect = RPC_READ,
			      .roles = 1,
			      .patient_level = true}},
		2, "sent twice"},
	    {"patient-level without a reason to give",
		{LIST_OK, {.method = "VerifyLedger",
			      .effect = RPC_READ,
			      .roles = 1,
			      .lane = DB_WRITE,
			      .patient_level = true}},
		2, "reason"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {0};
		struct registry *registry = build(
		    &pbc__v1__ledger_service__descriptor, cases[i].rows, cases[i].count, &status);

		cr_expect_eq(registry != NULL, cases[i].message == NULL, "%s", cases[i].what);
		if (cases[i].message != NULL)
			cr_expect(strstr(status.message, cases[i].message) != NULL, "%s: %s",
			    cases[i].what, status.message);
		registry_free(registry);
	}
}

Test(registry, computes_the_answers_of_unary_reads_only)
{
	static const struct {
		const char *what;
		struct rpc_row row;
		bool starts;
	} cases[] = {
	    {"watch",
		{.method = "VerifyLedger",
		    .kind = RPC_WATCH,
		    .effect = RPC_READ,
		    .roles = 1,
		    .topic = "x"},
		false},
	    {"write", {.method = "VerifyLedger", .effect = RPC_WRITE, .roles = 1, .lane = DB_WRITE},
		false},
	    {"read", {.method = "VerifyLedger", .effect = RPC_READ, .roles = 1}, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rpc_row rows[] = {LIST_OK, cases[i].row};
		struct status status = {0};
		struct registry *built;

		rows[1].compute = leave_as_it_is;
		built = build(&pbc__v1__ledger_service__descriptor, rows, 2, &status);
		cr_expect_eq(built != NULL, cases[i].starts, "%s", cases[i].what);
		if (built == NULL)
			cr_expect_not_null(strstr(status.message, "only as a unary read"));
		registry_free(built);
	}
}

Test(registry, insists_on_the_reason_of_patient_level_reads)
{
	struct rpc_row rows[32];
	struct status status = {0};
	size_t count = activity_service.count;

	cr_assert_leq(count, sizeof(rows) / sizeof(rows[0]));
	memcpy(rows, activity_service.rows, count * sizeof(rows[0]));
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].method, "ListActivity") == 0)
			rows[i].mandatory = "practice_code period";
	cr_expect_null(build(&pbc__v1__activity_service__descriptor, rows, count, &status));
	cr_expect(strstr(status.message, "reason") != NULL);
}

/* The service's own rows, but that one method is not patient-level. */
static struct registry *
build_forgetting(const struct rpc_service *service, const char *method, struct status *status)
{
	struct rpc_row rows[32];

	cr_assert_leq(service->count, sizeof(rows) / sizeof(rows[0]));
	memcpy(rows, service->rows, service->count * sizeof(rows[0]));
	for (size_t i = 0; i < service->count; i++)
		if (strcmp(rows[i].method, method) == 0)
			rows[i].patient_level = false;
	return build(service->descriptor, rows, service->count, status);
}

Test(registry, takes_no_read_of_single_records_that_is_not_patient_level)
{
	static const struct {
		const struct rpc_service *service;
		const char *method;
		bool starts;
	} cases[] = {
	    {&activity_service, "ListActivity", false},
	    {&activity_service, "ListNotOurs", false},
	    {&pricing_service, "ExplainRecord", false}, /* of a message of its answer */
	    {&review_service, "ListReviews", false},
	    {&review_service, "ListWorklist", false}, /* two messages deep */
	    {&settlement_service, "ListDifferences", false},
	    {&review_service, "ReviewRecords", true}, /* a write is an event anyway */
	    {&activity_service, "GetSubmission", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {0};
		struct registry *built =
		    build_forgetting(cases[i].service, cases[i].method, &status);

		cr_expect_eq(built != NULL, cases[i].starts, "%s", cases[i].method);
		if (built == NULL)
			cr_expect(strstr(status.message, cases[i].method) != NULL &&
				      strstr(status.message, "not patient-level") != NULL,
			    "%s", status.message);
		registry_free(built);
	}
}

Test(registry, finds_every_method_of_every_service_by_its_path)
{
	struct status status = {0};
	size_t count;
	const struct rpc_service *const *services = services_all(&count);
	struct registry *registry = registry_new(services, count, &status);
	const struct rpc_method *method;

	cr_assert_not_null(registry, "%s", status.message);
	for (size_t i = 1; i <= registry_method_count(registry); i++) {
		method = registry_method(registry, i);
		cr_expect_eq(registry_find(registry, method->path), method);
		cr_expect_eq(method->index, i);
	}
	method = registry_find(registry, "/pbc.v1.BudgetService/GetBudget");
	cr_assert_not_null(method);
	cr_expect_str_eq(method->name, "BudgetService.GetBudget");
	cr_expect_null(registry_find(registry, "/pbc.v1.BudgetService/getbudget"));
	cr_expect_null(registry_find(registry, "/pbc.v1.BudgetService/"));
	cr_expect_null(registry_find(registry, ""));
	cr_expect(registry_has_service(registry, "grpc.health.v1.Health"));
	cr_expect(registry_has_service(registry, "grpc.reflection.v1alpha.ServerReflection"));
	cr_expect_not(registry_has_service(registry, "pbc.v1.Budget"));
	registry_free(registry);
}

Test(registry, lets_nobody_decide_what_practices_may_do_with_patients_rows)
{
	struct status status = {0};
	size_t count;
	const struct rpc_service *const *services = services_all(&count);
	struct registry *registry = registry_new(services, count, &status);
	const struct rpc_method *method =
	    registry_find(registry, "/pbc.v1.ActivityService/ListActivity");

	cr_assert_not_null(method);
	cr_expect_str_eq(method->roles, "{practice_member,practice_lead}");
	cr_expect(method->row->patient_level);
	registry_free(registry);
}
