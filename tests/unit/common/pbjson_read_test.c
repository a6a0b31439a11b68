/*
 * JSON to wire bytes and messages: what is taken, and what is refused with its place but never its
 * value.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/pbjson.h"
#include "sample.pb-c.h"
#include "tests/unit/common/sample_wire.h"

static ProtobufCMessage *
read_text(const ProtobufCMessageDescriptor *descriptor, enum pbjson_dialect dialect,
    const char *text, struct arena *arena, struct status *status)
{
	json_error_t error;
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	ProtobufCMessage *message;

	cr_assert_not_null(json, "%s: %s", text, error.text);
	message = pbjson_to_message(json, descriptor, dialect, arena, status);
	json_decref(json);
	return message;
}

/* Expects the wire bytes (hex) that python3-protobuf writes, and a message that packs to them. */
static void
expect_wire(const ProtobufCMessageDescriptor *descriptor, enum pbjson_dialect dialect,
    const char *text, const char *wire)
{
	struct arena *arena = arena_new(65536);
	struct status status = {.message = ""};
	ProtobufCMessage *message = read_text(descriptor, dialect, text, arena, &status);
	struct buf encoded = {.limit = 1024};
	uint8_t bytes[1024];
	char hex[2049];

	cr_assert_not_null(message, "%s", status.message);
	cr_assert_leq(protobuf_c_message_get_packed_size(message), sizeof(bytes));
	hex_encode(bytes, protobuf_c_message_pack(message, bytes), hex);
	cr_expect_str_eq(hex, wire);
	cr_assert(
	    pbjson_encode(text, strlen(text), descriptor, dialect, &encoded, &status), "%s", text);
	message = protobuf_c_message_unpack(
	    descriptor, arena_protobuf_allocator(arena), encoded.length, encoded.data);
	cr_assert_not_null(message);
	hex_encode(bytes, protobuf_c_message_pack(message, bytes), hex);
	cr_expect_str_eq(hex, wire);
	cr_expect_eq(2 * encoded.length, strlen(wire), "defaults are left out, as pack does");
	buf_free(&encoded);
	arena_free(arena);
}

Test(pbjson_read, both_dialects_read_what_they_write)
{
	expect_wire(&pbc__test__sample__descriptor, PBJSON_PROTO3, SAMPLE_JSON, SAMPLE_WIRE);
	expect_wire(&pbc__test__sample__descriptor, PBJSON_PROTO3, SAMPLE_EMPTY_JSON, "");
	expect_wire(&pbc__test__sample__descriptor, PBJSON_PROTO3, "{}", "");
	expect_wire(&pbc__test__plain__descriptor, PBJSON_SQL, PLAIN_EMPTY_JSON, "");
}

/*
 * The array's null, an unspecified state, cannot be told from a missing one, so it is left out
 * here.
 */
Test(pbjson_read, sql_answers_make_the_message)
{
	expect_wire(&pbc__test__plain__descriptor, PBJSON_SQL,
	    "{\"flag\":true,\"small\":7,\"big\":-9223372036854775808,"
	    "\"big_unsigned\":\"18446744073709551615\",\"text\":\"x\",\"data\":\"00FF\","
	    "\"state\":\"half_decided\",\"part\":{\"name\":\"p\",\"cost_pence\":\"5\"},"
	    "\"submit_time\":\"2007-07-31T14:00:00.000000+02:00\",\"price_pence\":0,"
	    "\"parts\":[{}],\"numbers\":[1],\"states\":[\"CASE_STATE_UNSPECIFIED\",\"submitted\"],"
	    "\"blobs\":[\"ab\"]}",
	    PLAIN_WIRE);
}

