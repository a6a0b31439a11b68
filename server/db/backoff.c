/* How long to wait before trying again. */
#include "server/db/backoff.h"

#include <stdlib.h>
#include <sys/random.h>

int
db_backoff_ms(int failures, int max_ms, uint32_t random)
{
	int wait_ms = DB_BACKOFF_FIRST_MS;

	while (failures-- > 0 && wait_ms < max_ms)
		wait_ms *= 2;
	if (wait_ms > max_ms)
		wait_ms = max_ms;
	return wait_ms - (int)(random % (uint32_t)(wait_ms / 2 + 1));
}

uint64_t
db_random(void)
{
	uint64_t value;

	/*
	 * Up to 256 bytes are never cut short once the kernel's pool is seeded, long before a
	 * service starts.
	 */
	if (getrandom(&value, sizeof(value), 0) != (ssize_t)sizeof(value))
		abort();
	return value;
}
