/* Civil dates, months and NHS financial years. */
#include "common/date.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define YEAR_FIRST 1900
#define YEAR_LAST 2199
/* The last financial year all of whose months have a year up to YEAR_LAST. */
#define FINANCIAL_YEAR_LAST (YEAR_LAST - 1)
#define APRIL 4

/* Reads exactly count digits. */
static bool
parse_digits(const char *text, int count, int *value)
{
	int i;

	*value = 0;
	for (i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (text[i] - '0');
	}
	return true;
}

static bool
parse_year_and_month(const char *text, int *year, int *month)
{
	return parse_digits(text, 4, year) && text[4] == '-' && parse_digits(text + 5, 2, month) &&
	       *year >= YEAR_FIRST && *year <= YEAR_LAST && *month >= 1 && *month <= 12;
}

/*
 * Days from civil and back by the 400-year cycle, with years that begin in March so that the leap
 * day is a year's last. 719468 is the number of days from 0000-03-01 to 1970-01-01.
 */
date_t
date_from_civil(int year, int month, int day)
{
	int shifted = month <= 2 ? year - 1 : year;
	int cycle = (shifted >= 0 ? shifted : shifted - 399) / 400;
	int year_of_cycle = shifted - cycle * 400;
	int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int day_of_cycle =
	    year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;

	return cycle * 146097 + day_of_cycle - 719468;
}

void
date_to_civil(date_t date, int *year, int *month, int *day)
{
	int days = date + 719468;
	int cycle = (days >= 0 ? days : days - 146096) / 146097;
	int day_of_cycle = days - cycle * 146097;
	int year_of_cycle =
	    (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) /
	    365;
	int day_of_year =
	    day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
	int shifted_month = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	*month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	*year = year_of_cycle + cycle * 400 + (*month <= 2 ? 1 : 0);
}

bool
date_parse(const char *text, date_t *date)
{
	int year, month, day;

	if (strnlen(text, 11) != 10 || !parse_year_and_month(text, &year, &month) ||
	    text[7] != '-' || !parse_digits(text + 8, 2, &day))
		return false;
	if (day < 1 || date_from_civil(year, month, day) > month_last_day(year * 12 + month - 1))
		return false;
	*date = date_from_civil(year, month, day);
	return true;
}

void
date_format(date_t date, char text[11])
{
	int year, month, day;

	date_to_civil(date, &year, &month, &day);
	assert(year >= 0 && year <= 9999);
	snprintf(text, 11, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
	    (unsigned)day % 100);
}

bool
month_parse(const char *text, month_t *month)
{
	int year, month_of_year;

	if (strnlen(text, 8) != 7 || !parse_year_and_month(text, &year, &month_of_year))
		return false;
	*month = year * 12 + month_of_year - 1;
	return true;
}

void
month_format(month_t month, char text[8])
{
	assert(month >= 0 && month < 10000 * 12);
	snprintf(text, 8, "%04u-%02u", (unsigned)(month / 12) % 10000, (unsigned)(month % 12) + 1);
}

month_t
month_of_date(date_t date)
{
	int year, month, day;

	date_to_civil(date, &year, &month, &day);
	return year * 12 + month - 1;
}

date_t
month_first_day(month_t month)
{
	return date_from_civil(month / 12, month % 12 + 1, 1);
}

date_t
month_last_day(month_t month)
{
	return month_first_day(month + 1) - 1;
}

bool
financial_year_parse(const char *text, int *start_year)
{
	int first, second;

	if (strnlen(text, 8) != 7 || !parse_digits(text, 4, &first) || text[4] != '/' ||
	    !parse_digits(text + 5, 2, &second))
		return false;
	if (first < YEAR_FIRST || first > FINANCIAL_YEAR_LAST || second != (first + 1) % 100)
		return false;
	*start_year = first;
	return true;
}

void
financial_year_format(int start_year, char text[8])
{
	assert(start_year >= 0 && start_year <= 9999);
	snprintf(
	    text, 8, "%04u/%02u", (unsigned)start_year % 10000, (unsigned)(start_year + 1) % 100);
}

int
financial_year_of_month(month_t month)
{
	return (month - (APRIL - 1)) / 12;
}

int
financial_month_of_month(month_t month)
{
	return (month - (APRIL - 1)) % 12 + 1;
}

month_t
financial_year_month(int start_year, int financial_month)
{
	assert(financial_month >= 1 && financial_month <= 12);
	return start_year * 12 + (APRIL - 1) + financial_month - 1;
}

date_t
financial_year_first_day(int start_year)
{
	return month_first_day(financial_year_month(start_year, 1));
}

date_t
financial_year_last_day(int start_year)
{
	return financial_year_first_day(start_year + 1) - 1;
}
