/* Fields of any message by dotted path, through its descriptor. */
#ifndef PBC_CLIENT_CLI_REFLECT_H
#define PBC_CLIENT_CLI_REFLECT_H

#include <stddef.h>
#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"

struct value {
	const ProtobufCFieldDescriptor *field;
	const void *at; /* the scalar, string pointer or message pointer; NULL if absent */
};

/* "a.b.c", "months[3]". NULL if there is no such field. */
const ProtobufCFieldDescriptor *reflect_field(
    const ProtobufCMessageDescriptor *descriptor, const char *path);

/*
 * The path exists in the message's descriptor (a bug otherwise). Absent when a message on the way
 * is unset, a oneof holds something else, or the element is beyond the end.
 */
struct value reflect_value(const ProtobufCMessage *message, const char *path);

/* The message at path ("" is the message itself); NULL if unset. */
const ProtobufCMessage *reflect_message(const ProtobufCMessage *message, const char *path);

/* Rows of a repeated field of messages. */
size_t reflect_count(const ProtobufCMessage *message, const char *path);
const ProtobufCMessage *reflect_row(
    const ProtobufCMessage *message, const char *path, size_t index);

const char *reflect_text(const ProtobufCMessage *message, const char *path);

/* The word of an enumeration's value as a flag takes it, wrong-hrg; NULL if it has none. */
const char *reflect_flag_word(
    const ProtobufCEnumDescriptor *descriptor, int value, struct arena *arena);

#endif
