/* What a spreadsheet makes of an activity file's cells is read back, and nothing else is. */
#include <criterion/criterion.h>

#include "server/job/spreadsheet.h"

static void
check(enum activity_column column, const char *cell, const char *wanted)
{
	const char *fields[ACTIVITY_COLUMNS];
	struct spreadsheet_row row;

	for (int i = 0; i < ACTIVITY_COLUMNS; i++)
		fields[i] = "7";
	for (int i = ACTIVITY_REFERRAL_SOURCE; i <= ACTIVITY_ADMINISTRATIVE_CATEGORY; i++)
		fields[i] = "";
	fields[column] = cell;
	spreadsheet_read(fields, &row);
	for (int i = 0; i < ACTIVITY_COLUMNS; i++)
		cr_expect_str_eq(row.fields[i], i == (int)column ? wanted : fields[i], "%s of %s",
		    activity_columns[i].name, cell);
}

Test(spreadsheet, dates_with_the_day_first_become_iso_dates)
{
	static const struct {
		const char *cell, *wanted;
	} cases[] = {
	    {"31/07/2017", "2017-07-31"},
	    {"1/7/2017", "2017-07-01"},
	    {"01/12/2017", "2017-12-01"},
	    /* No such day, which the checks of the row say. */
	    {"7/31/2017", "2017-31-07"},
	    {"2017-07-31", "2017-07-31"},
	    {"31/07/17", "31/07/17"},
	    {"31-07-2017", "31-07-2017"},
	    {"031/07/2017", "031/07/2017"},
	    {"31/07/2017 00:00", "31/07/2017 00:00"},
	    {"/07/2017", "/07/2017"},
	    {"31/07/20171", "31/07/20171"},
	    {"", ""},
	};
	static const enum activity_column columns[] = {ACTIVITY_ADMISSION_DATE,
	    ACTIVITY_DISCHARGE_DATE, ACTIVITY_ATTENDANCE_DATE, ACTIVITY_ARRIVAL_DATE};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t j = 0; j < sizeof(columns) / sizeof(columns[0]); j++)
			check(columns[j], cases[i].cell, cases[i].wanted);
}

Test(spreadsheet, codes_of_two_digits_get_their_zero_back)
{
	static const enum activity_column columns[] = {ACTIVITY_REFERRAL_SOURCE,
	    ACTIVITY_DEPARTMENT_TYPE, ACTIVITY_DISPOSAL, ACTIVITY_ADMINISTRATIVE_CATEGORY};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		check(columns[i], "1", "01");
		check(columns[i], "9", "09");
		check(columns[i], "01", "01");
		check(columns[i], "0", "0");
		check(columns[i], "X", "X");
		check(columns[i], "", "");
	}
	check(ACTIVITY_SEX, "1", "1");
	check(ACTIVITY_FIRST_ATTENDANCE, "1", "1");
}
