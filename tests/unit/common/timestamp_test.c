/* RFC 3339 texts and the seconds that another library counts for them. */
#include <criterion/criterion.h>

#include "common/timestamp.h"

Test(timestamp, text_and_seconds_stand_for_each_other)
{
	static const struct {
		const char *text;
		int64_t seconds;
		int32_t nanos;
	} cases[] = {
	    {"1970-01-01T00:00:00Z", 0, 0},
	    {"2007-07-31T12:00:00Z", 1185883200, 0},
	    {"2008-02-29T23:59:59.120Z", 1204329599, 120000000},
	    {"2007-07-31T12:00:00.000001Z", 1185883200, 1000},
	    {"1969-12-31T23:59:59.999999999Z", -1, 999999999},
	    {"0001-01-01T00:00:00Z", -62135596800, 0},
	    {"9999-12-31T23:59:59Z", 253402300799, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[TIMESTAMP_TEXT];
		int64_t seconds = 0;
		int32_t nanos = -1;

		cr_expect(timestamp_parse(cases[i].text, &seconds, &nanos), "%s", cases[i].text);
		cr_expect_eq(seconds, cases[i].seconds, "%s", cases[i].text);
		cr_expect_eq(nanos, cases[i].nanos, "%s", cases[i].text);
		cr_expect(timestamp_format(cases[i].seconds, cases[i].nanos, text));
		cr_expect_str_eq(text, cases[i].text);
	}
}

Test(timestamp, offsets_and_any_number_of_decimals_are_read)
{
	static const struct {
		const char *text;
		int64_t seconds;
		int32_t nanos;
	} cases[] = {
	    {"2007-07-31T13:00:00+01:00", 1185883200, 0},
	    {"2007-07-31T12:00:00.5+00:00", 1185883200, 500000000},
	    {"2007-07-30T12:01:00-23:59", 1185883200, 0},
	    {"2007-07-31T12:00:00.12Z", 1185883200, 120000000},
	    {"2007-07-31T12:00:00.1234567Z", 1185883200, 123456700},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t seconds = 0;
		int32_t nanos = -1;

		cr_expect(timestamp_parse(cases[i].text, &seconds, &nanos), "%s", cases[i].text);
		cr_expect_eq(seconds, cases[i].seconds, "%s", cases[i].text);
		cr_expect_eq(nanos, cases[i].nanos, "%s", cases[i].text);
	}
}

Test(timestamp, other_texts_are_refused)
{
	static const char *const cases[] = {"", "2007-07-31", "2007-07-31T12:00:00",
	    "2007-07-31 12:00:00Z", "2007-07-31t12:00:00Z", "2007-07-31T12:00:00z",
	    "2007-07-31T12:00Z", "2007-07-31T24:00:00Z", "2007-07-31T12:60:00Z",
	    "2007-07-31T12:00:60Z", "2007-02-29T12:00:00Z", "2007-13-01T12:00:00Z",
	    "2007-00-01T12:00:00Z", "2007-07-00T12:00:00Z", "2007-07-32T12:00:00Z",
	    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
	    "2007-07-31T12:00:00.Z", "2007-07-31T12:00:00.1234567891Z", "2007-07-31T12:00:00+24:00",
	    "2007-07-31T12:00:00+01:60", "2007-07-31T12:00:00+0100", "2007-07-31T12:00:00+01",
	    "2007-07-31T12:00:00ZZ", " 2007-07-31T12:00:00Z", "2007-07-31T12:00:00Z ",
	    "-007-07-31T12:00:00Z", "2007-7-31T12:00:00Z"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t seconds = 77;
		int32_t nanos = 78;

		cr_expect_not(timestamp_parse(cases[i], &seconds, &nanos), "%s", cases[i]);
		cr_expect_eq(seconds, 77);
		cr_expect_eq(nanos, 78);
	}
}

Test(timestamp, times_outside_the_types_range_have_no_text)
{
	static const struct {
		int64_t seconds;
		int32_t nanos;
	} cases[] = {{-62135596801, 0}, {253402300800, 0}, {0, -1}, {0, 1000000000}, {INT64_MIN, 0},
	    {INT64_MAX, 0}};
	char text[TIMESTAMP_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_not(timestamp_format(cases[i].seconds, cases[i].nanos, text));
}
