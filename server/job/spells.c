/* Stays in an array, by patient. */
#include "server/job/spells.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/log.h"
#include "common/memory.h"

#define SPELLS_FIRST 1024

struct spells {
	struct spell *spells;
	size_t count, capacity;
	bool cut; /* there were more than SPELLS_MAX */
};

struct spells *
spells_new(void)
{
	return memory_calloc(1, sizeof(struct spells));
}

void
spells_free(struct spells *spells)
{
	if (spells == NULL)
		return;
	free(spells->spells);
	free(spells);
}

bool
spells_add(struct spells *spells, const struct spell *spell)
{
	if (spells->count == SPELLS_MAX)
		return false;
	if (spells->count == spells->capacity) {
		spells->capacity = spells->capacity == 0 ? SPELLS_FIRST : spells->capacity * 2;
		spells->spells =
		    memory_realloc(spells->spells, spells->capacity * sizeof(*spells->spells));
	}
	spells->spells[spells->count++] = *spell;
	return true;
}

static int
compare_patients(const void *left, const void *right)
{
	const struct spell *a = left, *b = right;

	return memcmp(a->patient_key, b->patient_key, PSEUDONYM_SIZE);
}

void
spells_sort(struct spells *spells)
{
	if (spells->count > 0)
		qsort(spells->spells, spells->count, sizeof(*spells->spells), compare_patients);
}

/* Index of the patient's first spell, or of where it would be. */
static size_t
find_patient(const struct spells *spells, const struct spell *spell)
{
	size_t low = 0, high = spells->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_patients(&spells->spells[middle], spell) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum spells_clash
compare_stays(const struct spell *a, const struct spell *b)
{
	if (a->admission_date == b->admission_date && a->discharge_date == b->discharge_date &&
	    memcmp(a->hrg, b->hrg, SPELL_HRG_SIZE) == 0)
		return SPELLS_SAME;
	/* One ends on the day on which the other begins: a transfer. */
	if (a->admission_date < b->discharge_date && b->admission_date < a->discharge_date)
		return SPELLS_OVERLAP;
	return SPELLS_NONE;
}

enum spells_clash
spells_find(const struct spells *spells, const struct spell *spell)
{
	enum spells_clash clash, worst = SPELLS_NONE;
	size_t i;

	for (i = find_patient(spells, spell);
	     i < spells->count && compare_patients(&spells->spells[i], spell) == 0; i++) {
		clash = compare_stays(&spells->spells[i], spell);
		if (clash == SPELLS_SAME)
			return SPELLS_SAME;
		if (clash == SPELLS_OVERLAP)
			worst = SPELLS_OVERLAP;
	}
	return worst;
}

static bool
keep_spell(void *arg, const struct sync_rows *rows)
{
	struct spells *spells = arg;
	struct spell spell = {.hrg = ""};
	const char *key = sync_text(rows, 0, 0);
	const char *hrg = sync_text(rows, 0, 3);
	bool sound;

	assert(strlen(key) == (size_t)2 * PSEUDONYM_SIZE && strlen(hrg) < SPELL_HRG_SIZE);
	sound = hex_decode(key, strlen(key), spell.patient_key);
	assert(sound);
	spell.admission_date = sync_date(rows, 0, 1);
	spell.discharge_date = sync_date(rows, 0, 2);
	memcpy(spell.hrg, hrg, strlen(hrg));
	/* The rest is read all the same: to end the statement would undo the import. */
	spells->cut = !spells_add(spells, &spell);
	return true;
}

struct spells *
spells_load(struct job *job, const char *but_provider, month_t month)
{
	struct spells *spells = spells_new();
	char first[11], from[11], until[11];
	const char *params[] = {but_provider, from, until, first};

	date_format(month_first_day(month), first);
	date_format(month_first_day(month - SPELLS_MONTHS), from);
	date_format(month_first_day(month + SPELLS_MONTHS), until);
	if (sync_stream(job->db,
		"SELECT encode(patient_key, 'hex'), admission_date, activity_date, hrg"
		" FROM job.spells_elsewhere($1, $2::date, $3::date)"
		" WHERE admission_date < $4::date + interval '1 month'",
		params, 4, keep_spell, spells, &job->status)) {
		if (spells->cut)
			log_write(LOG_LEVEL_WARN, "stays_not_all_compared", NULL);
		spells_sort(spells);
		return spells;
	}
	spells_free(spells);
	return NULL;
}
