/* Shapes of codes: what the NHS Data Dictionary would take, and near misses. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/codes.h"

struct shape_case {
	const char *text;
	bool valid;
};

static void
expect_shapes(bool (*check)(const char *), const struct shape_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(check(cases[i].text), cases[i].valid, "'%s'", cases[i].text);
}

#define EXPECT_SHAPES(check, cases) expect_shapes(check, cases, sizeof(cases) / sizeof((cases)[0]))

Test(codes, nhs_numbers_have_ten_digits_and_a_right_check_digit)
{
	static const struct shape_case cases[] = {{"9434765919", true}, {"4010232137", true},
	    {"9876543210", true}, {"9434765918", false}, {"9434765991", false},
	    {"943476591", false}, {"94347659190", false}, {"943 476 5919", false}, {"", false},
	    {"943476591X", false}, {"9434765919 ", false}};
	char text[11] = "9990000000";

	EXPECT_SHAPES(nhs_number_valid, cases);
	/* A check digit of 10 cannot be written, so no last digit makes these prefixes valid. */
	for (char last = '0'; last <= '9'; last++) {
		text[9] = last;
		cr_expect_not(nhs_number_valid(text));
	}
	memcpy(text, "123456789", 9);
	for (char last = '0'; last <= '9'; last++) {
		text[9] = last;
		cr_expect_not(nhs_number_valid(text));
	}
}

Test(codes, one_changed_digit_never_leaves_a_number_valid)
{
	static const char *const numbers[] = {"9434765919", "4010232137", "9876543210"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (size_t at = 0; at < 10; at++) {
			for (char digit = '0'; digit <= '9'; digit++) {
				char text[11];

				memcpy(text, numbers[i], sizeof(text));
				text[at] = digit;
				cr_expect_eq(
				    nhs_number_valid(text), digit == numbers[i][at], "%s", text);
			}
		}
	}
}

Test(codes, practices_and_organisations)
{
	static const struct shape_case practices[] = {{"A81001", true}, {"V81999", true},
	    {"a81001", false}, {"A8100", false}, {"A810011", false}, {"881001", false},
	    {"A8100X", false}, {"", false}, {"A81001 ", false}};
	static const struct shape_case organisations[] = {{"RXX", true}, {"RXX01", true},
	    {"5QE", true}, {"NTX1", true}, {"RX", false}, {"RXX011", false}, {"rxx", false},
	    {"R-X", false}, {"", false}};

	EXPECT_SHAPES(ods_practice_valid, practices);
	EXPECT_SHAPES(ods_organisation_valid, organisations);
}

Test(codes, currencies_diagnoses_and_procedures)
{
	static const struct shape_case hrgs[] = {{"HN22E", true}, {"H80", true}, {"H8", false},
	    {"HN22", false}, {"HN2E", false}, {"HN22e", false}, {"HN22EE", false}, {"H801", false},
	    {"1N22E", false}, {"", false}};
	static const struct shape_case diagnoses[] = {{"I219", true}, {"I21", true},
	    {"E119D", true}, {"M4780X", true}, {"I2", false}, {"I21.9", false}, {"M47800X", false},
	    {"219", false}, {"i219", false}, {"", false}};

	EXPECT_SHAPES(hrg_valid, hrgs);
	EXPECT_SHAPES(icd10_valid, diagnoses);
	EXPECT_SHAPES(opcs4_valid, diagnoses);
}

Test(codes, uuids)
{
	static const struct shape_case cases[] = {{"0f8fad5b-d9cb-469f-a165-70867728950e", true},
	    {"0F8FAD5B-D9CB-469F-A165-70867728950E", true},
	    {"0f8fad5b-d9cb-469f-a165-70867728950", false},
	    {"0f8fad5b-d9cb-469f-a165-70867728950ef", false},
	    {"0f8fad5bd9cb469fa16570867728950e", false},
	    {"0g8fad5b-d9cb-469f-a165-70867728950e", false},
	    {"{0f8fad5b-d9cb-469f-a165-7086772895}", false}, {"", false}};

	EXPECT_SHAPES(uuid_valid, cases);
}

Test(codes, free_text_that_holds_an_nhs_number_is_found)
{
	static const struct shape_case cases[] = {{"9434765919", true},
	    {"Patient 943 476 5919 was seen", true}, {"(943-476-5919)", true},
	    {"9 4 3 4 7 6 5 9 1 9", true}, {"ref9434765919x", true}, {"in 2007 943 476 5919", true},
	    {"943\xc2\xa0"
	     "476\xe2\x80\x93"
	     "5919",
		true},
	    {"first 9434765918, then 9434765919", true}, {"9434765918", false},
	    {"943  476 5919", true}, {"943.476.5919", true}, {"943/476\\5919", true},
	    {"943_476\t5919", true}, {"943 - 476 - 5919", true},
	    {"943\xe2\x80\x8b"
	     "476\xc2\xad"
	     "5919",
		true},
	    {"943476.5919", true}, {"943,476,5919", false}, {"943.476.5918", false},
	    {"19434765919", false}, {"943.476.591.", false}, {"943.", false},
	    {"94347659190", false}, {"943476591", false}, {"", false}, {"no digits", false},
	    {"943 476 591 ", false}, {"\xff\xff 12", false}};

	EXPECT_SHAPES(text_holds_nhs_number, cases);
}
