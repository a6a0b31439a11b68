/* Well-formed UTF-8 by Unicode table 3-7, and widths on a terminal. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

Test(utf8, well_formed_text_passes)
{
	static const char *const cases[] = {"", "plain", "Caf\xc3\xa9", "\xe2\x82\xac",
	    "\xf0\x9f\x98\x80", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
	    "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	    "\xef\xbb\xbfz"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect(utf8_valid(cases[i], strlen(cases[i])), "case %zu", i);
}

Test(utf8, ill_formed_text_is_refused_wherever_it_stands)
{
	static const char *const cases[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
	    "\xc2\x41", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80",
	    "\xf5\x80\x80\x80", "\xfe", "\xff"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[16];

		cr_expect_not(utf8_valid(cases[i], strlen(cases[i])), "case %zu", i);
		snprintf(text, sizeof(text), "ab%s", cases[i]);
		cr_expect_not(utf8_valid(text, strlen(text)), "case %zu at the end", i);
		snprintf(text, sizeof(text), "%scd", cases[i]);
		cr_expect_not(utf8_valid(text, strlen(text)), "case %zu at the start", i);
	}
}

Test(utf8, one_bad_byte_is_found_at_any_place_of_a_long_text)
{
	static const char bad[] = {'\0', '\x80', '\xff'};
	char text[40];

	memset(text, '\x01', sizeof(text));
	cr_expect(utf8_valid(text, sizeof(text)));
	memset(text, '\x7f', sizeof(text));
	cr_expect(utf8_valid(text, sizeof(text)));
	for (size_t i = 0; i < sizeof(text) * sizeof(bad); i++) {
		memset(text, i % 2 == 0 ? '\x01' : '\x7f', sizeof(text));
		text[i / sizeof(bad)] = bad[i % sizeof(bad)];
		cr_expect_not(utf8_valid(text, sizeof(text)), "case %zu", i);
	}
}

Test(utf8, nul_is_refused_and_nothing_is_read_past_the_length)
{
	cr_expect_not(utf8_valid("a\0b", 3));
	cr_expect_not(utf8_valid("", 1));
	cr_expect_not(utf8_valid("\xe2\x82\xac", 2));
	cr_expect(utf8_valid("a\xff", 1));
}

Test(utf8, next_gives_characters_one_by_one)
{
	static const char text[] = "a\xc2\xa3\xf0\x9f\x98\x80";
	int32_t character;

	cr_expect_eq(utf8_next(text, 7, &character), 1);
	cr_expect_eq(character, 'a');
	cr_expect_eq(utf8_next(text + 1, 6, &character), 2);
	cr_expect_eq(character, 0xa3);
	cr_expect_eq(utf8_next(text + 3, 4, &character), 4);
	cr_expect_eq(character, 0x1f600);
	cr_expect_eq(utf8_next(text + 3, 3, &character), 0);
	cr_expect_eq(utf8_next(text, 0, &character), 0);
}

Test(utf8, width_counts_columns)
{
	cr_expect_eq(utf8_width(""), 0);
	cr_expect_eq(utf8_width("£7.6k"), 5);
	cr_expect_eq(utf8_width("e\xcc\x81"), 1, "a combining accent takes no column");
	cr_expect_eq(utf8_width("\xe6\x97\xa5"), 2, "an ideograph takes two");
	cr_expect_eq(utf8_width("a\xff"
				"b"),
	    3);
}

Test(utf8, a_character_counts_once_whatever_its_bytes)
{
	cr_expect_eq(utf8_length(""), 0);
	cr_expect_eq(utf8_length("plain"), 5);
	cr_expect_eq(utf8_length("Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), 8);
}
