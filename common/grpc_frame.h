/* gRPC's length-prefixed message: one flag byte, four bytes of big-endian length, the message. */
#ifndef PBC_COMMON_GRPC_FRAME_H
#define PBC_COMMON_GRPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

#define GRPC_FRAME_PREFIX 5

enum grpc_frame_result {
	GRPC_FRAME_MORE,       /* needs more bytes */
	GRPC_FRAME_MESSAGE,    /* *message and *length are set, valid until the next call */
	GRPC_FRAME_TOO_LARGE,  /* announced length over the limit; no body is buffered */
	GRPC_FRAME_COMPRESSED, /* flag 1, which neither side offers to take */
	GRPC_FRAME_BAD_FLAG,
};

struct grpc_frame_reader {
	struct buf pending;
	size_t consumed;
	size_t message_limit;
	/* GRPC_FRAME_MORE until a frame was refused, which is final. */
	enum grpc_frame_result refused;
};

void grpc_frame_reader_init(struct grpc_frame_reader *reader, size_t message_limit);
void grpc_frame_reader_free(struct grpc_frame_reader *reader);
/*
 * Copies. After each feed call next until it no longer gives a message; after a refusal bytes are
 * dropped.
 */
void grpc_frame_reader_feed(struct grpc_frame_reader *reader, const void *data, size_t length);
enum grpc_frame_result grpc_frame_reader_next(
    struct grpc_frame_reader *reader, const uint8_t **message, size_t *length);
/* True when bytes of an unfinished frame are left: a truncated request. */
bool grpc_frame_reader_partial(const struct grpc_frame_reader *reader);

void grpc_frame_prefix(uint8_t prefix[GRPC_FRAME_PREFIX], uint8_t flags, size_t length);

#endif
