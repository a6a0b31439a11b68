/*
 * Stays that other providers have on record now, to find one that is reported twice or overlaps:
 * those that ended within SPELLS_MONTHS of the file's month. 36 bytes each, SPELLS_MAX at most.
 */
#ifndef PBC_SERVER_JOB_SPELLS_H
#define PBC_SERVER_JOB_SPELLS_H

#include <stdint.h>

#include "common/date.h"
#include "server/job/job.h"
#include "server/job/pseudonym.h"

#define SPELLS_MONTHS 2
#define SPELLS_MAX 8000000
#define SPELL_HRG_SIZE 8

struct spell {
	uint8_t patient_key[PSEUDONYM_SIZE];
	date_t admission_date, discharge_date;
	char hrg[SPELL_HRG_SIZE]; /* NUL-padded */
};

struct spells;

enum spells_clash {
	SPELLS_NONE,
	SPELLS_SAME,    /* the same patient, days and group */
	SPELLS_OVERLAP, /* in two places on one day; a transfer is not */
};

struct spells *spells_new(void);
void spells_free(struct spells *spells);
/* False beyond SPELLS_MAX. */
bool spells_add(struct spells *spells, const struct spell *spell);
/* After the last spells_add, before the first spells_find. */
void spells_sort(struct spells *spells);

enum spells_clash spells_find(const struct spells *spells, const struct spell *spell);

/* Of the providers but one. NULL with job->status set. */
struct spells *spells_load(struct job *job, const char *but_provider, month_t month);

#endif
