/* JSON by the grammar of RFC 8259: what is taken, what is a fault, what a string says. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonscan.h"

static bool walk(struct jsonscan *scan);

static bool
walk_container(struct jsonscan *scan, bool keys)
{
	struct jsonscan_span key;

	jsonscan_enter(scan);
	while (jsonscan_more(scan, keys ? '}' : ']'))
		if ((keys && !jsonscan_key(scan, &key)) || !walk(scan))
			return false;
	return scan->fault == NULL;
}

/* Takes any one value. */
static bool
walk(struct jsonscan *scan)
{
	struct jsonscan_span span;

	switch (jsonscan_kind(scan)) {
	case JSONSCAN_OBJECT:
		return walk_container(scan, true);
	case JSONSCAN_ARRAY:
		return walk_container(scan, false);
	case JSONSCAN_STRING:
		return jsonscan_string(scan, &span);
	case JSONSCAN_NUMBER:
		return jsonscan_number(scan, &span);
	case JSONSCAN_FAULT:
		return false;
	default:
		return jsonscan_word(scan);
	}
}

/* From memory of the text's own size, so that a sanitizer sees a read beyond it. */
static bool
sound(const char *text, size_t length)
{
	char *copy = malloc(length > 0 ? length : 1);
	struct jsonscan scan;
	bool whole;

	memcpy(copy, text, length);
	jsonscan_init(&scan, copy, length);
	whole = walk(&scan) && jsonscan_ended(&scan);
	cr_expect_eq(whole, scan.fault == NULL);
	free(copy);
	return whole;
}

static const char *const sound_texts[] = {"{}", "[]", "[[]   ]", "[1,2]", "[ 1 , 2 ]", "{\"a\":1}",
    "{\"a\" : [ ] , \"b\" : { } }", "{\"\":0}", "{\"a\":\"b\",\"a\":\"c\"}", "null", "true",
    "false", " \t\r\n0\t", "\"\"", "\"a\"", "-0", "0", "-1", "123", "1.5", "0.0", "1e1", "1E1",
    "1e+1", "1e-1", "-1.5E-10", "0e1", "123.456e78", "1000000000000000000000000", "\"\\u0012\"",
    "\"\\\"\"", "\"\\\\\"", "\"\\\\\\\"\"", "\"/\"", "\"\x7f\"", "\"\xe2\x82\xac\"",
    "[null,1,\"1\",{}]", "[\"a\",{\"b\":[{\"c\":null}]}]"};

Test(jsonscan, every_sound_text_is_taken)
{
	for (size_t i = 0; i < sizeof(sound_texts) / sizeof(sound_texts[0]); i++)
		cr_expect(sound(sound_texts[i], strlen(sound_texts[i])), "%s", sound_texts[i]);
}

static const char *const faults[] = {"", " ", "{", "[", "}", "]", "[1,]", "[,1]", "[1,,2]", "[,]",
    "[1 2]", "[1}", "{\"a\":1]", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{,\"a\":1}",
    "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}", "[", "[1", "[1,", "{\"a", "{\"a\"",
    "{\"a\":", "{\"a\":1", "{\"a\":1,", "{} {}", "1 1", "[]]", "{}}", "1,", "nul", "nulll", "NULL",
    "True", "tru", "fals", "nan", "NaN", "Infinity", "-Infinity", "+1", "-", "--1", "- 1", "01",
    "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1E", "0x1", "1_0", "1a", "\"",
    "\"a", "\"\\\"", "\"\\", "\"\n\"", "\"\t\"", "\"a\x1f\"", "\"\\\n\"", "'a'", "// a\n1", "/**/1",
    "\xef\xbb\xbf{}", "[1]x", "\f1"};

Test(jsonscan, every_other_text_is_a_fault)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		cr_expect_not(sound(faults[i], strlen(faults[i])), "%s", faults[i]);
	cr_expect_not(sound("\"a\0b\"", 5));
	cr_expect_not(sound("1\0", 2));
}

Test(jsonscan, no_part_of_a_text_is_sound_but_the_whole)
{
	static const char text[] = "{\"a\":[1,-2.5e3,\"b\\u20ac\",{\"c\":null}],\"d\":true}";

	for (size_t length = 0; length < sizeof(text) - 1; length++)
		cr_expect_not(sound(text, length), "%zu", length);
	cr_expect(sound(text, sizeof(text) - 1));
}

Test(jsonscan, spans_are_what_the_text_says)
{
	static const char text[] = " { \"key\" : -12.50e+1 , \"x\\n\" : \"a\\\"b\" }";
	struct jsonscan scan;
	struct jsonscan_span span;

	jsonscan_init(&scan, text, strlen(text));
	cr_assert_eq(jsonscan_kind(&scan), JSONSCAN_OBJECT);
	jsonscan_enter(&scan);
	cr_assert(jsonscan_more(&scan, '}') && jsonscan_key(&scan, &span));
	cr_expect(span.length == 3 && memcmp(span.text, "key", 3) == 0 && !span.escaped);
	cr_assert_eq(jsonscan_kind(&scan), JSONSCAN_NUMBER);
	cr_assert(jsonscan_number(&scan, &span));
	cr_expect(span.length == 9 && memcmp(span.text, "-12.50e+1", 9) == 0);
	cr_assert(jsonscan_more(&scan, '}') && jsonscan_key(&scan, &span));
	cr_expect(span.length == 3 && span.escaped);
	cr_assert_eq(jsonscan_kind(&scan), JSONSCAN_STRING);
	cr_assert(jsonscan_string(&scan, &span));
	cr_expect(span.length == 4 && memcmp(span.text, "a\\\"b", 4) == 0 && span.escaped);
	cr_expect_not(jsonscan_more(&scan, '}'));
	cr_expect(jsonscan_ended(&scan));
}

