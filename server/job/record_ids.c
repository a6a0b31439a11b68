/* A hash of ids whose entries come from blocks, so that a million rows are not a million mallocs.
 */
#include "server/job/record_ids.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"
#include "server/job/activity_record.h"

#define BLOCK_ENTRIES 1024

struct entry {
	UT_hash_handle hh;
	char id[ACTIVITY_RECORD_ID_MAX + 1];
};

struct block {
	struct block *next;
	size_t used;
	struct entry entries[BLOCK_ENTRIES];
};

struct record_ids {
	struct entry *by_id;
	struct block *blocks;
};

struct record_ids *
record_ids_new(void)
{
	return memory_calloc(1, sizeof(struct record_ids));
}

void
record_ids_free(struct record_ids *ids)
{
	struct block *block, *next;

	if (ids == NULL)
		return;
	HASH_CLEAR(hh, ids->by_id);
	for (block = ids->blocks; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(ids);
}

bool
record_ids_add(struct record_ids *ids, const char *id)
{
	size_t length = strlen(id);
	struct entry *entry;
	unsigned hash;

	assert(length <= ACTIVITY_RECORD_ID_MAX);
	HASH_VALUE(id, length, hash);
	HASH_FIND_BYHASHVALUE(hh, ids->by_id, id, length, hash, entry);
	if (entry != NULL)
		return false;
	if (ids->blocks == NULL || ids->blocks->used == BLOCK_ENTRIES) {
		struct block *block = memory_alloc(sizeof(*block));

		block->used = 0;
		block->next = ids->blocks;
		ids->blocks = block;
	}
	entry = &ids->blocks->entries[ids->blocks->used++];
	memcpy(entry->id, id, length + 1);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, ids->by_id, entry->id, length, hash, entry);
	return true;
}
