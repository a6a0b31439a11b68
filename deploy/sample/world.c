/* The fictional PCT, its organisations and its people. */
#include "deploy/sample/world.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct world_provider world_providers[WORLD_PROVIDERS] = {
    {"RZA", "Aldermoor Hospitals NHS Trust (synthetic)", true, {1061200, 1064800}, {830, 700, 790},
	{700, 580, 660}},
    {"RZB", "Thornbeck General Hospital NHS Trust (synthetic)", true, {1023500, 1025100},
	{90, 230, 60}, {90, 210, 60}},
    {"RZC", "Calder Vale Teaching Hospitals NHS Trust (synthetic)", true, {1091000, 1088700},
	{40, 35, 110}, {80, 80, 140}},
    {"RZD", "Wexcombe Orthopaedic and Eye Hospital NHS Trust (synthetic)", true, {1012000, 1012000},
	{0, 0, 0}, {55, 55, 60}},
    {"NZT", "Harrowfield Treatment Centre (synthetic, independent)", true, {1000000, 1000000},
	{0, 0, 0}, {50, 50, 50}},
    {"RZF", "Northmere University Hospitals NHS Trust (synthetic)", false, {1118000, 1121400},
	{40, 35, 40}, {25, 25, 30}},
};

const char *const world_cluster_codes[WORLD_CLUSTERS] = {"ALDN", "ALDS", "ALDW"};

static const char *const places[] = {"Alder Lane", "Beacon Hill", "Brindle Road", "Canal Street",
    "Castle Gate", "Chantry", "Church Fields", "Cobblers Row", "Copperfield", "Crossways",
    "Dovecote", "Elm Bank", "Fairview", "Fernhurst", "Foxglove", "Gorse Hill", "Grange Park",
    "Harbour Steps", "Hawthorn", "Heath End", "Ivy House", "Kiln Yard", "Lark Rise", "Lime Walk",
    "Maltings", "Market Square", "Meadowside", "Millbrook", "Moorgate", "North Quay", "Oak Tree",
    "Orchard", "Priory", "Quarry Bank", "Riverside", "Rowan", "Saltway", "Stonebridge", "Sycamore",
    "Willow Green"};

