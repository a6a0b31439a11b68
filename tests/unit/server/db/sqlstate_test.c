/* Which errors are tried again, and which never heal; and the wait between attempts. */
#include <criterion/criterion.h>

#include "server/db/backoff.h"
#include "server/db/sqlstate.h"

Test(sqlstate, only_lost_races_are_tried_again)
{
	cr_expect(db_sqlstate_is_retriable("40001"));
	cr_expect(db_sqlstate_is_retriable("40P01"));
	cr_expect_not(db_sqlstate_is_retriable("55P03"), "who waited would wait again");
	cr_expect_not(db_sqlstate_is_retriable("40002"));
	cr_expect_not(db_sqlstate_is_retriable("ZC410"));
	cr_expect_not(db_sqlstate_is_retriable(""));
}

Test(sqlstate, drift_is_what_waiting_does_not_heal)
{
	cr_expect(db_sqlstate_is_drift("42883"), "unknown function");
	cr_expect(db_sqlstate_is_drift("42804"), "wrong type");
	cr_expect(db_sqlstate_is_drift("42501"), "missing right");
	cr_expect(db_sqlstate_is_drift("3F000"), "unknown schema");
	cr_expect_not(db_sqlstate_is_drift("57P01"), "server stops");
	cr_expect_not(db_sqlstate_is_drift("53200"), "out of memory");
	cr_expect_not(db_sqlstate_is_drift("57014"), "cancelled");
}

Test(backoff, doubles_to_its_ceiling_within_the_upper_half)
{
	static const struct {
		int failures, max_ms, least_ms, most_ms;
	} rows[] = {
	    {0, 5000, 50, 100},
	    {1, 5000, 100, 200},
	    {2, 5000, 200, 400},
	    {5, 5000, 1600, 3200},
	    {6, 5000, 2500, 5000},
	    {1000000, 5000, 2500, 5000},
	    {0, 20, 10, 20},
	    {0, 1, 1, 1},
	};
	size_t i;
	uint32_t random;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int least_ms = rows[i].max_ms, most_ms = 0;

		for (random = 0; random <= 5000; random++) {
			int wait_ms = db_backoff_ms(rows[i].failures, rows[i].max_ms, random);

			least_ms = wait_ms < least_ms ? wait_ms : least_ms;
			most_ms = wait_ms > most_ms ? wait_ms : most_ms;
		}
		cr_expect_eq(least_ms, rows[i].least_ms, "row %zu: %d", i, least_ms);
		cr_expect_eq(most_ms, rows[i].most_ms, "row %zu: %d", i, most_ms);
	}
}
