/*
 * gRPC frames: pieces of any size give what a plain walk over the whole gives. The first byte is
 * the size of the pieces.
 */
#include <assert.h>
#include <string.h>

#include "common/grpc_frame.h"
#include "tests/fuzz/fuzz.h"

#define MESSAGE_LIMIT 200

/* Where the plain walk stands, and what it said. */
struct walk {
	const uint8_t *at, *end;
};

static enum grpc_frame_result
walk_next(struct walk *walk, const uint8_t **message, size_t *length)
{
	size_t left = (size_t)(walk->end - walk->at), body;

	if (left < 5)
		return GRPC_FRAME_MORE;
	if (walk->at[0] > 0)
		return walk->at[0] == 1 ? GRPC_FRAME_COMPRESSED : GRPC_FRAME_BAD_FLAG;
	body = ((walk->at[1] * 256u + walk->at[2]) * 256u + walk->at[3]) * 256u + walk->at[4];
	if (body > MESSAGE_LIMIT)
		return GRPC_FRAME_TOO_LARGE;
	if (left < 5 + body)
		return GRPC_FRAME_MORE;
	*message = walk->at + 5;
	*length = body;
	walk->at += 5 + body;
	return GRPC_FRAME_MESSAGE;
}

/* Takes every message the reader has and compares each with the walk's; returns what ended that. */
static enum grpc_frame_result
take_messages(struct grpc_frame_reader *reader, struct walk *walk)
{
	enum grpc_frame_result result;
	const uint8_t *message, *expected = NULL;
	size_t length, expected_length = 0;

	while ((result = grpc_frame_reader_next(reader, &message, &length)) == GRPC_FRAME_MESSAGE) {
		assert(walk_next(walk, &expected, &expected_length) == GRPC_FRAME_MESSAGE);
		assert(length == expected_length);
		assert(memcmp(message, expected, length) == 0);
	}
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grpc_frame_reader reader;
	struct walk walk = {.at = data + 1, .end = data + size};
	enum grpc_frame_result result = GRPC_FRAME_MORE;
	const uint8_t *message;
	size_t piece, length;

	if (size < 2)
		return 0;
	piece = data[0] % 32u + 1;
	grpc_frame_reader_init(&reader, MESSAGE_LIMIT);
	for (size_t at = 1; at < size; at += piece) {
		grpc_frame_reader_feed(&reader, data + at, size - at < piece ? size - at : piece);
		result = take_messages(&reader, &walk);
		assert(reader.pending.length <= MESSAGE_LIMIT + GRPC_FRAME_PREFIX + piece);
	}
	assert(walk_next(&walk, &message, &length) == result);
	assert(grpc_frame_reader_partial(&reader) ==
	       (result == GRPC_FRAME_MORE && walk.at < walk.end));
	grpc_frame_reader_free(&reader);
	return 0;
}
