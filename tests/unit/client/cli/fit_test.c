/* Which columns of a table give way to a narrow terminal, and how far. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "client/cli/fit.h"

Test(fit, measures_lines_and_words)
{
	struct fit_column text = {0}, code = {0};

	fit_measure(&text, "Name", false);
	fit_measure(&text, "first line of it\nsecond", true);
	cr_expect_eq(text.natural, 16);
	cr_expect_eq(text.word, 6, "of the longest word");
	fit_measure(&code, "£1,234.00 £5", false);
	cr_expect_eq(code.natural, 12, "in columns of a terminal, not in bytes");
	cr_expect_eq(code.word, 12, "what does not give way is one word");
}

Test(fit, takes_from_the_widest_text_and_never_from_a_number)
{
	struct fit_column columns[] = {
	    {.natural = 40, .word = 40}, {.natural = 60, .word = 8}, {.natural = 35, .word = 8}};

	cr_assert(fit_columns(columns, 3, 2, 139));
	cr_expect_eq(columns[1].width, 60, "what fits is left alone");
	cr_assert(fit_columns(columns, 3, 2, 119));
	cr_expect_eq(columns[0].width, 40);
	cr_expect_eq(columns[1].width, 40);
	cr_expect_eq(columns[2].width, 35);
	cr_assert(fit_columns(columns, 3, 2, 44 + 2 * FIT_TEXT_LEAST));
	cr_expect_eq(columns[1].width, FIT_TEXT_LEAST);
	cr_expect_eq(columns[2].width, FIT_TEXT_LEAST);
	cr_expect_not(fit_columns(columns, 3, 2, 43 + 2 * FIT_TEXT_LEAST));
}

Test(fit, leaves_short_texts_and_long_words_their_width)
{
	struct fit_column name = {.natural = 10, .word = 4};
	struct fit_column path = {.natural = 90, .word = 70};

	cr_expect(fit_columns(&name, 1, 2, 10));
	cr_expect_not(fit_columns(&name, 1, 2, 9));
	cr_expect(fit_columns(&path, 1, 2, 70));
	cr_expect_not(fit_columns(&path, 1, 2, 69));
	cr_expect(fit_columns(NULL, 0, 2, 0));
}

Test(fit, breaks_at_spaces_only)
{
	static const struct {
		const char *text;
		size_t width;
		const char *wrapped;
	} cases[] = {
	    {"one two three", 13, "one two three"},
	    {"one two three", 12, "one two\nthree"},
	    {"one two three", 7, "one two\nthree"},
	    {"one two three", 3, "one\ntwo\nthree"},
	    {"unbreakable is kept", 4, "unbreakable\nis\nkept"},
	    {"kept\nlines of it", 8, "kept\nlines of\nit"},
	    {"£12.00 £13.00", 13, "£12.00 £13.00"},
	    {"", 5, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", cases[i].text);
		fit_wrap(text, cases[i].width);
		cr_expect_str_eq(text, cases[i].wrapped);
	}
}
