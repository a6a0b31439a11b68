/* Heap memory that is never NULL. */
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Allocates nothing, so that it works in the state it reports. */
void
memory_require(bool made)
{
	static const char message[] = "level=error event=out_of_memory\n";

	if (made)
		return;
	/* The process ends whether or not anyone can read why. */
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		abort();
	abort();
}

static void *
not_null(void *memory)
{
	memory_require(memory != NULL);
	return memory;
}

void *
memory_alloc(size_t size)
{
	return not_null(malloc(size > 0 ? size : 1));
}

void *
memory_calloc(size_t count, size_t size)
{
	return not_null(count > 0 && size > 0 ? calloc(count, size) : calloc(1, 1));
}

void *
memory_realloc(void *memory, size_t size)
{
	return not_null(realloc(memory, size > 0 ? size : 1));
}

char *
memory_strdup(const char *text)
{
	return not_null(strdup(text));
}
