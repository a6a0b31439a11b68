/* Civil dates (proleptic Gregorian), and the NHS financial year: month 1 is April. */
#ifndef PBC_COMMON_DATE_H
#define PBC_COMMON_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* Days since 1970-01-01. */
typedef int32_t date_t;

#define DATE_NONE INT32_MIN

/*
 * "2007-07-31", exactly; false for anything else or a day that does not exist. Years 1900 to 2199.
 */
bool date_parse(const char *text, date_t *date);
/* Writes 10 characters and NUL. */
void date_format(date_t date, char text[11]);
date_t date_from_civil(int year, int month, int day);
void date_to_civil(date_t date, int *year, int *month, int *day);

/* A calendar month as year * 12 + (month - 1): consecutive numbers for consecutive months. */
typedef int32_t month_t;

/* "2007-07" */
bool month_parse(const char *text, month_t *month);
void month_format(month_t month, char text[8]);
month_t month_of_date(date_t date);
date_t month_first_day(month_t month);
date_t month_last_day(month_t month);

/* A financial year is named by the calendar year in which it starts: 2007/08 is 2007. */
bool financial_year_parse(const char *text, int *start_year);
void financial_year_format(int start_year, char text[8]);
int financial_year_of_month(month_t month);
/* 1 (April) to 12 (March). */
int financial_month_of_month(month_t month);
month_t financial_year_month(int start_year, int financial_month);
/* 1 April and 31 March. */
date_t financial_year_first_day(int start_year);
date_t financial_year_last_day(int start_year);

#endif
