/* Scans JSON text without building anything. */
#include "common/jsonscan.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/hex.h"
#include "common/utf8.h"

#define UTF16_DIGITS 4
#define UTF16_PAIR (UTF16_DIGITS + 2 + UTF16_DIGITS) /* two units, "\\u" between them */
#define WHOLE_DIGITS 19                              /* any number of so many fits 64 bits */

static bool
fail(struct jsonscan *scan, const char *fault)
{
	if (scan->fault == NULL)
		scan->fault = fault;
	scan->at = scan->end;
	return false;
}

static void
skip_space(struct jsonscan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
		scan->at++;
}

static bool
take(struct jsonscan *scan, char wanted)
{
	if (scan->at == scan->end || *scan->at != wanted)
		return false;
	scan->at++;
	return true;
}

void
jsonscan_init(struct jsonscan *scan, const char *text, size_t length)
{
	*scan = (struct jsonscan){.at = text, .end = text + length};
}

enum jsonscan_kind
jsonscan_kind(struct jsonscan *scan)
{
	skip_space(scan);
	if (scan->at == scan->end) {
		fail(scan, "ends where a value should be");
		return JSONSCAN_FAULT;
	}
	switch (*scan->at) {
	case '{':
		return JSONSCAN_OBJECT;
	case '[':
		return JSONSCAN_ARRAY;
	case '"':
		return JSONSCAN_STRING;
	case 't':
		return JSONSCAN_TRUE;
	case 'f':
		return JSONSCAN_FALSE;
	case 'n':
		return JSONSCAN_NULL;
	default:
		if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9'))
			return JSONSCAN_NUMBER;
		fail(scan, "has something else where a value should be");
		return JSONSCAN_FAULT;
	}
}

void
jsonscan_enter(struct jsonscan *scan)
{
	assert(scan->at < scan->end && (*scan->at == '{' || *scan->at == '['));
	scan->at++;
	scan->entered = true;
}

bool
jsonscan_more(struct jsonscan *scan, char close)
{
	bool first = scan->entered;

	scan->entered = false;
	skip_space(scan);
	if (take(scan, close))
		return false;
	if (first || take(scan, ','))
		return scan->at < scan->end || fail(scan, "ends within an object or array");
	return fail(scan, "lacks a comma or the end of an object or array");
}

bool
jsonscan_key(struct jsonscan *scan, struct jsonscan_span *key)
{
	skip_space(scan);
	if (!jsonscan_string(scan, key))
		return false;
	skip_space(scan);
	return take(scan, ':') || fail(scan, "lacks a colon after a key");
}

bool
jsonscan_key_is(struct jsonscan *scan, const char *name)
{
	size_t length = strlen(name);

	skip_space(scan);
	if ((size_t)(scan->end - scan->at) < length + 3 || *scan->at != '"' ||
	    memcmp(scan->at + 1, name, length) != 0 || scan->at[length + 1] != '"' ||
	    scan->at[length + 2] != ':')
		return false;
	scan->at += length + 3;
	return true;
}

bool
jsonscan_string(struct jsonscan *scan, struct jsonscan_span *string)
{
	const char *at;

	if (!take(scan, '"'))
		return fail(scan, "lacks a quote");
	*string = (struct jsonscan_span){.text = scan->at};
	for (at = scan->at; at < scan->end && *at != '"'; at++) {
		if ((unsigned char)*at < ' ')
			return fail(scan, "has a control character in a string");
		if (*at != '\\')
			continue;
		string->escaped = true;
		/* What is escaped, be it a quote, belongs to the string. */
		if (++at == scan->end || (unsigned char)*at < ' ')
			break;
	}
	if (at >= scan->end || *at != '"')
		return fail(scan, "has a string without an end");
	string->length = (size_t)(at - scan->at);
	scan->at = at + 1;
	return true;
}

/* How many there were. */
static size_t
take_digits(struct jsonscan *scan)
{
	const char *first = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return (size_t)(scan->at - first);
}

bool
jsonscan_number(struct jsonscan *scan, struct jsonscan_span *number)
{
	const char *first = scan->at;
	bool sound;

	take(scan, '-');
	sound = take(scan, '0') || take_digits(scan) > 0;
	if (sound && take(scan, '.'))
		sound = take_digits(scan) > 0;
	if (sound && (take(scan, 'e') || take(scan, 'E'))) {
		if (!take(scan, '-'))
			take(scan, '+');
		sound = take_digits(scan) > 0;
	}
	if (!sound)
		return fail(scan, "has a number without digits");
	*number = (struct jsonscan_span){.text = first, .length = (size_t)(scan->at - first)};
	return true;
}