Test(pbjson_read, an_absent_oneof_member_is_not_zero)
{
	struct arena *arena = arena_new(4096);
	struct status status;
	Pbc__Test__Plain *plain;

	plain = (Pbc__Test__Plain *)read_text(
	    &pbc__test__plain__descriptor, PBJSON_SQL, "{\"price_pence\":null}", arena, &status);
	cr_expect_eq(plain->stated_case, PBC__TEST__PLAIN__STATED__NOT_SET);
	plain = (Pbc__Test__Plain *)read_text(
	    &pbc__test__plain__descriptor, PBJSON_SQL, "{\"price_pence\":0}", arena, &status);
	cr_expect_eq(plain->stated_case, PBC__TEST__PLAIN__STATED_PRICE_PENCE);
	cr_expect_str_eq(plain->text, "");
	arena_free(arena);
}

static const struct {
	const char *json, *path;
} mismatches[] = {
    {"[]", ""},
    {"7", ""},
    {"null", ""},
    {"{\"colour\":1}", "colour"},
    {"{\"flag\":1}", "flag"},
    {"{\"flag\":\"true\"}", "flag"},
    {"{\"small\":2147483648}", "small"},
    {"{\"small\":-2147483649}", "small"},
    {"{\"small\":1.0}", "small"},
    {"{\"small\":\"\"}", "small"},
    {"{\"small\":\"-\"}", "small"},
    {"{\"small\":\"+1\"}", "small"},
    {"{\"small\":\" 1\"}", "small"},
    {"{\"small\":\"1 \"}", "small"},
    {"{\"small\":\"0x1\"}", "small"},
    {"{\"small\":true}", "small"},
    {"{\"big\":\"9223372036854775808\"}", "big"},
    {"{\"big\":\"-9223372036854775809\"}", "big"},
    {"{\"big\":1e3}", "big"},
    {"{\"big\":{}}", "big"},
    {"{\"big_unsigned\":-1}", "big_unsigned"},
    {"{\"big_unsigned\":\"-1\"}", "big_unsigned"},
    {"{\"big_unsigned\":\"18446744073709551616\"}", "big_unsigned"},
    {"{\"text\":1}", "text"},
    {"{\"text\":\"a\\u0000b\"}", "text"},
    {"{\"data\":\"0!\"}", "data"},
    {"{\"data\":\"Zg===\"}", "data"},
    {"{\"data\":1}", "data"},
    {"{\"state\":\"SUBMITTED\"}", "state"},
    {"{\"state\":\"\"}", "state"},
    {"{\"state\":true}", "state"},
    {"{\"part\":[]}", "part"},
    {"{\"part\":{\"cost_pence\":\"x\"}}", "part.cost_pence"},
    {"{\"part\":{\"child\":{\"colour\":1}}}", "part.child.colour"},
    {"{\"parts\":{}}", "parts"},
    {"{\"parts\":[{},null]}", "parts[1]"},
    {"{\"parts\":[{},{},{},{\"name\":5}]}", "parts[3].name"},
    {"{\"numbers\":[1,2,\"x\"]}", "numbers[2]"},
    {"{\"numbers\":1}", "numbers"},
    {"{\"states\":[null]}", "states[0]"},
    {"{\"submit_time\":\"2007-07-31\"}", "submit_time"},
    {"{\"submit_time\":1185883200}", "submit_time"},
    {"{\"submit_time\":{}}", "submit_time"},
};

Test(pbjson_read, mismatches_name_their_path_in_either_dialect)
{
	for (size_t i = 0; i < sizeof(mismatches) / sizeof(mismatches[0]); i++) {
		for (int dialect = PBJSON_PROTO3; dialect <= PBJSON_SQL; dialect++) {
			struct arena *arena = arena_new(65536);
			struct status status = {.code = STATUS_OK};

			cr_expect_null(
			    read_text(&pbc__test__plain__descriptor, (enum pbjson_dialect)dialect,
				mismatches[i].json, arena, &status),
			    "%s", mismatches[i].json);
			cr_expect_eq(status.code,
			    dialect == PBJSON_SQL ? STATUS_INTERNAL : STATUS_INVALID_ARGUMENT);
			cr_expect_str_eq(
			    status.field, mismatches[i].path, "%s", mismatches[i].json);
			arena_free(arena);
		}
	}
}

