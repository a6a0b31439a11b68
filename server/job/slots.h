/*
 * An open hash table of numbers, for owners that keep their things in arrays: it tells which
 * numbers were put under a hash, and the owner compares the things. Linear probing; slots keep the
 * hash, so that neither growth nor most misses touch a thing. A row of an import asks several of
 * these tables, and it is the memory that is touched which costs.
 *
 * Keys are what a provider wrote, so the hash has a key of each table's own that nobody can know:
 * without one, ids made to share a hash would make a search of each of them a walk past all.
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

#define SLOTS_KEY_SIZE 16

/* 8 bytes a slot, of which at most three quarters are used. */
struct slots {
	struct slot *slots; /* owned */
	size_t size;        /* a power of two; 0 before the first */
	size_t count;
	uint8_t key[SLOTS_KEY_SIZE];
};

/* Empty, with a key drawn from the kernel's randomness. */
void slots_init(struct slots *slots);

/* Of this table: another's hash of the same thing is another. */
uint32_t slots_hash(const struct slots *slots, const void *thing, size_t length);

/* number is less than UINT32_MAX. */
void slots_put(struct slots *slots, uint32_t hash, uint32_t number);
/* Leaves it empty with its key, to be used again. */
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
