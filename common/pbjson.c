/* Messages to JSON by their descriptors, and the words of enumerations. */
#include "common/pbjson.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "common/memory.h"
#include "common/pbjson_internal.h"
#include "common/timestamp.h"

#define ENUM_PREFIX_SIZE 96

static json_t *message_to_json(
    const ProtobufCMessage *message, enum pbjson_dialect dialect, unsigned depth);

/* "CASE_STATE_" of CaseState, "MFF_PAYER_" of MFFPayer. */
static void
enum_prefix(const ProtobufCEnumDescriptor *descriptor, char prefix[ENUM_PREFIX_SIZE])
{
	const char *name = descriptor->short_name;
	size_t i, length = 0;

	assert(2 * strlen(name) + 2 <= ENUM_PREFIX_SIZE);
	for (i = 0; name[i] != '\0'; i++) {
		bool starts_word =
		    i > 0 && isupper((unsigned char)name[i]) &&
		    (!isupper((unsigned char)name[i - 1]) || islower((unsigned char)name[i + 1]));

		if (starts_word)
			prefix[length++] = '_';
		prefix[length++] = (char)toupper((unsigned char)name[i]);
	}
	prefix[length++] = '_';
	prefix[length] = '\0';
}

/* The part of a value's full name after its type's prefix; the whole name if it has none. */
static const char *
without_prefix(const ProtobufCEnumDescriptor *descriptor, const char *full_name)
{
	char prefix[ENUM_PREFIX_SIZE];
	size_t length;

	enum_prefix(descriptor, prefix);
	length = strlen(prefix);
	return strncmp(full_name, prefix, length) == 0 ? full_name + length : full_name;
}

static void
make_lower_case(char *word)
{
	for (; *word != '\0'; word++)
		*word = (char)tolower((unsigned char)*word);
}

const char *
pbjson_enum_word(const ProtobufCEnumDescriptor *descriptor, int value, struct arena *arena)
{
	const ProtobufCEnumValue *found;
	char *word;

	if (value == 0)
		return NULL;
	found = protobuf_c_enum_descriptor_get_value(descriptor, value);
	if (found != NULL)
		word = arena_strdup(arena, without_prefix(descriptor, found->name));
	else
		word = arena_printf(arena, "%d", value);
	if (word == NULL)
		return "?";
	make_lower_case(word);
	return word;
}

/* True if word is the lower-case form of name. */
static bool
is_lower_case_of(const char *word, const char *name)
{
	for (; *word != '\0' && *word == (char)tolower((unsigned char)*name); word++)
		name++;
	return *word == '\0' && *name == '\0';
}

bool
pbjson_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word, int *value)
{
	const ProtobufCEnumValue *found =
	    protobuf_c_enum_descriptor_get_value_by_name(descriptor, word);
	unsigned i;

	for (i = 0; found == NULL && i < descriptor->n_values; i++) {
		const ProtobufCEnumValue *candidate = &descriptor->values[i];

		if (candidate->value != 0 &&
		    is_lower_case_of(word, without_prefix(descriptor, candidate->name)))
			found = candidate;
	}
	if (found == NULL)
		return false;
	*value = found->value;
	return true;
}

static json_t *
enum_to_json(const ProtobufCEnumDescriptor *descriptor, int value, enum pbjson_dialect dialect)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
	char *word;
	json_t *json;

	if (dialect == PBJSON_SQL && value == 0)
		return json_null();
	if (found == NULL)
		return json_integer(value);
	if (dialect == PBJSON_PROTO3)
		return json_string(found->name);
	word = memory_strdup(without_prefix(descriptor, found->name));
	make_lower_case(word);
	json = json_string(word);
	free(word);
	return json;
}

static json_t *
int64_to_json(int64_t value, enum pbjson_dialect dialect)
{
	char text[24];

	if (dialect == PBJSON_SQL)
		return json_integer(value);
	snprintf(text, sizeof(text), "%" PRId64, value);
	return json_string(text);
}

static json_t *
uint64_to_json(uint64_t value, enum pbjson_dialect dialect)
{
	char text[24];

	if (dialect == PBJSON_SQL && value <= INT64_MAX)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return json_string(text);
}

static json_t *
real_to_json(double value, enum pbjson_dialect dialect)
{
	assert(dialect == PBJSON_PROTO3); /* nothing that SQL computes is a floating-point number */
	if (isnan(value))
		return json_string("NaN");
	if (isinf(value))
		return json_string(value > 0 ? "Infinity" : "-Infinity");
	return json_real(value);
}

static json_t *
string_to_json(const char *text, enum pbjson_dialect dialect)
{
	if (dialect == PBJSON_SQL && text[0] == '\0')
		return json_null();
	return json_string(text);
}

