/*
 * Who is on a practice's list: its size, its people by sex and age, and its need. A list is as long
 * as one of England and is made up like one of the practices in data/practice-populations.csv,
 * whose need goes with its ages.
 */
#ifndef PBC_DEPLOY_SAMPLE_POPULATION_H
#define PBC_DEPLOY_SAMPLE_POPULATION_H

#include <stddef.h>
#include <stdint.h>

#define POPULATION_SEXES 2  /* male, female */
#define POPULATION_BANDS 20 /* five years each, the last is 95 and over */
#define POPULATION_CELLS (POPULATION_SEXES * POPULATION_BANDS)

extern const char *const population_band_names[POPULATION_BANDS];

struct population {
	uint32_t patients;                 /* registered; the sum of people */
	uint32_t need_ppm;                 /* weighted per registered person */
	uint32_t people[POPULATION_CELLS]; /* men by band, then women */
};

/*
 * Fills lists[0] to lists[count - 1], always the same for a seed. The lists share out the whole
 * range of sizes, and apart from that of ages, evenly between them: each has one of count equal
 * parts of either range to itself.
 */
void population_draw(
    struct population *lists, size_t count, uint64_t seed, const char *data_folder);

#endif
