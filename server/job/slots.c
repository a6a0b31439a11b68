/* Growth of the tables of slots. */
#include "server/job/slots.h"

#include <assert.h>
#include <stdlib.h>
#include <uthash.h>

#include "common/memory.h"

#define SLOTS_FIRST 1024

uint32_t
slots_hash(const void *key, size_t length)
{
	uint32_t hash;

	HASH_VALUE(key, length, hash);
	return hash;
}

static void
place(struct slots *slots, struct slot slot)
{
	size_t at = slot.hash;

	while (slots->slots[at & (slots->size - 1)].mark != 0)
		at++;
	slots->slots[at & (slots->size - 1)] = slot;
}

static void
grow(struct slots *slots)
{
	struct slot *old = slots->slots;
	size_t old_size = slots->size, i;

	slots->size = old_size > 0 ? old_size * 2 : SLOTS_FIRST;
	slots->slots = memory_calloc(slots->size, sizeof(*slots->slots));
	for (i = 0; i < old_size; i++)
		if (old[i].mark != 0)
			place(slots, old[i]);
	free(old);
}

void
slots_put(struct slots *slots, uint32_t hash, uint32_t number)
{
	assert(number < UINT32_MAX);
	if (slots->count == slots->size / 4 * 3)
		grow(slots);
	place(slots, (struct slot){hash, number + 1});
	slots->count++;
}

void
slots_free(struct slots *slots)
{
	free(slots->slots);
	*slots = (struct slots){0};
}
