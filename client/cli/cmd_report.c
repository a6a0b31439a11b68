/* report: the Financial Summary. */
#include "client/cli/report.h"
#include "client/cli/tables.h"
#include "client/cli/view.h"

static const struct param summary_params[] = {
    {"practice", "practice_code", "CODE",
	"whose; if left out your own practice's, or the whole PCT", false},
    {"year", "financial_year", "YEAR", "financial year, 2017/18", true},
    {"to", "period", "YYYY-MM", "month in which the report ends", true},
    {"pod", "pod_group", "GROUP", "admitted, outpatient, ae or all (default)", false},
    {"chapter", "chapter", "CHAPTER", "only this HRG chapter", false},
    {"hrg", "hrg", "HRG", "only this HRG", false},
    {"specialty", "specialty", "CODE", "only this treatment function", false},
    {"provider", "provider_code", "CODE", "only this provider", false},
    {"by", "analyse_by", "WHAT", "provider (default), pod, specialty, chapter, hrg or practice",
	false},
    {"as-at", "as_at", "DATE", "activity as known at the end of this day, or at a moment", false},
    {0},
};

static enum exit_code
financial_summary(struct invocation *invocation)
{
	enum exit_code code = EXIT_OK;
	ProtobufCMessage *answer = invocation_answer(invocation, &code);
	const struct report_filters filters = {
	    .pod = invocation_value(invocation, "pod"),
	    .chapter = invocation_value(invocation, "chapter"),
	    .hrg = invocation_value(invocation, "hrg"),
	    .specialty = invocation_value(invocation, "specialty"),
	    .provider = invocation_value(invocation, "provider"),
	    .by = invocation_value(invocation, "by"),
	};

	if (answer == NULL)
		return code;
	switch (invocation->options.format) {
	case FORMAT_TABLE:
		report_print_table((const Pbc__V1__GetFinancialSummaryResponse *)answer, &filters);
		break;
	case FORMAT_CSV:
		report_print_csv((const Pbc__V1__GetFinancialSummaryResponse *)answer);
		break;
	case FORMAT_JSON:
		view_print_json(answer);
		break;
	}
	protobuf_c_message_free_unpacked(answer, NULL);
	return EXIT_OK;
}

const struct command report_commands[] = {
    {"report", "financial-summary", &pbc__v1__report_service__descriptor, "GetFinancialSummary",
	summary_params, financial_summary, NULL, 0,
	"budget, actual and variance of the month and the year",
	"Variance is budget minus actual: an overspend is negative. Costs are shown in\n"
	"thousands of pounds; CSV and JSON hold them to the penny. " COUNT_NOTES,
	"pbc report financial-summary --practice A81001 --year 2017/18 --to 2017-07 \\\n"
	"    --pod admitted"},
    {0},
};
