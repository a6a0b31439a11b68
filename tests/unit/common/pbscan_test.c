/* Wire bytes that protobuf-c may have, and those it may not. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/pbscan.h"
#include "sample.pb-c.h"
#include "tests/unit/common/sample_wire.h"

/* Checks bytes from memory of just that size, so that reading past the end is seen. */
static bool
check(const void *data, size_t length, const struct pbscan_limits *limits, struct status *status)
{
	uint8_t *copy = malloc(length > 0 ? length : 1);
	bool ok;

	memcpy(copy, data, length);
	ok = pbscan_check(&pbc__test__sample__descriptor, copy, length, limits, status);
	free(copy);
	return ok;
}

static bool
check_hex(const char *hex, const struct pbscan_limits *limits, struct status *status)
{
	uint8_t bytes[4096];

	cr_assert(hex_decode(hex, strlen(hex), bytes));
	return check(bytes, strlen(hex) / 2, limits, status);
}

Test(pbscan, what_another_implementation_wrote_passes)
{
	struct status status;

	cr_expect(check_hex(SAMPLE_WIRE, &pbscan_default_limits, &status), "%s", status.message);
	cr_expect(check_hex("", &pbscan_default_limits, &status));
	cr_expect(
	    pbscan_check(&pbc__test__sample__descriptor, NULL, 0, &pbscan_default_limits, &status));
}

/* A cut message is a shorter valid one, or refused; it never reads past its end. */
Test(pbscan, every_prefix_agrees_with_protobuf_c)
{
	uint8_t bytes[1024];
	size_t length = strlen(SAMPLE_WIRE) / 2;

	cr_assert(hex_decode(SAMPLE_WIRE, strlen(SAMPLE_WIRE), bytes));
	for (size_t cut = 0; cut < length; cut++) {
		struct status status;
		ProtobufCMessage *message =
		    protobuf_c_message_unpack(&pbc__test__sample__descriptor, NULL, cut, bytes);

		cr_expect_eq(check(bytes, cut, &pbscan_default_limits, &status), message != NULL,
		    "cut at %zu", cut);
		if (message != NULL)
			protobuf_c_message_free_unpacked(message, NULL);
	}
}

Test(pbscan, malformed_bytes_are_refused_and_the_field_is_named)
{
	static const struct {
		const char *wire, *field;
	} cases[] = {
	    {"08", "flag"},                       /* no value */
	    {"0880", "flag"},                     /* varint cut */
	    {"08ffffffffffffffffffff01", "flag"}, /* varint of 11 bytes */
	    {"808080808001", ""},                 /* tag of 6 bytes */
	    {"80", ""},                           /* tag cut */
	    {"00", ""},                           /* field number 0 */
	    {"0200", ""},                         /* field number 0 */
	    {"808080801000", ""},                 /* field number 2^29 */
	    {"0b", ""},                           /* group start */
	    {"0c", ""},                           /* group end */
	    {"a30e", ""},                         /* group of an unknown field */
	    {"0e00", ""},                         /* wire type 6 */
	    {"0f00", ""},                         /* wire type 7 */
	    {"720561626364", "text"},             /* length past the end */
	    {"72", "text"},                       /* no length */
	    {"7280", "text"},                     /* length cut */
	    {"72ffffffffffffffffff01", "text"},   /* length 2^64 - 1 */
	    {"7a0561626364", "data"},             /* the same of bytes */
	    {"7202c328", "text"},                 /* not UTF-8 */
	    {"7203610062", "text"},               /* NUL */
	    {"7203eda080", "text"},               /* surrogate */
	    {"8a01030a01ff", "part.name"},        /* not UTF-8, nested */
	    {"8a01051a030a01ff", "part.child.name"},
	    {"8a01020a01", "part.name"},   /* length past the end of the part */
	    {"b2010108", "parts"},         /* unknown field of a part, cut */
	    {"c20101ff", "words"},         /* not UTF-8, repeated */
	    {"ba010180", "numbers"},       /* packed varint cut */
	    {"da0103010000", "codes"},     /* packed fixed32 cut */
	    {"65000000", "half"},          /* fixed32 cut */
	    {"6900000000000000", "whole"}, /* fixed64 cut */
	    {"a20101ff", "reason"},        /* not UTF-8, in a oneof */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {.code = STATUS_OK};

		cr_expect_not(
		    check_hex(cases[i].wire, &pbscan_default_limits, &status), "%s", cases[i].wire);
		cr_expect_eq(status.code, STATUS_INVALID_ARGUMENT, "%s", cases[i].wire);
		cr_expect_str_eq(status.field, cases[i].field, "%s", cases[i].wire);
		cr_expect_str_eq(status.reason, "MALFORMED_MESSAGE");
	}
}

