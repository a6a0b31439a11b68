/* Stays at other providers: by patient, whatever the order they come in. */
#include <criterion/criterion.h>
#include <string.h>

#include "server/job/spells.h"

static struct spell
make_spell(int patient, date_t admission, date_t discharge, const char *hrg)
{
	struct spell spell = {.admission_date = admission, .discharge_date = discharge};

	memcpy(spell.patient_key, &patient, sizeof(patient));
	memcpy(spell.hrg, hrg, strlen(hrg));
	return spell;
}

Test(spells, days_and_group_decide)
{
	static const struct {
		int patient;
		date_t admission, discharge;
		const char *hrg;
		enum spells_clash clash;
	} cases[] = {
	    {7, 100, 110, "DZ11V", SPELLS_SAME}, {7, 100, 110, "FZ18K", SPELLS_OVERLAP},
	    {7, 90, 120, "DZ11V", SPELLS_OVERLAP},  /* around it */
	    {7, 105, 105, "BZ34C", SPELLS_OVERLAP}, /* a day case within */
	    {7, 109, 115, "DZ11V", SPELLS_OVERLAP},
	    {7, 110, 115, "DZ11V", SPELLS_NONE}, /* transferred there */
	    {7, 95, 100, "DZ11V", SPELLS_NONE},  /* transferred from there */
	    {7, 110, 110, "BZ34C", SPELLS_NONE},
	    {7, 200, 200, "BZ34C", SPELLS_SAME}, /* a day case twice */
	    {7, 200, 200, "DZ11V", SPELLS_NONE},
	    {8, 100, 110, "DZ11V", SPELLS_NONE}, /* somebody else */
	};
	struct spells *spells = spells_new();
	struct spell spell;
	size_t i;
	int other;

	/* Others before and after, so that the patient has to be found among them. */
	for (other = 5000; other > 1000; other--) {
		spell = make_spell(other, 100, 110, "DZ11V");
		cr_assert(spells_add(spells, &spell));
	}
	spell = make_spell(7, 200, 200, "BZ34C");
	cr_assert(spells_add(spells, &spell));
	spell = make_spell(7, 100, 110, "DZ11V");
	cr_assert(spells_add(spells, &spell));
	spells_sort(spells);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		spell = make_spell(
		    cases[i].patient, cases[i].admission, cases[i].discharge, cases[i].hrg);
		cr_expect_eq(spells_find(spells, &spell), cases[i].clash, "case %zu", i);
	}
	spells_free(spells);
}

Test(spells, none_is_no_clash)
{
	struct spells *spells = spells_new();
	struct spell spell = make_spell(1, 1, 2, "DZ11V");

	spells_sort(spells);
	cr_expect_eq(spells_find(spells, &spell), SPELLS_NONE);
	spells_free(spells);
}
