/*
 * Heap for what the process cannot do without: never NULL, no memory ends the process. free()
 * releases. Each program gives memory_alloc to jansson, so that no JSON is cut short by want of it.
 */
#ifndef PBC_COMMON_MEMORY_H
#define PBC_COMMON_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t size);
/* Zeroed; a product of count and size that passes size_t ends the process too. */
void *memory_calloc(size_t count, size_t size);
void *memory_realloc(void *memory, size_t size);
char *memory_strdup(const char *text);

#endif