Test(pbscan, unusual_but_sound_bytes_pass)
{
	static const char *const cases[] = {
	    "08ffffffffffffffffff01", /* varint of 10 bytes */
	    "088000",                 /* varint longer than needed */
	    "7203efbfbf",             /* U+FFFF */
	    "7a0461ff0062",           /* bytes may be anything */
	    "b80105",                 /* an element of a packed field by itself */
	    "c80101ca01020001",       /* both ways in one message */
	    "720161720162",           /* a field twice: the last stands */
	    "8a01020a008a01020a00",   /* a message twice: merged */
	    "a00601",                 /* unknown varint */
	    "a1060000000000000000",   /* unknown fixed64 */
	    "a20603ff0080",           /* unknown bytes are not looked into */
	    "a50600000000",           /* unknown fixed32 */
	    "7005",                   /* text as a varint: unknown */
	    "0a03ff0080",             /* flag as bytes: unknown */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status;

		cr_expect(check_hex(cases[i], &pbscan_default_limits, &status), "%s: %s", cases[i],
		    status.message);
	}
}

/* Each limit by itself: what is just taken, and one more. */
Test(pbscan, limits_are_kept_to_the_last_one)
{
	static const struct pbscan_limits wide = {100, 100, 100, 100};
	static const struct {
		const char *what;
		struct pbscan_limits enough, short_by_one;
		const char *wire;
	} cases[] = {
	    {"depth", {3, 100, 100, 100}, {2, 100, 100, 100}, "8a01021a00"},
	    {"fields", {100, 4, 100, 100}, {100, 3, 100, 100}, "080108018a01020a00"},
	    {"packed elements", {100, 4, 100, 100}, {100, 3, 100, 100}, "ba0103010203"},
	    {"packed fixed elements", {100, 3, 100, 100}, {100, 2, 100, 100},
		"da01080000000000000000"},
	    {"unknown fields", {100, 100, 2, 100}, {100, 100, 1, 100}, "a006018a0103a00601"},
	    {"wrong wire types", {100, 100, 1, 100}, {100, 100, 0, 100}, "7005"},
	    {"text", {100, 100, 100, 3}, {100, 100, 100, 2}, "7203616263"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {.code = STATUS_OK};

		cr_expect(check_hex(cases[i].wire, &wide, &status), "%s", cases[i].what);
		cr_expect(check_hex(cases[i].wire, &cases[i].enough, &status), "%s: %s",
		    cases[i].what, status.message);
		cr_expect_not(
		    check_hex(cases[i].wire, &cases[i].short_by_one, &status), "%s", cases[i].what);
		cr_expect_eq(status.code, STATUS_RESOURCE_EXHAUSTED);
		cr_expect_str_eq(status.reason, "MESSAGE_LIMIT");
	}
}

/* The four payloads that cost protobuf-c alone much memory or its stack. */
Test(pbscan, amplifying_messages_are_refused)
{
	struct buf nested = {0}, unknown = {0}, empty = {0};
	struct status status;

	for (int i = 0; i < 500000; i++) {
		buf_append(&unknown, "\xa0\x06\x01", 3);
		buf_append(&empty, "\xb2\x01\x00", 3);
	}
	cr_expect_not(check(unknown.data, unknown.length, &pbscan_default_limits, &status));
	cr_expect_eq(status.code, STATUS_RESOURCE_EXHAUSTED);
	cr_expect_not(check(empty.data, empty.length, &pbscan_default_limits, &status));
	cr_expect_eq(status.code, STATUS_RESOURCE_EXHAUSTED);
	/* A part in a part, 4,000 deep: lengths of three bytes, written from the outside in. */
	for (unsigned left = 4000; left > 0; left--) {
		unsigned inside = (left - 1) * 4;
		unsigned char head[5] = {0x8a, 0x01};
		size_t tag = left == 4000 ? 2 : 1;

		if (tag == 1)
			head[0] = 0x1a;
		head[tag] = (unsigned char)(0x80 | (inside & 0x7f));
		head[tag + 1] = (unsigned char)(0x80 | (inside >> 7 & 0x7f));
		head[tag + 2] = (unsigned char)(inside >> 14);
		buf_append(&nested, head, tag + 3);
	}
	cr_expect_not(check(nested.data, nested.length, &pbscan_default_limits, &status));
	cr_expect_eq(status.code, STATUS_RESOURCE_EXHAUSTED);
	cr_expect_leq(strlen(status.field), 95);
	buf_free(&nested);
	buf_free(&unknown);
	buf_free(&empty);
}
