/*
 * Rules of the generator's parts: random numbers, test NHS numbers, lists, prices, published rates.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "common/codes.h"
#include "deploy/sample/pathway.h"
#include "deploy/sample/prng.h"
#include "deploy/sample/tariff.h"
#include "deploy/sample/world.h"

/* First outputs of splitmix64 for state 0, from its reference implementation. */
Test(prng, is_splitmix64)
{
	struct prng prng = {0};

	cr_assert_eq(prng_next(&prng), UINT64_C(0xe220a8397b1dcdaf));
	cr_assert_eq(prng_next(&prng), UINT64_C(0x6e789e6aa1b965f4));
	cr_assert_eq(prng_next(&prng), UINT64_C(0x06c45d188009454f));
}

Test(prng, never_draws_a_weight_of_nothing)
{
	static const uint32_t weights[] = {0, 3, 0, 1, 0};
	size_t seen[5] = {0};
	struct prng prng;
	int i;

	prng_start(&prng, 7, PRNG_PERSON, 0);
	for (i = 0; i < 4000; i++)
		seen[prng_weighted(&prng, weights, 5)]++;
	cr_assert_eq(seen[0] + seen[2] + seen[4], 0);
	cr_assert(seen[1] > 2850 && seen[1] < 3150, "%zu of 4000", seen[1]);
}

static struct world world;

Test(world, numbers_are_of_the_test_range_valid_and_never_given_twice)
{
	static unsigned char taken[1000000];
	struct world_person person;
	uint64_t index;
	long digits;

	world_init(&world, 3, 40, PBC_SAMPLE_DATA);
	for (index = 0; index < 300000; index++) {
		world_person_make(&world, index, &person);
		cr_assert(strncmp(person.nhs_number, "999", 3) == 0);
		cr_assert(nhs_number_valid(person.nhs_number));
		digits = strtol(person.nhs_number + 3, NULL, 10) / 10;
		cr_assert_eq(taken[digits]++, 0);
	}
}

/*
 * The third practice from the end joins on 1 April 2017, the second closes in June, the last
 * leaves.
 */
Test(world, membership_has_dates)
{
	date_t march = date_from_civil(2017, 3, 31);
	date_t july = date_from_civil(2017, 7, 1);
	date_t october = date_from_civil(2017, 10, 1);

	world_init(&world, 1, 40, PBC_SAMPLE_DATA);
	cr_assert_null(world_practice_on(&world, 37, march));
	cr_assert_eq(world_practice_on(&world, 37, march + 1), &world.practice[37]);
	cr_assert_eq(world_practice_on(&world, 38, july - 1), &world.practice[38]);
	cr_assert_eq(world_practice_on(&world, 38, july), &world.practice[0]);
	cr_assert_eq(world_practice_on(&world, 39, october - 1), &world.practice[39]);
	cr_assert_null(world_practice_on(&world, 39, october));
}

/* The sums are of integers, so rounding must not lose or add a person. */
Test(population, a_list_is_the_sum_of_its_people)
{
	static struct population lists[WORLD_PRACTICES_MAX];
	uint32_t people;
	size_t i, cell;

	population_draw(lists, WORLD_PRACTICES_MAX, 5, PBC_SAMPLE_DATA);
	for (i = 0; i < WORLD_PRACTICES_MAX; i++) {
		people = 0;
		for (cell = 0; cell < POPULATION_CELLS; cell++)
			people += lists[i].people[cell];
		cr_assert_eq(people, lists[i].patients, "list %zu", i);
	}
}

#define PEOPLE 200000

/* People on a list and, of them, women and those aged 65 and over: expected and drawn. */
struct tally {
	double share[3];
	int64_t drawn[3];
};

static void
expect_of(const struct population *list, double people, struct tally *tally)
{
	size_t cell;

	for (cell = 0; cell < POPULATION_CELLS; cell++) {
		tally->share[0] += list->people[cell] / people;
		if (cell >= POPULATION_BANDS)
			tally->share[1] += list->people[cell] / people;
		if (cell % POPULATION_BANDS >= 13)
			tally->share[2] += list->people[cell] / people;
	}
}

/* Of those drawn, each count is binomial; five standard deviations, because there are 120. */
Test(world, people_are_drawn_from_the_lists)
{
	struct tally tallies[40] = {0};
	struct world_person person;
	double all = 0;
	double error;
	uint64_t index;
	size_t i, j;

	world_init(&world, 4, 40, PBC_SAMPLE_DATA);
	for (i = 0; i < 40; i++)
		all += world.lists[i].patients;
	for (i = 0; i < 40; i++)
		expect_of(&world.lists[i], all, &tallies[i]);
	for (index = 0; index < PEOPLE; index++) {
		world_person_make(&world, index, &person);
		tallies[person.home].drawn[0]++;
		tallies[person.home].drawn[1] += person.sex == '2';
		tallies[person.home].drawn[2] +=
		    world_person_age(&person, date_from_civil(2017, 4, 1)) >= 65;
	}
	for (i = 0; i < 40; i++)
		for (j = 0; j < 3; j++) {
			error = (double)tallies[i].drawn[j] - PEOPLE * tallies[i].share[j];
			cr_expect_lt(error * error, 25 * PEOPLE * tallies[i].share[j],
			    "list %zu, count %zu", i, j);
		}
}

