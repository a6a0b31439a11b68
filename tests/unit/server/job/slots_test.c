/* Numbers under hashes: each is found under its own, however many share it or the table's end. */
#include <criterion/criterion.h>

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
	struct slots slots = {0};

	cr_expect_eq(count_under(&slots, 7, 0), 0);
	slots_free(&slots);
}

Test(slots, each_number_is_found_once_under_its_own_hash_while_the_table_grows)
{
	struct slots slots = {0};
	uint32_t i;

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

Test(slots, equal_keys_have_equal_hashes)
{
	static const char keys[] = "P87001P87001P87002";

	cr_expect_eq(slots_hash(keys, 6), slots_hash(keys + 6, 6));
	cr_expect_neq(slots_hash(keys, 6), slots_hash(keys + 12, 6));
}
