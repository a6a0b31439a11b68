/*
 * JSON to messages by their descriptors. Refusals name the place in the JSON and never its values.
 */
#include "common/pbjson.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "common/pbjson_internal.h"
#include "common/timestamp.h"

#define PATH_LENGTH 96
#define NO_INDEX SIZE_MAX

struct reading {
	enum pbjson_dialect dialect;
	struct arena *arena;
	struct status *status;
};

/* Where in the JSON a value stands, linked towards the top. */
struct place {
	const struct place *parent; /* NULL at the top */
	const char *key;
	size_t index; /* of an array, or NO_INDEX */
	unsigned depth;
};

static ProtobufCMessage *read_message(struct reading *reading, json_t *json,
    const ProtobufCMessageDescriptor *descriptor, const struct place *place);

/* "a.b[3].c"; cut at the array's end. */
static void
write_path(const struct place *place, char *path, size_t size)
{
	size_t length;

	if (place == NULL || place->key == NULL) {
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

/* A whole number from least to most, as a JSON number or as text of digits. */
static bool
read_integer(struct reading *reading, const struct place *place, json_t *json, int64_t least,
    int64_t most, int64_t *value)
{
	const char *text = json_string_value(json);
	char *end;

	if (json_is_integer(json)) {
		*value = json_integer_value(json);
	} else if (text != NULL && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))) {
		errno = 0;
		*value = strtoll(text, &end, 10);
		if (errno != 0 || *end != '\0' || end[-1] == '-')
			return mismatch(reading, place, "is not a whole number in range");
	} else {
		return mismatch(reading, place, "is not a whole number");
	}
	if (*value < least || *value > most)
		return mismatch(reading, place, "is out of range");
	return true;
}

static bool
read_uint64(struct reading *reading, const struct place *place, json_t *json, uint64_t *value)
{
	const char *text = json_string_value(json);
	int64_t number;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9') {
		if (!read_integer(reading, place, json, 0, INT64_MAX, &number))
			return false;
		*value = (uint64_t)number;
		return true;
	}
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return mismatch(reading, place, "is not a whole number in range");
	return true;
}

static bool
read_real(
    struct reading *reading, const struct place *place, json_t *json, double most, double *value)
{
	if (reading->dialect == PBJSON_SQL)
		return mismatch(reading, place, "is a floating-point number");
	if (!json_is_number(json))
		return mismatch(reading, place, "is not a number");
	*value = json_number_value(json);
	if (!isfinite(*value) || fabs(*value) > most)
		return mismatch(reading, place, "is out of range");
	return true;
}

static bool
read_boolean(
    struct reading *reading, const struct place *place, json_t *json, protobuf_c_boolean *value)
{
	if (!json_is_boolean(json))
		return mismatch(reading, place, "is not true or false");
	*value = json_is_true(json);
	return true;
}

static bool
read_enum(struct reading *reading, const struct place *place, json_t *json,
    const ProtobufCEnumDescriptor *descriptor, int *value)
{
	int64_t number;

	if (json_is_string(json)) {
		if (!pbjson_enum_value(descriptor, json_string_value(json), value))
			return mismatch(reading, place, "is not a word of its list");
		return true;
	}
	/* The published mapping also takes the number, of values this build does not know too. */
	if (reading->dialect == PBJSON_SQL || !json_is_integer(json))
		return mismatch(reading, place, "is not a word");
	if (!read_integer(reading, place, json, INT32_MIN, INT32_MAX, &number))
		return false;
	*value = (int)number;
	return true;
}

static bool
read_string(struct reading *reading, const struct place *place, json_t *json, char **value)
{
	const char *text = json_string_value(json);

	if (text == NULL)
		return mismatch(reading, place, "is not text");
	if (strlen(text) != json_string_length(json))
		return mismatch(reading, place, "holds a NUL");
	*value = arena_strdup(reading->arena, text);
	return *value != NULL || arena_full(reading);
}

static bool
read_bytes(
    struct reading *reading, const struct place *place, json_t *json, ProtobufCBinaryData *value)
{
	const char *text = json_string_value(json);
	size_t length = json_string_length(json);
	bool ok;

