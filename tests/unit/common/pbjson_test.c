/* Messages to JSON in both dialects, and the words of enumerations. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/pbjson.h"
#include "sample.pb-c.h"
#include "tests/unit/common/sample_wire.h"

/* Unpacks wire (hex) and expects the message's JSON, keys sorted. */
static void
expect_json(const ProtobufCMessageDescriptor *descriptor, const char *wire,
    enum pbjson_dialect dialect, const char *json)
{
	uint8_t bytes[1024];
	ProtobufCMessage *message;
	json_t *written;
	char *text;

	cr_assert(hex_decode(wire, strlen(wire), bytes));
	message = protobuf_c_message_unpack(descriptor, NULL, strlen(wire) / 2, bytes);
	cr_assert_not_null(message);
	written = pbjson_from_message(message, dialect);
	text = json_dumps(written, JSON_COMPACT | JSON_SORT_KEYS);
	cr_expect_str_eq(text, json);
	free(text);
	json_decref(written);
	protobuf_c_message_free_unpacked(message, NULL);
}

Test(pbjson, proto3_dialect_is_what_the_reference_implementation_prints)
{
	expect_json(&pbc__test__sample__descriptor, SAMPLE_WIRE, PBJSON_PROTO3, SAMPLE_JSON);
	expect_json(&pbc__test__sample__descriptor, "", PBJSON_PROTO3, SAMPLE_EMPTY_JSON);
}

Test(pbjson, sql_dialect_has_numbers_words_and_nulls)
{
	expect_json(&pbc__test__plain__descriptor, PLAIN_WIRE, PBJSON_SQL, PLAIN_JSON);
	expect_json(&pbc__test__plain__descriptor, "", PBJSON_SQL, PLAIN_EMPTY_JSON);
}

Test(pbjson, values_without_a_name_are_numbers)
{
	/* state = 99 */
	expect_json(&pbc__test__part__descriptor, "", PBJSON_PROTO3,
	    "{\"cost_pence\":\"0\",\"name\":\"\"}");
	Pbc__Test__Plain plain = PBC__TEST__PLAIN__INIT;
	json_t *json;

	plain.state = (Pbc__Test__CaseState)99;
	for (int dialect = PBJSON_PROTO3; dialect <= PBJSON_SQL; dialect++) {
		json = pbjson_from_message(&plain.base, (enum pbjson_dialect)dialect);
		cr_expect_eq(json_integer_value(json_object_get(json, "state")), 99);
		json_decref(json);
	}
}

Test(pbjson, numbers_that_json_has_no_sign_for_are_words)
{
	Pbc__Test__Sample sample = PBC__TEST__SAMPLE__INIT;
	json_t *json;

	sample.whole = 0.0 / 0.0;
	sample.half = -1.0f / 0.0f;
	json = pbjson_from_message(&sample.base, PBJSON_PROTO3);
	cr_expect_str_eq(json_string_value(json_object_get(json, "whole")), "NaN");
	cr_expect_str_eq(json_string_value(json_object_get(json, "half")), "-Infinity");
	json_decref(json);
}

Test(pbjson, a_time_out_of_range_is_null)
{
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	json_t *json;

	time.nanos = 1000000000;
	json = pbjson_from_message(&time.base, PBJSON_SQL);
	cr_expect(json_is_null(json));
	json_decref(json);
}

Test(pbjson, enumerations_have_words_without_their_types_prefix)
{
	static const struct {
		const ProtobufCEnumDescriptor *descriptor;
		int value;
		const char *word, *full_name;
	} cases[] = {
	    {&pbc__test__case_state__descriptor, 1, "submitted", "CASE_STATE_SUBMITTED"},
	    {&pbc__test__case_state__descriptor, 2, "half_decided", "CASE_STATE_HALF_DECIDED"},
	    {&pbc__test__mffpayer__descriptor, 1, "pct", "MFF_PAYER_PCT"},
	    {&pbc__test__mffpayer__descriptor, 2, "central_fund", "CENTRAL_FUND"},
	};
	struct arena *arena = arena_new(1024);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int value = -1;

		cr_expect_str_eq(
		    pbjson_enum_word(cases[i].descriptor, cases[i].value, arena), cases[i].word);
		cr_expect(pbjson_enum_value(cases[i].descriptor, cases[i].word, &value));
		cr_expect_eq(value, cases[i].value);
		value = -1;
		cr_expect(pbjson_enum_value(cases[i].descriptor, cases[i].full_name, &value));
		cr_expect_eq(value, cases[i].value);
	}
	arena_free(arena);
}

Test(pbjson, enumerations_have_no_other_words)
{
	static const char *const words[] = {"", "SUBMITTED", "Submitted", "submit", "submitted ",
	    "submittedx", "unspecified", "case_state_submitted", "CASE_STATE_", "1"};
	const ProtobufCEnumDescriptor *descriptor = &pbc__test__case_state__descriptor;
	struct arena *arena = arena_new(16);
	int value;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cr_expect_not(pbjson_enum_value(descriptor, words[i], &value), "%s", words[i]);
	cr_expect(pbjson_enum_value(descriptor, "CASE_STATE_UNSPECIFIED", &value));
	cr_expect_eq(value, 0);
	cr_expect_null(pbjson_enum_word(descriptor, 0, arena));
	cr_expect_str_eq(pbjson_enum_word(descriptor, 77, arena), "77");
	cr_expect_str_eq(pbjson_enum_word(descriptor, 1, arena), "?", "the arena is full");
	arena_free(arena);
}
