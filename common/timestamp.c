/* RFC 3339 text to seconds since 1970-01-01T00:00:00Z and nanoseconds, and back. */
#include "common/timestamp.h"

#include <stdio.h>
#include <string.h>

#include "common/date.h"

#define SECONDS_PER_DAY 86400
#define NANOS_PER_SECOND 1000000000
#define SECONDS_FIRST INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define SECONDS_LAST INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

/*
 * Reads count digits and the character that ends them, if one is asked for; moves *text past both.
 */
static bool
read_number(const char **text, int count, char end, int *value)
{
	int i;

	*value = 0;
	for (i = 0; i < count; i++) {
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
		*value = *value * 10 + ((*text)[i] - '0');
	}
	*text += count;
	if (end != '\0') {
		if (**text != end)
			return false;
		++*text;
	}
	return true;
}

/* ".5" to 500000000; no point is 0. */
static bool
read_fraction(const char **text, int32_t *nanos)
{
	int32_t unit = NANOS_PER_SECOND / 10;

	*nanos = 0;
	if (**text != '.')
		return true;
	for (++*text; **text >= '0' && **text <= '9'; ++*text, unit /= 10) {
		if (unit == 0)
			return false;
		*nanos += (**text - '0') * unit;
	}
	return unit < NANOS_PER_SECOND / 10;
}

/* "Z" or "+01:00", and the end of the text. */
static bool
read_offset(const char *text, int *seconds)
{
	int sign = *text == '-' ? -1 : 1, hours, minutes;

	*seconds = 0;
	if (strcmp(text, "Z") == 0)
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	if (!read_number(&text, 2, ':', &hours) || !read_number(&text, 2, '\0', &minutes) ||
	    *text != '\0' || hours > 23 || minutes > 59)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool
read_day(const char **text, date_t *date)
{
	int year, month, day;

	if (!read_number(text, 4, '-', &year) || !read_number(text, 2, '-', &month) ||
	    !read_number(text, 2, 'T', &day))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	*date = date_from_civil(year, month, day);
	return *date <= month_last_day(year * 12 + month - 1);
}

bool
timestamp_parse(const char *text, int64_t *seconds, int32_t *nanos)
{
	int hour, minute, second, offset;
	int32_t fraction;
	int64_t result;
	date_t date;

	if (!read_day(&text, &date) || !read_number(&text, 2, ':', &hour) ||
	    !read_number(&text, 2, ':', &minute) || !read_number(&text, 2, '\0', &second) ||
	    !read_fraction(&text, &fraction) || !read_offset(text, &offset))
		return false;
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	result = (int64_t)date * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
	if (result < SECONDS_FIRST || result > SECONDS_LAST)
		return false;
	*seconds = result;
	*nanos = fraction;
	return true;
}

bool
timestamp_format(int64_t seconds, int32_t nanos, char text[TIMESTAMP_TEXT])
{
	char day[11];
	int64_t days;
	int second_of_day, length;

	if (seconds < SECONDS_FIRST || seconds > SECONDS_LAST || nanos < 0 ||
	    nanos >= NANOS_PER_SECOND)
		return false;
	days = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0 ? 1 : 0);
	second_of_day = (int)(seconds - days * SECONDS_PER_DAY);
	date_format((date_t)days, day);
	length = snprintf(text, TIMESTAMP_TEXT, "%sT%02d:%02d:%02d", day, second_of_day / 3600,
	    second_of_day / 60 % 60, second_of_day % 60);
	text += length;
	if (nanos == 0)
		snprintf(text, 2, "Z");
	else if (nanos % 1000000 == 0)
		snprintf(text, 6, ".%03dZ", nanos / 1000000);
	else if (nanos % 1000 == 0)
		snprintf(text, 9, ".%06dZ", nanos / 1000);
	else
		snprintf(text, 12, ".%09dZ", nanos);
	return true;
}
