/* A short array: a file is of a month, or of the few months that are still corrected. */
#include "server/job/month_basis.h"

#include <stdlib.h>

#include "common/memory.h"

struct month_bases {
	struct job *job;
	const char *provider;
	struct month_basis *bases;
	size_t count;
};

struct month_bases *
month_bases_new(struct job *job, const char *provider)
{
	struct month_bases *bases = memory_calloc(1, sizeof(*bases));

	bases->job = job;
	bases->provider = provider;
	return bases;
}

void
month_bases_free(struct month_bases *bases)
{
	size_t i;

	if (bases == NULL)
		return;
	for (i = 0; i < bases->count; i++) {
		pricebook_free(bases->bases[i].book);
		spells_free(bases->bases[i].spells);
	}
	free(bases->bases);
	free(bases);
}

const struct month_basis *
month_bases_find(const struct month_bases *bases, month_t month)
{
	size_t i;

	for (i = 0; i < bases->count; i++)
		if (bases->bases[i].month == month)
			return &bases->bases[i];
	return NULL;
}

bool
month_bases_load(struct month_bases *bases, month_t month)
{
	struct job *job = bases->job;
	struct month_basis basis = {.month = month,
	    .book = pricebook_load(job, financial_year_of_month(month), month_first_day(month))};

	if (basis.book == NULL)
		return false;
	basis.spells = spells_load(job, bases->provider, month);
	if (basis.spells == NULL) {
		pricebook_free(basis.book);
		return false;
	}
	bases->bases = memory_realloc(bases->bases, (bases->count + 1) * sizeof(*bases->bases));
	bases->bases[bases->count++] = basis;
	return true;
}
