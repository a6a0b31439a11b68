/* Growth of the tables of slots; SipHash, which libsodium keeps for short keys of hash tables. */
#include "server/job/slots.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "common/memory.h"

#define SLOTS_FIRST 1024

static_assert(SLOTS_KEY_SIZE == crypto_shorthash_KEYBYTES, "a key is a key of SipHash");

void
slots_init(struct slots *slots)
{
	bool ready = sodium_init() >= 0;

	assert(ready);
	*slots = (struct slots){0};
	crypto_shorthash_keygen(slots->key);
}

uint32_t
slots_hash(const struct slots *slots, const void *thing, size_t length)
{
	unsigned char bytes[crypto_shorthash_BYTES];
	uint32_t hash;

	crypto_shorthash(bytes, thing, length, slots->key);
	memcpy(&hash, bytes, sizeof(hash));
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
	slots->slots = NULL;
	slots->size = slots->count = 0;
}