	if (text == NULL)
		return mismatch(reading, place, "is not text");
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
read_timestamp(struct reading *reading, json_t *json, const struct place *place)
{
	ProtobufCMessage *message = new_message(reading, &google__protobuf__timestamp__descriptor);
	Google__Protobuf__Timestamp *timestamp = (Google__Protobuf__Timestamp *)message;
	const char *text = json_string_value(json);

	if (message == NULL)
		return NULL;
	if (text == NULL || !timestamp_parse(text, &timestamp->seconds, &timestamp->nanos)) {
		mismatch(reading, place, "is not a time such as 2007-07-31T12:00:00Z");
		return NULL;
	}
	return message;
}

static bool
read_submessage(struct reading *reading, const struct place *place, json_t *json,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **value)
{
	if (pbjson_is_timestamp(descriptor))
		*value = read_timestamp(reading, json, place);
	else
		*value = read_message(reading, json, descriptor, place);
	return *value != NULL;
}

/* The numbers, by width and sign. */
static bool
read_number(struct reading *reading, const struct place *place, json_t *json, ProtobufCType type,
    void *member)
{
	int64_t integer;
	double real;

	switch (type) {
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		if (!read_integer(reading, place, json, 0, UINT32_MAX, &integer))
			return false;
		*(uint32_t *)member = (uint32_t)integer;
		return true;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return read_integer(reading, place, json, INT64_MIN, INT64_MAX, member);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return read_uint64(reading, place, json, member);
	case PROTOBUF_C_TYPE_FLOAT:
		if (!read_real(reading, place, json, (double)FLT_MAX, &real))
			return false;
		*(float *)member = (float)real;
		return true;
	case PROTOBUF_C_TYPE_DOUBLE:
		return read_real(reading, place, json, DBL_MAX, member);
	default:
		if (!read_integer(reading, place, json, INT32_MIN, INT32_MAX, &integer))
			return false;
		*(int32_t *)member = (int32_t)integer;
		return true;
	}
}

/* One value of the field into member. */
static bool
read_value(struct reading *reading, const struct place *place, json_t *json,
    const ProtobufCFieldDescriptor *field, void *member)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return read_boolean(reading, place, json, member);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(reading, place, json, field->descriptor, member);
	case PROTOBUF_C_TYPE_STRING:
		return read_string(reading, place, json, member);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(reading, place, json, member);
	case PROTOBUF_C_TYPE_MESSAGE:
		return read_submessage(reading, place, json, field->descriptor, member);
	default:
		return read_number(reading, place, json, field->type, member);
	}
}

static bool
read_repeated(struct reading *reading, struct place *place, json_t *json,
    const ProtobufCFieldDescriptor *field, unsigned char *message)
{
	size_t size = pbjson_value_size(field), count = json_array_size(json), i;
	unsigned char *values;

	if (!json_is_array(json))
		return mismatch(reading, place, "is not a list");
	if (count == 0)
		return true;
	values = arena_calloc(reading->arena, count * size);
	if (values == NULL)
		return arena_full(reading);
	for (i = 0; i < count; i++) {
		place->index = i;
		if (!read_value(reading, place, json_array_get(json, i), field, values + i * size))
			return false;
	}
	*(size_t *)(void *)(message + field->quantifier_offset) = count;
	*(void **)(void *)(message + field->offset) = values;
	return true;
}

static bool
read_field(struct reading *reading, struct place *place, json_t *json,
    const ProtobufCFieldDescriptor *field, unsigned char *message)
{
	uint32_t *set_member = (uint32_t *)(void *)(message + field->quantifier_offset);

	assert(field->label == PROTOBUF_C_LABEL_NONE || field->label == PROTOBUF_C_LABEL_REPEATED);
	if (json_is_null(json))
		return true;
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return read_repeated(reading, place, json, field, message);
	if (pbjson_is_oneof(field)) {
		if (*set_member != 0)
			return mismatch(reading, place, "excludes another field that is set");
		*set_member = field->id;
	}
	return read_value(reading, place, json, field, message + field->offset);
}

static ProtobufCMessage *
read_message(struct reading *reading, json_t *json, const ProtobufCMessageDescriptor *descriptor,
    const struct place *place)
{
	ProtobufCMessage *message;
	struct place child = {.parent = place, .depth = place->depth + 1};
	const char *key;
	json_t *value;

	if (!json_is_object(json)) {
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
	json_object_foreach(json, key, value)
	{
		const ProtobufCFieldDescriptor *field =
		    protobuf_c_message_descriptor_get_field_by_name(descriptor, key);

		child.key = key;
		child.index = NO_INDEX;
		if (field == NULL) {
			mismatch(reading, &child, "is not a known field");
			return NULL;
		}
		if (!read_field(reading, &child, value, field, (unsigned char *)message))
			return NULL;
	}
	return message;
}

ProtobufCMessage *
pbjson_to_message(json_t *json, const ProtobufCMessageDescriptor *descriptor,
    enum pbjson_dialect dialect, struct arena *arena, struct status *status)
{
	struct reading reading = {.dialect = dialect, .arena = arena, .status = status};
	struct place top = {.index = NO_INDEX};

	if (pbjson_is_timestamp(descriptor))
		return read_timestamp(&reading, json, &top);
	return read_message(&reading, json, descriptor, &top);
}
