/* JSON values that are no messages to the bits and bytes that the wire carries. */
#include "common/pbjson.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "common/pbjson_internal.h"

/*
 * "-12": an optional minus and digits. False for anything else; *overflow if it is beyond 64 bits.
 */
static bool
parse_whole(const struct jsonscan_span *span, bool *negative, uint64_t *magnitude, bool *overflow)
{
	size_t first = span->length > 0 && span->text[0] == '-' ? 1 : 0, at;
	uint64_t value = 0;
	bool over = false;

	for (at = first; at < span->length; at++) {
		unsigned digit = (unsigned)((unsigned char)span->text[at] - '0');

		if (digit > 9)
			return false;
		over = over || value > (UINT64_MAX - digit) / 10;
		value = value * 10 + digit;
	}
	*negative = first == 1;
	*magnitude = value;
	*overflow = over;
	return at > first;
}

/* Takes a JSON number, or text of digits; false if it is no whole number. */
static bool
take_whole(struct jsonscan *scan, bool *negative, uint64_t *magnitude, bool *overflow)
{
	enum jsonscan_kind kind;
	struct jsonscan_span span;

	*overflow = false;
	if (jsonscan_whole(scan, negative, magnitude))
		return true;
	kind = jsonscan_kind(scan);
	if (kind == JSONSCAN_NUMBER   ? !jsonscan_number(scan, &span)
	    : kind == JSONSCAN_STRING ? !jsonscan_string(scan, &span)
				      : true)
		return false;
	return parse_whole(&span, negative, magnitude, overflow);
}

/* A type's whole numbers: from -least_magnitude to most. */
static const struct {
	uint64_t least_magnitude, most;
} ranges[] = {
    [PROTOBUF_C_TYPE_INT32] = {(uint64_t)INT32_MAX + 1, INT32_MAX},
    [PROTOBUF_C_TYPE_SINT32] = {(uint64_t)INT32_MAX + 1, INT32_MAX},
    [PROTOBUF_C_TYPE_SFIXED32] = {(uint64_t)INT32_MAX + 1, INT32_MAX},
    [PROTOBUF_C_TYPE_INT64] = {(uint64_t)INT64_MAX + 1, INT64_MAX},
    [PROTOBUF_C_TYPE_SINT64] = {(uint64_t)INT64_MAX + 1, INT64_MAX},
    [PROTOBUF_C_TYPE_SFIXED64] = {(uint64_t)INT64_MAX + 1, INT64_MAX},
    [PROTOBUF_C_TYPE_UINT32] = {0, UINT32_MAX},
    [PROTOBUF_C_TYPE_FIXED32] = {0, UINT32_MAX},
    [PROTOBUF_C_TYPE_UINT64] = {0, UINT64_MAX},
    [PROTOBUF_C_TYPE_FIXED64] = {0, UINT64_MAX},
};

/* A whole number of the type, in two's complement. */
static bool
read_whole(struct pbjson_reading *reading, const struct pbjson_place *place, ProtobufCType type,
    uint64_t *bits)
{
	bool negative, overflow;
	uint64_t magnitude;

	if (!take_whole(&reading->scan, &negative, &magnitude, &overflow))
		return pbjson_mismatch(reading, place, "is not a whole number");
	if (overflow || magnitude > (negative ? ranges[type].least_magnitude : ranges[type].most))
		return pbjson_mismatch(reading, place, "is out of range");
	*bits = negative ? 0 - magnitude : magnitude;
	return true;
}

/* The few there are of these are converted by jansson, whatever the locale's decimal point. */
static bool
read_real(
    struct pbjson_reading *reading, const struct pbjson_place *place, double most, double *value)
{
	struct jsonscan_span span;
	json_t *number;

	if (reading->dialect == PBJSON_SQL)
		return pbjson_mismatch(reading, place, "is a floating-point number");
	if (jsonscan_kind(&reading->scan) != JSONSCAN_NUMBER ||
	    !jsonscan_number(&reading->scan, &span))
		return pbjson_mismatch(reading, place, "is not a number");
	number =
	    json_loadb(span.text, span.length, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
	*value = number != NULL ? json_real_value(number) : HUGE_VAL;
	json_decref(number);
	if (!isfinite(*value) || fabs(*value) > most)
		return pbjson_mismatch(reading, place, "is out of range");
	return true;
}

static bool
read_boolean(struct pbjson_reading *reading, const struct pbjson_place *place, uint64_t *bits)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);

	if ((kind != JSONSCAN_TRUE && kind != JSONSCAN_FALSE) || !jsonscan_word(&reading->scan))
		return pbjson_mismatch(reading, place, "is not true or false");
	*bits = kind == JSONSCAN_TRUE;
	return true;
}

