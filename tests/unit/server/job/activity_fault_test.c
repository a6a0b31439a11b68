/* Codes are API: each is used once, documented, and says nothing of a row's values. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "server/job/activity_fault.h"
#include "server/job/activity_record.h"

Test(activity_fault, every_code_is_documented_as_it_is)
{
	FILE *file = fopen(CODES_PAGE, "r");
	char text[32768], row[256];
	size_t length;
	int i;

	cr_assert_not_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	for (i = 0; i < FAULT_COUNT; i++) {
		const struct fault_text *fault = fault_text((enum fault)i);

		snprintf(row, sizeof(row), "| %s | `%s` | %s |", fault->code, fault->column,
		    fault->message);
		cr_expect_not_null(strstr(text, row), "%s", row);
	}
}

Test(activity_fault, codes_are_unique_and_their_letter_is_their_severity)
{
	int i, j;

	for (i = 0; i < FAULT_COUNT; i++) {
		const char *code = fault_text((enum fault)i)->code;

		cr_expect_eq(fault_is_error((enum fault)i), code[0] == 'E', "%s", code);
		for (j = 0; j < i; j++)
			cr_expect_str_neq(code, fault_text((enum fault)j)->code);
	}
}

Test(activity_fault, columns_are_those_of_the_file)
{
	bool known;
	int i, j;

	for (i = 0; i < FAULT_COUNT; i++) {
		known = false;
		for (j = 0; j < ACTIVITY_COLUMNS; j++)
			known = known || strcmp(fault_text((enum fault)i)->column,
					     activity_columns[j].name) == 0;
		cr_expect(known, "%s", fault_text((enum fault)i)->code);
	}
}

Test(activity_fault, list_keeps_its_limit_and_every_refusal)
{
	struct fault_list list = {.count = 0};
	int i;

	for (i = 0; i < FAULTS_MAX; i++)
		fault_add(&list, FAULT_SITE);
	cr_assert_not(list.refused);
	fault_add(&list, FAULT_AGE);
	cr_assert(list.refused);
	cr_assert_eq(list.count, FAULTS_MAX);
}
