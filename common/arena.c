/* An arena: chunks in a list, memory handed out from the newest, all freed together. */
#include "common/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define ARENA_ALIGNMENT 16
/* The first chunk is one that malloc keeps at hand; most calls need no second. */
#define ARENA_CHUNK_FIRST 960
#define ARENA_CHUNK_LARGEST 15360

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	_Alignas(ARENA_ALIGNMENT) unsigned char data[];
};

struct arena {
	struct chunk *newest;
	size_t limit;
	size_t used;
	ProtobufCAllocator allocator;
};

static void *
protobuf_alloc(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void
protobuf_free(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

struct arena *
arena_new(size_t limit)
{
	struct arena *arena = memory_calloc(1, sizeof(*arena));

	arena->limit = limit;
	arena->allocator.alloc = protobuf_alloc;
	arena->allocator.free = protobuf_free;
	arena->allocator.allocator_data = arena;
	return arena;
}

void
arena_free(struct arena *arena)
{
	struct chunk *chunk, *next;

	if (arena == NULL)
		return;
	for (chunk = arena->newest; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

static size_t
next_chunk_size(const struct arena *arena)
{
	size_t size = arena->newest == NULL ? ARENA_CHUNK_FIRST : 2 * arena->newest->size;

	return size < ARENA_CHUNK_LARGEST ? size : ARENA_CHUNK_LARGEST;
}

/* Memory for size bytes that the newest chunk has no room for. */
static void *
alloc_from_new_chunk(struct arena *arena, size_t size)
{
	size_t usual = next_chunk_size(arena);
	size_t data_size = size > usual ? size : usual;
	struct chunk *chunk = malloc(sizeof(*chunk) + data_size);

	if (chunk == NULL)
		return NULL;
	chunk->size = data_size;
	chunk->used = size;
	/* A large block gets a chunk of its own; the chunk that still has room stays the newest. */
	if (size > usual / 2 && arena->newest != NULL) {
		chunk->next = arena->newest->next;
		arena->newest->next = chunk;
	} else {
		chunk->next = arena->newest;
		arena->newest = chunk;
	}
	return chunk->data;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->newest;
	void *memory;

	if (size == 0)
		size = 1;
	if (size > arena->limit - arena->used)
		return NULL;
	size = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
	if (size > arena->limit - arena->used)
		return NULL;
	if (chunk != NULL && size <= chunk->size - chunk->used) {
		memory = chunk->data + chunk->used;
		chunk->used += size;
	} else {
		memory = alloc_from_new_chunk(arena, size);
		if (memory == NULL)
			return NULL;
	}
	arena->used += size;
	return memory;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *
arena_strndup(struct arena *arena, const char *text, size_t length)
{
	size_t copied = strnlen(text, length);
	char *copy = arena_alloc(arena, copied + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, copied);
	copy[copied] = '\0';
	return copy;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text = NULL;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(length >= 0);
	text = arena_alloc(arena, (size_t)length + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}

ProtobufCAllocator *
arena_protobuf_allocator(struct arena *arena)
{
	return &arena->allocator;
}
