/* grpc-timeout, by doc/PROTOCOL-HTTP2.md: TimeoutValue is a positive integer of at most 8 digits.
 */
#include <criterion/criterion.h>

#include "server/rpc/timeout.h"

Test(timeout, is_digits_and_a_unit)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} cases[] = {
	    {"1H", 3600000},
	    {"2M", 120000},
	    {"3S", 3000},
	    {"500m", 500},
	    {"1500u", 2}, /* rounded up */
	    {"1000u", 1},
	    {"1n", 1},
	    {"0m", 0},
	    {"99999999H", 359999996400000},
	    {"99999999n", 100},
	    {"100000000m", -1}, /* nine digits */
	    {"", -1},
	    {"m", -1},
	    {"5", -1},
	    {"5s", -1},
	    {"5 S", -1},
	    {"-5S", -1},
	    {"+5S", -1},
	    {"5SS", -1},
	    {"1.5S", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = -1;
		bool ok = timeout_parse(cases[i].text, &ms);

		cr_expect_eq(ok, cases[i].ms >= 0, "%s", cases[i].text);
		cr_expect_eq(ms, cases[i].ms, "%s gives %lld", cases[i].text, (long long)ms);
	}
}
