/* Writes varints, fixed-width numbers, tags and lengths. */
#include "common/pbwire.h"

#include <assert.h>
#include <string.h>

enum pbwire_type
pbwire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return PBWIRE_32BIT;
	case PROTOBUF_C_TYPE_DOUBLE:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return PBWIRE_64BIT;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return PBWIRE_LENGTH;
	default:
		return PBWIRE_VARINT;
	}
}

/* How many bytes there are. */
static size_t
put_varint(uint8_t *to, uint64_t value)
{
	size_t count = 0;

	while (value >= 0x80) {
		to[count++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	to[count++] = (uint8_t)value;
	return count;
}

/*
 * Where there may be no room for the longest: rare, and apart so that the others do without its
 * array.
 */
static bool __attribute__((noinline)) append_varint(struct buf *wire, uint64_t value)
{
	uint8_t bytes[PBWIRE_VARINT_BYTES];

	return buf_append(wire, bytes, put_varint(bytes, value));
}

bool
pbwire_varint(struct buf *wire, uint64_t value)
{
	size_t end = wire->limit > 0 && wire->limit < wire->capacity ? wire->limit : wire->capacity;

	if (end < PBWIRE_VARINT_BYTES || wire->length > end - PBWIRE_VARINT_BYTES)
		return append_varint(wire, value);
	wire->length += put_varint(wire->data + wire->length, value);
	return true;
}

/* Little-endian, as the wire is. */
static bool
append_fixed(struct buf *wire, uint64_t value, size_t size)
{
	uint8_t bytes[sizeof(value)];
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	return buf_append(wire, bytes, size);
}

bool
pbwire_fixed32(struct buf *wire, uint32_t value)
{
	return append_fixed(wire, value, sizeof(value));
}

bool
pbwire_fixed64(struct buf *wire, uint64_t value)
{
	return append_fixed(wire, value, sizeof(value));
}

bool
pbwire_tag(struct buf *wire, uint32_t id, enum pbwire_type type)
{
	return pbwire_varint(wire, (uint64_t)id << 3 | (uint64_t)type);
}

bool
pbwire_open(struct buf *wire, size_t *start)
{
	*start = wire->length;
	return pbwire_varint(wire, 0);
}

/* Most values are short enough for the one byte that is kept; the others are moved up. */
bool
pbwire_close(struct buf *wire, size_t start)
{
	uint8_t bytes[PBWIRE_VARINT_BYTES];
	size_t length, count;

	assert(wire->length > start);
	length = wire->length - start - 1;
	count = put_varint(bytes, length);
	if (!buf_reserve(wire, count - 1))
		return false;
	if (count > 1)
		memmove(wire->data + start + count, wire->data + start + 1, length);
	memcpy(wire->data + start, bytes, count);
	wire->length += count - 1;
	return true;
}
