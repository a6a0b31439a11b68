/* The bounded walk over protobuf wire bytes. */
#include "common/pbscan.h"

#include <stdio.h>
#include <string.h>

#include "common/pbwire.h"
#include "common/utf8.h"

const struct pbscan_limits pbscan_default_limits = {
    .depth = 16,
    .fields = 100000,
    .unknown = 256,
    .string_length = 65536,
};

#define TAG_BYTES 5
#define FIELD_NUMBER_LAST ((1u << 29) - 1)
#define PATH_LENGTH 96

struct scan {
	const struct pbscan_limits *limits;
	struct status *status;
	size_t fields;
	size_t unknown;
};

/* A message being walked, and by which field of its parent it was reached. */
struct frame {
	const struct frame *parent; /* NULL at the top */
	const ProtobufCMessageDescriptor *descriptor;
	const ProtobufCFieldDescriptor *field; /* the one being read; NULL while unknown */
	unsigned depth;
	const uint8_t *at;
	const uint8_t *end;
};

static bool scan_message(struct scan *scan, struct frame *frame);

/* "lines.code": the known fields down to the one being read. */
static void
write_path(const struct frame *frame, char *path, size_t size)
{
	size_t length;

	if (frame == NULL) {
		path[0] = '\0';
		return;
	}
	write_path(frame->parent, path, size);
	if (frame->field == NULL)
		return;
	length = strlen(path);
	snprintf(path + length, size - length, "%s%s", length > 0 ? "." : "", frame->field->name);
}

static bool
refuse(struct scan *scan, const struct frame *frame, enum status_code code, const char *what)
{
	char path[PATH_LENGTH];

	write_path(frame, path, sizeof(path));
	return status_set(scan->status, code,
	    code == STATUS_RESOURCE_EXHAUSTED ? "MESSAGE_LIMIT" : "MALFORMED_MESSAGE", path, NULL,
	    "%s%s%s", path, path[0] != '\0' ? ": " : "", what);
}

static bool
malformed(struct scan *scan, const struct frame *frame, const char *what)
{
	return refuse(scan, frame, STATUS_INVALID_ARGUMENT, what);
}

static bool
over_limit(struct scan *scan, const struct frame *frame, const char *what)
{
	return refuse(scan, frame, STATUS_RESOURCE_EXHAUSTED, what);
}

