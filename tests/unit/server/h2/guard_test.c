/* Budgets by the minute. */
#include <criterion/criterion.h>

#include "server/h2/h2_internal.h"

Test(guard, allows_exactly_so_many_a_minute)
{
	struct h2_budget budget = {0};
	int i;

	for (i = 0; i < 3; i++)
		cr_assert(h2_budget_spend(&budget, 3, 1000 + i));
	cr_assert_not(h2_budget_spend(&budget, 3, 60999), "the fourth within the minute");
	cr_assert(
	    h2_budget_spend(&budget, 3, 61000), "the next minute begins 60,000 ms after the first");
}

Test(guard, counts_from_the_first_event_not_from_the_clock)
{
	struct h2_budget budget = {0};

	cr_assert(h2_budget_spend(&budget, 1, 59999));
	cr_assert_not(h2_budget_spend(&budget, 1, 60001));
	cr_assert_not(h2_budget_spend(&budget, 0, 500000), "a budget of none allows none");
}
