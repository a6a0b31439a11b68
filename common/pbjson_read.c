/*
 * JSON text to messages by their descriptors, in one pass: most of a read call's time would go to a
 * tree of JSON values otherwise. Refusals name the place in the JSON and never its values.
 */
#include "common/pbjson.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "common/jsonscan.h"
#include "common/pbjson_internal.h"
#include "common/timestamp.h"

#define PATH_LENGTH 96
#define KEY_SIZE 64      /* no field's name is longer */
#define WORD_SIZE 128    /* nor is an enumeration's word, nor a time */
#define LIST_CAPACITY 16 /* of a repeated field at first */
#define NO_INDEX SIZE_MAX

struct reading {
	struct jsonscan scan;
	enum pbjson_dialect dialect;
	struct arena *arena;
	struct status *status;
};

/* Where in the JSON a value stands, linked towards the top. */
struct place {
	const struct place *parent; /* NULL at the top */
	char key[KEY_SIZE];         /* empty at the top */
	size_t index;               /* of an array, or NO_INDEX */
	unsigned depth;
};

static ProtobufCMessage *read_message(struct reading *reading,
    const ProtobufCMessageDescriptor *descriptor, const struct place *place);

/* "a.b[3].c"; cut at the array's end. */
static void
write_path(const struct place *place, char *path, size_t size)
{
	size_t length;

	if (place == NULL || place->key[0] == '\0') {
		path[0] = '\0';
		return;
	}
	write_path(place->parent, path, size);
	length = strlen(path);
	snprintf(path + length, size - length, "%s%s", length > 0 ? "." : "", place->key);
	length = strlen(path);
	if (place->index != NO_INDEX)
		snprintf(path + length, size - length, "[%zu]", place->index);
}

static bool
mismatch(struct reading *reading, const struct place *place, const char *what)
{
	char path[PATH_LENGTH];

	write_path(place, path, sizeof(path));
	return status_set(reading->status,
	    reading->dialect == PBJSON_SQL ? STATUS_INTERNAL : STATUS_INVALID_ARGUMENT,
	    "JSON_MISMATCH", path, NULL, "%s %s.", path[0] != '\0' ? path : "The JSON", what);
}

static bool
arena_full(struct reading *reading)
{
	return status_set(reading->status, STATUS_RESOURCE_EXHAUSTED, "MESSAGE_LIMIT", NULL, NULL,
	    "The message is too large.");
}

/* "-12", of any size; false for anything but an optional minus and digits. */
static bool
parse_whole(const struct jsonscan_span *span, bool *negative, uint64_t *magnitude, bool *overflow)
{
	size_t at = 0;

	*negative = span->length > 0 && span->text[0] == '-';
	*magnitude = 0;
	*overflow = false;
	if (*negative)
		at = 1;
	if (at == span->length)
		return false;
	for (; at < span->length; at++) {
		unsigned digit = (unsigned)((unsigned char)span->text[at] - '0');

		if (digit > 9)
			return false;
		*overflow = *overflow || __builtin_mul_overflow(*magnitude, 10u, magnitude) ||
			    __builtin_add_overflow(*magnitude, digit, magnitude);
	}
	return true;
}

/* A whole number from -least_magnitude to most, as a JSON number or as text of digits. */
static bool
read_whole(struct reading *reading, const struct place *place, uint64_t least_magnitude,
    uint64_t most, bool *negative, uint64_t *magnitude)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);
	struct jsonscan_span span;
	bool overflow;

	if (kind == JSONSCAN_NUMBER   ? !jsonscan_number(&reading->scan, &span)
	    : kind == JSONSCAN_STRING ? !jsonscan_string(&reading->scan, &span)
				      : true)
		return mismatch(reading, place, "is not a whole number");
	if (!parse_whole(&span, negative, magnitude, &overflow))
		return mismatch(reading, place, "is not a whole number");
	if (overflow || *magnitude > (*negative ? least_magnitude : most))
		return mismatch(reading, place, "is out of range");
	return true;
}

static bool
read_integer(
    struct reading *reading, const struct place *place, int64_t least, int64_t most, int64_t *value)
{
	uint64_t magnitude;
	bool negative;

	if (!read_whole(reading, place, 0 - (uint64_t)least, (uint64_t)most, &negative, &magnitude))
		return false;
	*value = (int64_t)(negative ? 0 - magnitude : magnitude);
	return true;
}

static bool
read_uint64(struct reading *reading, const struct place *place, uint64_t *value)
{
	bool negative;

	return read_whole(reading, place, 0, UINT64_MAX, &negative, value);
}

