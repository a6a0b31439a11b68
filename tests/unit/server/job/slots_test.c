/* Numbers under hashes: each is found under its own, however many share it or the table's end. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "server/job/slots.h"

static size_t
count_under(const struct slots *slots, uint32_t hash, uint32_t wanted)
{
	size_t at = hash, found = 0;
	uint32_t number;

	while (slots_next(slots, hash, &at, &number))
		found += number == wanted;
	return found;
}

Test(slots, nothing_is_found_in_an_empty_table)
{
	struct slots slots;

	slots_init(&slots);
	cr_expect_eq(count_under(&slots, 7, 0), 0);
	slots_free(&slots);
}

Test(slots, each_number_is_found_once_under_its_own_hash_while_the_table_grows)
{
	struct slots slots;
	uint32_t i;

	slots_init(&slots);
	/* 64 numbers to a hash; UINT32_MAX - i wraps around the end of any table. */
	for (i = 0; i < 20000; i++)
		slots_put(&slots, UINT32_MAX - i / 64, i);
	for (i = 0; i < 20000; i++) {
		cr_assert_eq(count_under(&slots, UINT32_MAX - i / 64, i), 1);
		cr_assert_eq(count_under(&slots, UINT32_MAX - i / 64 - 1000, i), 0);
	}
	slots_free(&slots);
	cr_expect_eq(count_under(&slots, UINT32_MAX, 0), 0);
}

Test(slots, a_table_that_was_emptied_is_used_again)
{
	struct slots slots;
	uint32_t hash;

	slots_init(&slots);
	hash = slots_hash(&slots, "RXA-1", 5);
	slots_put(&slots, hash, 1);
	slots_free(&slots);
	cr_expect_eq(slots_hash(&slots, "RXA-1", 5), hash);
	cr_expect_eq(count_under(&slots, hash, 1), 0);
	slots_put(&slots, hash, 2);
	cr_expect_eq(count_under(&slots, hash, 2), 1);
	slots_free(&slots);
}

Test(slots, equal_things_have_equal_hashes)
{
	static const char things[] = "P87001P87001P87002";
	struct slots slots;

	slots_init(&slots);
	cr_expect_eq(slots_hash(&slots, things, 6), slots_hash(&slots, things + 6, 6));
	cr_expect_neq(slots_hash(&slots, things, 6), slots_hash(&slots, things + 12, 6));
}

/* The key of the algorithm's publication, 00 to 0f, and its hashes of "", 00 and 00 01. */
Test(slots, hash_is_siphash)
{
	static const uint8_t bytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	static const uint32_t published[] = {0x310e0edd, 0xfd67dc93, 0x5a4fa9d9};
	struct slots slots = {0};

	memcpy(slots.key, bytes, sizeof(slots.key));
	for (size_t length = 0; length < 3; length++)
		cr_expect_eq(slots_hash(&slots, bytes, length), htonl(published[length]));
}

Test(slots, what_shares_a_hash_in_one_table_does_not_in_another)
{
	struct slots one, other;
	size_t same = 0;

	slots_init(&one);
	slots_init(&other);
	for (uint32_t i = 0; i < 1000; i++)
		same += slots_hash(&one, &i, sizeof(i)) == slots_hash(&other, &i, sizeof(i));
	cr_expect_lt(same, 3);
}
