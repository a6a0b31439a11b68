/* JSON values to the members of messages that are no messages themselves. */
#include "common/pbjson.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "common/pbjson_internal.h"

/* "-12": an optional minus and digits. False for anything else; *overflow if it is beyond 64 bits.
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

/* A whole number from -least_magnitude to most, as a JSON number or as text of digits. */
static bool
read_whole(struct pbjson_reading *reading, const struct pbjson_place *place,
    uint64_t least_magnitude, uint64_t most, bool *negative, uint64_t *magnitude)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);
	struct jsonscan_span span;
	bool overflow;

	if (kind == JSONSCAN_NUMBER   ? !jsonscan_number(&reading->scan, &span)
	    : kind == JSONSCAN_STRING ? !jsonscan_string(&reading->scan, &span)
				      : true)
		return pbjson_mismatch(reading, place, "is not a whole number");
	if (!parse_whole(&span, negative, magnitude, &overflow))
		return pbjson_mismatch(reading, place, "is not a whole number");
	if (overflow || *magnitude > (*negative ? least_magnitude : most))
		return pbjson_mismatch(reading, place, "is out of range");
	return true;
}

static bool
read_integer(struct pbjson_reading *reading, const struct pbjson_place *place, int64_t least,
    int64_t most, int64_t *value)
{
	uint64_t magnitude;
	bool negative;

	if (!read_whole(reading, place, 0 - (uint64_t)least, (uint64_t)most, &negative, &magnitude))
		return false;
	*value = (int64_t)(negative ? 0 - magnitude : magnitude);
	return true;
}

static bool
read_uint64(struct pbjson_reading *reading, const struct pbjson_place *place, uint64_t *value)
{
	bool negative;

	return read_whole(reading, place, 0, UINT64_MAX, &negative, value);
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
read_boolean(
    struct pbjson_reading *reading, const struct pbjson_place *place, protobuf_c_boolean *value)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);

	if ((kind != JSONSCAN_TRUE && kind != JSONSCAN_FALSE) || !jsonscan_word(&reading->scan))
		return pbjson_mismatch(reading, place, "is not true or false");
	*value = kind == JSONSCAN_TRUE;
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

static bool
read_enum(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCEnumDescriptor *descriptor, int *value)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);
	char word[PBJSON_WORD_SIZE];
	int64_t number;

	if (kind == JSONSCAN_STRING) {
		if (!pbjson_read_word(reading, word, sizeof(word)) ||
		    !pbjson_enum_value(descriptor, word, value))
			return pbjson_mismatch(reading, place, "is not a word of its list");
		return true;
	}
	/* The published mapping also takes the number, of values this build does not know too. */
	if (reading->dialect == PBJSON_SQL || kind != JSONSCAN_NUMBER)
		return pbjson_mismatch(reading, place, "is not a word");
	if (!read_integer(reading, place, INT32_MIN, INT32_MAX, &number))
		return false;
	*value = (int)number;
	return true;
}

/* Text of any length, in the arena. */
static bool
read_text(
    struct pbjson_reading *reading, const struct pbjson_place *place, char **text, size_t *length)
{
	struct jsonscan_span span;

	if (jsonscan_kind(&reading->scan) != JSONSCAN_STRING ||
	    !jsonscan_string(&reading->scan, &span))
		return pbjson_mismatch(reading, place, "is not text");
	*text = arena_alloc(reading->arena, span.length + 1);
	if (*text == NULL)
		return pbjson_arena_full(reading);
	return jsonscan_unescape(&span, *text, length) ||
	       pbjson_mismatch(reading, place, "is not UTF-8 text without NUL");
}

static bool
read_bytes(
    struct pbjson_reading *reading, const struct pbjson_place *place, ProtobufCBinaryData *value)
{
	size_t length;
	char *text;
	bool ok;

	if (!read_text(reading, place, &text, &length))
		return false;
	value->data = arena_alloc(reading->arena, length);
	if (value->data == NULL)
		return pbjson_arena_full(reading);
	if (reading->dialect == PBJSON_SQL) {
		ok = hex_decode(text, length, value->data);
		value->len = length / 2;
	} else {
		ok = base64_decode(text, length, value->data, &value->len);
	}
	if (!ok)
		return pbjson_mismatch(reading, place,
		    reading->dialect == PBJSON_SQL ? "is not hex" : "is not base64");
	return true;
}

/* The numbers, by width and sign. */
static bool
read_number(struct pbjson_reading *reading, const struct pbjson_place *place, ProtobufCType type,
    void *member)
{
	int64_t integer;
	double real;

	switch (type) {
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		if (!read_integer(reading, place, 0, UINT32_MAX, &integer))
			return false;
		*(uint32_t *)member = (uint32_t)integer;
		return true;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return read_integer(reading, place, INT64_MIN, INT64_MAX, member);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return read_uint64(reading, place, member);
	case PROTOBUF_C_TYPE_FLOAT:
		if (!read_real(reading, place, (double)FLT_MAX, &real))
			return false;
		*(float *)member = (float)real;
		return true;
	case PROTOBUF_C_TYPE_DOUBLE:
		return read_real(reading, place, DBL_MAX, member);
	default:
		if (!read_integer(reading, place, INT32_MIN, INT32_MAX, &integer))
			return false;
		*(int32_t *)member = (int32_t)integer;
		return true;
	}
}

/* One value of the field into member. */
bool
pbjson_read_scalar(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, void *member)
{
	size_t length;

	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return read_boolean(reading, place, member);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(reading, place, field->descriptor, member);
	case PROTOBUF_C_TYPE_STRING:
		return read_text(reading, place, member, &length);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(reading, place, member);
	default:
		return read_number(reading, place, field->type, member);
	}
}
