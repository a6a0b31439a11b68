/* Money by worked examples; money_oracle.py compares with exact fractions on random values. */
#include <criterion/criterion.h>

#include "common/money.h"

Test(money, pounds_are_read_to_pence)
{
	static const struct {
		const char *text;
		int64_t pence;
	} cases[] = {{"0", 0}, {"1234", 123400}, {"1234.5", 123450}, {"1234.56", 123456},
	    {"-0.01", -1}, {"0.1", 10}, {"-0", 0}, {"007.00", 700},
	    {"92233720368547758.07", INT64_MAX}, {"-92233720368547758.08", INT64_MIN}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t pence = 1;

		cr_expect(money_parse(cases[i].text, &pence), "%s", cases[i].text);
		cr_expect_eq(pence, cases[i].pence, "%s", cases[i].text);
	}
}

Test(money, other_texts_are_no_money)
{
	static const char *const cases[] = {"", "-", ".", "1.", ".5", "1.234", "+1", "1,234.00",
	    "1e3", "£1", " 1", "1 ", "--1", "1-", "0x10", "1.-5", "NaN", "92233720368547758.08",
	    "-92233720368547758.09", "92233720368547759", "99999999999999999999"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t pence = 77;

		cr_expect_not(money_parse(cases[i], &pence), "%s", cases[i]);
		cr_expect_eq(pence, 77);
	}
}

Test(money, is_written_for_files_and_for_people)
{
	static const struct {
		int64_t pence;
		const char *plain, *grouped, *thousands;
	} cases[] = {
	    {0, "0.00", "£0.00", "£0.0k"},
	    {5, "0.05", "£0.05", "£0.0k"},
	    {-1, "-0.01", "-£0.01", "£0.0k"},
	    {4999, "49.99", "£49.99", "£0.0k"},
	    {5000, "50.00", "£50.00", "£0.1k"},
	    {-5000, "-50.00", "-£50.00", "-£0.1k"},
	    {123456, "1234.56", "£1,234.56", "£1.2k"},
	    {-123456, "-1234.56", "-£1,234.56", "-£1.2k"},
	    {99999, "999.99", "£999.99", "£1.0k"},
	    {100000, "1000.00", "£1,000.00", "£1.0k"},
	    {755000, "7550.00", "£7,550.00", "£7.6k"},
	    {754999, "7549.99", "£7,549.99", "£7.5k"},
	    {123456789, "1234567.89", "£1,234,567.89", "£1,234.6k"},
	    {INT64_MAX, "92233720368547758.07", "£92,233,720,368,547,758.07",
		"£92,233,720,368,547.8k"},
	    {INT64_MIN, "-92233720368547758.08", "-£92,233,720,368,547,758.08",
		"-£92,233,720,368,547.8k"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char plain[32], people[48];

		money_format(cases[i].pence, plain);
		cr_expect_str_eq(plain, cases[i].plain);
		money_format_grouped(cases[i].pence, people);
		cr_expect_str_eq(people, cases[i].grouped);
		money_format_thousands(cases[i].pence, people);
		cr_expect_str_eq(people, cases[i].thousands);
	}
}

Test(money, factors_round_half_up_once)
{
	static const struct {
		int64_t amount, ppm, result;
	} cases[] = {{67200, 1064800, 71555}, {-67200, 1064800, -71555}, {1, 500000, 1},
	    {-1, 500000, 0}, {3, 500000, 2}, {-3, 500000, -1}, {-1, 500001, -1}, {100, 499999, 50},
	    {1, 499999, 0}, {0, 1064800, 0}, {5, 0, 0}, {7, -1000000, -7},
	    {INT64_MAX, PPM, INT64_MAX}, {INT64_MIN, PPM, INT64_MIN}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t result = 77;

		cr_expect(money_mul_ppm(cases[i].amount, cases[i].ppm, &result));
		cr_expect_eq(result, cases[i].result, "case %zu", i);
	}
}

Test(money, overflow_is_told_and_changes_nothing)
{
	int64_t result = 77;

	cr_expect_not(money_mul_ppm(INT64_MAX, 1000001, &result));
	cr_expect_not(money_mul_ppm(INT64_MIN, 1000001, &result));
	cr_expect_not(money_mul_ppm(INT64_MAX, INT64_MAX, &result));
	cr_expect_not(money_mul_ppm(INT64_MIN, INT64_MIN, &result));
	cr_expect_not(money_mul_ppm(INT64_MIN, -PPM, &result));
	cr_expect_not(money_add(INT64_MAX, 1, &result));
	cr_expect_not(money_add(INT64_MIN, -1, &result));
	cr_expect_eq(result, 77);
	cr_expect(money_add(INT64_MAX, INT64_MIN, &result));
	cr_expect_eq(result, -1);
}

Test(money, factors_are_read_and_written_exactly)
{
	static const struct {
		const char *text;
		int64_t ppm;
	} cases[] = {{"1.0648", 1064800}, {"1", 1000000}, {"0", 0}, {"0.000001", 1},
	    {"1.2", 1200000}, {"10", 10000000}, {"9223372036854.775807", INT64_MAX}};
	static const char *const refused[] = {
	    "", "-1", "-0", "1.0000001", "1.", ".5", "+1", "1e0", "1,5", "9223372036854.775808"};
	int64_t ppm;
	char text[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect(ppm_parse(cases[i].text, &ppm), "%s", cases[i].text);
		cr_expect_eq(ppm, cases[i].ppm);
		ppm_format(cases[i].ppm, text);
		cr_expect_str_eq(text, cases[i].text);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_not(ppm_parse(refused[i], &ppm), "%s", refused[i]);
	ppm_format(-250000, text);
	cr_expect_str_eq(text, "-0.25");
}

Test(money, parts_add_up_by_the_largest_remainder)
{
	static const struct {
		int64_t total;
		size_t count;
		int64_t weights[4], parts[4];
	} cases[] = {
	    {100, 3, {1, 1, 1}, {34, 33, 33}},
	    {101, 3, {1, 1, 1}, {34, 34, 33}},
	    {-100, 3, {1, 1, 1}, {-34, -33, -33}},
	    {10, 3, {0, 3, 7}, {0, 3, 7}},
	    {5, 2, {0, 0}, {3, 2}},
	    {7, 3, {2, 0, 2}, {4, 0, 3}},
	    {10000, 3, {470, 495, 35}, {4700, 4950, 350}},
	    {1, 3, {0, 5, 5}, {0, 1, 0}},
	    {0, 2, {1, 2}, {0, 0}},
	    {INT64_MAX, 1, {INT64_MAX}, {INT64_MAX}},
	    {INT64_MIN, 1, {0}, {INT64_MIN}},
	    {INT64_MIN, 2, {INT64_MAX, 0}, {INT64_MIN, 0}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t parts[4];

		money_apportion(cases[i].total, cases[i].weights, cases[i].count, parts);
		for (size_t part = 0; part < cases[i].count; part++)
			cr_expect_eq(parts[part], cases[i].parts[part], "case %zu", i);
	}
}
