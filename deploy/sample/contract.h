/* Contracts of the current year: a plan out of last year's activity, local prices, terms. */
#ifndef PBC_DEPLOY_SAMPLE_CONTRACT_H
#define PBC_DEPLOY_SAMPLE_CONTRACT_H

#include "deploy/sample/manifest.h"
#include "deploy/sample/record.h"

struct contract_plan;

struct contract_plan *contract_plan_new(const struct world *world);
void contract_plan_free(struct contract_plan *plan);

/* Counts one event of the year of history (month 0 is April) at the current year's price. */
void contract_plan_add(struct contract_plan *plan, const struct record_context *context,
    const struct pathway_event *event, const struct record *record,
    const struct world_practice *practice, int month);

/* Writes a folder for every local provider; the one outside the PCT has no contract. */
void contract_write(
    const struct contract_plan *plan, const char *directory, struct manifest *manifest);

#endif
