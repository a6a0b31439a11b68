/*
 * Heap for what the process cannot do without: never NULL, no memory ends the process. free()
 * releases. So it is with libraries: one that takes an allocator gets these (jansson, libevent,
 * nghttp2's server, libcsv), and what another makes passes memory_require, unless its failure is
 * that of a connection or a file and ends that.
 */
#ifndef PBC_COMMON_MEMORY_H
#define PBC_COMMON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *memory_alloc(size_t size);
/* Zeroed; a product of count and size that passes size_t ends the process too. */
void *memory_calloc(size_t count, size_t size);
void *memory_realloc(void *memory, size_t size);
char *memory_strdup(const char *text);
/* Of a call that fails only for want of memory, whether it did its work. */
void memory_require(bool made);

#endif
