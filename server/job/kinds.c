/* The table of operations. */
#include "server/job/kinds.h"

#include <string.h>

static const struct job_kind kinds[] = {
    {"import_practices", "bytes", import_practices},
    {"import_providers", "bytes", import_providers},
    {"import_provider_terms", "bytes", import_provider_terms},
    {"import_populations", "bytes", import_populations},
    {"import_weightings", "bytes", import_weightings},
    {"import_tariff", "bytes", import_tariff},
    {"import_activity", "bytes", import_activity},
    {"submit_contract", "bytes", submit_contract},
    {"submit_invoice", "bytes", submit_invoice},
    {"budget_run", "records", budget_run},
    {"settlement_run", "invoices", settlement_run},
    {"restore_submission", "submissions", restore_submission},
    {"tariff_impact", "records", tariff_impact},
    {"tariff_apply", "records", tariff_apply},
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
