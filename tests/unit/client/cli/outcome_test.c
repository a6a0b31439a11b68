/* What an operation came to, in words for people and by its names for programs. */
#include <criterion/criterion.h>

#include "client/cli/outcome.h"

static struct arena *arena;

static void
set_up(void)
{
	arena = arena_new(65536);
}

static void
tear_down(void)
{
	arena_free(arena);
}

TestSuite(outcome, .init = set_up, .fini = tear_down);

static Pbc__V1__Outcome
make(const char *name, const char *value)
{
	Pbc__V1__Outcome outcome = PBC__V1__OUTCOME__INIT;

	outcome.name = (char *)(uintptr_t)name;
	outcome.value = (char *)(uintptr_t)value;
	return outcome;
}

Test(outcome, has_words_for_people_and_its_name_in_csv)
{
	static const struct {
		const char *name, *value, *words, *people, *csv_name, *csv;
	} cases[] = {
	    {"unpriced", "1234", "Unpriced", "1,234", "unpriced", "1234"},
	    {"cost_pence", "-123450", "Cost", "-£1,234.50", "cost", "-1234.50"},
	    {"missing_in_ledger", "7", "Missing in ledger", "7", "missing_in_ledger", "7"},
	    {"warning.W203", "2", "Warning W203", "2", "warning.W203", "2"},
	    {"late", "2017-08-16", "Late: was due by", "2017-08-16", "late", "2017-08-16"},
	    {"cost_pence", "", "Cost", "", "cost", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Pbc__V1__Outcome outcome = make(cases[i].name, cases[i].value);

		cr_expect_str_eq(outcome_name(&outcome, CELL_PEOPLE, arena), cases[i].words);
		cr_expect_str_eq(outcome_value(&outcome, CELL_PEOPLE, arena), cases[i].people);
		cr_expect_str_eq(outcome_name(&outcome, CELL_CSV, arena), cases[i].csv_name);
		cr_expect_str_eq(outcome_value(&outcome, CELL_CSV, arena), cases[i].csv);
	}
}

Test(outcome, of_nothing_is_quiet_where_it_says_nothing)
{
	Pbc__V1__Outcome excluded = make("excluded", "0");
	Pbc__V1__Outcome accepted = make("accepted", "0");
	Pbc__V1__Outcome some = make("excluded", "1");

	cr_expect(outcome_is_quiet(&excluded, arena));
	cr_expect_not(outcome_is_quiet(&accepted, arena));
	cr_expect_not(outcome_is_quiet(&some, arena));
}

Test(outcome, names_what_an_operation_made)
{
	cr_expect_str_eq(outcome_result_heading("import_activity"), "Submission");
	cr_expect_str_eq(outcome_result_heading("something_new"), "Result");
}
