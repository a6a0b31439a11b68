/* The table of operations. */
#include "server/job/kinds.h"

#include <string.h>

static const struct job_kind kinds[] = {
    {"import_practices", "bytes", import_practices, true},
    {"import_providers", "bytes", import_providers, true},
    {"import_provider_terms", "bytes", import_provider_terms, true},
    {"import_populations", "bytes", import_populations, true},
    {"import_weightings", "bytes", import_weightings, true},
    {"import_tariff", "bytes", import_tariff, true},
    {"import_activity", "bytes", import_activity, false},
    {"submit_contract", "bytes", submit_contract, false},
    {"submit_invoice", "bytes", submit_invoice, false},
    {"budget_run", "records", budget_run, false},
    {"settlement_run", "invoices", settlement_run, false},
    {"restore_submission", "submissions", restore_submission, false},
    {"tariff_impact", "records", tariff_impact, false},
    {"tariff_apply", "records", tariff_apply, false},
};

const struct job_kind *
job_kind_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(name, kinds[i].name) == 0)
			return &kinds[i];
	return NULL;
}
