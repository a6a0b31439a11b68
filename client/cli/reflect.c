/*
 * Walks messages by their descriptors; the one place of the client that knows protobuf-c's memory
 * layout.
 */
#include "client/cli/reflect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/pbjson.h"

/* One step of a path: "name", "name[3]". */
struct step {
	char name[64];
	size_t index;
	bool indexed;
	const char *rest; /* after the dot; NULL at the end */
};

static bool
step_take(const char *path, struct step *step)
{
	size_t length = strcspn(path, ".[");

	if (length == 0 || length >= sizeof(step->name))
		return false;
	memcpy(step->name, path, length);
	step->name[length] = '\0';
	path += length;
	step->indexed = *path == '[';
	if (step->indexed) {
		char *end;

		step->index = strtoul(path + 1, &end, 10);
		if (*end != ']')
			return false;
		path = end + 1;
	}
	step->rest = *path == '.' ? path + 1 : NULL;
	return *path == '.' || *path == '\0';
}

const ProtobufCFieldDescriptor *
reflect_field(const ProtobufCMessageDescriptor *descriptor, const char *path)
{
	struct step step;

	while (step_take(path, &step)) {
		const ProtobufCFieldDescriptor *field =
		    protobuf_c_message_descriptor_get_field_by_name(descriptor, step.name);

		if (field == NULL || (step.indexed && field->label != PROTOBUF_C_LABEL_REPEATED))
			return NULL;
		if (step.rest == NULL)
			return field;
		if (field->type != PROTOBUF_C_TYPE_MESSAGE)
			return NULL;
		descriptor = field->descriptor;
		path = step.rest;
	}
	return NULL;
}

static size_t
element_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}

/* The member that the step names, or NULL if absent. */
static const void *
member_at(
    const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const struct step *step)
{
	const char *at = (const char *)message + field->offset;
	const char *quantifier = (const char *)message + field->quantifier_offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		const char *elements;
		size_t count;

		memcpy(&count, quantifier, sizeof(count));
		memcpy(&elements, at, sizeof(elements));
		if (!step->indexed || step->index >= count)
			return NULL;
		at = elements + step->index * element_size(field->type);
	} else if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
		uint32_t set;

		memcpy(&set, quantifier, sizeof(set));
		if (set != field->id)
			return NULL;
	}
	return at;
}

struct value
reflect_value(const ProtobufCMessage *message, const char *path)
{
	struct value value = {.field = reflect_field(message->descriptor, path)};
	struct step step;

	assert(value.field != NULL);
	while (message != NULL && step_take(path, &step)) {
		const ProtobufCFieldDescriptor *field =
		    protobuf_c_message_descriptor_get_field_by_name(message->descriptor, step.name);
		const void *at = member_at(message, field, &step);

		message = NULL;
		if (at != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE)
			memcpy(&message, at, sizeof(message));
		if (step.rest == NULL) {
			value.at =
			    field->type == PROTOBUF_C_TYPE_MESSAGE ? (const void *)message : at;
			break;
		}
		path = step.rest;
	}
	return value;
}

const ProtobufCMessage *
reflect_message(const ProtobufCMessage *message, const char *path)
{
	if (path[0] == '\0')
		return message;
	return reflect_value(message, path).at;
}

/* The message that holds the repeated field at path, and the field. */
static const ProtobufCMessage *
holder_of(const ProtobufCMessage *message, const char *path, const ProtobufCFieldDescriptor **field)
{
	const char *last = strrchr(path, '.');
	char parent[128];

	if (last != NULL) {
		size_t length = (size_t)(last - path);

		assert(length < sizeof(parent));
		memcpy(parent, path, length);
		parent[length] = '\0';
		message = reflect_message(message, parent);
		path = last + 1;
	}
	if (message == NULL)
		return NULL;
	*field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, path);
	assert(*field != NULL && (*field)->label == PROTOBUF_C_LABEL_REPEATED);
	return message;
}

size_t
reflect_count(const ProtobufCMessage *message, const char *path)
{
	const ProtobufCFieldDescriptor *field;
	const ProtobufCMessage *holder = holder_of(message, path, &field);
	size_t count = 0;

	if (holder != NULL)
		memcpy(&count, (const char *)holder + field->quantifier_offset, sizeof(count));
	return count;
}

const ProtobufCMessage *
reflect_row(const ProtobufCMessage *message, const char *path, size_t index)
{
	const ProtobufCFieldDescriptor *field;
	const ProtobufCMessage *holder = holder_of(message, path, &field);
	ProtobufCMessage **rows;

	assert(holder != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE);
	memcpy(&rows, (const char *)holder + field->offset, sizeof(rows));
	return rows[index];
}

const char *
reflect_text(const ProtobufCMessage *message, const char *path)
{
	struct value value = reflect_value(message, path);
	const char *text = NULL;

	assert(value.field->type == PROTOBUF_C_TYPE_STRING);
	if (value.at != NULL)
		memcpy(&text, value.at, sizeof(text));
	return text != NULL ? text : "";
}

const char *
reflect_flag_word(const ProtobufCEnumDescriptor *descriptor, int value, struct arena *arena)
{
	const char *word = pbjson_enum_word(descriptor, value, arena);
	char *hyphenated;

	if (word == NULL)
		return NULL;
	hyphenated = arena_strdup(arena, word);
	for (char *at = hyphenated; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
	return hyphenated;
}
