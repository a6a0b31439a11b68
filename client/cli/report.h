/* The Financial Summary in the layout of the 2007/08 report, and as CSV. */
#ifndef PBC_CLIENT_CLI_REPORT_H
#define PBC_CLIENT_CLI_REPORT_H

#include "pbc/v1/report.pb-c.h"

/* What the report was asked to hold, which its head says; NULL where nothing was. */
struct report_filters {
	const char *pod; /* "admitted", ..., or "all" */
	const char *chapter;
	const char *hrg;
	const char *specialty;
	const char *provider;
	const char *by; /* what the rows are: "provider", which is NULL too, "pod", ... */
};

void report_print_table(
    const Pbc__V1__GetFinancialSummaryResponse *summary, const struct report_filters *filters);
void report_print_csv(const Pbc__V1__GetFinancialSummaryResponse *summary);

/* "over budget by £7.6k", "under budget by £0.1k", "on budget": variance is budget minus actual. */
void report_variance_words(int64_t variance_pence, char text[80]);

/*
 * "earlier flex months ended 3.1 % higher": what flex months came to, and their freezes. flex_pence
 * is positive.
 */
void report_completion_words(int64_t flex_pence, int64_t frozen_pence, char text[80]);

#endif
