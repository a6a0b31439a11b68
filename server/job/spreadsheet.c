/* Cells of an activity file that a spreadsheet has saved. */
#include "server/job/spreadsheet.h"

#include <stdio.h>
#include <string.h>

static const enum activity_column date_columns[SPREADSHEET_DATES] = {
    ACTIVITY_ADMISSION_DATE,
    ACTIVITY_DISCHARGE_DATE,
    ACTIVITY_ATTENDANCE_DATE,
    ACTIVITY_ARRIVAL_DATE,
};

/* The codes of two digits of which some begin with a zero. */
static const enum activity_column code_columns[SPREADSHEET_CODES] = {
    ACTIVITY_REFERRAL_SOURCE,
    ACTIVITY_DEPARTMENT_TYPE,
    ACTIVITY_DISPOSAL,
    ACTIVITY_ADMINISTRATIVE_CATEGORY,
};

/* Reads 1 to max digits; the text behind them, or NULL if there is none. */
static const char *
read_digits(const char *text, size_t max, int *number)
{
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length > max)
		return NULL;
	*number = 0;
	for (size_t i = 0; i < length; i++)
		*number = *number * 10 + (text[i] - '0');
	return text + length;
}

static bool
read_date(const char *text, char iso[11])
{
	int day, month, year;
	const char *at = read_digits(text, 2, &day);

	if (at == NULL || *at != '/')
		return false;
	at = read_digits(at + 1, 2, &month);
	if (at == NULL || *at != '/' || strlen(at + 1) != 4)
		return false;
	at = read_digits(at + 1, 4, &year);
	if (at == NULL || *at != '\0')
		return false;
	snprintf(iso, 11, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
	    (unsigned)day % 100);
	return true;
}

void
spreadsheet_read(const char *const *fields, struct spreadsheet_row *row)
{
	memcpy(row->fields, fields, sizeof(row->fields));
	for (size_t i = 0; i < SPREADSHEET_DATES; i++)
		if (read_date(fields[date_columns[i]], row->dates[i]))
			row->fields[date_columns[i]] = row->dates[i];
	for (size_t i = 0; i < SPREADSHEET_CODES; i++) {
		const char *code = fields[code_columns[i]];

		if (strlen(code) != 1 || strspn(code, "123456789") != 1)
			continue;
		snprintf(row->codes[i], sizeof(row->codes[i]), "0%c", code[0]);
		row->fields[code_columns[i]] = row->codes[i];
	}
}
