/* One provider's month of any size: what imports are measured with. */
#ifndef PBC_DEPLOY_SAMPLE_MONTH_H
#define PBC_DEPLOY_SAMPLE_MONTH_H

#include "deploy/sample/manifest.h"
#include "deploy/sample/record.h"

struct month_choice {
	const struct world_provider *provider;
	month_t month; /* of the context's year */
	int64_t rows;
};

/* PROVIDER/YYYY-MM, a month of 2017/18; false if text is something else. */
bool month_choice_parse(const char *text, struct month_choice *choice);

/*
 * Writes activity/<provider>_<month>_freeze.csv of exactly choice->rows rows, and its truth: the
 * events of whole years, all at one provider and moved into the month. Where there are more rows
 * than people make in a year, the people live the year again otherwise.
 */
void month_write(const struct record_context *context, const struct month_choice *choice,
    const char *directory, struct manifest *manifest);

#endif