Test(pbjson_read, dialects_differ_in_bytes_numbers_of_enumerations_and_floats)
{
	static const struct {
		const char *json;
		bool proto3, sql;
	} cases[] = {
	    {"{\"data\":\"Zg==\"}", true, false},
	    {"{\"data\":\"abc\"}", true, false},
	    {"{\"data\":\"0000\"}", true, true},
	    {"{\"state\":1}", true, false},
	    {"{\"state\":99}", true, false},
	    {"{\"state\":2147483648}", false, false},
	    {"{\"whole\":1.5}", true, false},
	    {"{\"whole\":2}", true, false},
	    {"{\"whole\":\"NaN\"}", false, false},
	    {"{\"whole\":\"1.5\"}", false, false},
	    {"{\"half\":1e39}", false, false},
	    {"{\"half\":-3e38}", true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(65536);
		struct status status;

		cr_expect_eq(read_text(&pbc__test__sample__descriptor, PBJSON_PROTO3, cases[i].json,
				 arena, &status) != NULL,
		    cases[i].proto3, "%s", cases[i].json);
		cr_expect_eq(read_text(&pbc__test__sample__descriptor, PBJSON_SQL, cases[i].json,
				 arena, &status) != NULL,
		    cases[i].sql, "%s", cases[i].json);
		arena_free(arena);
	}
}

Test(pbjson_read, two_members_of_a_oneof_are_refused)
{
	struct arena *arena = arena_new(65536);
	struct status status;

	cr_expect_null(read_text(&pbc__test__sample__descriptor, PBJSON_PROTO3,
	    "{\"price_pence\":1,\"reason\":\"x\"}", arena, &status));
	cr_expect_str_eq(status.field, "reason");
	cr_expect_not_null(read_text(&pbc__test__sample__descriptor, PBJSON_PROTO3,
	    "{\"price_pence\":1,\"reason\":null}", arena, &status));
	arena_free(arena);
}

Test(pbjson_read, nesting_is_taken_to_32_and_refused_beyond)
{
	for (int depth = 31; depth <= 33; depth++) {
		struct arena *arena = arena_new(65536);
		struct status status;
		struct buf text = {.limit = 1024};

		/* Each "child" opens one more message inside the first. */
		for (int i = 1; i < depth; i++)
			buf_append_text(&text, "{\"child\":");
		buf_append_text(&text, "{}");
		for (int i = 1; i < depth; i++)
			buf_append_text(&text, "}");
		buf_append(&text, "", 1);
		cr_expect_eq(read_text(&pbc__test__part__descriptor, PBJSON_SQL,
				 (const char *)text.data, arena, &status) != NULL,
		    depth <= 32, "%d", depth);
		buf_free(&text);
		arena_free(arena);
	}
}

static const char *const sized[] = {"{\"text\":\"0123456789\"}",
    "{\"data\":\"00112233445566778899\"}", "{\"part\":{\"name\":\"01234567\"}}",
    "{\"numbers\":[1,2,3,4,5,6,7,8,9,10]}", "{\"submit_time\":\"2007-07-31T12:00:00.5Z\"}",
    "{\"big\":1,\"small\":2,\"flag\":true,\"big_unsigned\":300,\"price_pence\":0}"};

Test(pbjson_read, wire_bytes_keep_their_limit_and_what_was_there)
{
	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++) {
		struct buf all = {0};
		struct status status = {.code = STATUS_OK};

		cr_assert(pbjson_encode(sized[i], strlen(sized[i]), &pbc__test__plain__descriptor,
		    PBJSON_SQL, &all, &status));
		for (size_t limit = 1; limit < all.length; limit++) {
			struct buf wire = {.limit = 2 + limit};

			buf_append(&wire, "ab", 2);
			cr_expect_not(pbjson_encode(sized[i], strlen(sized[i]),
			    &pbc__test__plain__descriptor, PBJSON_SQL, &wire, &status));
			cr_expect_eq(status.code, STATUS_RESOURCE_EXHAUSTED, "%s", sized[i]);
			cr_expect_eq(wire.length, 2);
			cr_expect_eq(memcmp(wire.data, "ab", 2), 0);
			buf_free(&wire);
		}
		buf_free(&all);
	}
}

