/* Memory of one call: many small allocations, one free. Not thread-safe. */
#ifndef PBC_COMMON_ARENA_H
#define PBC_COMMON_ARENA_H

#include <stddef.h>
#include <protobuf-c/protobuf-c.h>

struct arena;

/*
 * limit is the most bytes it will ever hand out (a request's quota). Never NULL: out of memory at
 * creation ends the process.
 */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);

/*
 * Aligned to 16; contents undefined. NULL once the limit would be passed or memory is short: the
 * caller answers RESOURCE_EXHAUSTED.
 */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes handed out, each allocation rounded up to 16. */
size_t arena_used(const struct arena *arena);

/* For protobuf_c_message_unpack; its free is a no-op. Valid as long as the arena. */
ProtobufCAllocator *arena_protobuf_allocator(struct arena *arena);

#endif
