/* The two clocks: one that only moves forward, and the wall's for log lines. */
#include "common/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

int64_t
clock_monotonic_us(void)
{
	struct timespec now;
	int failed = clock_gettime(CLOCK_MONOTONIC, &now);

	assert(failed == 0);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

void
clock_wall_text(char text[25])
{
	struct timespec now;
	struct tm utc;
	size_t length;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 || gmtime_r(&now.tv_sec, &utc) == NULL) {
		now = (struct timespec){0};
		utc = (struct tm){.tm_year = 70, .tm_mday = 1};
	}
	length = strftime(text, 25, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + length, 25 - length, ".%03uZ", (unsigned)(now.tv_nsec / 1000000) % 1000);
}
