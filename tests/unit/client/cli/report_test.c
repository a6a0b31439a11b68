/* Variances and completeness in words. The layout itself is tested by what pbc prints. */
#include <criterion/criterion.h>

#include "client/cli/report.h"

Test(report, a_variance_is_said_in_words)
{
	static const struct {
		int64_t pence;
		const char *words;
	} cases[] = {
	    {-760000, "over budget by £7,600.00"}, {12, "under budget by £0.12"}, {0, "on budget"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[80];

		report_variance_words(cases[i].pence, text);
		cr_expect_str_eq(text, cases[i].words);
	}
}

Test(report, how_earlier_flex_months_ended_is_said_in_words)
{
	static const struct {
		int64_t flex_pence, frozen_pence;
		const char *words;
	} cases[] = {
	    {1000000, 1031000, "earlier flex months ended 3.1 % higher"},
	    {1000000, 879500, "earlier flex months ended 12.1 % lower"},
	    {1000000, 1000499, "earlier flex months ended the same"},
	    {1000000, 1000500, "earlier flex months ended 0.1 % higher"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[80];

		report_completion_words(cases[i].flex_pence, cases[i].frozen_pence, text);
		cr_expect_str_eq(text, cases[i].words);
	}
}
