/*
 * A bounded walk over protobuf wire bytes before protobuf-c may unpack them: protobuf-c 1.4.1
 * limits neither depth nor the number of fields and takes invalid UTF-8 and NUL in strings.
 */
#ifndef PBC_COMMON_PBSCAN_H
#define PBC_COMMON_PBSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

#include "common/status.h"

struct pbscan_limits {
	unsigned depth; /* nesting of messages */
	size_t fields;  /* fields in all, known or not, packed elements included */
	size_t unknown; /* unknown fields in all */
	size_t string_length;
};

extern const struct pbscan_limits pbscan_default_limits;

/*
 * False with *status INVALID_ARGUMENT (or RESOURCE_EXHAUSTED for a limit) naming the field. Never
 * reads past length.
 */
bool pbscan_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t length,
    const struct pbscan_limits *limits, struct status *status);

#endif
