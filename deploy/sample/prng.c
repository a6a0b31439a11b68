/* splitmix64 (Steele, Lea, Flood 2014): passes BigCrush, and any 64-bit state may start it. */
#include "deploy/sample/prng.h"

#include <assert.h>

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void
prng_start(struct prng *prng, uint64_t seed, enum prng_stream stream, uint64_t index)
{
	uint64_t state = mix(seed + GOLDEN);

	state = mix(state ^ ((uint64_t)stream * GOLDEN));
	prng->state = mix(state ^ (index + GOLDEN));
}

uint64_t
prng_next(struct prng *prng)
{
	prng->state += GOLDEN;
	return mix(prng->state);
}

/* Multiply and shift: the bias is below 2^-32 times the bound, far under any rate planted here. */
uint32_t
prng_below(struct prng *prng, uint32_t bound)
{
	assert(bound > 0);
	return (uint32_t)(((prng_next(prng) >> 32) * bound) >> 32);
}

int
prng_between(struct prng *prng, int low, int high)
{
	assert(low <= high);
	return low + (int)prng_below(prng, (uint32_t)(high - low) + 1);
}

bool
prng_chance(struct prng *prng, uint32_t ppm)
{
	return prng_below(prng, 1000000) < ppm;
}

size_t
prng_weighted(struct prng *prng, const uint32_t *weights, size_t count)
{
	uint32_t total = 0;
	uint32_t draw;
	size_t i;

	for (i = 0; i < count; i++)
		total += weights[i];
	draw = prng_below(prng, total);
	for (i = 0; draw >= weights[i]; i++)
		draw -= weights[i];
	assert(i < count);
	return i;
}

int
prng_geometric(struct prng *prng, int mean, int cap)
{
	int value = 0;

	while (value < cap && prng_below(prng, (uint32_t)mean + 1) != 0)
		value++;
	return value;
}
