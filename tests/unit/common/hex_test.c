/* Bytes to lower-case hex, and back from either case. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/hex.h"

Test(hex, encodes_in_lower_case_and_decodes_either)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0x9a, 0xff};
	char text[9];
	uint8_t data[4];

	hex_encode(bytes, sizeof(bytes), text);
	cr_expect_str_eq(text, "00019aff");
	cr_expect(hex_decode("00019AfF", 8, data));
	cr_expect_eq(memcmp(data, bytes, sizeof(bytes)), 0);
	hex_encode(bytes, 0, text);
	cr_expect_str_eq(text, "");
	cr_expect(hex_decode("", 0, data));
}

Test(hex, refuses_odd_lengths_and_other_characters)
{
	static const char *const cases[] = {"0", "000", "0g", "g0", " 0", "0x", "\\x", "0:"};
	uint8_t data[4];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_not(hex_decode(cases[i], strlen(cases[i]), data), "%s", cases[i]);
}

Test(hex, reads_digits_of_either_case_and_nothing_else)
{
	cr_expect_eq(hex_digit_value('0'), 0);
	cr_expect_eq(hex_digit_value('9'), 9);
	cr_expect_eq(hex_digit_value('a'), 10);
	cr_expect_eq(hex_digit_value('F'), 15);
	cr_expect_eq(hex_digit_value('g'), -1);
	cr_expect_eq(hex_digit_value('/'), -1);
	cr_expect_eq(hex_digit_value('\0'), -1);
}
