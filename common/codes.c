/* Shapes of NHS codes. */
#include "common/codes.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "common/hex.h"
#include "common/utf8.h"

#define NHS_NUMBER_DIGITS 10

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
fits(char c, char class)
{
	switch (class) {
	case 'A':
		return is_upper(c);
	case '9':
		return is_digit(c);
	case 'X':
		return is_upper(c) || is_digit(c);
	case 'h':
		return hex_digit_value(c) >= 0;
	default:
		return c == class;
	}
}

/*
 * True if text is as long as a prefix of shape of at least least characters and each character fits
 * its class: A upper-case letter, 9 digit, X either, h hex digit, anything else itself.
 */
static bool
has_shape(const char *text, const char *shape, size_t least)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (shape[i] == '\0' || !fits(text[i], shape[i]))
			return false;
	}
	return i >= least;
}

/*
 * digits holds ten. Weights 10 to 2; the check digit is 11 less the sum's remainder, and 11 stands
 * as 0.
 */
static bool
check_digit_right(const char *digits)
{
	int sum = 0, check, i;

	for (i = 0; i < NHS_NUMBER_DIGITS - 1; i++)
		sum += (digits[i] - '0') * (NHS_NUMBER_DIGITS - i);
	check = 11 - sum % 11;
	if (check == 11)
		check = 0;
	/* A check of 10 fits no digit: such numbers are not issued. */
	return check == digits[NHS_NUMBER_DIGITS - 1] - '0';
}

bool
nhs_number_valid(const char *text)
{
	return has_shape(text, "9999999999", NHS_NUMBER_DIGITS) && check_digit_right(text);
}

bool
ods_practice_valid(const char *text)
{
	return has_shape(text, "A99999", 6);
}

bool
ods_organisation_valid(const char *text)
{
	return has_shape(text, "XXXXX", 3);
}

bool
hrg_valid(const char *text)
{
	return has_shape(text, "AA99A", 5) || has_shape(text, "A99", 3);
}

bool
icd10_valid(const char *text)
{
	return has_shape(text, "AXXXXX", 3);
}

bool
opcs4_valid(const char *text)
{
	return has_shape(text, "AXXXXX", 3);
}

bool
uuid_valid(const char *text)
{
	return has_shape(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", 36);
}

/*
 * Bytes of one character that may stand between digits, at the start of text; 0 if none. Spaces and
 * dashes of any kind, as word processors write them, what has no width, and what people type.
 */
static size_t
separator_length(const char *text)
{
	int32_t character;
	size_t length;

	if (text[0] != '\0' && strchr("\t\n\r./\\_", text[0]) != NULL)
		return 1;
	length = utf8_next(text, strnlen(text, 4), &character);
	if (length == 0)
		return 0;
	switch (utf8proc_category(character)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_PD:
	case UTF8PROC_CATEGORY_CF:
		return length;
	default:
		return 0;
	}
}

/*
 * text starts a group of digits: true if it and the groups after it make ten digits, and those an
 * NHS number.
 */
static bool
starts_nhs_number(const char *text)
{
	char digits[NHS_NUMBER_DIGITS];
	size_t count = 0, length;

	for (;;) {
		while (is_digit(*text) && count < NHS_NUMBER_DIGITS)
			digits[count++] = *text++;
		if (count == NHS_NUMBER_DIGITS)
			return !is_digit(*text) && check_digit_right(digits);
		while ((length = separator_length(text)) > 0)
			text += length;
		if (!is_digit(*text))
			return false;
	}
}

bool
text_holds_nhs_number(const char *text)
{
	bool in_group = false;

	for (; *text != '\0'; text++) {
		if (is_digit(*text) && !in_group && starts_nhs_number(text))
			return true;
		in_group = is_digit(*text);
	}
	return false;
}
