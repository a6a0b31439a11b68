/* Dates against a calendar counted day by day, and the NHS year. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "common/date.h"

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

Test(date, every_day_follows_the_day_before)
{
	date_t expected = -25567; /* 1900-01-01 */

	for (int year = 1900; year <= 2199; year++) {
		for (int month = 1; month <= 12; month++) {
			month_t month_number = year * 12 + month - 1;

			cr_assert_eq(month_first_day(month_number), expected);
			for (int day = 1; day <= days_in_month(year, month); day++, expected++) {
				char text[40], formatted[11];
				int back_year, back_month, back_day;
				date_t parsed;

				snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
				cr_assert(date_parse(text, &parsed));
				cr_assert_eq(parsed, expected);
				date_format(parsed, formatted);
				cr_assert_str_eq(formatted, text);
				date_to_civil(parsed, &back_year, &back_month, &back_day);
				cr_assert(
				    back_year == year && back_month == month && back_day == day);
				cr_assert_eq(month_of_date(parsed), month_number);
			}
			cr_assert_eq(month_last_day(month_number), expected - 1);
		}
	}
	cr_expect_eq(expected - 1, 84005); /* 2199-12-31 */
}

Test(date, epoch_and_leap_days_are_where_others_count_them)
{
	static const struct {
		const char *text;
		date_t date;
	} cases[] = {
	    {"1970-01-01", 0}, {"2000-02-29", 11016}, {"2007-07-31", 13725}, {"2008-03-31", 13969}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		date_t date;

		cr_expect(date_parse(cases[i].text, &date));
		cr_expect_eq(date, cases[i].date);
	}
}

Test(date, other_texts_are_refused)
{
	static const char *const cases[] = {"", "2007-7-31", "2007-07-1", "31/07/2007",
	    "2007-07-31 ", " 2007-07-31", "2007-07-31T00:00:00Z", "2007/07/31", "2007-07-32",
	    "2007-02-29", "1900-02-29", "2100-02-29", "2007-04-31", "2007-00-10", "2007-13-01",
	    "2007-01-00", "1899-12-31", "2200-01-01", "20070731", "2007-0a-01", "-007-07-31",
	    "2007-07", "\xef\xbc\x92-07-07-31"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		date_t date = DATE_NONE;

		cr_expect_not(date_parse(cases[i], &date), "%s", cases[i]);
		cr_expect_eq(date, DATE_NONE);
	}
}

Test(date, months_are_consecutive_numbers)
{
	static const char *const refused[] = {"", "2007-7", "2007-00", "2007-13", "2007-071",
	    "2007/07", "200707", "1899-12", "2200-01"};
	month_t december, january;
	char text[8];

	cr_assert(month_parse("2007-12", &december));
	cr_assert(month_parse("2008-01", &january));
	cr_expect_eq(january, december + 1);
	month_format(january, text);
	cr_expect_str_eq(text, "2008-01");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_not(month_parse(refused[i], &january), "%s", refused[i]);
}

Test(date, financial_years_start_in_april)
{
	static const struct {
		const char *month;
		int year, number;
	} cases[] = {{"2007-04", 2007, 1}, {"2007-07", 2007, 4}, {"2007-12", 2007, 9},
	    {"2008-01", 2007, 10}, {"2008-03", 2007, 12}, {"2008-04", 2008, 1},
	    {"1900-01", 1899, 10}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		month_t month;

		cr_assert(month_parse(cases[i].month, &month));
		cr_expect_eq(financial_year_of_month(month), cases[i].year, "%s", cases[i].month);
		cr_expect_eq(
		    financial_month_of_month(month), cases[i].number, "%s", cases[i].month);
		cr_expect_eq(financial_year_month(cases[i].year, cases[i].number), month);
	}
}

Test(date, financial_years_are_written_with_both_years)
{
	static const char *const refused[] = {"", "2007", "2007/09", "2007/07", "2007/8", "2007-08",
	    "2007/008", "1899/00", "2199/00", "07/08", "2007/08 "};
	static const struct {
		const char *text;
		int year;
	} cases[] = {{"2007/08", 2007}, {"1999/00", 1999}, {"2099/00", 2099}, {"1900/01", 1900},
	    {"2198/99", 2198}};
	int year;
	char text[8];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect(financial_year_parse(cases[i].text, &year), "%s", cases[i].text);
		cr_expect_eq(year, cases[i].year);
		financial_year_format(cases[i].year, text);
		cr_expect_str_eq(text, cases[i].text);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_not(financial_year_parse(refused[i], &year), "%s", refused[i]);
}

Test(date, a_financial_year_is_from_april_to_march)
{
	cr_expect_eq(financial_year_first_day(2007), date_from_civil(2007, 4, 1));
	cr_expect_eq(financial_year_last_day(2007), date_from_civil(2008, 3, 31));
}