static const char *const kinds[] = {
    "Surgery", "Medical Centre", "Practice", "Health Centre", "Medical Group"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The last three practices move, so that membership has dates. */
enum move { MOVE_NONE, MOVE_JOINS, MOVE_CLOSES, MOVE_LEAVES };

static enum move
move_of(const struct world *world, size_t home)
{
	return home + 3 < world->practices
		   ? MOVE_NONE
		   : (enum move)(MOVE_JOINS + (home + 3 - world->practices));
}

static date_t
joining_day(void)
{
	return date_from_civil(2017, 4, 1);
}

static date_t
closing_day(void)
{
	return date_from_civil(2017, 6, 30);
}

static date_t
leaving_day(void)
{
	return date_from_civil(2017, 9, 30);
}

static void
make_practice(struct world *world, size_t index)
{
	struct world_practice *practice = &world->practice[index];
	bool ours = index < world->practices;

	snprintf(practice->code, sizeof(practice->code), "Z%05zu",
	    ours ? 97001 + index : 98001 + index - world->practices);
	snprintf(practice->name, sizeof(practice->name), "%s %s%s (synthetic)",
	    places[index % COUNT(places)], kinds[(index + index / COUNT(places)) % COUNT(kinds)],
	    ours ? "" : " Netherford");
	practice->cluster = (int)(index % WORLD_CLUSTERS);
}

static void
add_membership(struct world *world, size_t index, const char *commissioner, date_t from, date_t to)
{
	assert(world->membership_count < COUNT(world->memberships));
	world->memberships[world->membership_count++] =
	    (struct world_membership){&world->practice[index], commissioner, from, to};
}

static void
make_memberships(struct world *world, size_t index)
{
	date_t start = date_from_civil(2006, 10, 1);

	if (index >= world->practices) {
		add_membership(world, index, WORLD_NEIGHBOUR, start, DATE_NONE);
		return;
	}
	switch (move_of(world, index)) {
	case MOVE_NONE:
		add_membership(world, index, WORLD_COMMISSIONER, start, DATE_NONE);
		break;
	case MOVE_JOINS:
		add_membership(world, index, WORLD_NEIGHBOUR, start, joining_day() - 1);
		add_membership(world, index, WORLD_COMMISSIONER, joining_day(), DATE_NONE);
		break;
	case MOVE_CLOSES:
		add_membership(world, index, WORLD_COMMISSIONER, start, closing_day());
		break;
	case MOVE_LEAVES:
		add_membership(world, index, WORLD_COMMISSIONER, start, leaving_day());
		add_membership(world, index, WORLD_NEIGHBOUR, leaving_day() + 1, DATE_NONE);
		break;
	}
}

void
world_init(struct world *world, uint64_t seed, size_t practices, const char *data_folder)
{
	size_t i;

	assert(practices >= WORLD_PRACTICES_MIN && practices <= WORLD_PRACTICES_MAX);
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->practices = practices;
	for (i = 0; i < practices + WORLD_NEIGHBOUR_PRACTICES; i++) {
		make_practice(world, i);
		make_memberships(world, i);
	}
	population_draw(world->lists, practices, seed, data_folder);
	for (i = 0; i < practices; i++)
		world->weights[i] = world->lists[i].patients;
}

const struct world_practice *
world_practice_on(const struct world *world, size_t home, date_t day)
{
	switch (move_of(world, home)) {
	case MOVE_JOINS:
		return day < joining_day() ? NULL : &world->practice[home];
	case MOVE_CLOSES:
		return &world->practice[day > closing_day() ? 0 : home];
	case MOVE_LEAVES:
		return day > leaving_day() ? NULL : &world->practice[home];
	case MOVE_NONE:
		break;
	}
	return &world->practice[home];
}

/* Writes the tenth digit (modulus 11, weights 10 to 2); false when the nine digits have none. */
static bool
add_check_digit(char number[11])
{
	int sum = 0;
	int check;
	int i;

	for (i = 0; i < 9; i++)
		sum += (number[i] - '0') * (10 - i);
	check = (11 - sum % 11) % 11;
	if (check == 10)
		return false;
	number[9] = (char)('0' + check);
	number[10] = '\0';
	return true;
}

/*
 * The index-th number of the range 999. Of the ten values of the ninth digit at most one leaves no
 * check digit, so each of the 100,000 beginnings before it gives nine numbers; the beginnings are
 * permuted by a multiplication that is coprime to their count.
 */
static void
make_nhs_number(uint64_t seed, uint64_t index, char number[11])
{
	struct prng prng;
	uint32_t offset;
	int left = (int)(index % 9);
	char digit;

	prng_start(&prng, seed, PRNG_NUMBER, 0);
	offset = prng_below(&prng, 100000);
	snprintf(number, 11, "999%05u0", (unsigned int)((index / 9 * 61957 + offset) % 100000));
	for (digit = '0';; digit++) {
		assert(digit <= '9');
		number[8] = digit;
		if (add_check_digit(number) && left-- == 0)
			return;
	}
}

void
world_person_make(const struct world *world, uint64_t index, struct world_person *person)
{
	date_t reference = date_from_civil(2017, 4, 1);
	struct prng prng;
	size_t cell;
	int age;

	assert(index < WORLD_PEOPLE_MAX);
	prng_start(&prng, world->seed, PRNG_PERSON, index);
	person->home = prng_weighted(&prng, world->weights, world->practices);
	cell = prng_weighted(&prng, world->lists[person->home].people, POPULATION_CELLS);
	age = (int)(cell % POPULATION_BANDS) * 5 + prng_between(&prng, 0, 4);
	person->sex = cell < POPULATION_BANDS ? '1' : '2';
	person->birth = reference - age * 1461 / 4 - prng_between(&prng, 1, 365);
	make_nhs_number(world->seed, index, person->nhs_number);
}

int
world_person_age(const struct world_person *person, date_t day)
{
	int year, month, mday;
	int birth_year, birth_month, birth_day;

	date_to_civil(day, &year, &month, &mday);
	date_to_civil(person->birth, &birth_year, &birth_month, &birth_day);
	return year - birth_year -
	       (month < birth_month || (month == birth_month && mday < birth_day));
}
