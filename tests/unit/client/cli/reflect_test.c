/* Fields by path: nested, repeated, unset, and members of a oneof. */
#include <criterion/criterion.h>
#include <string.h>

#include "client/cli/reflect.h"
#include "pbc/v1/activity.pb-c.h"
#include "pbc/v1/budget.pb-c.h"
#include "pbc/v1/review.pb-c.h"

Test(reflect, a_path_goes_through_messages_and_elements)
{
	Pbc__V1__GetBudgetResponse answer = PBC__V1__GET_BUDGET_RESPONSE__INIT;
	Pbc__V1__Budget budget = PBC__V1__BUDGET__INIT;
	Pbc__V1__BudgetLine line = PBC__V1__BUDGET_LINE__INIT;
	Pbc__V1__BudgetLine *lines[] = {&line};
	int64_t months[] = {1, 2, 300};
	int64_t value;

	answer.budget = &budget;
	budget.practice_code = (char *)"A81001";
	budget.n_lines = 1;
	budget.lines = lines;
	line.n_month_cost_pence = 3;
	line.month_cost_pence = months;
	cr_expect_str_eq(reflect_text(&answer.base, "budget.practice_code"), "A81001");
	cr_expect_eq(reflect_count(&answer.base, "budget.lines"), 1);
	cr_expect_eq(reflect_row(&answer.base, "budget.lines", 0), &line.base);
	cr_expect_eq(reflect_message(&answer.base, "budget"), &budget.base);
	memcpy(&value, reflect_value(&line.base, "month_cost_pence[2]").at, sizeof(value));
	cr_expect_eq(value, 300);
	cr_expect_null(reflect_value(&line.base, "month_cost_pence[3]").at);
}

Test(reflect, what_is_not_set_is_absent)
{
	Pbc__V1__GetBudgetResponse answer = PBC__V1__GET_BUDGET_RESPONSE__INIT;

	cr_expect_null(reflect_message(&answer.base, "budget"));
	cr_expect_null(reflect_value(&answer.base, "budget.issue_time").at);
	cr_expect_eq(reflect_count(&answer.base, "budget.lines"), 0);
}

Test(reflect, a_oneof_member_is_absent_until_it_is_chosen_even_when_0)
{
	Pbc__V1__ActivityRecord record = PBC__V1__ACTIVITY_RECORD__INIT;

	cr_expect_null(reflect_value(&record.base, "provider_price_pence").at);
	record.stated_case = PBC__V1__ACTIVITY_RECORD__STATED_PROVIDER_PRICE_PENCE;
	cr_expect_not_null(reflect_value(&record.base, "provider_price_pence").at);
}

Test(reflect, paths_that_lead_nowhere_have_no_field)
{
	static const char *const paths[] = {"", ".", "budget.", "budget.none", "none",
	    "budget.basis.x", "budget[0]", "budget.lines[x].pod", "budget..basis"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		cr_expect_null(reflect_field(&pbc__v1__get_budget_response__descriptor, paths[i]),
		    "%s", paths[i]);
	cr_expect_not_null(
	    reflect_field(&pbc__v1__get_budget_response__descriptor, "budget.lines[0].pod"));
}

Test(reflect, a_flag_takes_an_enumeration_with_hyphens)
{
	struct arena *arena = arena_new(4096);
	const ProtobufCEnumDescriptor *reasons = &pbc__v1__query_reason__descriptor;

	cr_expect_str_eq(
	    reflect_flag_word(reasons, PBC__V1__QUERY_REASON__QUERY_REASON_NOT_OUR_PATIENT, arena),
	    "not-our-patient");
	cr_expect_null(
	    reflect_flag_word(reasons, PBC__V1__QUERY_REASON__QUERY_REASON_UNSPECIFIED, arena));
	arena_free(arena);
}
