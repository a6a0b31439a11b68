/* A person's year, drawn from rates per head and from the casemix tables. */
#include "deploy/sample/pathway.h"

#include <assert.h>
#include <string.h>

#define PPM_EMERGENCY_ATTENDERS 350000
#define PPM_DIRECT_EMERGENCY 40000
#define PPM_DELIVERY 55000
#define STAY_CAP_DAYS 120
#define CLINIC_VISITS_MAX 8

/*
 * A&E attendances a year of those who attend. Published for frequent attenders: three or more are
 * 9.5 % of attenders and 27.1 % of attendances; ten or more are 0.4 % and 4 % (EMJ 37:597).
 */
static const uint32_t attendance_classes[] = {717, 188, 91, 4};     /* 1, 2, 3 to 9, 10 and over */
static const uint32_t frequent_counts[] = {55, 22, 11, 6, 3, 2, 1}; /* 3, 4, ... 9 */

static int
draw_attendances(struct prng *prng)
{
	switch (prng_weighted(prng, attendance_classes, 4)) {
	case 0:
		return 1;
	case 1:
		return 2;
	case 2:
		return 3 + (int)prng_weighted(prng, frequent_counts, 7);
	default:
		return 10 + prng_geometric(prng, 6, 20);
	}
}

struct year {
	const struct world *world;
	const struct world_person *person;
	struct pathway *pathway;
	struct prng prng;
	date_t first, last;
};

static date_t
draw_day(struct year *year, const uint32_t months[12])
{
	int start, month, day;
	month_t drawn;
	date_t first;

	date_to_civil(year->first, &start, &month, &day);
	drawn = financial_year_month(start, 1 + (int)prng_weighted(&year->prng, months, 12));
	first = month_first_day(drawn);
	return first + prng_between(&year->prng, 0, month_last_day(drawn) - first);
}

/* Clinics and theatres are closed at weekends. 1970-01-01 was a Thursday. */
static date_t
draw_working_day(struct year *year)
{
	date_t day;

	do
		day = draw_day(year, casemix_planned_months);
	while ((day + 4) % 7 == 0 || (day + 4) % 7 == 6);
	return day;
}

static size_t
draw_provider(struct year *year, bool emergency)
{
	int cluster = year->world->practice[year->person->home].cluster;
	uint32_t weights[WORLD_PROVIDERS];
	size_t i;

	for (i = 0; i < WORLD_PROVIDERS; i++)
		weights[i] = emergency ? world_providers[i].emergency[cluster]
				       : world_providers[i].planned[cluster];
	return prng_weighted(&year->prng, weights, WORLD_PROVIDERS);
}

static bool
fits(const struct world_person *person, int age, char sex, int age_min, int age_max)
{
	return age >= age_min && age <= age_max && (sex == '0' || sex == person->sex);
}

/* NULL when nothing of this point of delivery fits the person. */
static const struct casemix_spell *
draw_spell(struct year *year, enum casemix_pod pod, int age)
{
	uint32_t weights[96];
	uint32_t total = 0;
	size_t i;

	assert(casemix_spell_count <= 96);
	for (i = 0; i < casemix_spell_count; i++) {
		const struct casemix_spell *spell = &casemix_spells[i];

		weights[i] = 0;
		if (spell->pod == pod &&
		    fits(year->person, age, spell->sex, spell->age_min, spell->age_max))
			weights[i] = spell->weight;
		total += weights[i];
	}
	if (total == 0)
		return NULL;
	return &casemix_spells[prng_weighted(&year->prng, weights, casemix_spell_count)];
}

static struct pathway_event *
add_event(struct year *year, enum pathway_dataset dataset, enum casemix_pod pod, size_t provider,
    date_t start)
{
	struct pathway_event *event;

	assert(year->pathway->count < PATHWAY_EVENTS_MAX);
	event = &year->pathway->events[year->pathway->count++];
	memset(event, 0, sizeof(*event));
	event->dataset = dataset;
	event->pod = pod;
	event->provider = provider;
	event->start = start;
	event->end = start;
	return event;
}

