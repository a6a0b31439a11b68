/*
 * Deterministic random numbers from integers only, so that a seed gives the same bytes with every
 * compiler. Each thing drawn (a person, a person's year, a file's errors) has a generator of its
 * own, keyed by stream and index: what one draws never moves another. Draw at most once in an
 * expression: compilers differ in the order in which they evaluate arguments.
 */
#ifndef PBC_DEPLOY_SAMPLE_PRNG_H
#define PBC_DEPLOY_SAMPLE_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t state;
};

enum prng_stream {
	PRNG_PRACTICE = 1,
	PRNG_PERSON,
	PRNG_NUMBER,
	PRNG_YEAR_2016,
	PRNG_YEAR_2017,
	PRNG_PLANT,
	PRNG_FLEX,
	PRNG_INVOICE,
	PRNG_PARTS,
};

void prng_start(struct prng *prng, uint64_t seed, enum prng_stream stream, uint64_t index);
uint64_t prng_next(struct prng *prng);
/* 0 to bound - 1; bound is not 0. */
uint32_t prng_below(struct prng *prng, uint32_t bound);
/* low to high, both included. */
int prng_between(struct prng *prng, int low, int high);
bool prng_chance(struct prng *prng, uint32_t ppm);
/* An index drawn in proportion to weights, whose sum is not 0 and fits 32 bits. */
size_t prng_weighted(struct prng *prng, const uint32_t *weights, size_t count);
/* Geometric with the given mean, cut at cap: many short, few long. */
int prng_geometric(struct prng *prng, int mean, int cap);

#endif