Test(pbjson_read, a_full_arena_is_told)
{
	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++) {
		struct arena *arena = arena_new(sizeof(Pbc__Test__Plain) / 2);
		struct status status = {.code = STATUS_OK};

		cr_expect_null(
		    read_text(&pbc__test__plain__descriptor, PBJSON_SQL, sized[i], arena, &status));
		cr_expect_eq(status.code, STATUS_RESOURCE_EXHAUSTED, "%s", sized[i]);
		arena_free(arena);
	}
}

Test(pbjson_read, refusals_never_repeat_a_value)
{
	struct arena *arena = arena_new(65536);
	struct status status;

	cr_expect_null(read_text(&pbc__test__plain__descriptor, PBJSON_PROTO3,
	    "{\"small\":\"9434765919123\",\"text\":\"x\"}", arena, &status));
	cr_expect_null(strstr(status.message, "9434765919"));
	arena_free(arena);
}

/* Whose text is no JSON: the place would say nothing. */
Test(pbjson_read, text_that_is_not_json_is_refused_without_a_place)
{
	static const char *const texts[] = {"", "{", "{\"small\":1", "{\"small\":1}}",
	    "{\"small\":}", "{\"numbers\":[1,2}", "{\"small\":01}", "{\"text\":\"a}",
	    "{\"flag\":tru}", "{small:1}", "{\"part\":{\"name\":\"p\"}", "{\"small\":1} x"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf wire = {0};
		struct status status = {.code = STATUS_OK};

		cr_expect_not(pbjson_encode(texts[i], strlen(texts[i]),
				  &pbc__test__plain__descriptor, PBJSON_SQL, &wire, &status),
		    "%s", texts[i]);
		cr_expect_eq(status.code, STATUS_INTERNAL);
		cr_expect_str_eq(status.field, "", "%s", texts[i]);
		buf_free(&wire);
	}
}

Test(pbjson_read, text_need_not_end_where_its_memory_ends)
{
	static const char text[] = "{\"small\":12}34";
	struct buf wire = {0};
	struct status status;

	cr_assert(
	    pbjson_encode(text, 12, &pbc__test__plain__descriptor, PBJSON_SQL, &wire, &status));
	cr_expect_eq(wire.length, 2);
	cr_expect_eq(wire.data[1], 12);
	buf_free(&wire);
}

Test(pbjson_read, keys_come_in_any_order_and_with_escapes)
{
	expect_wire(&pbc__test__part__descriptor, PBJSON_SQL, "{\"name\":\"p\",\"cost_pence\":5}",
	    "0a01701005");
	expect_wire(&pbc__test__part__descriptor, PBJSON_SQL, "{\"cost_pence\":5,\"name\":\"p\"}",
	    "0a01701005");
	expect_wire(&pbc__test__part__descriptor, PBJSON_SQL,
	    " { \"cost\\u005fpence\" : 5 , \"name\" : \"\\u0070\" } ", "0a01701005");
}

/* The list's length takes one byte below 128, and two from there on. */
Test(pbjson_read, lists_of_any_length_are_whole_and_in_order)
{
	for (size_t count = 125; count <= 131; count++) {
		struct arena *arena = arena_new(65536);
		struct status status;
		struct buf text = {0};
		const Pbc__Test__Plain *plain;
		json_t *json;

		for (size_t i = 0; i < count; i++)
			buf_printf(&text, "%s%zu", i > 0 ? "," : "{\"numbers\":[", i % 100);
		buf_append(&text, "]}", 3);
		json = json_loads((const char *)text.data, 0, NULL);
		plain = (const Pbc__Test__Plain *)pbjson_to_message(
		    json, &pbc__test__plain__descriptor, PBJSON_SQL, arena, &status);
		cr_assert_not_null(plain);
		cr_assert_eq(plain->n_numbers, count);
		for (size_t i = 0; i < count; i++)
			cr_expect_eq((size_t)plain->numbers[i], i % 100);
		json_decref(json);
		buf_free(&text);
		arena_free(arena);
	}
}
