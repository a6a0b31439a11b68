/*
 * Messages to JSON and back by their descriptors. Two dialects:
 *
 * PBJSON_PROTO3  the published proto3 JSON mapping with the proto field names as keys: 64-bit
 *                integers are strings, enumerations their full names, bytes base64.
 * PBJSON_SQL     what api functions speak: integers are numbers, enumerations lower-case words
 *                without their type's prefix, bytes hex. Empty text and an enumeration's zero are
 *                null, as they are NULL when they are an argument by themselves. No floating-point
 *                numbers.
 *
 * Both: google.protobuf.Timestamp is an RFC 3339 string; an absent key, or null, is the default; a
 * 64-bit integer is read from a number or a string of digits. proto3 messages without maps only.
 */
#ifndef PBC_COMMON_PBJSON_H
#define PBC_COMMON_PBJSON_H

#include <stdbool.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/status.h"

enum pbjson_dialect { PBJSON_PROTO3, PBJSON_SQL };

/*
 * New reference owned by the caller. Fields of their default value are written too; unset messages
 * and oneof members are null in SQL and left out in PROTO3. A time out of range is null. The
 * message's strings are UTF-8 (pbscan_check has seen to it) and its nesting is within the scan's
 * limit.
 */
json_t *pbjson_from_message(const ProtobufCMessage *message, enum pbjson_dialect dialect);

/*
 * Appends the wire bytes of the message that one JSON value tells to wire. False with *status set,
 * and wire as it was, on a mismatch (INTERNAL in dialect SQL, INVALID_ARGUMENT in PROTO3, naming
 * the path a.b[3].c and never the value; no path if the text is not JSON) or when wire's limit
 * would be passed (RESOURCE_EXHAUSTED). An unknown key is a mismatch: in SQL it means that SQL and
 * proto have drifted, in PROTO3 it is most often a slip of spelling. The text need not end with a
 * NUL.
 */
bool pbjson_encode(const char *text, size_t length, const ProtobufCMessageDescriptor *descriptor,
    enum pbjson_dialect dialect, struct buf *wire, struct status *status);
/*
 * The same as a message in the arena; NULL with *status set. RESOURCE_EXHAUSTED: the arena is full.
 */
ProtobufCMessage *pbjson_to_message(const json_t *json,
    const ProtobufCMessageDescriptor *descriptor, enum pbjson_dialect dialect, struct arena *arena,
    struct status *status);

/*
 * "submitted" of CASE_STATE_SUBMITTED; NULL for the zero value (unspecified). The decimal number of
 * an undeclared value, and "?" if the arena is full: SQL refuses both. Static or arena storage.
 */
const char *pbjson_enum_word(
    const ProtobufCEnumDescriptor *descriptor, int value, struct arena *arena);
/*
 * The inverse; false if there is no such word. Takes the full name as well; the zero value only by
 * that.
 */
bool pbjson_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word, int *value);

#endif
