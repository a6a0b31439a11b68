/*
 * Which codes cost a row its identifiers: both ends of a range, the columns, the ways of writing.
 */
#include <criterion/criterion.h>

#include "server/job/restricted.h"

static bool
matches(const struct restricted *restricted, enum activity_column column, const char *code)
{
	const char *fields[ACTIVITY_COLUMNS];
	int i;

	for (i = 0; i < ACTIVITY_COLUMNS; i++)
		fields[i] = "";
	fields[column] = code;
	return restricted_match(restricted, fields);
}

Test(restricted, takes_codes_from_the_first_to_the_last)
{
	static const struct {
		const char *code;
		bool restricted;
	} cases[] = {
	    {"A49", false},
	    {"A499", false},
	    {"A50", true},
	    {"A500", true},
	    {"A57X", true},
	    {"A64", true},
	    {"A649", true},
	    {"A65", false},
	    {"B50", false},
	    {"A5", false},
	    {"", false},
	    /* As people write them. */
	    {"a52.1", true},
	    {" A 52", true},
	    {"A.64", true},
	    {"a65.0", false},
	};
	struct restricted *restricted = restricted_new();
	size_t i;

	restricted_add(restricted, ACTIVITY_DIAGNOSIS, "A50", "A64");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(matches(restricted, ACTIVITY_DIAGNOSIS, cases[i].code),
		    cases[i].restricted, "%s", cases[i].code);
	restricted_free(restricted);
}

Test(restricted, looks_at_the_column_that_the_code_is_for)
{
	struct restricted *restricted = restricted_new();

	restricted_add(restricted, ACTIVITY_TREATMENT_FUNCTION, "360", "360");
	restricted_add(restricted, ACTIVITY_PROCEDURE, "Q13", "Q13");
	cr_expect(matches(restricted, ACTIVITY_TREATMENT_FUNCTION, "360"));
	cr_expect_not(matches(restricted, ACTIVITY_TREATMENT_FUNCTION, "361"));
	cr_expect_not(matches(restricted, ACTIVITY_MAIN_SPECIALTY, "360"));
	cr_expect(matches(restricted, ACTIVITY_PROCEDURE, "Q131"));
	cr_expect_not(matches(restricted, ACTIVITY_DIAGNOSIS, "Q131"));
	restricted_free(restricted);
}

Test(restricted, takes_nothing_without_rules)
{
	struct restricted *restricted = restricted_new();

	cr_expect_not(matches(restricted, ACTIVITY_DIAGNOSIS, "B20"));
	restricted_free(restricted);
}