bool
pbjson_read_word(struct pbjson_reading *reading, char *word, size_t size)
{
	struct jsonscan_span span;
	size_t length;

	return jsonscan_kind(&reading->scan) == JSONSCAN_STRING &&
	       jsonscan_string(&reading->scan, &span) && span.length < size &&
	       jsonscan_unescape(&span, word, &length);
}

/* The published mapping also takes the number, of values this build does not know too. */
static bool
read_enum(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCEnumDescriptor *descriptor, uint64_t *bits)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);
	char word[PBJSON_WORD_SIZE];
	int number;

	if (kind == JSONSCAN_STRING) {
		if (!pbjson_read_word(reading, word, sizeof(word)) ||
		    !pbjson_enum_value(descriptor, word, &number))
			return pbjson_mismatch(reading, place, "is not a word of its list");
		*bits = (uint64_t)(int64_t)number;
		return true;
	}
	if (reading->dialect == PBJSON_SQL || kind != JSONSCAN_NUMBER)
		return pbjson_mismatch(reading, place, "is not a word");
	return read_whole(reading, place, PROTOBUF_C_TYPE_INT32, bits);
}

static bool
read_float_bits(struct pbjson_reading *reading, const struct pbjson_place *place, uint64_t *bits)
{
	uint32_t narrow_bits;
	double value;
	float narrow;

	if (!read_real(reading, place, (double)FLT_MAX, &value))
		return false;
	narrow = (float)value;
	memcpy(&narrow_bits, &narrow, sizeof(narrow_bits));
	*bits = narrow_bits;
	return true;
}

static bool
read_double_bits(struct pbjson_reading *reading, const struct pbjson_place *place, uint64_t *bits)
{
	double value;

	if (!read_real(reading, place, DBL_MAX, &value))
		return false;
	memcpy(bits, &value, sizeof(*bits));
	return true;
}

/* Small magnitudes of either sign to small numbers: 0, -1, 1, -2, ... */
static uint64_t
zigzag(uint64_t bits)
{
	return bits << 1 ^ (bits > INT64_MAX ? UINT64_MAX : 0);
}

bool
pbjson_read_bits(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, uint64_t *bits)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return read_boolean(reading, place, bits);
	case PROTOBUF_C_TYPE_FLOAT:
		return read_float_bits(reading, place, bits);
	case PROTOBUF_C_TYPE_DOUBLE:
		return read_double_bits(reading, place, bits);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(reading, place, field->descriptor, bits);
	default:
		break;
	}
	if (!read_whole(reading, place, field->type, bits))
		return false;
	if (field->type == PROTOBUF_C_TYPE_SINT32 || field->type == PROTOBUF_C_TYPE_SINT64)
		*bits = zigzag(*bits);
	return true;
}

bool
pbjson_write_bits(struct buf *wire, enum pbwire_type type, uint64_t bits)
{
	if (type == PBWIRE_32BIT)
		return pbwire_fixed32(wire, (uint32_t)bits);
	if (type == PBWIRE_64BIT)
		return pbwire_fixed64(wire, bits);
	return pbwire_varint(wire, bits);
}

/* The text of bytes lies behind the place where they are going to be, until they are there. */
static bool
decode_bytes(
    struct pbjson_reading *reading, const struct pbjson_place *place, size_t room, size_t length)
{
	struct buf *wire = reading->wire;
	uint8_t *data = wire->data + wire->length;
	const char *text = (const char *)data + room;
	size_t decoded = length / 2;

	if (reading->dialect == PBJSON_SQL) {
		if (!hex_decode(text, length, data))
			return pbjson_mismatch(reading, place, "is not hex");
	} else if (!base64_decode(text, length, data, &decoded)) {
		return pbjson_mismatch(reading, place, "is not base64");
	}
	wire->length += decoded;
	return true;
}

bool
pbjson_read_text(
    struct pbjson_reading *reading, const struct pbjson_place *place, ProtobufCType type)
{
	struct buf *wire = reading->wire;
	struct jsonscan_span span;
	size_t room, length;

	if (jsonscan_kind(&reading->scan) != JSONSCAN_STRING ||
	    !jsonscan_string(&reading->scan, &span))
		return pbjson_mismatch(reading, place, "is not text");
	/* base64 may write whole groups of three. */
	room = type == PROTOBUF_C_TYPE_BYTES ? span.length + 3 : 0;
	if (!buf_reserve(wire, room + span.length + 1))
		return pbjson_full(reading);
	if (!jsonscan_unescape(&span, (char *)wire->data + wire->length + room, &length))
		return pbjson_mismatch(reading, place, "is not UTF-8 text without NUL");
	if (type == PROTOBUF_C_TYPE_BYTES)
		return decode_bytes(reading, place, room, length);
	wire->length += length;
	return true;
}
