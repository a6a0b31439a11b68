/* Edit distances by worked examples, and who is near enough to be suggested. */
#include <criterion/criterion.h>

#include "client/cli/suggest.h"

Test(suggest, distance_counts_letters_in_out_changed_and_swapped)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} cases[] = {{"", "", 0}, {"", "abc", 3}, {"budget", "budget", 0}, {"bugdet", "budget", 1},
	    {"budgt", "budget", 1}, {"budgeet", "budget", 1}, {"kitten", "sitting", 3},
	    {"ca", "abc", 3}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(suggest_distance(cases[i].a, cases[i].b), cases[i].distance, "%s %s",
		    cases[i].a, cases[i].b);
		cr_expect_eq(suggest_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
}

static const char *
nearest(const char *word)
{
	static const char *const candidates[] = {"practice", "provider", "population", "budget"};
	struct suggestion suggestion = {.word = word};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		suggest_try(&suggestion, candidates[i]);
	return suggestion.best;
}

Test(suggest, the_nearest_is_suggested_and_strangers_are_not)
{
	cr_expect_str_eq(nearest("practise"), "practice");
	cr_expect_str_eq(nearest("providre"), "provider");
	cr_expect_str_eq(nearest("pop"), "population");
	cr_expect_null(nearest("invoice"));
	cr_expect_null(nearest(""));
}
