/* Values as text, for people and for CSV. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

#include "client/cli/cell.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "pbc/v1/business_case.pb-c.h"
#include "pbc/v1/reference.pb-c.h"

static void
expect(const ProtobufCMessage *message, const char *path, const char *people, const char *csv)
{
	struct arena *arena = arena_new(65536);
	struct value value = reflect_value(message, path);

	cr_expect_str_eq(cell_text(&value, CELL_PEOPLE, arena), people);
	cr_expect_str_eq(cell_text(&value, CELL_CSV, arena), csv);
	arena_free(arena);
}

Test(cell, units_follow_the_fields_names)
{
	Pbc__V1__CaseContent content = PBC__V1__CASE_CONTENT__INIT;
	Pbc__V1__Provider provider = PBC__V1__PROVIDER__INIT;
	Pbc__V1__Practice practice = PBC__V1__PRACTICE__INIT;

	content.set_up_cost_pence = 123456789;
	expect(&content.base, "set_up_cost_pence", "£1,234,567.89", "1234567.89");
	content.set_up_cost_pence = -5;
	expect(&content.base, "set_up_cost_pence", "-£0.05", "-0.05");
	provider.mff_ppm = 1064800;
	expect(&provider.base, "mff_ppm", "1.0648", "1.0648");
	provider.local = true;
	expect(&provider.base, "local", "yes", "yes");
	practice.patients = 7000;
	expect(&practice.base, "patients", "7,000", "7000");
}

Test(cell, words_and_moments)
{
	Pbc__V1__BusinessCase business_case = PBC__V1__BUSINESS_CASE__INIT;
	Google__Protobuf__Timestamp moment = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	expect(&business_case.base, "state", "", "");
	business_case.state = PBC__V1__CASE_STATE__CASE_STATE_APPROVED_WITH_CONDITIONS;
	expect(
	    &business_case.base, "state", "approved with conditions", "approved_with_conditions");
	expect(&business_case.base, "submit_time", "", "");
	setenv("TZ", "Europe/London", 1);
	tzset();
	moment.seconds = 1185879600; /* 2007-07-31 11:00 UTC, in British Summer Time */
	business_case.submit_time = &moment;
	expect(&business_case.base, "submit_time", "2007-07-31 12:00", "2007-07-31T11:00:00Z");
}

Test(cell, counts_have_commas)
{
	static const struct {
		int64_t count;
		const char *text;
	} cases[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {-1000, "-1,000"}, {-999, "-999"},
	    {1234567, "1,234,567"}, {INT64_MIN, "-9,223,372,036,854,775,808"}};
	struct arena *arena = arena_new(65536);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(cell_count(cases[i].count, arena), cases[i].text);
	arena_free(arena);
}

Test(cell, csv_names_are_the_fields_without_their_unit)
{
	struct arena *arena = arena_new(65536);

	cr_expect_str_eq(cell_csv_name("cost_pence", arena), "cost");
	cr_expect_str_eq(cell_csv_name("content.set_up_cost_pence", arena), "set_up_cost");
	cr_expect_str_eq(cell_csv_name("/budget.practice_code", arena), "practice_code");
	cr_expect_str_eq(cell_csv_name("mff_ppm", arena), "mff");
	arena_free(arena);
}

Test(cell, printed_text_cannot_drive_a_terminal)
{
	static const char text[] = "Pr\033[31mä\xc2\x9b"
				   "2J\n\xffx";
	char *printed = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&printed, &length);

	cr_assert_not_null(out);
	cell_print(out, text);
	fclose(out);
	cr_expect_str_eq(printed, "Pr?[31mä?2J??x");
	free(printed);
}