/* National prices of 2017/18 with the arithmetic done by hand. */
Test(tariff, prices_as_worked_by_hand)
{
	static const struct {
		struct tariff_item item;
		int64_t mff_ppm, pence;
	} cases[] = {
	    {{CASEMIX_DC, "BZ34C", 70, 0}, 1064800, 71555}, /* 672 x 1.0648 */
	    {{CASEMIX_DC, "FZ18K", 50, 0}, 1000000, 122800},
	    {{CASEMIX_EL, "FZ18K", 50, 1}, 1000000, 136300},
	    {{CASEMIX_NEL, "FZ18K", 50, 3}, 1000000, 197900},
	    {{CASEMIX_NEL, "DZ11V", 67, 13}, 1000000, 148600}, /* at the trim point */
	    {{CASEMIX_NEL, "DZ11V", 67, 20}, 1000000, 311000}, /* 7 days beyond, 232 each */
	    {{CASEMIX_NEL, "DZ11V", 67, 1}, 1000000, 104000},  /* 70 % of 1,486, whole pounds */
	    {{CASEMIX_NEL, "DZ11V", 12, 1}, 1000000, 148600},  /* no short-stay price for a child */
	    {{CASEMIX_AE, "VB11Z", 30, 0}, 1000000, 6800},
	    {{CASEMIX_OPFA, "110", 18, 0}, 1000000, 16600}, /* child */
	    {{CASEMIX_OPFA, "110", 19, 0}, 1000000, 14800},
	    {{CASEMIX_OPFA, "ZZZ", 19, 0}, 1000000, TARIFF_NO_PRICE},
	};
	struct tariff *tariff = tariff_new(PBC_SAMPLE_DATA);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(tariff_price(tariff, TARIFF_2017, &cases[i].item, cases[i].mff_ppm),
		    cases[i].pence, "case %zu", i);
	/* 672 x 0.982 = 659.904 */
	cr_assert_eq(tariff_price(tariff, TARIFF_2016, &cases[0].item, 1000000), 66000);
	tariff_free(tariff);
}

/* Everything in the casemix has a price, and a name that exists. */
Test(tariff, prices_the_whole_casemix)
{
	struct tariff *tariff = tariff_new(PBC_SAMPLE_DATA);
	size_t i;

	for (i = 0; i < casemix_spell_count; i++) {
		struct tariff_item item = {casemix_spells[i].pod, casemix_spells[i].hrg, 40, 3};

		cr_assert(
		    tariff_price(tariff, TARIFF_2017, &item, 1000000) > 0, "%s", item.currency);
		cr_assert(icd10_valid(casemix_spells[i].diagnosis));
	}
	for (i = 0; i < casemix_clinic_count; i++) {
		struct tariff_item item = {CASEMIX_OPPROC, casemix_clinics[i].procedure_hrg, 40, 0};

		if (item.currency[0] != '\0')
			cr_assert(tariff_price(tariff, TARIFF_2017, &item, 1000000) > 0, "%s",
			    item.currency);
	}
	tariff_free(tariff);
}

/*
 * Published of emergency departments (EMJ 37:597): three or more attendances a year are 9.5 % of
 * attenders and 27.1 % of attendances, ten or more 0.4 % and 4 %.
 */
Test(pathway, frequent_attenders_are_as_published)
{
	int64_t attenders = 0, attendances = 0;
	int64_t frequent = 0, frequent_attendances = 0;
	int64_t extreme = 0, extreme_attendances = 0;
	struct world_person person;
	struct pathway pathway;
	uint64_t index;
	size_t i;

	world_init(&world, 1, 40, PBC_SAMPLE_DATA);
	for (index = 0; index < 60000; index++) {
		int64_t count = 0;

		world_person_make(&world, index, &person);
		pathway_make(&world, index, &person, TARIFF_2017, &pathway);
		for (i = 0; i < pathway.count; i++)
			count += pathway.events[i].dataset == PATHWAY_AE;
		attenders += count > 0;
		attendances += count;
		frequent += count >= 3;
		frequent_attendances += count >= 3 ? count : 0;
		extreme += count >= 10;
		extreme_attendances += count >= 10 ? count : 0;
	}
	cr_assert(frequent * 1000 > attenders * 85 && frequent * 1000 < attenders * 105);
	cr_assert(frequent_attendances * 1000 > attendances * 256);
	cr_assert(frequent_attendances * 1000 < attendances * 286);
	cr_assert(extreme * 1000 > attenders * 2 && extreme * 1000 < attenders * 6);
	cr_assert(extreme_attendances * 1000 > attendances * 28);
	cr_assert(extreme_attendances * 1000 < attendances * 52);
}

/* The ledger's date decides the month of the file, so it must lie in the year. */
Test(pathway, events_end_in_their_year_and_never_before_they_start)
{
	date_t first = date_from_civil(2016, 4, 1);
	date_t last = date_from_civil(2017, 3, 31);
	struct world_person person;
	struct pathway pathway;
	uint64_t index;
	size_t i;

	world_init(&world, 1, 8, PBC_SAMPLE_DATA);
	for (index = 0; index < 20000; index++) {
		world_person_make(&world, index, &person);
		pathway_make(&world, index, &person, TARIFF_2016, &pathway);
		for (i = 0; i < pathway.count; i++) {
			const struct pathway_event *event = &pathway.events[i];

			cr_assert(event->end >= first && event->end <= last);
			cr_assert(event->start <= event->end);
			cr_assert(event->excluded_days <= event->end - event->start);
		}
	}
}