/* The few there are of these are converted by jansson, whatever the locale's decimal point. */
static bool
read_real(struct reading *reading, const struct place *place, double most, double *value)
{
	struct jsonscan_span span;
	json_t *number;

	if (reading->dialect == PBJSON_SQL)
		return mismatch(reading, place, "is a floating-point number");
	if (jsonscan_kind(&reading->scan) != JSONSCAN_NUMBER ||
	    !jsonscan_number(&reading->scan, &span))
		return mismatch(reading, place, "is not a number");
	number =
	    json_loadb(span.text, span.length, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
	*value = number != NULL ? json_real_value(number) : HUGE_VAL;
	json_decref(number);
	if (!isfinite(*value) || fabs(*value) > most)
		return mismatch(reading, place, "is out of range");
	return true;
}

static bool
read_boolean(struct reading *reading, const struct place *place, protobuf_c_boolean *value)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);

	if ((kind != JSONSCAN_TRUE && kind != JSONSCAN_FALSE) || !jsonscan_word(&reading->scan))
		return mismatch(reading, place, "is not true or false");
	*value = kind == JSONSCAN_TRUE;
	return true;
}

/* A string that is of use only if it fits; false without a word otherwise. */
static bool
read_word(struct reading *reading, char *word, size_t size)
{
	struct jsonscan_span span;
	size_t length;

	return jsonscan_kind(&reading->scan) == JSONSCAN_STRING &&
	       jsonscan_string(&reading->scan, &span) && span.length < size &&
	       jsonscan_unescape(&span, word, &length);
}

static bool
read_enum(struct reading *reading, const struct place *place,
    const ProtobufCEnumDescriptor *descriptor, int *value)
{
	enum jsonscan_kind kind = jsonscan_kind(&reading->scan);
	char word[WORD_SIZE];
	int64_t number;

	if (kind == JSONSCAN_STRING) {
		if (!read_word(reading, word, sizeof(word)) ||
		    !pbjson_enum_value(descriptor, word, value))
			return mismatch(reading, place, "is not a word of its list");
		return true;
	}
	/* The published mapping also takes the number, of values this build does not know too. */
	if (reading->dialect == PBJSON_SQL || kind != JSONSCAN_NUMBER)
		return mismatch(reading, place, "is not a word");
	if (!read_integer(reading, place, INT32_MIN, INT32_MAX, &number))
		return false;
	*value = (int)number;
	return true;
}

/* Text of any length, in the arena. */
static bool
read_text(struct reading *reading, const struct place *place, char **text, size_t *length)
{
	struct jsonscan_span span;

	if (jsonscan_kind(&reading->scan) != JSONSCAN_STRING ||
	    !jsonscan_string(&reading->scan, &span))
		return mismatch(reading, place, "is not text");
	*text = arena_alloc(reading->arena, span.length + 1);
	if (*text == NULL)
		return arena_full(reading);
	return jsonscan_unescape(&span, *text, length) ||
	       mismatch(reading, place, "is not UTF-8 text without NUL");
}

static bool
read_string(struct reading *reading, const struct place *place, char **value)
{
	size_t length;

	return read_text(reading, place, value, &length);
}

static bool
read_bytes(struct reading *reading, const struct place *place, ProtobufCBinaryData *value)
{
	size_t length;
	char *text;
	bool ok;

	if (!read_text(reading, place, &text, &length))
		return false;
	value->data = arena_alloc(reading->arena, length);
	if (value->data == NULL)
		return arena_full(reading);
	if (reading->dialect == PBJSON_SQL) {
		ok = hex_decode(text, length, value->data);
		value->len = length / 2;
	} else {
		ok = base64_decode(text, length, value->data, &value->len);
	}
	if (!ok)
		return mismatch(reading, place,
		    reading->dialect == PBJSON_SQL ? "is not hex" : "is not base64");
	return true;
}

static ProtobufCMessage *
new_message(struct reading *reading, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = arena_alloc(reading->arena, descriptor->sizeof_message);

	if (message == NULL) {
		arena_full(reading);
		return NULL;
	}
	protobuf_c_message_init(descriptor, message);
	return message;
}

static ProtobufCMessage *
read_timestamp(struct reading *reading, const struct place *place)
{
	ProtobufCMessage *message = new_message(reading, &google__protobuf__timestamp__descriptor);
	Google__Protobuf__Timestamp *timestamp = (Google__Protobuf__Timestamp *)message;
	char text[WORD_SIZE];

	if (message == NULL)
		return NULL;
	if (!read_word(reading, text, sizeof(text)) ||
	    !timestamp_parse(text, &timestamp->seconds, &timestamp->nanos)) {
		mismatch(reading, place, "is not a time such as 2007-07-31T12:00:00Z");
		return NULL;
	}
	return message;
}

static bool
read_submessage(struct reading *reading, const struct place *place,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **value)
{
	if (pbjson_is_timestamp(descriptor))
		*value = read_timestamp(reading, place);
	else
		*value = read_message(reading, descriptor, place);
	return *value != NULL;
}

/* The numbers, by width and sign. */
static bool
read_number(struct reading *reading, const struct place *place, ProtobufCType type, void *member)
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
static bool
read_value(struct reading *reading, const struct place *place,
    const ProtobufCFieldDescriptor *field, void *member)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return read_boolean(reading, place, member);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(reading, place, field->descriptor, member);
	case PROTOBUF_C_TYPE_STRING:
		return read_string(reading, place, member);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(reading, place, member);
	case PROTOBUF_C_TYPE_MESSAGE:
		return read_submessage(reading, place, field->descriptor, member);
	default:
		return read_number(reading, place, field->type, member);
	}
}

