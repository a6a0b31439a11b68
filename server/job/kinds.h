/*
 * Every kind of operation: one function each, listed in kinds.c. Contract: struct job_kind in
 * job.h.
 */
#ifndef PBC_SERVER_JOB_KINDS_H
#define PBC_SERVER_JOB_KINDS_H

#include "server/job/job.h"

bool import_practices(struct job *job);
bool import_providers(struct job *job);
bool import_provider_terms(struct job *job);
bool import_populations(struct job *job);
bool import_weightings(struct job *job);
bool import_tariff(struct job *job);
bool import_activity(struct job *job);
bool submit_contract(struct job *job);
bool submit_invoice(struct job *job);
bool budget_run(struct job *job);
bool settlement_run(struct job *job);
bool restore_submission(struct job *job);
bool tariff_impact(struct job *job);
bool tariff_apply(struct job *job);

#endif
