/*
 * JSON text to a message's wire bytes by its descriptor, in one pass: trees of JSON values, and of
 * messages, would take most of a read call's time otherwise. Refusals name the place in the JSON
 * and never its values.
 */
#include "common/pbjson.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/pbjson_internal.h"
#include "common/timestamp.h"

#define PATH_LENGTH 96
#define KEY_SIZE 64 /* no field's name is longer */

/* Most of a call's own time goes by in the small steps below these: a quarter of it in calling. */
#define INLINE_ALL __attribute__((flatten))

static bool read_message(struct pbjson_reading *reading,
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
	    "JSON_MISMATCH", path, NULL, "%s %s", path[0] != '\0' ? path : "the JSON", what);
}

static bool
too_large(struct status *status)
{
	return status_set(status, STATUS_RESOURCE_EXHAUSTED, "MESSAGE_LIMIT", NULL, NULL,
	    "the message is too large");
}

bool
pbjson_full(struct pbjson_reading *reading)
{
	return too_large(reading->status);
}

static bool
read_timestamp(struct pbjson_reading *reading, const struct pbjson_place *place)
{
	char text[PBJSON_WORD_SIZE];
	int64_t seconds;
	int32_t nanos;

	if (!pbjson_read_word(reading, text, sizeof(text)) ||
	    !timestamp_parse(text, &seconds, &nanos))
		return pbjson_mismatch(
		    reading, place, "is not a time such as 2007-07-31T12:00:00Z");
	if (seconds != 0 && !(pbwire_tag(reading->wire, 1, PBWIRE_VARINT) &&
				pbwire_varint(reading->wire, (uint64_t)seconds)))
		return pbjson_full(reading);
	if (nanos != 0 && !(pbwire_tag(reading->wire, 2, PBWIRE_VARINT) &&
			      pbwire_varint(reading->wire, (uint64_t)nanos)))
		return pbjson_full(reading);
	return true;
}

static bool
read_submessage(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCMessageDescriptor *descriptor)
{
	if (pbjson_is_timestamp(descriptor))
		return read_timestamp(reading, place);
	return read_message(reading, descriptor, place);
}

/*
 * A value with a length: text, bytes or a message. Nothing is left of an empty one if omit says so.
 */
static bool
read_sized(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, bool omit)
{
	struct buf *wire = reading->wire;
	size_t before = wire->length, start;

	if (!pbwire_tag(wire, field->id, PBWIRE_LENGTH) || !pbwire_open(wire, &start))
		return pbjson_full(reading);
	if (field->type == PROTOBUF_C_TYPE_MESSAGE
		? !read_submessage(reading, place, field->descriptor)
		: !pbjson_read_text(reading, place, field->type))
		return false;
	if (omit && wire->length == start + 1) {
		wire->length = before;
		return true;
	}
	return pbwire_close(wire, start) || pbjson_full(reading);
}

/* One value with its tag. proto3 leaves out a field's default unless its presence is told apart. */
static bool
read_value(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, bool omit)
{
	enum pbwire_type type = pbwire_type_of(field->type);
	uint64_t bits;

	if (type == PBWIRE_LENGTH)
		return read_sized(
		    reading, place, field, omit && field->type != PROTOBUF_C_TYPE_MESSAGE);
	if (!pbjson_read_bits(reading, place, field, &bits))
		return false;
	if (omit && bits == 0)
		return true;
	return (pbwire_tag(reading->wire, field->id, type) &&
		   pbjson_write_bits(reading->wire, type, bits)) ||
	       pbjson_full(reading);
}

/* What follows an array's opening bracket. */
static bool
read_elements(struct pbjson_reading *reading, struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field)
{
	for (place->index = 0; jsonscan_more(&reading->scan, ']'); place->index++)
		if (!read_value(reading, place, field, false))
			return false;
	return reading->scan.fault == NULL;
}

/* The same of numbers that share one tag and length. */
static bool INLINE_ALL
read_packed(struct pbjson_reading *reading, struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field)
{
	enum pbwire_type type = pbwire_type_of(field->type);
	struct buf *wire = reading->wire;
	size_t before = wire->length, start;
	uint64_t bits;

	if (!pbwire_tag(wire, field->id, PBWIRE_LENGTH) || !pbwire_open(wire, &start))
		return pbjson_full(reading);
	for (place->index = 0; jsonscan_more(&reading->scan, ']'); place->index++) {
		if (!pbjson_read_bits(reading, place, field, &bits))
			return false;
		if (!pbjson_write_bits(wire, type, bits))
			return pbjson_full(reading);
	}
	if (place->index == 0)
		wire->length = before;
	else if (!pbwire_close(wire, start))
		return pbjson_full(reading);
	return reading->scan.fault == NULL;
}

static bool
read_repeated(struct pbjson_reading *reading, struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field)
{
	if (jsonscan_kind(&reading->scan) != JSONSCAN_ARRAY)
		return pbjson_mismatch(reading, place, "is not a list");
	jsonscan_enter(&reading->scan);
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0)
		return read_packed(reading, place, field);
	return read_elements(reading, place, field);
}

