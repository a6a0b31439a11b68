/* Edit distance with swaps, and the nearest candidate by it. */
#include "client/cli/suggest.h"

#include <stddef.h>
#include <string.h>

#define WORD_LIMIT 64

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
suggest_distance(const char *a, const char *b)
{
	size_t a_length = strnlen(a, WORD_LIMIT - 1);
	size_t b_length = strnlen(b, WORD_LIMIT - 1);
	unsigned rows[3][WORD_LIMIT];
	unsigned *before = rows[0];
	unsigned *last = rows[1];
	unsigned *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *freed = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = least(
			    least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = freed;
	}
	return last[b_length];
}

void
suggest_try(struct suggestion *suggestion, const char *candidate)
{
	unsigned distance = suggest_distance(suggestion->word, candidate);
	size_t length = strlen(suggestion->word);
	unsigned allowed = length / 3 < 2 ? (unsigned)(length / 3) : 2;

	/* Someone who stopped typing meant the rest of the word. */
	if (length >= 2 && strncmp(candidate, suggestion->word, length) == 0)
		distance = 0;
	if (distance > (allowed > 0 ? allowed : 1) ||
	    (suggestion->best != NULL && distance >= suggestion->distance))
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}
