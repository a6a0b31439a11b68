/* Ids one after another in blocks; slots say where. */
#include "server/job/record_ids.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "server/job/activity_record.h"
#include "server/job/slots.h"

#define BLOCK_BYTES (1U << 20)

struct record_ids {
	char **blocks;
	size_t block_count;
	size_t block_used;  /* bytes of the last one */
	struct slots slots; /* of places in the blocks */
};

struct record_ids *
record_ids_new(void)
{
	struct record_ids *ids = memory_calloc(1, sizeof(*ids));

	ids->block_used = BLOCK_BYTES;
	slots_init(&ids->slots);
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
	slots_free(&ids->slots);
	free(ids);
}

static const char *
id_at(const struct record_ids *ids, uint32_t place)
{
	return ids->blocks[place / BLOCK_BYTES] + place % BLOCK_BYTES;
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
	return (uint32_t)at;
}

static bool
has_id(const struct record_ids *ids, const char *id, uint32_t hash)
{
	size_t at = hash;
	uint32_t place;

	while (slots_next(&ids->slots, hash, &at, &place))
		if (strcmp(id_at(ids, place), id) == 0)
			return true;
	return false;
}

bool
record_ids_has(const struct record_ids *ids, const char *id)
{
	return has_id(ids, id, slots_hash(&ids->slots, id, strlen(id)));
}

bool
record_ids_add(struct record_ids *ids, const char *id)
{
	size_t length = strlen(id);
	uint32_t hash = slots_hash(&ids->slots, id, length);

	assert(length <= ACTIVITY_RECORD_ID_MAX && ids->slots.count < RECORD_IDS_MAX);
	if (has_id(ids, id, hash))
		return false;
	slots_put(&ids->slots, hash, keep_id(ids, id, length + 1));
	return true;
}