/* Members of a oneof share the place where protobuf-c says which of them is set. */
static bool
claim_oneof(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    struct pbjson_place *place, const ProtobufCFieldDescriptor *field)
{
	unsigned i;

	for (i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *other = &descriptor->fields[i];

		if (pbjson_is_oneof(other) &&
		    other->quantifier_offset == field->quantifier_offset &&
		    (place->set[i / 64] >> (i % 64) & 1) != 0)
			return pbjson_mismatch(
			    reading, place, "excludes another field that is set");
	}
	i = (unsigned)(field - descriptor->fields);
	place->set[i / 64] |= (uint64_t)1 << (i % 64);
	return true;
}

static bool
read_field(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    struct pbjson_place *place, const ProtobufCFieldDescriptor *field)
{
	assert(field->label == PROTOBUF_C_LABEL_NONE || field->label == PROTOBUF_C_LABEL_REPEATED);
	if (jsonscan_kind(&reading->scan) == JSONSCAN_NULL)
		return jsonscan_word(&reading->scan);
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return read_repeated(reading, place, field);
	if (pbjson_is_oneof(field) && !claim_oneof(reading, descriptor, place, field))
		return false;
	return read_value(reading, place, field, !pbjson_is_oneof(field));
}

/* NULL, told, if there is no such field. */
static const ProtobufCFieldDescriptor *
find_field(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    const struct pbjson_place *place, const struct jsonscan_span *span)
{
	struct pbjson_place unknown = {.parent = place->parent, .index = PBJSON_NO_INDEX};
	const ProtobufCFieldDescriptor *field;
	char key[KEY_SIZE];
	size_t length;

	if (span->length >= sizeof(key) || !jsonscan_unescape(span, key, &length))
		snprintf(key, sizeof(key), "?");
	field = protobuf_c_message_descriptor_get_field_by_name(descriptor, key);
	unknown.key = key;
	if (field == NULL)
		pbjson_mismatch(reading, &unknown, "is not a known field");
	return field;
}

/* The field of the next key. Answers mostly have their keys in the order of the fields. */
static const ProtobufCFieldDescriptor *
read_key(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    const struct pbjson_place *place)
{
	struct jsonscan_span span;

	if (place->next < descriptor->n_fields &&
	    jsonscan_key_is(&reading->scan, descriptor->fields[place->next].name))
		return &descriptor->fields[place->next];
	if (!jsonscan_key(&reading->scan, &span))
		return NULL;
	return find_field(reading, descriptor, place, &span);
}

/* A key and its value. */
static bool INLINE_ALL
read_member(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    struct pbjson_place *place)
{
	const ProtobufCFieldDescriptor *field = read_key(reading, descriptor, place);

	if (field == NULL)
		return false;
	place->key = field->name;
	place->index = PBJSON_NO_INDEX;
	place->next = (unsigned)(field - descriptor->fields) + 1;
	return read_field(reading, descriptor, place, field);
}

static bool
read_message(struct pbjson_reading *reading, const ProtobufCMessageDescriptor *descriptor,
    const struct pbjson_place *place)
{
	struct pbjson_place child = {.parent = place, .depth = place->depth + 1};

	assert(descriptor->n_fields <= PBJSON_FIELD_LIMIT);
	if (jsonscan_kind(&reading->scan) != JSONSCAN_OBJECT)
		return pbjson_mismatch(reading, place, "is not an object");
	if (child.depth > PBJSON_DEPTH_LIMIT)
		return pbjson_mismatch(reading, place, "is nested too deeply");
	jsonscan_enter(&reading->scan);
	while (jsonscan_more(&reading->scan, '}'))
		if (!read_member(reading, descriptor, &child))
			return false;
	return reading->scan.fault == NULL;
}

/* A fault of the text itself counts more than the mismatch that it looks like. */
static bool
read_end(struct pbjson_reading *reading, bool sound)
{
	const struct pbjson_place top = {.index = PBJSON_NO_INDEX};

	if (sound)
		jsonscan_ended(&reading->scan);
	if (reading->scan.fault == NULL)
		return sound;
	return pbjson_mismatch(reading, &top, reading->scan.fault);
}

bool
pbjson_encode(const char *text, size_t length, const ProtobufCMessageDescriptor *descriptor,
    enum pbjson_dialect dialect, struct buf *wire, struct status *status)
{
	struct pbjson_reading reading = {.dialect = dialect, .wire = wire, .status = status};
	const struct pbjson_place top = {.index = PBJSON_NO_INDEX};
	size_t before = wire->length;

	jsonscan_init(&reading.scan, text, length);
	if (read_end(&reading, read_submessage(&reading, &top, descriptor)))
		return true;
	wire->length = before;
	return false;
}

ProtobufCMessage *
pbjson_to_message(const json_t *json, const ProtobufCMessageDescriptor *descriptor,
    enum pbjson_dialect dialect, struct arena *arena, struct status *status)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	ProtobufCMessage *message = NULL;
	struct buf wire = {0};

	memory_require(text != NULL);
	if (pbjson_encode(text, strlen(text), descriptor, dialect, &wire, status)) {
		message = protobuf_c_message_unpack(
		    descriptor, arena_protobuf_allocator(arena), wire.length, wire.data);
		if (message == NULL)
			too_large(status);
	}
	buf_free(&wire);
	free(text);
	return message;
}