/* A spell that starts on a day; one that would pass the year's end is moved to start earlier. */
static struct pathway_event *
add_spell(struct year *year, enum casemix_pod pod, size_t provider, date_t start,
    const char *admission_method)
{
	int age = world_person_age(year->person, start);
	const struct casemix_spell *spell = draw_spell(year, pod, age);
	struct pathway_event *event;
	int stay;

	if (spell == NULL)
		return NULL;
	stay = spell->stay_days == 0 ? 0
				     : prng_geometric(&year->prng, spell->stay_days, STAY_CAP_DAYS);
	if (start + stay > year->last)
		start = year->last - stay;
	event = add_event(year, PATHWAY_APC, pod, provider, start);
	event->end = start + stay;
	event->spell = spell;
	event->admission_method =
	    spell->admission_method[0] != '\0' ? spell->admission_method : admission_method;
	event->discharge_method = "1";
	if (pod == CASEMIX_NEL && age >= 60 && prng_chance(&year->prng, 45000))
		event->discharge_method = "4";
	if (pod == CASEMIX_NEL && stay >= 4 && prng_chance(&year->prng, 60000))
		event->excluded_days = prng_between(&year->prng, 1, stay / 2);
	return event;
}

/* Share of A&E attendances that end in a bed, by age. */
static uint32_t
admission_ppm(int age)
{
	return age < 18 ? 110000 : age < 65 ? 170000 : age < 80 ? 420000 : 560000;
}

static void
add_attendance(struct year *year, size_t provider)
{
	static const uint32_t disposals[] = {430, 330, 60, 70, 60, 50};
	static const char *const disposal_codes[] = {"03", "02", "05", "06", "11", "12"};
	date_t day = draw_day(year, casemix_emergency_months);
	int age = world_person_age(year->person, day);
	const struct pathway_event *spell = NULL;
	struct pathway_event *event;
	uint32_t weights[16];
	size_t i;

	if (prng_chance(&year->prng, admission_ppm(age)))
		spell = add_spell(year, CASEMIX_NEL, provider, day, "21");
	assert(casemix_attendance_count <= 16);
	for (i = 0; i < casemix_attendance_count; i++)
		weights[i] = casemix_attendances[i].weight;
	event =
	    add_event(year, PATHWAY_AE, CASEMIX_AE, provider, spell != NULL ? spell->start : day);
	event->attendance =
	    &casemix_attendances[prng_weighted(&year->prng, weights, casemix_attendance_count)];
	event->disposal =
	    spell != NULL ? "01" : disposal_codes[prng_weighted(&year->prng, disposals, 6)];
}

static void
add_emergencies(struct year *year)
{
	static const char *const methods[] = {"22", "24", "28"};
	static const uint32_t method_weights[] = {70, 20, 10};
	size_t provider = draw_provider(year, true);
	int age = world_person_age(year->person, year->first);
	const char *method;
	int count;

	if (prng_chance(&year->prng, PPM_EMERGENCY_ATTENDERS))
		for (count = draw_attendances(&year->prng); count > 0; count--)
			add_attendance(year, provider);
	if (!prng_chance(&year->prng, age >= 75 ? 3 * PPM_DIRECT_EMERGENCY : PPM_DIRECT_EMERGENCY))
		return;
	method = methods[prng_weighted(&year->prng, method_weights, 3)];
	add_spell(year, CASEMIX_NEL, provider, draw_day(year, casemix_emergency_months), method);
}

