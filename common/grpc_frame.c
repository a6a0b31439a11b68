/* Reads gRPC's length-prefixed messages out of bytes that come in any pieces. */
#include "common/grpc_frame.h"

#include <assert.h>

#define FLAG_COMPRESSED 1

static uint32_t
prefix_length(const uint8_t *prefix)
{
	return (uint32_t)prefix[1] << 24 | (uint32_t)prefix[2] << 16 | (uint32_t)prefix[3] << 8 |
	       prefix[4];
}

static size_t
unread(const struct grpc_frame_reader *reader)
{
	return reader->pending.length - reader->consumed;
}

void
grpc_frame_reader_init(struct grpc_frame_reader *reader, size_t message_limit)
{
	*reader = (struct grpc_frame_reader){
	    .message_limit = message_limit,
	    .refused = GRPC_FRAME_MORE,
	};
}

void
grpc_frame_reader_free(struct grpc_frame_reader *reader)
{
	buf_free(&reader->pending);
	reader->consumed = 0;
}

void
grpc_frame_reader_feed(struct grpc_frame_reader *reader, const void *data, size_t length)
{
	bool taken;

	if (reader->refused != GRPC_FRAME_MORE)
		return;
	buf_consume(&reader->pending, reader->consumed);
	reader->consumed = 0;
	/* pending has no limit of its own: the prefix is checked before a body gathers. */
	taken = buf_append(&reader->pending, data, length);
	assert(taken);
}

static enum grpc_frame_result
refuse(struct grpc_frame_reader *reader, enum grpc_frame_result why)
{
	grpc_frame_reader_free(reader);
	reader->refused = why;
	return why;
}

enum grpc_frame_result
grpc_frame_reader_next(struct grpc_frame_reader *reader, const uint8_t **message, size_t *length)
{
	const uint8_t *frame;
	size_t body;

	if (reader->refused != GRPC_FRAME_MORE)
		return reader->refused;
	if (unread(reader) < GRPC_FRAME_PREFIX)
		return GRPC_FRAME_MORE;
	frame = reader->pending.data + reader->consumed;
	if (frame[0] == FLAG_COMPRESSED)
		return refuse(reader, GRPC_FRAME_COMPRESSED);
	if (frame[0] != 0)
		return refuse(reader, GRPC_FRAME_BAD_FLAG);
	body = prefix_length(frame);
	if (body > reader->message_limit)
		return refuse(reader, GRPC_FRAME_TOO_LARGE);
	if (unread(reader) - GRPC_FRAME_PREFIX < body)
		return GRPC_FRAME_MORE;
	*message = frame + GRPC_FRAME_PREFIX;
	*length = body;
	reader->consumed += GRPC_FRAME_PREFIX + body;
	return GRPC_FRAME_MESSAGE;
}

bool
grpc_frame_reader_partial(const struct grpc_frame_reader *reader)
{
	return unread(reader) > 0;
}

void
grpc_frame_prefix(uint8_t prefix[GRPC_FRAME_PREFIX], uint8_t flags, size_t length)
{
	assert(length <= UINT32_MAX);
	prefix[0] = flags;
	prefix[1] = (uint8_t)(length >> 24);
	prefix[2] = (uint8_t)(length >> 16);
	prefix[3] = (uint8_t)(length >> 8);
	prefix[4] = (uint8_t)length;
}
