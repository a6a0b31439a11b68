/* What writing and reading JSON share: the layout of protobuf-c's messages. */
#ifndef PBC_COMMON_PBJSON_INTERNAL_H
#define PBC_COMMON_PBJSON_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <protobuf-c/protobuf-c.h>

#include "common/jsonscan.h"
#include "common/pbjson.h"
#include "common/pbwire.h"
#include "google/protobuf/timestamp.pb-c.h"

/* Nesting of messages. Those of the API are a few deep; recursive types are not used. */
#define PBJSON_DEPTH_LIMIT 32

/* Fields of a message. The largest of the API have a few dozen. */
#define PBJSON_FIELD_LIMIT 256

/* No enumeration's word, nor a time, is longer. */
#define PBJSON_WORD_SIZE 128
#define PBJSON_NO_INDEX SIZE_MAX

/* pbjson_read.c: one text being read. */
struct pbjson_reading {
	struct jsonscan scan;
	enum pbjson_dialect dialect;
	struct buf *wire;
	struct status *status;
};

/* Where in the JSON a value stands, linked towards the top. */
struct pbjson_place {
	const struct pbjson_place *parent; /* NULL at the top */
	const char *key;                   /* NULL at the top */
	unsigned next;                     /* index of the field that SQL most likely writes next */
	size_t index;                      /* of an array, or PBJSON_NO_INDEX */
	unsigned depth;
	uint64_t set[PBJSON_FIELD_LIMIT / 64]; /* members of oneofs that were read, by index */
};

/* Each sets the status, and returns false. */
bool pbjson_mismatch(
    struct pbjson_reading *reading, const struct pbjson_place *place, const char *what);
bool pbjson_full(struct pbjson_reading *reading);

/* pbjson_scalar.c: takes a number, truth value or word as the bits that the wire carries. */
bool pbjson_read_bits(struct pbjson_reading *reading, const struct pbjson_place *place,
    const ProtobufCFieldDescriptor *field, uint64_t *bits);
bool pbjson_write_bits(struct buf *wire, enum pbwire_type type, uint64_t bits);
/* Takes text, or the text of bytes, and appends what it means, without a length. */
bool pbjson_read_text(
    struct pbjson_reading *reading, const struct pbjson_place *place, ProtobufCType type);
/* Text that is of use only if it fits; false, without a status, otherwise. */
bool pbjson_read_word(struct pbjson_reading *reading, char *word, size_t size);

static inline bool
pbjson_is_timestamp(const ProtobufCMessageDescriptor *descriptor)
{
	return descriptor == &google__protobuf__timestamp__descriptor;
}

static inline bool
pbjson_is_oneof(const ProtobufCFieldDescriptor *field)
{
	return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* Bytes of one value of the field in a message's struct or a repeated field's array. */
static inline size_t
pbjson_value_size(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return sizeof(int32_t);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return sizeof(int64_t);
	case PROTOBUF_C_TYPE_FLOAT:
		return sizeof(float);
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(double);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(char *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(ProtobufCMessage *);
	}
	abort(); /* protobuf-c has no other type */
}

#endif
