/* Files that are well formed and would do harm are refused, each for its reason. */
#include <criterion/criterion.h>
#include <string.h>

#include "server/job/activity_guard.h"

static void
expect(const struct activity_guard *guard, const struct activity_totals *totals, const char *reason)
{
	struct status status = {.code = STATUS_OK};
	bool allowed = activity_guard_allows(guard, totals, &status);

	cr_expect_eq(allowed, reason[0] == '\0', "%s", reason);
	cr_expect_str_eq(status.reason, reason);
}

Test(activity_guard, a_file_without_an_acceptable_row_is_refused_by_its_commonest_error)
{
	struct activity_totals totals = {.rows = 10,
	    .by_fault = {[FAULT_SEX] = 1,
		[FAULT_ATTENDANCE_OUTSIDE] = 9,
		[FAULT_COMMISSIONER_DIFFERS] = 10}};
	struct activity_guard guard = {.dataset = ""};
	struct status status = {.code = STATUS_OK};

	cr_expect_not(activity_guard_allows(&guard, &totals, &status));
	cr_expect_str_eq(status.reason, "NOTHING_ACCEPTED");
	cr_expect_not_null(
	    strstr(status.message, "attendance_date of 9 rows"), "%s", status.message);
	cr_expect_not_null(strstr(status.message, "E127"), "%s", status.message);
	guard.changes = true;
	expect(&guard, &totals, "");
	guard.changes = false;
	totals.accepted = 1;
	expect(&guard, &totals, "");
}

Test(activity_guard, a_list_of_rejects_is_known_by_all_its_columns)
{
	static const char *const names[] = {"row", "column", "code", "severity", "message"};
	struct activity_totals totals = {.rows = 3, .accepted = 3};
	struct activity_guard guard = {.dataset = ""};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		expect(&guard, &totals, "");
		activity_guard_column(&guard, "gp_name");
		activity_guard_column(&guard, names[i]);
	}
	expect(&guard, &totals, "REJECTS_FILE");
	activity_guard_column(&guard, "row"); /* a list of a list has each of them twice */
	expect(&guard, &totals, "REJECTS_FILE");
	guard.changes = true;
	expect(&guard, &totals, "");
}

/* Both sides of the share that the rule row says, of numbers that it does and does not divide. */
Test(activity_guard, a_freeze_below_the_share_of_the_rule_is_refused_and_a_flex_is_not)
{
	static const struct {
		int64_t min_ppm, superseded, accepted;
		const char *reason;
	} cases[] = {
	    {500000, 100, 49, "MONTH_SHRINKS"},
	    {500000, 100, 50, ""},
	    {500000, 5, 2, "MONTH_SHRINKS"},
	    {500000, 5, 3, ""},
	    {900000, 100, 89, "MONTH_SHRINKS"},
	    {900000, 100, 90, ""},
	    {0, 100, 1, ""},
	    {500000, 0, 1, ""},
	};
	struct activity_totals totals = {.rows = 0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct activity_guard guard = {.dataset = "",
		    .freeze = true,
		    .superseded_accepted = cases[i].superseded,
		    .freeze_min_ppm = cases[i].min_ppm};

		totals.accepted = cases[i].accepted;
		expect(&guard, &totals, cases[i].reason);
		guard.freeze = false;
		expect(&guard, &totals, "");
	}
}

Test(activity_guard, the_refusal_tells_the_share)
{
	struct activity_totals totals = {.rows = 3, .accepted = 3};
	struct activity_guard guard = {
	    .dataset = "", .freeze = true, .superseded_accepted = 10, .freeze_min_ppm = 625000};
	struct status status = {.code = STATUS_OK};

	cr_expect_not(activity_guard_allows(&guard, &totals, &status));
	cr_expect_str_eq(status.message,
	    "the file has 3 acceptable rows, less than 62.5 % of the 10 it replaces");
}

/* 1000 rows stand, 900 of them of other data sets: those are in both versions. */
Test(activity_guard, a_freeze_of_a_data_set_is_held_against_its_own_rows)
{
	struct activity_totals totals = {.rows = 949, .accepted = 949};
	struct activity_guard guard = {.dataset = "OP",
	    .freeze = true,
	    .carried = 900,
	    .superseded_accepted = 1000,
	    .superseded_rest = 900,
	    .freeze_min_ppm = 500000};
	struct status status = {.code = STATUS_OK};

	cr_expect_not(activity_guard_allows(&guard, &totals, &status));
	cr_expect_str_eq(status.reason, "MONTH_SHRINKS");
	cr_expect_str_eq(status.message,
	    "the file has 49 acceptable rows, less than 50 % of the 100 it replaces");
	totals.rows = totals.accepted = 950;
	expect(&guard, &totals, "");
}

Test(activity_guard, a_header_alone_closes_a_data_set_of_which_nothing_stands)
{
	struct activity_totals totals = {.rows = 900, .accepted = 900};
	struct activity_guard guard = {.dataset = "AE",
	    .freeze = true,
	    .carried = 900,
	    .superseded_accepted = 900,
	    .superseded_rest = 900,
	    .freeze_min_ppm = 500000};

	cr_expect(activity_guard_may_be_empty(&guard));
	expect(&guard, &totals, "");
	guard.superseded_accepted = 901;
	expect(&guard, &totals, "MONTH_SHRINKS");
	guard.superseded_accepted = 900;
	totals.rows = 901; /* one row, which was refused */
	expect(&guard, &totals, "NOTHING_ACCEPTED");
	guard.changes = true;
	cr_expect_not(activity_guard_may_be_empty(&guard));
	guard.changes = false;
	guard.freeze = false;
	cr_expect_not(activity_guard_may_be_empty(&guard));
	guard.freeze = true;
	guard.dataset = "";
	cr_expect_not(activity_guard_may_be_empty(&guard));
}