/* Room for one value more; the arena keeps what was outgrown. */
static bool
list_grow(struct reading *reading, unsigned char **values, size_t *capacity, size_t size)
{
	size_t grown = *capacity > 0 ? *capacity * 2 : LIST_CAPACITY;
	unsigned char *moved = arena_calloc(reading->arena, grown * size);

	if (moved == NULL)
		return arena_full(reading);
	if (*capacity > 0)
		memcpy(moved, *values, *capacity * size);
	*values = moved;
	*capacity = grown;
	return true;
}

static bool
read_repeated(struct reading *reading, struct place *place, const ProtobufCFieldDescriptor *field,
    unsigned char *message)
{
	size_t size = pbjson_value_size(field), count = 0, capacity = 0;
	unsigned char *values = NULL;

	if (jsonscan_kind(&reading->scan) != JSONSCAN_ARRAY)
		return mismatch(reading, place, "is not a list");
	jsonscan_enter(&reading->scan);
	while (jsonscan_more(&reading->scan, ']')) {
		if (count == capacity && !list_grow(reading, &values, &capacity, size))
			return false;
		place->index = count;
		if (!read_value(reading, place, field, values + count * size))
			return false;
		count++;
	}
	*(size_t *)(void *)(message + field->quantifier_offset) = count;
	*(void **)(void *)(message + field->offset) = values;
	return reading->scan.fault == NULL;
}

static bool
read_field(struct reading *reading, struct place *place, const ProtobufCFieldDescriptor *field,
    unsigned char *message)
{
	uint32_t *set_member = (uint32_t *)(void *)(message + field->quantifier_offset);

	assert(field->label == PROTOBUF_C_LABEL_NONE || field->label == PROTOBUF_C_LABEL_REPEATED);
	if (jsonscan_kind(&reading->scan) == JSONSCAN_NULL)
		return jsonscan_word(&reading->scan);
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return read_repeated(reading, place, field, message);
	if (pbjson_is_oneof(field)) {
		if (*set_member != 0)
			return mismatch(reading, place, "excludes another field that is set");
		*set_member = field->id;
	}
	return read_value(reading, place, field, message + field->offset);
}

/* A key and its value into message. */
static bool
read_member(struct reading *reading, const ProtobufCMessageDescriptor *descriptor,
    struct place *place, ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *field;
	struct jsonscan_span span;
	size_t length;

	if (!jsonscan_key(&reading->scan, &span))
		return false;
	if (span.length >= sizeof(place->key) || !jsonscan_unescape(&span, place->key, &length))
		return mismatch(reading, place->parent, "has an unknown field");
	field = protobuf_c_message_descriptor_get_field_by_name(descriptor, place->key);
	place->index = NO_INDEX;
	if (field == NULL)
		return mismatch(reading, place, "is not a known field");
	return read_field(reading, place, field, (unsigned char *)message);
}

static ProtobufCMessage *
read_message(struct reading *reading, const ProtobufCMessageDescriptor *descriptor,
    const struct place *place)
{
	ProtobufCMessage *message;
	struct place child = {.parent = place, .depth = place->depth + 1};

	if (jsonscan_kind(&reading->scan) != JSONSCAN_OBJECT) {
		mismatch(reading, place, "is not an object");
		return NULL;
	}
	if (child.depth > PBJSON_DEPTH_LIMIT) {
		mismatch(reading, place, "is nested too deeply");
		return NULL;
	}
	message = new_message(reading, descriptor);
	if (message == NULL)
		return NULL;
	jsonscan_enter(&reading->scan);
	while (jsonscan_more(&reading->scan, '}'))
		if (!read_member(reading, descriptor, &child, message))
			return NULL;
	return reading->scan.fault == NULL ? message : NULL;
}

/* A fault of the text itself counts more than the mismatch that it looks like. */
static bool
read_end(struct reading *reading, const ProtobufCMessage *message)
{
	const struct place top = {.index = NO_INDEX};

	if (message != NULL)
		jsonscan_ended(&reading->scan);
	if (reading->scan.fault == NULL)
		return message != NULL;
	return mismatch(reading, &top, reading->scan.fault);
}

ProtobufCMessage *
pbjson_parse(const char *text, size_t length, const ProtobufCMessageDescriptor *descriptor,
    enum pbjson_dialect dialect, struct arena *arena, struct status *status)
{
	struct reading reading = {.dialect = dialect, .arena = arena, .status = status};
	const struct place top = {.index = NO_INDEX};
	ProtobufCMessage *message;

	jsonscan_init(&reading.scan, text, length);
	message = pbjson_is_timestamp(descriptor) ? read_timestamp(&reading, &top)
						  : read_message(&reading, descriptor, &top);
	return read_end(&reading, message) ? message : NULL;
}

ProtobufCMessage *
pbjson_to_message(const json_t *json, const ProtobufCMessageDescriptor *descriptor,
    enum pbjson_dialect dialect, struct arena *arena, struct status *status)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	ProtobufCMessage *message;

	if (text == NULL)
		abort(); /* a sound tree fails for want of memory only */
	message = pbjson_parse(text, strlen(text), descriptor, dialect, arena, status);
	free(text);
	return message;
}
