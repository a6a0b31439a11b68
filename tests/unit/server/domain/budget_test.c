/* Budget derivation: uplift, rounding, phasing, and a working that tells all of it. */
#include <criterion/criterion.h>
#include <string.h>

#include "server/domain/budget.h"

static const struct budget_basis basis = {
    .history_year = "2016/17",
    .history_source = "24 submissions",
    .budget_year = "2017/18",
    .tariff_source = "tariff.csv",
    .uplift_ppm = 1025000,
    .uplift_source = "PCT board",
};

static int64_t
sum(const int64_t months[BUDGET_MONTHS])
{
	int64_t total = 0;
	int i;

	for (i = 0; i < BUDGET_MONTHS; i++)
		total += months[i];
	return total;
}

/* 40 records costing 1,000.30: times 1.025 is 41 records and 1,025.3075, so 1,025.31. */
Test(budget, line_is_history_times_uplift_rounded_half_up)
{
	struct budget_history history = {.month_activity = {10, 30}, .cost_pence = 100030};
	struct budget_line line;

	cr_assert(budget_derive(&history, &basis, &line));
	cr_assert_eq(line.activity, 41);
	cr_assert_eq(line.cost_pence, 102531);
}

/* 10 and 30 of 40 records: a quarter and three quarters of 1,025.31 is 256.3275 and 768.9825. */
Test(budget, months_follow_last_years_activity_and_add_up)
{
	struct budget_history history = {.month_activity = {10, 30}, .cost_pence = 100030};
	struct budget_line line;

	cr_assert(budget_derive(&history, &basis, &line));
	cr_assert_eq(line.month_cost_pence[0], 25633);
	cr_assert_eq(line.month_cost_pence[1], 76898);
	cr_assert_eq(line.month_cost_pence[2], 0);
	cr_assert_eq(line.month_activity[0], 10);
	cr_assert_eq(line.month_activity[1], 31);
}

Test(budget, months_add_up_for_awkward_sums)
{
	struct budget_history history = {
	    .month_activity = {1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31}};
	struct budget_line line;
	int64_t cost;

	for (cost = 0; cost < 5000; cost += 7) {
		history.cost_pence = cost;
		cr_assert(budget_derive(&history, &basis, &line));
		cr_assert_eq(sum(line.month_cost_pence), line.cost_pence);
		cr_assert_eq(sum(line.month_activity), line.activity);
	}
}

Test(budget, line_without_priced_history_is_nothing_and_says_so)
{
	struct budget_history history = {.unpriced = 6};
	struct budget_line line;

	cr_assert(budget_derive(&history, &basis, &line));
	cr_assert_eq(line.cost_pence, 0);
	cr_assert_eq(line.steps[0].activity, 6);
	cr_assert(strstr(line.steps[1].detail, "6 have no price") != NULL);
	cr_assert(strstr(line.steps[3].detail, "evenly") != NULL);
}

Test(budget, working_has_four_steps_in_order)
{
	static const char *const rules[] = {
	    "HISTORIC_ACTIVITY", "REPRICE_AT_TARIFF", "UPLIFT", "PHASE"};
	struct budget_history history = {
	    .month_activity = {10, 30}, .unpriced = 2, .cost_pence = 100030};
	struct budget_line line;
	int i;

	cr_assert(budget_derive(&history, &basis, &line));
	for (i = 0; i < BUDGET_STEPS; i++)
		cr_assert_str_eq(line.steps[i].rule, rules[i]);
	cr_assert_eq(line.steps[0].activity, 42);
	cr_assert_str_eq(line.steps[0].source, "24 submissions");
	cr_assert_str_eq(line.steps[1].source, "tariff.csv");
	cr_assert_eq(line.steps[1].amount_pence, 100030);
	cr_assert_eq(line.steps[2].amount_pence, 102531);
	cr_assert_str_eq(line.steps[2].source, "PCT board");
	cr_assert(strstr(line.steps[2].detail, "1.025") != NULL);
	cr_assert_eq(line.steps[3].amount_pence, 102531);
}

Test(budget, overflow_is_told)
{
	struct budget_history history = {.month_activity = {1}, .cost_pence = INT64_MAX};
	struct budget_line line;

	cr_assert_not(budget_derive(&history, &basis, &line));
}

/* 100 pence over weights 1, 1, 1: 34, 33, 33. */
Test(budget, parts_of_a_month_add_up_to_the_month)
{
	const int64_t months[BUDGET_MONTHS] = {100, 7};
	const struct budget_months weights[3] = {{{1, 0}}, {{1, 2}}, {{1, 5}}};
	struct budget_months parts[3];

	budget_divide(months, weights, 3, parts);
	cr_assert_eq(parts[0].of[0], 34);
	cr_assert_eq(parts[1].of[0], 33);
	cr_assert_eq(parts[2].of[0], 33);
	cr_assert_eq(parts[0].of[1], 0);
	cr_assert_eq(parts[1].of[1], 2);
	cr_assert_eq(parts[2].of[1], 5);
	cr_assert_eq(parts[0].of[2] + parts[1].of[2] + parts[2].of[2], 0);
}
