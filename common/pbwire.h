/*
 * Protobuf's wire format, written from left to right. What is appended is what protobuf-c would
 * pack. Each returns false when the buffer's limit would be passed.
 */
#ifndef PBC_COMMON_PBWIRE_H
#define PBC_COMMON_PBWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

#include "common/buf.h"

enum pbwire_type {
	PBWIRE_VARINT = 0,
	PBWIRE_64BIT = 1,
	PBWIRE_LENGTH = 2,
	PBWIRE_GROUP_START = 3,
	PBWIRE_GROUP_END = 4,
	PBWIRE_32BIT = 5,
};

#define PBWIRE_VARINT_BYTES 10

/* How one value of a field comes; numbers of a packed field share one PBWIRE_LENGTH. */
enum pbwire_type pbwire_type_of(ProtobufCType type);

bool pbwire_varint(struct buf *wire, uint64_t value);
bool pbwire_fixed32(struct buf *wire, uint32_t value);
bool pbwire_fixed64(struct buf *wire, uint64_t value);
bool pbwire_tag(struct buf *wire, uint32_t id, enum pbwire_type type);
/*
 * A value that has its length in front: open keeps room for the length, the caller appends the
 * value, close writes how much that was.
 */
bool pbwire_open(struct buf *wire, size_t *start);
bool pbwire_close(struct buf *wire, size_t start);

#endif
