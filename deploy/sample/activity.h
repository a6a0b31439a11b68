/* Activity files of a year: one per provider and month, freeze, and flex in the current year. */
#ifndef PBC_DEPLOY_SAMPLE_ACTIVITY_H
#define PBC_DEPLOY_SAMPLE_ACTIVITY_H

#include "deploy/sample/contract.h"
#include "deploy/sample/manifest.h"
#include "deploy/sample/record.h"

struct activity_output {
	const char *directory;
	struct manifest *manifest;
	struct contract_plan *plan; /* of the year of history: what it adds up to; else NULL */
};

/*
 * Streams the year of people persons: memory does not grow with their number. The current year also
 * makes the invoices.
 */
void activity_write(
    const struct record_context *context, uint64_t people, const struct activity_output *output);

#endif
