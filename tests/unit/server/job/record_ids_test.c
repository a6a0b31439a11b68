/* Ids seen: twice is twice, however many there are. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "server/job/record_ids.h"

Test(record_ids, second_of_the_same_is_found_among_many)
{
	struct record_ids *ids = record_ids_new();
	char id[36];
	int i;

	for (i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "RXA-%d", i);
		cr_assert_not(record_ids_has(ids, id));
		cr_assert(record_ids_add(ids, id));
		cr_assert(record_ids_has(ids, id));
	}
	for (i = 0; i < 20000; i += 997) {
		snprintf(id, sizeof(id), "RXA-%d", i);
		cr_assert_not(record_ids_add(ids, id));
	}
	cr_assert(record_ids_add(ids, "RXA-20000"));
	record_ids_free(ids);
}

Test(record_ids, prefix_and_case_are_other_ids)
{
	struct record_ids *ids = record_ids_new();

	cr_assert(record_ids_add(ids, "AB"));
	cr_assert(record_ids_add(ids, "A"));
	cr_assert(record_ids_add(ids, "ab"));
	cr_assert_not(record_ids_add(ids, "A"));
	cr_assert(record_ids_add(ids, "12345678901234567890123456789012345"));
	record_ids_free(ids);
}
