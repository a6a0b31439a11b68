/*
 * Preloaded into pbc-jobd by tests: kill -9 of the process when it begins to parse line
 * KILL_AT_LINE of CSV, counted over all that it reads. The reader looks for a quote in each line
 * first, and nothing else in the program looks for one.
 */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void
count_line(void)
{
	static long line, last;

	if (last == 0) {
		assert(getenv("KILL_AT_LINE") != NULL);
		last = strtol(getenv("KILL_AT_LINE"), NULL, 10);
	}
	if (++line == last)
		raise(SIGKILL);
}

void *
memchr(const void *data, int byte, size_t length)
{
	const unsigned char *at = data, *end = at + length;

	if (byte == '"')
		count_line();
	while (at < end && *at != (unsigned char)byte)
		at++;
	return at < end ? (void *)at : NULL;
}
