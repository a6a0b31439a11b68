/*
 * Who there is: the fictional PCT 5XZ Aldermoor, its practices and providers, and the people of
 * whom activity is generated. All codes are outside the lists of real organisations; NHS numbers
 * are of the range 999, which is kept for tests.
 */
#ifndef PBC_DEPLOY_SAMPLE_WORLD_H
#define PBC_DEPLOY_SAMPLE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/date.h"
#include "deploy/sample/casemix.h"
#include "deploy/sample/population.h"
#include "deploy/sample/prng.h"
#include "deploy/sample/tariff.h"

#define WORLD_COMMISSIONER "5XZ"
#define WORLD_NEIGHBOUR "5XY" /* the PCT next door */

#define WORLD_PRACTICES_MIN 8
#define WORLD_PRACTICES_MAX 400
#define WORLD_NEIGHBOUR_PRACTICES 3
#define WORLD_PROVIDERS 6
#define WORLD_CLUSTERS 3

struct world_practice {
	char code[8];
	char name[64];
	int cluster;
};

/* Membership of a practice: from and to are included; to is DATE_NONE while open. */
struct world_membership {
	const struct world_practice *practice;
	const char *commissioner;
	date_t from, to;
};

struct world_provider {
	const char *code;
	const char *name;
	bool local;
	int64_t mff_ppm[TARIFF_YEARS];
	/* Share of the emergencies and of the planned care of each cluster, per mille. */
	uint32_t emergency[WORLD_CLUSTERS];
	uint32_t planned[WORLD_CLUSTERS];
};

struct world {
	uint64_t seed;
	size_t practices; /* ours; the neighbour's follow them in practice[] */
	struct world_practice practice[WORLD_PRACTICES_MAX + WORLD_NEIGHBOUR_PRACTICES];
	struct population lists[WORLD_PRACTICES_MAX]; /* of ours */
	uint32_t weights[WORLD_PRACTICES_MAX];        /* their sizes */
	struct world_membership memberships[WORLD_PRACTICES_MAX + WORLD_NEIGHBOUR_PRACTICES + 2];
	size_t membership_count;
};

extern const struct world_provider world_providers[WORLD_PROVIDERS];
extern const char *const world_cluster_codes[WORLD_CLUSTERS];

/* data_folder holds the published populations. */
void world_init(struct world *world, uint64_t seed, size_t practices, const char *data_folder);

/*
 * The practice on whose list a person of home is on a day: the list of a closed practice moves to
 * the first one. NULL when the practice belongs to the neighbour on that day.
 */
const struct world_practice *world_practice_on(const struct world *world, size_t home, date_t day);

struct world_person {
	size_t home; /* index of practice[] */
	char nhs_number[11];
	char sex; /* '1' or '2' */
	date_t birth;
};

/* The NHS numbers of the test range bound how many people there can be. */
#define WORLD_PEOPLE_MAX 900000

/* Person number index of the world, always the same for a seed. index < WORLD_PEOPLE_MAX. */
void world_person_make(const struct world *world, uint64_t index, struct world_person *person);
/* Completed years. */
int world_person_age(const struct world_person *person, date_t day);

#endif