static void
add_planned(struct year *year)
{
	static const char *const methods[] = {"11", "12", "13"};
	static const uint32_t method_weights[] = {55, 35, 10};
	int age = world_person_age(year->person, year->first);
	uint32_t ppm = age < 19 ? 40000 : age < 60 ? 150000 : 400000;
	enum casemix_pod pod;
	const char *method;
	size_t provider;

	if (prng_chance(&year->prng, ppm)) {
		pod = prng_chance(&year->prng, 780000) ? CASEMIX_DC : CASEMIX_EL;
		provider = draw_provider(year, false);
		method = methods[prng_weighted(&year->prng, method_weights, 3)];
		add_spell(year, pod, provider, draw_working_day(year), method);
	}
	if (year->person->sex == '2' && age >= 17 && age <= 44 &&
	    prng_chance(&year->prng, PPM_DELIVERY))
		add_spell(year, CASEMIX_NELNE, 0, draw_day(year, casemix_emergency_months), "31");
}

static const struct casemix_clinic *
draw_clinic(struct year *year, int age)
{
	uint32_t weights[32];
	uint32_t total = 0;
	size_t i;

	assert(casemix_clinic_count <= 32);
	for (i = 0; i < casemix_clinic_count; i++) {
		const struct casemix_clinic *clinic = &casemix_clinics[i];

		weights[i] = 0;
		if (fits(year->person, age, clinic->sex, clinic->age_min, clinic->age_max))
			weights[i] = clinic->weight;
		total += weights[i];
	}
	if (total == 0)
		return NULL;
	return &casemix_clinics[prng_weighted(&year->prng, weights, casemix_clinic_count)];
}

static void
add_visit(struct year *year, const struct casemix_clinic *clinic, size_t provider, date_t day,
    bool follow_up)
{
	static const uint32_t outcomes[] = {860, 40, 65, 25, 10};
	static const char *const outcome_codes[] = {"5", "6", "3", "2", "4"};
	struct pathway_event *event =
	    add_event(year, PATHWAY_OP, follow_up ? CASEMIX_OPFUP : CASEMIX_OPFA, provider, day);

	event->clinic = clinic;
	event->follow_up = follow_up;
	event->attended = outcome_codes[prng_weighted(&year->prng, outcomes, 5)];
	if (clinic->procedure_hrg[0] != '\0' && world_person_age(year->person, day) >= 19 &&
	    prng_chance(&year->prng, 150000)) {
		event->procedure = true;
		event->pod = CASEMIX_OPPROC;
	} else {
		event->by_telephone = prng_chance(&year->prng, 40000);
	}
}

static void
add_clinics(struct year *year)
{
	int age = world_person_age(year->person, year->first);
	const struct casemix_clinic *clinic;
	date_t days[CLINIC_VISITS_MAX];
	int visits, first, i, j;
	size_t provider;

	if (!prng_chance(&year->prng, age < 60 ? 400000 : 700000))
		return;
	clinic = draw_clinic(year, age);
	if (clinic == NULL)
		return;
	visits = 1 + prng_geometric(&year->prng, age < 60 ? 2 : 3, CLINIC_VISITS_MAX - 1);
	provider = draw_provider(year, false);
	/* Visits before the first are of a course that began last year, as may be all. */
	first =
	    prng_chance(&year->prng, 750000) ? prng_between(&year->prng, 0, visits - 1) : visits;
	for (i = 0; i < visits; i++) {
		date_t day = draw_working_day(year);

		for (j = i; j > 0 && days[j - 1] > day; j--)
			days[j] = days[j - 1];
		days[j] = day;
	}
	for (i = 0; i < visits; i++)
		add_visit(year, clinic, provider, days[i], i != first);
}

void
pathway_make(const struct world *world, uint64_t index, const struct world_person *person,
    enum tariff_year tariff_year, struct pathway *pathway)
{
	int start = tariff_year == TARIFF_2016 ? 2016 : 2017;
	struct year year = {.world = world, .person = person, .pathway = pathway};

	pathway->count = 0;
	year.first = financial_year_first_day(start);
	year.last = financial_year_last_day(start);
	if (person->birth >= year.first)
		return;
	prng_start(&year.prng, world->seed,
	    tariff_year == TARIFF_2016 ? PRNG_YEAR_2016 : PRNG_YEAR_2017, index);
	add_emergencies(&year);
	add_planned(&year);
	add_clinics(&year);
}
