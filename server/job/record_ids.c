/* Linear probing; slots keep the hash, so that neither growth nor most misses touch an id. */
#include "server/job/record_ids.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"
#include "server/job/activity_record.h"

#define BLOCK_BYTES (1U << 20)
#define SLOTS_FIRST 4096 /* always a power of two, at most three quarters used */

struct slot {
	uint32_t hash;
	uint32_t place; /* of the id in the blocks, plus one; 0 is free */
};

struct record_ids {
	char **blocks;
	size_t block_count;
	size_t block_used; /* bytes of the last one */
	struct slot *slots;
	size_t slot_count;
	size_t count;
};

struct record_ids *
record_ids_new(void)
{
	struct record_ids *ids = memory_calloc(1, sizeof(*ids));

	ids->block_used = BLOCK_BYTES;
	ids->slot_count = SLOTS_FIRST;
	ids->slots = memory_calloc(ids->slot_count, sizeof(*ids->slots));
	return ids;
}

void
record_ids_free(struct record_ids *ids)
{
	size_t i;

	if (ids == NULL)
		return;
	for (i = 0; i < ids->block_count; i++)
		free(ids->blocks[i]);
	free(ids->blocks);
	free(ids->slots);
	free(ids);
}

static const char *
id_at(const struct record_ids *ids, uint32_t place)
{
	return ids->blocks[(place - 1) / BLOCK_BYTES] + (place - 1) % BLOCK_BYTES;
}

/* Copies the id, never over the end of a block. */
static uint32_t
keep_id(struct record_ids *ids, const char *id, size_t size)
{
	size_t at;

	if (BLOCK_BYTES - ids->block_used < size) {
		ids->blocks =
		    memory_realloc(ids->blocks, (ids->block_count + 1) * sizeof(*ids->blocks));
		ids->blocks[ids->block_count++] = memory_alloc(BLOCK_BYTES);
		ids->block_used = 0;
	}
	at = (ids->block_count - 1) * BLOCK_BYTES + ids->block_used;
	assert(at < UINT32_MAX);
	memcpy(ids->blocks[ids->block_count - 1] + ids->block_used, id, size);
	ids->block_used += size;
	return (uint32_t)at + 1;
}

static void
grow(struct record_ids *ids)
{
	struct slot *old = ids->slots;
	size_t old_count = ids->slot_count, i, at;

	ids->slot_count *= 2;
	ids->slots = memory_calloc(ids->slot_count, sizeof(*ids->slots));
	for (i = 0; i < old_count; i++) {
		if (old[i].place == 0)
			continue;
		at = old[i].hash & (ids->slot_count - 1);
		while (ids->slots[at].place != 0)
			at = (at + 1) & (ids->slot_count - 1);
		ids->slots[at] = old[i];
	}
	free(old);
}

/* Where the id is, or the free slot where it would go. */
static size_t
find_slot(const struct record_ids *ids, const char *id, uint32_t hash)
{
	size_t at = hash & (ids->slot_count - 1);

	while (ids->slots[at].place != 0 &&
	       (ids->slots[at].hash != hash || strcmp(id_at(ids, ids->slots[at].place), id) != 0))
		at = (at + 1) & (ids->slot_count - 1);
	return at;
}

bool
record_ids_has(const struct record_ids *ids, const char *id)
{
	uint32_t hash;

	HASH_VALUE(id, strlen(id), hash);
	return ids->slots[find_slot(ids, id, hash)].place != 0;
}

bool
record_ids_add(struct record_ids *ids, const char *id)
{
	size_t length = strlen(id), at;
	uint32_t hash;

	assert(length <= ACTIVITY_RECORD_ID_MAX && ids->count < RECORD_IDS_MAX);
	HASH_VALUE(id, length, hash);
	at = find_slot(ids, id, hash);
	if (ids->slots[at].place != 0)
		return false;
	ids->slots[at] = (struct slot){hash, keep_id(ids, id, length + 1)};
	ids->count++;
	if (ids->count > ids->slot_count / 4 * 3)
		grow(ids);
	return true;
}
