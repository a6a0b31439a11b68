/* UTF-8 checks and widths, by utf8proc. */
#include "common/utf8.h"

#include <string.h>
#include <utf8proc.h>

size_t
utf8_next(const char *text, size_t length, int32_t *character)
{
	/*
	 * A character has at most four bytes; this also keeps the length within utf8proc's signed
	 * type.
	 */
	utf8proc_ssize_t bounded = length < 4 ? (utf8proc_ssize_t)length : 4;
	utf8proc_ssize_t taken =
	    utf8proc_iterate((const utf8proc_uint8_t *)text, bounded, character);

	return taken > 0 ? (size_t)taken : 0;
}

/* Eight bytes of ASCII without a NUL: none has its high bit, nor gets it when one is taken off. */
static bool
is_plain_word(const char *text)
{
	const uint64_t high = 0x8080808080808080, ones = 0x0101010101010101;
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return ((word | (word - ones)) & high) == 0;
}

bool
utf8_valid(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		int32_t character;
		size_t taken;

		/* ASCII, by far the most. */
		if (length - at >= sizeof(uint64_t) && is_plain_word(text + at)) {
			at += sizeof(uint64_t);
			continue;
		}
		if (text[at] > 0) {
			at++;
			continue;
		}
		taken = utf8_next(text + at, length - at, &character);
		if (taken == 0 || character == 0)
			return false;
		at += taken;
	}
	return true;
}

size_t
utf8_length(const char *text)
{
	size_t length = 0;

	/* A character has one byte that does not go on with it: 10xxxxxx does. */
	for (; *text != '\0'; text++)
		length += ((unsigned char)*text & 0xc0) != 0x80;
	return length;
}

size_t
utf8_width(const char *text)
{
	return utf8_width_of(text, strlen(text));
}

size_t
utf8_width_of(const char *text, size_t length)
{
	size_t at = 0, width = 0;

	while (at < length) {
		int32_t character;
		size_t taken = utf8_next(text + at, length - at, &character);

		if (taken == 0) {
			at++;
			width++;
			continue;
		}
		width += (size_t)utf8proc_charwidth(character);
		at += taken;
	}
	return width;
}
