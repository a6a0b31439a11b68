/* Drawing lists from published ones. */
#include "deploy/sample/population.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"
#include "deploy/sample/data.h"
#include "deploy/sample/out.h"
#include "deploy/sample/prng.h"

#define COMPOSITIONS_MAX 512
/* What the people of a composition add up to. */
#define COMPOSITION_WHOLE 100000
#define NEED_PPM_MAX 10000000

const char *const population_band_names[POPULATION_BANDS] = {"0-4", "5-9", "10-14", "15-19",
    "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59", "60-64", "65-69",
    "70-74", "75-79", "80-84", "85-89", "90-94", "95+"};

/*
 * Registered patients of the 6,553 practices of the weighted practice populations of England,
 * 2024/25: every twentieth of them, in between a straight line. The ends are not the smallest and
 * the largest but give the outer twentieths their means of 1,602 and 28,236.
 */
#define SIZE_STEPS 20
static const uint32_t sizes[SIZE_STEPS + 1] = {590, 2614, 3462, 4132, 4723, 5329, 5875, 6459, 7034,
    7666, 8210, 8866, 9527, 10341, 11123, 12058, 13056, 14504, 16432, 19992, 36480};

/* Of one practice, per 100,000 of its patients. */
struct composition {
	uint32_t need_ppm;
	uint32_t people[POPULATION_CELLS];
};

/* In the order of the file, which is by the share of those aged 65 and over. */
struct compositions {
	struct composition list[COMPOSITIONS_MAX];
	size_t count;
};

static bool
read_composition(void *arg, const struct csv_row *row)
{
	struct compositions *all = arg;
	struct composition *composition;
	uint32_t sum = 0;
	size_t i;

	if (all->count == COMPOSITIONS_MAX)
		out_die("more than %d practice populations", COMPOSITIONS_MAX);
	composition = &all->list[all->count++];
	composition->need_ppm = (uint32_t)data_parse_int(row->fields[0]) * 1000;
	for (i = 0; i < POPULATION_CELLS; i++) {
		composition->people[i] = (uint32_t)data_parse_int(row->fields[1 + i]);
		sum += composition->people[i];
	}
	if (sum != COMPOSITION_WHOLE || composition->need_ppm > NEED_PPM_MAX)
		out_die("practice populations, line %lld: %u of %d people, need %u ppm",
		    (long long)row->line, sum, COMPOSITION_WHOLE, composition->need_ppm);
	return true;
}

static void
read_compositions(struct compositions *all, const char *folder)
{
	static const char *const sexes[POPULATION_SEXES] = {"male", "female"};
	struct csv_column columns[1 + POPULATION_CELLS] = {{"need_per_mille", CSV_MANDATORY}};
	char names[POPULATION_CELLS][16];
	size_t i;

	for (i = 0; i < POPULATION_CELLS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s %s", sexes[i / POPULATION_BANDS],
		    population_band_names[i % POPULATION_BANDS]);
		columns[1 + i] = (struct csv_column){names[i], CSV_MANDATORY};
	}
	data_read(folder, "practice-populations.csv", columns, 1 + POPULATION_CELLS,
	    read_composition, all);
	if (all->count == 0)
		out_die("no practice populations");
}

/* The numbers from 0 to count - 1 in a random order. */
static void
shuffle(struct prng *prng, uint32_t *order, size_t count)
{
	uint32_t other, moved;
	size_t i;

	for (i = 0; i < count; i++) {
		other = prng_below(prng, (uint32_t)i + 1);
		moved = order[other];
		order[other] = (uint32_t)i;
		if (other != i)
			order[i] = moved;
	}
}

/* A place on a scale of steps, in 65,536ths of a step, within one of count equal parts of it. */
static uint64_t
draw_place(struct prng *prng, uint32_t part, size_t count, size_t steps)
{
	uint64_t within = prng_below(prng, 65536);

	return ((uint64_t)part * 65536 + within) * steps / count;
}

static uint32_t
size_at(uint64_t place)
{
	size_t step = (size_t)(place / 65536);

	assert(step < SIZE_STEPS);
	return sizes[step] + (uint32_t)((sizes[step + 1] - sizes[step]) * (place % 65536) / 65536);
}

/* Rounds the running sum, not the cells: so they add up, and each is off by less than one. */
static void
fill(struct population *list, uint32_t patients, const struct composition *composition)
{
	uint64_t running = 0;
	uint32_t before = 0;
	uint32_t upto;
	size_t i;

	list->patients = patients;
	list->need_ppm = composition->need_ppm;
	for (i = 0; i < POPULATION_CELLS; i++) {
		running += composition->people[i];
		upto = (uint32_t)((running * patients + COMPOSITION_WHOLE / 2) / COMPOSITION_WHOLE);
		list->people[i] = upto - before;
		before = upto;
	}
}

void
population_draw(struct population *lists, size_t count, uint64_t seed, const char *data_folder)
{
	struct compositions *all = memory_calloc(1, sizeof(*all));
	uint32_t *size_parts = memory_calloc(count, sizeof(*size_parts));
	uint32_t *age_parts = memory_calloc(count, sizeof(*age_parts));
	struct prng prng;
	uint32_t patients;
	uint64_t place;
	size_t i;

	read_compositions(all, data_folder);
	prng_start(&prng, seed, PRNG_PARTS, 0);
	shuffle(&prng, size_parts, count);
	shuffle(&prng, age_parts, count);
	for (i = 0; i < count; i++) {
		prng_start(&prng, seed, PRNG_PRACTICE, i);
		patients = size_at(draw_place(&prng, size_parts[i], count, SIZE_STEPS));
		place = draw_place(&prng, age_parts[i], count, all->count);
		fill(&lists[i], patients, &all->list[place / 65536]);
	}
	free(age_parts);
	free(size_parts);
	free(all);
}