Test(jsonscan, after_a_fault_nothing_more_is_taken)
{
	struct jsonscan scan;
	struct jsonscan_span span;
	const char *first;

	jsonscan_init(&scan, "[x,1]", 5);
	jsonscan_kind(&scan);
	jsonscan_enter(&scan);
	cr_assert(jsonscan_more(&scan, ']'));
	cr_expect_eq(jsonscan_kind(&scan), JSONSCAN_FAULT);
	first = scan.fault;
	cr_assert_not_null(first);
	cr_expect_not(jsonscan_more(&scan, ']'));
	cr_expect_not(jsonscan_string(&scan, &span));
	cr_expect_not(jsonscan_word(&scan));
	cr_expect_not(jsonscan_ended(&scan));
	cr_expect_eq(scan.fault, first);
}

/* What is between the quotes; means is NULL if it says nothing that text may hold. */
static const struct {
	const char *escaped, *means;
} strings[] = {
    {"", ""},
    {"plain", "plain"},
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac"},
    {"\\u007f\\u0080\\u07ff\\u0800\\uffff", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
    {"\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"},
    {"\\ud800\\udc00\\uDBFF\\uDFFF", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
    {"\xf0\x9f\x98\x80\\n", "\xf0\x9f\x98\x80\n"},
    {"\\u0000", NULL},
    {"\\ud83d", NULL},
    {"\\ud83dx", NULL},
    {"\\ud83d\\n", NULL},
    {"\\ud83d\\u0041", NULL},
    {"\\ude00\\ud83d", NULL},
    {"\\u12", NULL},
    {"\\u12g4", NULL},
    {"\\u-123", NULL},
    {"\\U0041", NULL},
    {"\\x41", NULL},
    {"\\'", NULL},
    {"\xc3", NULL},
    {"\xc0\x80", NULL},
    {"\xed\xa0\x80", NULL},
    {"\\n\xff", NULL},
};

Test(jsonscan, strings_are_unescaped_to_utf8)
{
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		size_t length = strlen(strings[i].escaped), written = 0;
		struct jsonscan_span span = {
		    strings[i].escaped, length, strchr(strings[i].escaped, '\\') != NULL};
		char *to = malloc(length + 1);
		bool ok = jsonscan_unescape(&span, to, &written);

		cr_expect_eq(ok, strings[i].means != NULL, "%s", strings[i].escaped);
		if (ok && strings[i].means != NULL) {
			cr_expect_str_eq(to, strings[i].means);
			cr_expect_eq(written, strlen(strings[i].means));
		}
		free(to);
	}
}

/* What follows matters as well: "1.5" is not 1. */
Test(jsonscan, usual_numbers_are_read_in_one_pass_and_the_others_left)
{
	static const struct {
		const char *text;
		bool taken, negative;
		uint64_t magnitude;
	} cases[] = {{"0,", true, false, 0}, {"-0]", true, true, 0}, {"7}", true, false, 7},
	    {"-12,", true, true, 12},
	    {"9999999999999999999,", true, false, UINT64_C(9999999999999999999)},
	    {"10000000000000000000,", false, false, 0}, {"01,", false, false, 0},
	    {"1.5,", false, false, 0}, {"1e3,", false, false, 0}, {"1 ,", false, false, 0},
	    {"1", false, false, 0}, {"-,", false, false, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct jsonscan scan;
		uint64_t magnitude = 0;
		bool negative = false;

		jsonscan_init(&scan, cases[i].text, strlen(cases[i].text));
		cr_expect_eq(jsonscan_whole(&scan, &negative, &magnitude), cases[i].taken, "%s",
		    cases[i].text);
		cr_expect_eq(scan.at - cases[i].text,
		    cases[i].taken ? (ptrdiff_t)strlen(cases[i].text) - 1 : 0);
		cr_expect_null(scan.fault);
		if (cases[i].taken) {
			cr_expect_eq(negative, cases[i].negative);
			cr_expect_eq(magnitude, cases[i].magnitude);
		}
	}
}

Test(jsonscan, an_expected_key_is_taken_whole_or_not_at_all)
{
	static const struct {
		const char *text;
		bool taken;
	} cases[] = {{"\"pod\":", true}, {" \"pod\":1", true}, {"\"pod\" :", false},
	    {"\"po\":", false}, {"\"pods\":", false}, {"\"pod\"", false}, {"\"po", false},
	    {"", false}, {"\"p\\u006fd\":", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].text);
		char *copy = malloc(length + 1);
		struct jsonscan scan;

		memcpy(copy, cases[i].text, length);
		jsonscan_init(&scan, copy, length);
		cr_expect_eq(jsonscan_key_is(&scan, "pod"), cases[i].taken, "%s", cases[i].text);
		cr_expect_null(scan.fault);
		free(copy);
	}
}
