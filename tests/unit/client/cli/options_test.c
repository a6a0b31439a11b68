/* Command lines: what is taken, what is refused, and what is said then. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/command.h"

static bool
parse(struct invocation *invocation, const char *line, struct status *status)
{
	static char text[512];
	static char *words[32];
	char *rest;
	int count = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = text; word != NULL; word = rest) {
		rest = strchr(word, ' ');
		if (rest != NULL)
			*rest++ = '\0';
		words[count++] = word;
	}
	words[count] = NULL;
	memset(invocation, 0, sizeof(*invocation));
	invocation->command = command_find(words[0], words[1]);
	return options_parse_command(count - 1, words + 1, invocation, status);
}

Test(options, flags_and_places_in_any_order)
{
	struct invocation invocation;
	struct status status;

	cr_assert(parse(&invocation,
	    "activity import --period=2017-07 a.csv --provider RXX --phase flex --no-wait --format "
	    "json",
	    &status));
	cr_expect_str_eq(invocation_value(&invocation, "FILE"), "a.csv");
	cr_expect_str_eq(invocation_value(&invocation, "period"), "2017-07");
	cr_expect_null(invocation_value(&invocation, "rejects"));
	cr_expect(invocation.options.no_wait);
	cr_expect_eq(invocation.options.format, FORMAT_JSON);
}

Test(options, a_last_place_of_many_takes_all_that_is_left)
{
	struct invocation invocation;
	struct status status;

	cr_assert(
	    parse(&invocation, "activity review R1 --confirm R2 R3 --period 2017-07", &status));
	cr_assert_eq(invocation.many_count, 3);
	cr_expect_str_eq(invocation.many[0], "R1");
	cr_expect_str_eq(invocation.many[2], "R3");
	cr_assert(parse(&invocation, "activity review --period 2017-07 --file a.csv", &status));
	cr_expect_eq(invocation.many_count, 0);
}

Test(options, a_negative_sum_is_a_value_not_a_flag)
{
	struct invocation invocation;
	struct status status;

	cr_assert(parse(&invocation,
	    "invoice submit a.csv --provider RXX --period 2017-07 --number 1 --kind credit_note "
	    "--total -12.50",
	    &status));
	cr_expect_str_eq(invocation_value(&invocation, "total"), "-12.50");
}

Test(options, refusals_name_the_word)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
	    {"budget run", "--year YEAR is missing"},
	    {"budget issue", "BUDGET is missing"},
	    {"activity import --phase flex", "FILE, --provider CODE, --period YYYY-MM are missing"},
	    {"budget issue 1 2", "\"2\" is one word too many"},
	    {"budget show --practise X",
		"there is no flag --practise here; did you mean --practice?"},
	    {"budget show --zzzzz", "there is no flag --zzzzz here"},
	    {"budget show --year", "--year needs a value"},
	    {"activity submissions --current=1", "--current takes no value"},
	    {"budget show --format xml", "--format is table, csv or json, not \"xml\""},
	    {"budget show --timeout 0",
		"--timeout takes a whole number from 1 to 604800, not \"0\""},
	    {"budget list --limit 1x",
		"--limit takes a whole number from 1 to 2147483647, not \"1x\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct invocation invocation;
		struct status status = {.code = STATUS_OK};

		cr_expect_not(parse(&invocation, cases[i].line, &status), "%s", cases[i].line);
		cr_expect_str_eq(status.message, cases[i].message);
	}
}

Test(options, a_flag_is_offered_where_the_request_can_take_it)
{
	static const struct {
		const char *line;
		bool taken;
	} cases[] = {{"budget show --request-id x", false}, {"budget issue 1 --request-id x", true},
	    {"budget issue 1 --validate-only", false},
	    {"budget run --year y --validate-only", true}, {"budget run --year y --no-wait", true},
	    {"budget show --no-wait", false}, {"contract submit dir --no-wait", true},
	    {"operation cancel 1 --no-wait", false}, {"budget list --limit 5", true},
	    {"budget show --limit 5", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct invocation invocation;
		struct status status;

		cr_expect_eq(parse(&invocation, cases[i].line, &status), cases[i].taken, "%s",
		    cases[i].line);
	}
}