static json_t *
bytes_to_json(const ProtobufCBinaryData *bytes, enum pbjson_dialect dialect)
{
	bool hex = dialect == PBJSON_SQL;
	char *text = memory_alloc(hex ? 2 * bytes->len + 1 : base64_encoded_size(bytes->len));
	json_t *json;

	if (hex)
		hex_encode(bytes->data, bytes->len, text);
	else
		base64_encode(bytes->data, bytes->len, text);
	json = json_string(text);
	free(text);
	return json;
}

static json_t *
timestamp_to_json(const ProtobufCMessage *message)
{
	const Google__Protobuf__Timestamp *timestamp = (const Google__Protobuf__Timestamp *)message;
	char text[TIMESTAMP_TEXT];

	/* A point in time outside the type's range has no text. */
	if (!timestamp_format(timestamp->seconds, timestamp->nanos, text))
		return json_null();
	return json_string(text);
}

static json_t *
submessage_to_json(const ProtobufCMessage *message, enum pbjson_dialect dialect, unsigned depth)
{
	if (pbjson_is_timestamp(message->descriptor))
		return timestamp_to_json(message);
	return message_to_json(message, dialect, depth + 1);
}

/* One value of the field, at member. */
static json_t *
value_to_json(const ProtobufCFieldDescriptor *field, const void *member,
    enum pbjson_dialect dialect, unsigned depth)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return json_integer(*(const int32_t *)member);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return json_integer(*(const uint32_t *)member);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return int64_to_json(*(const int64_t *)member, dialect);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return uint64_to_json(*(const uint64_t *)member, dialect);
	case PROTOBUF_C_TYPE_FLOAT:
		return real_to_json((double)*(const float *)member, dialect);
	case PROTOBUF_C_TYPE_DOUBLE:
		return real_to_json(*(const double *)member, dialect);
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)member != 0);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_to_json(field->descriptor, *(const int *)member, dialect);
	case PROTOBUF_C_TYPE_STRING:
		return string_to_json(*(const char *const *)member, dialect);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_to_json(member, dialect);
	case PROTOBUF_C_TYPE_MESSAGE:
		return submessage_to_json(*(const ProtobufCMessage *const *)member, dialect, depth);
	}
	abort(); /* protobuf-c has no other type */
}

static json_t *
repeated_to_json(const ProtobufCFieldDescriptor *field, const unsigned char *message,
    enum pbjson_dialect dialect, unsigned depth)
{
	size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
	const unsigned char *values =
	    *(const unsigned char *const *)(const void *)(message + field->offset);
	size_t size = pbjson_value_size(field), i;
	json_t *array = json_array();

	for (i = 0; i < count; i++) {
		json_t *value = value_to_json(field, values + i * size, dialect, depth);
		int failed = json_array_append_new(array, value);

		assert(failed == 0); /* no memory, or text that is not UTF-8 */
	}
	return array;
}

/* True for an unset message and for a oneof's member that is not the one set. */
static bool
is_absent(const ProtobufCFieldDescriptor *field, const unsigned char *message)
{
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return false;
	if (pbjson_is_oneof(field) &&
	    *(const uint32_t *)(const void *)(message + field->quantifier_offset) != field->id)
		return true;
	return field->type == PROTOBUF_C_TYPE_MESSAGE &&
	       *(const void *const *)(const void *)(message + field->offset) == NULL;
}

static json_t *
field_to_json(const ProtobufCFieldDescriptor *field, const unsigned char *message,
    enum pbjson_dialect dialect, unsigned depth)
{
	assert(field->label == PROTOBUF_C_LABEL_NONE || field->label == PROTOBUF_C_LABEL_REPEATED);
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return repeated_to_json(field, message, dialect, depth);
	if (is_absent(field, message))
		return json_null();
	return value_to_json(field, message + field->offset, dialect, depth);
}

static json_t *
message_to_json(const ProtobufCMessage *message, enum pbjson_dialect dialect, unsigned depth)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;
	const unsigned char *bytes = (const unsigned char *)message;
	json_t *object = json_object();
	unsigned i;

	assert(depth <= PBJSON_DEPTH_LIMIT);
	for (i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		json_t *value;
		int failed;

		if (dialect == PBJSON_PROTO3 && is_absent(field, bytes))
			continue;
		value = field_to_json(field, bytes, dialect, depth);
		failed = json_object_set_new(object, field->name, value);
		assert(failed == 0); /* no memory, or text that is not UTF-8 */
	}
	return object;
}

json_t *
pbjson_from_message(const ProtobufCMessage *message, enum pbjson_dialect dialect)
{
	return submessage_to_json(message, dialect, 0);
}
