/* gRPC frames out of bytes in any pieces, and what is refused before its body is kept. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/grpc_frame.h"

#define LIMIT 300

/* Three messages: "abc", nothing, 300 bytes. */
static size_t
sample(uint8_t bytes[512])
{
	static const uint8_t head[] = {0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 1, 44};

	memcpy(bytes, head, sizeof(head));
	memset(bytes + sizeof(head), 'x', 300);
	return sizeof(head) + 300;
}

Test(grpc_frame, pieces_of_every_size_give_the_same_messages)
{
	uint8_t bytes[512];
	size_t total = sample(bytes);

	for (size_t piece = 1; piece <= total; piece++) {
		struct grpc_frame_reader reader;
		size_t lengths[4], count = 0;

		grpc_frame_reader_init(&reader, LIMIT);
		for (size_t at = 0; at < total; at += piece) {
			size_t take = total - at < piece ? total - at : piece;
			const uint8_t *message;
			size_t length;

			grpc_frame_reader_feed(&reader, bytes + at, take);
			while (grpc_frame_reader_next(&reader, &message, &length) ==
			       GRPC_FRAME_MESSAGE) {
				cr_assert_lt(count, 3);
				if (count == 0)
					cr_assert_eq(memcmp(message, "abc", 3), 0);
				if (count == 2)
					cr_assert_eq(memcmp(message, bytes + total - 300, 300), 0);
				lengths[count++] = length;
			}
		}
		cr_assert_eq(count, 3, "piece %zu", piece);
		cr_expect(lengths[0] == 3 && lengths[1] == 0 && lengths[2] == 300);
		cr_expect_not(grpc_frame_reader_partial(&reader));
		grpc_frame_reader_free(&reader);
	}
}

Test(grpc_frame, a_truncated_frame_is_partial)
{
	uint8_t bytes[512];

	sample(bytes);
	for (size_t cut = 0; cut < 8; cut++) {
		struct grpc_frame_reader reader;
		const uint8_t *message;
		size_t length;

		grpc_frame_reader_init(&reader, LIMIT);
		grpc_frame_reader_feed(&reader, bytes, cut);
		cr_expect_eq(grpc_frame_reader_next(&reader, &message, &length), GRPC_FRAME_MORE);
		cr_expect_eq(grpc_frame_reader_partial(&reader), cut > 0);
		grpc_frame_reader_free(&reader);
	}
}

Test(grpc_frame, refusals_come_with_the_prefix_and_are_final)
{
	static const struct {
		uint8_t prefix[GRPC_FRAME_PREFIX];
		enum grpc_frame_result result;
	} cases[] = {
	    {{0, 0, 0, 1, 45}, GRPC_FRAME_TOO_LARGE},
	    {{0, 0xff, 0xff, 0xff, 0xff}, GRPC_FRAME_TOO_LARGE},
	    {{1, 0, 0, 0, 3}, GRPC_FRAME_COMPRESSED},
	    {{1, 0xff, 0xff, 0xff, 0xff}, GRPC_FRAME_COMPRESSED},
	    {{2, 0, 0, 0, 3}, GRPC_FRAME_BAD_FLAG},
	    {{0x80, 0, 0, 0, 3}, GRPC_FRAME_BAD_FLAG},
	    {{0xff, 0, 0, 0, 0}, GRPC_FRAME_BAD_FLAG},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const uint8_t body[1000];
		struct grpc_frame_reader reader;
		const uint8_t *message;
		size_t length;

		grpc_frame_reader_init(&reader, LIMIT);
		grpc_frame_reader_feed(&reader, cases[i].prefix, 4);
		cr_expect_eq(grpc_frame_reader_next(&reader, &message, &length), GRPC_FRAME_MORE);
		grpc_frame_reader_feed(&reader, cases[i].prefix + 4, 1);
		cr_expect_eq(grpc_frame_reader_next(&reader, &message, &length), cases[i].result);
		grpc_frame_reader_feed(&reader, body, sizeof(body));
		cr_expect_eq(reader.pending.length, 0, "the body is not kept");
		cr_expect_eq(grpc_frame_reader_next(&reader, &message, &length), cases[i].result);
		cr_expect_not(grpc_frame_reader_partial(&reader));
		grpc_frame_reader_free(&reader);
	}
}

Test(grpc_frame, limit_itself_is_taken)
{
	static const uint8_t prefix[] = {0, 0, 0, 1, 44};
	static const uint8_t body[LIMIT];
	struct grpc_frame_reader reader;
	const uint8_t *message;
	size_t length;

	grpc_frame_reader_init(&reader, LIMIT);
	grpc_frame_reader_feed(&reader, prefix, sizeof(prefix));
	grpc_frame_reader_feed(&reader, body, sizeof(body));
	cr_expect_eq(grpc_frame_reader_next(&reader, &message, &length), GRPC_FRAME_MESSAGE);
	cr_expect_eq(length, LIMIT);
	grpc_frame_reader_free(&reader);
}

Test(grpc_frame, prefix_is_flag_and_big_endian_length)
{
	static const uint8_t expected[GRPC_FRAME_PREFIX] = {0x80, 0x01, 0x02, 0x03, 0x04};
	uint8_t prefix[GRPC_FRAME_PREFIX];

	grpc_frame_prefix(prefix, 0x80, 0x01020304);
	cr_expect_eq(memcmp(prefix, expected, sizeof(prefix)), 0);
}