/* Moves *at past a varint of at most limit bytes; false if it is cut or longer. */
static bool
read_varint(const uint8_t **at, const uint8_t *end, int limit, uint64_t *value)
{
	int i;

	*value = 0;
	for (i = 0; i < limit && *at < end; i++) {
		uint8_t byte = *(*at)++;

		*value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool
count_field(struct scan *scan, const struct frame *frame)
{
	if (++scan->fields > scan->limits->fields)
		return over_limit(scan, frame, "the message has too many fields");
	return true;
}

/* The elements of a packed run, none of which may be cut. */
static bool
scan_packed(struct scan *scan, const struct frame *frame, const uint8_t *at, const uint8_t *end)
{
	enum pbwire_type type = pbwire_type_of(frame->field->type);
	ptrdiff_t size = type == PBWIRE_32BIT ? 4 : 8;
	uint64_t value;

	while (at < end) {
		if (!count_field(scan, frame))
			return false;
		if (type == PBWIRE_VARINT) {
			if (!read_varint(&at, end, PBWIRE_VARINT_BYTES, &value))
				return malformed(scan, frame, "a packed number is cut or too long");
		} else {
			if (end - at < size)
				return malformed(scan, frame, "a packed number is cut");
			at += size;
		}
	}
	return true;
}

static bool
scan_string(struct scan *scan, const struct frame *frame, const uint8_t *text, size_t length)
{
	if (length > scan->limits->string_length)
		return over_limit(scan, frame, "the text is too long");
	if (!utf8_valid((const char *)text, length))
		return malformed(scan, frame, "the text is not UTF-8 or holds a NUL");
	return true;
}

static bool
scan_submessage(struct scan *scan, const struct frame *frame, const uint8_t *at, size_t length)
{
	struct frame child = {
	    .parent = frame,
	    .descriptor = frame->field->descriptor,
	    .depth = frame->depth + 1,
	    .at = at,
	    .end = at + length,
	};

	if (child.depth > scan->limits->depth)
		return over_limit(scan, frame, "messages are nested too deeply");
	return scan_message(scan, &child);
}

/* A length and as many bytes, which are walked if the descriptor knows what they are. */
static bool
scan_length_delimited(struct scan *scan, struct frame *frame)
{
	const ProtobufCFieldDescriptor *field = frame->field;
	const uint8_t *data;
	uint64_t length;

	if (!read_varint(&frame->at, frame->end, PBWIRE_VARINT_BYTES, &length))
		return malformed(scan, frame, "a length is cut or too long");
	if (length > (uint64_t)(frame->end - frame->at))
		return malformed(scan, frame, "a length runs past the end");
	data = frame->at;
	frame->at += length;
	if (field == NULL || field->type == PROTOBUF_C_TYPE_BYTES)
		return true;
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return scan_string(scan, frame, data, (size_t)length);
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return scan_submessage(scan, frame, data, (size_t)length);
	return scan_packed(scan, frame, data, data + length);
}

static bool
scan_value(struct scan *scan, struct frame *frame, enum pbwire_type type)
{
	ptrdiff_t size;
	uint64_t value;

	switch (type) {
	case PBWIRE_VARINT:
		if (!read_varint(&frame->at, frame->end, PBWIRE_VARINT_BYTES, &value))
			return malformed(scan, frame, "a number is cut or too long");
		return true;
	case PBWIRE_LENGTH:
		return scan_length_delimited(scan, frame);
	case PBWIRE_64BIT:
	case PBWIRE_32BIT:
		size = type == PBWIRE_32BIT ? 4 : 8;
		if (frame->end - frame->at < size)
			return malformed(scan, frame, "a number is cut");
		frame->at += size;
		return true;
	case PBWIRE_GROUP_START:
	case PBWIRE_GROUP_END:
		return malformed(scan, frame, "groups are not accepted");
	default:
		return malformed(scan, frame, "a wire type does not exist");
	}
}

/* The field of that number, or NULL if there is none or it does not come as this wire type. */
static const ProtobufCFieldDescriptor *
find_field(const ProtobufCMessageDescriptor *descriptor, unsigned number, enum pbwire_type type)
{
	const ProtobufCFieldDescriptor *field =
	    protobuf_c_message_descriptor_get_field(descriptor, number);

	if (field == NULL || pbwire_type_of(field->type) == type)
		return field;
	/* A repeated number may come packed whether or not it is declared so. */
	if (field->label == PROTOBUF_C_LABEL_REPEATED && type == PBWIRE_LENGTH)
		return field;
	return NULL;
}

static bool
scan_message(struct scan *scan, struct frame *frame)
{
	while (frame->at < frame->end) {
		uint64_t tag, number;
		enum pbwire_type type;

		frame->field = NULL;
		if (!read_varint(&frame->at, frame->end, TAG_BYTES, &tag))
			return malformed(scan, frame, "a field's tag is cut or too long");
		number = tag >> 3;
		type = (enum pbwire_type)(tag & 7);
		if (number == 0 || number > FIELD_NUMBER_LAST)
			return malformed(scan, frame, "a field number does not exist");
		frame->field = find_field(frame->descriptor, (unsigned)number, type);
		if (!count_field(scan, frame))
			return false;
		if (frame->field == NULL && ++scan->unknown > scan->limits->unknown)
			return over_limit(scan, frame, "the message has too many unknown fields");
		if (!scan_value(scan, frame, type))
			return false;
	}
	return true;
}

bool
pbscan_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t length,
    const struct pbscan_limits *limits, struct status *status)
{
	struct scan scan = {.limits = limits, .status = status};
	struct frame top = {.descriptor = descriptor, .depth = 1, .at = data};

	if (length == 0) /* data may be NULL */
		return true;
	top.end = data + length;
	return scan_message(&scan, &top);
}
