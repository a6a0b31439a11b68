/* Rules of the arena: alignment, the limit, and that what was handed out stays put. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "google/protobuf/timestamp.pb-c.h"

Test(arena, memory_is_aligned_to_16_and_counted_in_steps_of_16)
{
	struct arena *arena = arena_new(1024);
	static const struct {
		size_t size, counted;
	} cases[] = {{0, 16}, {1, 16}, {16, 16}, {17, 32}, {100, 112}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t before = arena_used(arena);
		void *memory = arena_alloc(arena, cases[i].size);

		cr_assert_not_null(memory);
		cr_expect_eq((uintptr_t)memory % 16, 0);
		cr_expect_eq(arena_used(arena) - before, cases[i].counted);
	}
	arena_free(arena);
}

Test(arena, limit_is_handed_out_in_full_and_not_passed)
{
	static const size_t limits[] = {16, 64, 8192, 8208, 100000};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct arena *arena = arena_new(limits[i]);

		cr_expect_null(arena_alloc(arena, limits[i] + 1));
		cr_expect_null(arena_alloc(arena, SIZE_MAX));
		cr_expect_eq(arena_used(arena), 0, "a refusal counts for nothing");
		for (size_t given = 0; given < limits[i]; given += 16)
			cr_assert_not_null(arena_alloc(arena, 16));
		cr_expect_null(arena_alloc(arena, 1));
		cr_expect_eq(arena_used(arena), limits[i]);
		arena_free(arena);
	}
}

Test(arena, blocks_of_every_size_keep_their_contents)
{
	enum { COUNT = 400 };
	struct arena *arena = arena_new(64 << 20);
	unsigned char *blocks[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		blocks[i] = arena_alloc(arena, i * 53);
		memset(blocks[i], (int)(i % 251), i * 53);
	}
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t at = 0; at < i * 53; at++)
			cr_assert_eq(blocks[i][at], i % 251);
	}
	arena_free(arena);
}

Test(arena, text_is_copied_and_cut_where_asked)
{
	struct arena *arena = arena_new(256);

	cr_expect_str_eq(arena_strdup(arena, "A81001"), "A81001");
	cr_expect_str_eq(arena_strndup(arena, "A81001", 3), "A81");
	cr_expect_str_eq(arena_strndup(arena, "A8\0xx", 5), "A8");
	cr_expect_str_eq(arena_printf(arena, "%s-%d", "op", 12), "op-12");
	cr_expect_str_eq(arena_strndup(arena, "A81001", 0), "");
	cr_expect_null(arena_printf(arena, "%300d", 1));
	arena_free(arena);
}

Test(arena, protobuf_unpacks_into_it_up_to_the_limit)
{
	/* seconds = 1185883200, as python3-protobuf writes it */
	static const uint8_t wire[] = {0x08, 0xc0, 0xc8, 0xbc, 0xb5, 0x04};
	struct arena *arena = arena_new(4096), *small = arena_new(16);
	Google__Protobuf__Timestamp *timestamp = google__protobuf__timestamp__unpack(
	    arena_protobuf_allocator(arena), sizeof(wire), wire);

	cr_assert_not_null(timestamp);
	cr_expect_eq(timestamp->seconds, 1185883200);
	cr_expect_geq(arena_used(arena), sizeof(*timestamp));
	cr_expect_null(google__protobuf__timestamp__unpack(
	    arena_protobuf_allocator(small), sizeof(wire), wire));
	arena_free(arena);
	arena_free(small);
}