bool
jsonscan_whole(struct jsonscan *scan, bool *negative, uint64_t *magnitude)
{
	const char *first, *at, *end = scan->end;
	uint64_t value = 0;
	unsigned digit;

	skip_space(scan);
	first = scan->at;
	if (first < end && *first == '-')
		first++;
	for (at = first; at < end && (digit = (unsigned)((unsigned char)*at - '0')) <= 9; at++)
		value = value * 10 + digit;
	if (at == first || at - first > WHOLE_DIGITS || (*first == '0' && at - first > 1))
		return false;
	if (at == end || (*at != ',' && *at != ']' && *at != '}'))
		return false;
	*negative = first > scan->at;
	*magnitude = value;
	scan->at = at;
	return true;
}

bool
jsonscan_word(struct jsonscan *scan)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t left = (size_t)(scan->end - scan->at), i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);

		if (length <= left && memcmp(scan->at, words[i], length) == 0) {
			scan->at += length;
			return true;
		}
	}
	return fail(scan, "has a word that is not true, false or null");
}

bool
jsonscan_ended(struct jsonscan *scan)
{
	skip_space(scan);
	if (scan->fault == NULL && scan->at < scan->end)
		fail(scan, "goes on after its value");
	return scan->fault == NULL;
}

/* -1 if these are not four hexadecimal digits. */
static int32_t
read_utf16(const char *text, size_t length)
{
	int32_t unit = 0;
	size_t i;

	if (length < UTF16_DIGITS)
		return -1;
	for (i = 0; i < UTF16_DIGITS; i++) {
		int digit = hex_digit_value(text[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* At most three bytes for six of an escape, or four for twelve of two. */
static size_t
write_utf8(int32_t character, char *to)
{
	if (character < 0x80) {
		to[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		to[0] = (char)(0xc0 | character >> 6);
		to[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	if (character < 0x10000) {
		to[0] = (char)(0xe0 | character >> 12);
		to[1] = (char)(0x80 | (character >> 6 & 0x3f));
		to[2] = (char)(0x80 | (character & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | character >> 18);
	to[1] = (char)(0x80 | (character >> 12 & 0x3f));
	to[2] = (char)(0x80 | (character >> 6 & 0x3f));
	to[3] = (char)(0x80 | (character & 0x3f));
	return 4;
}

/* text is after the "\u". How much of it was taken; 0 if it is no character but NUL. */
static size_t
unescape_utf16(const char *text, size_t length, char *to, size_t *written)
{
	int32_t high = read_utf16(text, length), low;
	size_t taken = UTF16_DIGITS;

	if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
		return 0;
	if (high >= 0xd800 && high < 0xdc00) {
		if (length < UTF16_PAIR || memcmp(text + UTF16_DIGITS, "\\u", 2) != 0)
			return 0;
		low = read_utf16(text + UTF16_DIGITS + 2, UTF16_DIGITS);
		if (low < 0xdc00 || low >= 0xe000)
			return 0;
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
		taken = UTF16_PAIR;
	}
	*written = write_utf8(high, to);
	return taken;
}

/* text is after the backslash. */
static size_t
unescape_one(const char *text, size_t length, char *to, size_t *written)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = memchr(letters, text[0], sizeof(letters) - 1);
	size_t taken;

	if (letter != NULL) {
		to[0] = meanings[letter - letters];
		*written = 1;
		return 1;
	}
	if (text[0] != 'u')
		return 0;
	taken = unescape_utf16(text + 1, length - 1, to, written);
	return taken > 0 ? 1 + taken : 0;
}

bool
jsonscan_unescape(const struct jsonscan_span *span, char *to, size_t *length)
{
	size_t at = 0, written = 0;

	if (!utf8_valid(span->text, span->length))
		return false;
	if (!span->escaped) {
		memcpy(to, span->text, span->length);
		written = span->length;
		at = span->length;
	}
	while (at < span->length) {
		size_t taken = 0, made = 0;

		if (span->text[at] != '\\') {
			to[written++] = span->text[at++];
			continue;
		}
		at++;
		taken = unescape_one(span->text + at, span->length - at, to + written, &made);
		if (taken == 0)
			return false;
		at += taken;
		written += made;
	}
	to[written] = '\0';
	*length = written;
	return true;
}
