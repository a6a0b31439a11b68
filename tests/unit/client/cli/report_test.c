/* Variances in words. The layout itself is tested by what pbc prints. */
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
