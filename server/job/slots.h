/*
 * An open hash table of numbers, for owners that keep their things in arrays: it tells which
 * numbers were put under a hash, and the owner compares the things. Linear probing; slots keep the
 * hash, so that neither growth nor most misses touch a thing. A row of an import asks several of
 * these tables, and it is the memory that is touched which costs.
 */
#ifndef PBC_SERVER_JOB_SLOTS_H
#define PBC_SERVER_JOB_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slot {
	uint32_t hash;
	uint32_t mark; /* the number plus one; 0 is free */
};

/* Zero-initialised is empty. 8 bytes a slot, of which at most three quarters are used. */
struct slots {
	struct slot *slots; /* owned */
	size_t size;        /* a power of two; 0 before the first */
	size_t count;
};

uint32_t slots_hash(const void *key, size_t length);

/* number is less than UINT32_MAX. */
void slots_put(struct slots *slots, uint32_t hash, uint32_t number);
void slots_free(struct slots *slots);

/*
 * Gives the numbers under a hash one by one, and false when there is no more. *at is the hash at
 * first and is not the caller's to change; a put ends the search.
 */
static inline bool
slots_next(const struct slots *slots, uint32_t hash, size_t *at, uint32_t *number)
{
	size_t mask = slots->size - 1;

	if (slots->size == 0)
		return false;
	for (;;) {
		const struct slot *slot = &slots->slots[*at & mask];

		if (slot->mark == 0)
			return false;
		++*at;
		if (slot->hash == hash) {
			*number = slot->mark - 1;
			return true;
		}
	}
}

#endif
