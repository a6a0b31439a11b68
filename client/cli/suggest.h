/* The word a user may have meant. */
#ifndef PBC_CLIENT_CLI_SUGGEST_H
#define PBC_CLIENT_CLI_SUGGEST_H

/*
 * The number of letters put in, left out, changed or swapped with a neighbour (optimal string
 * alignment). Only the first 63 bytes of each count.
 */
unsigned suggest_distance(const char *a, const char *b);

/* Gathers the nearest of many candidates to a word. Start with best NULL. */
struct suggestion {
	const char *word;
	const char *best; /* NULL while none is near: by a third of the letters, two at most */
	unsigned distance;
};

void suggest_try(struct suggestion *suggestion, const char *candidate);

#endif
