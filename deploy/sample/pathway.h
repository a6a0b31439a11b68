/*
 * What happens to a person in a year: attendances, admissions, clinics. Rates are named in the
 * source.
 */
#ifndef PBC_DEPLOY_SAMPLE_PATHWAY_H
#define PBC_DEPLOY_SAMPLE_PATHWAY_H

#include "deploy/sample/casemix.h"
#include "deploy/sample/tariff.h"
#include "deploy/sample/world.h"

enum pathway_dataset { PATHWAY_APC, PATHWAY_OP, PATHWAY_AE };

struct pathway_event {
	enum pathway_dataset dataset;
	enum casemix_pod pod;
	size_t provider;                     /* index of world_providers */
	date_t start;                        /* admission, attendance, arrival */
	date_t end;                          /* discharge; the same day where there is none */
	int excluded_days;                   /* critical care, part of the stay */
	const struct casemix_spell *spell;   /* APC */
	const struct casemix_clinic *clinic; /* OP */
	const struct casemix_attendance *attendance; /* AE */
	const char *admission_method;                /* APC */
	const char *discharge_method;                /* APC */
	bool procedure;                              /* OP: done in the clinic */
	bool follow_up;                              /* OP */
	bool by_telephone;                           /* OP */
	const char *attended;                        /* OP */
	const char *disposal;                        /* AE */
};

#define PATHWAY_EVENTS_MAX 128

/*
 * Rows that a thousand people make in a year: how many people a number of rows needs. It is a mean
 * over seeds; how old a seed's people are moves it by some 2 %.
 */
#define PATHWAY_ROWS_PER_THOUSAND 2384

struct pathway {
	struct pathway_event events[PATHWAY_EVENTS_MAX];
	size_t count;
};

/* Fills the person's year; all ledger dates (end) lie in the financial year. */
void pathway_make(const struct world *world, uint64_t index, const struct world_person *person,
    enum tariff_year year, struct pathway *pathway);

#endif
