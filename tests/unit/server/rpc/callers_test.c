/* What callers have: calls by name, bytes of requests by shares. */
#include <criterion/criterion.h>

#include "server/rpc/callers.h"

Test(callers, are_told_apart_by_organisation_and_name)
{
	static const struct {
		const char *organisation, *name;
	} names[] = {
	    {"5XZ", "alice"}, {"5YZ", "alice"}, {"5XZ", "bob"}, {"", "2001:db8::"}, {"", "5XZ"}};
	struct callers *callers = callers_new(1, 0);
	struct caller *held[5];

	for (size_t i = 0; i < 5; i++) {
		held[i] = callers_take(callers, names[i].organisation, names[i].name);
		cr_assert_not_null(held[i]);
		cr_expect_null(callers_take(callers, names[i].organisation, names[i].name));
		cr_expect_eq(callers_calls(callers), i + 1);
	}
	for (size_t i = 0; i < 5; i++)
		callers_release(callers, held[i], 0);
	cr_expect_eq(callers_calls(callers), 0);
	callers_free(callers);
}

/* Of 90 a caller alone may have 30, as 60 are left then; another 20 of the 60. */
Test(callers, hold_half_of_what_is_left)
{
	struct callers *callers = callers_new(2, 90);
	struct caller *one = callers_take(callers, "5XZ", "alice");
	struct caller *other = callers_take(callers, "5XZ", "bob");

	cr_expect(callers_hold(callers, one, 0, 30));
	cr_expect_not(callers_hold(callers, one, 30, 31));
	cr_expect(callers_hold(callers, one, 31, 30), "less is never too much");
	cr_expect_eq(callers_take(callers, "5XZ", "alice"), one);
	cr_expect_not(callers_hold(callers, one, 0, 1), "whichever call it is of");
	callers_release(callers, one, 1);
	cr_expect(callers_hold(callers, other, 0, 20));
	cr_expect_not(callers_hold(callers, other, 20, 22));
	callers_release(callers, one, 30);
	cr_expect(callers_hold(callers, other, 22, 30), "what has ended makes room");
	callers_release(callers, other, 30);
	callers_free(callers);
}
