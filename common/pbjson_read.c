/*
 * JSON text to messages by their descriptors, in one pass: most of a read call's time would go to a
 * tree of JSON values otherwise. Refusals name the place in the JSON and never its values.
 */
#include "common/pbjson.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pbjson_internal.h"
#include "common/timestamp.h"

#define PATH_LENGTH 96
#define KEY_SIZE 64      /* no field's name is longer */
#define LIST_CAPACITY 16 /* of a repeated field at first */

static ProtobufCMessage *read_message(struct pbjson_reading *reading,
    const ProtobufCMessageDescriptor *descriptor, const struct pbjson_place *place);

/* "a.b[3].c"; cut at the array's end. */
static void
write_path(const struct pbjson_place *place, char *path, size_t size)
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
	if (place->index != PBJSON_NO_INDEX)
		snprintf(path + length, size - length, "[%zu]", place->index);
}

bool
pbjson_mismatch(struct pbjson_reading *reading, const struct pbjson_place *place, const char *what)
{
	char path[PATH_LENGTH];

	write_path(place, path, sizeof(path));
	return status_set(reading->status,
	    reading->dialect == PBJSON_SQL ? STATUS_INTERNAL : STATUS_INVALID_ARGUMENT,
	    "JSON_MISMATCH", path, NULL, "%s %s.", path[0] != '\0' ? path : "The JSON", what);
}

bool
pbjson_arena_full(struct pbjson_reading *reading)
{
	return status_set(reading->status, STATUS_RESOURCE_EXHAUSTED, "MESSAGE_LIMIT", NULL, NULL,
	    "The message is too large.");
}

static ProtobufCMessage *
new_message(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = arena_alloc(reading->arena, descriptor->sizeof_message);

	if (message == NULL) {
		pbjson_arena_full(reading);
		return NULL;
	}
	protobuf_c_message_init(descriptor, message);
	return message;
}

static ProtobufCMessage *
read_timestamp(struct pbjson_reading *reading, const struct pbjson_place *place)
{
	ProtobufCMessage *message = new_message(reading, &google__protobuf__timestamp__descriptor);
	Google__Protobuf__Timestamp *timestamp = (Google__Protobuf__Timestamp *)message;
	char text[PBJSON_WORD_SIZE];

	if (message == NULL)
		return NULL;
	if (!pbjson_read_word(reading, text, sizeof(text)) ||
	    !timestamp_parse(text, &timestamp->seconds, &timestamp->nanos)) {
		pbjson_mismatch(reading, place, "is not a time such as 2007-07-31T12:00:00Z");
		return NULL;
	}
	return message;
}

static bool
read_submessage(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **value)
{
	if (pbjson_is_timestamp(descriptor))
		*value = read_timestamp(reading, place);
	else
		*value = read_message(reading, descriptor, place);
	return *value != NULL;
}

/* One value of the field into member. */
static bool
read_value(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, void *member)
{
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return read_submessage(reading, place, field->descriptor, member);
	return pbjson_read_scalar(reading, place, field, member);
}

/* Room for one value more; the arena keeps what was outgrown. */
static bool
list_grow(struct pbjson_reading *reading, unsigned char **values, size_t *capacity, size_t size)
{
	size_t grown = *capacity > 0 ? *capacity * 2 : LIST_CAPACITY;
	unsigned char *moved = arena_calloc(reading->arena, grown * size);

	if (moved == NULL)
		return pbjson_arena_full(reading);
	if (*capacity > 0)
		memcpy(moved, *values, *capacity * size);
	*values = moved;
	*capacity = grown;
	return true;
}

static bool
read_repeated(struct pbjson_reading *reading, struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, unsigned char *message)
{
	size_t size = pbjson_value_size(field), count = 0, capacity = 0;
	unsigned char *values = NULL;

	if (jsonscan_kind(&reading->scan) != JSONSCAN_ARRAY)
		return pbjson_mismatch(reading, place, "is not a list");
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
read_field(struct pbjson_reading *reading, struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, unsigned char *message)
{
	uint32_t *set_member = (uint32_t *)(void *)(message + field->quantifier_offset);

	assert(field->label == PROTOBUF_C_LABEL_NONE || field->label == PROTOBUF_C_LABEL_REPEATED);
	if (jsonscan_kind(&reading->scan) == JSONSCAN_NULL)
		return jsonscan_word(&reading->scan);
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return read_repeated(reading, place, field, message);
	if (pbjson_is_oneof(field)) {
		if (*set_member != 0)
			return pbjson_mismatch(
			    reading, place, "excludes another field that is set");
		*set_member = field->id;
	}
	return read_value(reading, place, field, message + field->offset);
}

static bool
is_named(const ProtobufCFieldDescriptor *field, const struct jsonscan_span *name)
{
	return strncmp(field->name, name->text, name->length) == 0 &&
	       field->name[name->length] == '\0';
}

/* Answers mostly have their keys in the order of the fields. NULL, told, if there is no such field.
 */
static const ProtobufCFieldDescriptor *
find_field(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    struct pbjson_place *place, const struct jsonscan_span *span)
{
	struct pbjson_place unknown = {.parent = place->parent, .index = PBJSON_NO_INDEX};
	const ProtobufCFieldDescriptor *field;
	char key[KEY_SIZE];
	size_t length;

	if (place->next < descriptor->n_fields && is_named(&descriptor->fields[place->next], span))
		return &descriptor->fields[place->next];
	if (span->length >= sizeof(key) || !jsonscan_unescape(span, key, &length))
		snprintf(key, sizeof(key), "?");
	field = protobuf_c_message_descriptor_get_field_by_name(descriptor, key);
	unknown.key = key;
	if (field == NULL)
		pbjson_mismatch(reading, &unknown, "is not a known field");
	return field;
}

/* A key and its value into message. */
static bool
read_member(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    struct pbjson_place *place, ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *field;
	struct jsonscan_span span;

	if (!jsonscan_key(&reading->scan, &span))
		return false;
	field = find_field(reading, descriptor, place, &span);
	if (field == NULL)
		return false;
	place->key = field->name;
	place->index = PBJSON_NO_INDEX;
	place->next = (unsigned)(field - descriptor->fields) + 1;
	return read_field(reading, place, field, (unsigned char *)message);
}

static ProtobufCMessage *
read_message(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    const struct pbjson_place *place)
{
	ProtobufCMessage *message;
	struct pbjson_place child = {.parent = place, .depth = place->depth + 1};

	if (jsonscan_kind(&reading->scan) != JSONSCAN_OBJECT) {
		pbjson_mismatch(reading, place, "is not an object");
		return NULL;
	}
	if (child.depth > PBJSON_DEPTH_LIMIT) {
		pbjson_mismatch(reading, place, "is nested too deeply");
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
read_end(struct pbjson_reading *reading, const ProtobufCMessage *message)
{
	const struct pbjson_place top = {.index = PBJSON_NO_INDEX};

	if (message != NULL)
		jsonscan_ended(&reading->scan);
	if (reading->scan.fault == NULL)
		return message != NULL;
	return pbjson_mismatch(reading, &top, reading->scan.fault);
}

ProtobufCMessage *
pbjson_parse(const char *text, size_t length, const ProtobufCMessageDescriptor *descriptor,
    enum pbjson_dialect dialect, struct arena *arena, struct status *status)
{
	struct pbjson_reading reading = {.dialect = dialect, .arena = arena, .status = status};
	const struct pbjson_place top = {.index = PBJSON_NO_INDEX};
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
