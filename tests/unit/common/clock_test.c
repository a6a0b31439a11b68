/* The monotonic clock never goes back; the wall clock writes RFC 3339. */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/timestamp.h"

Test(clock, monotonic_time_moves_forward_in_its_units)
{
	int64_t before_us = clock_monotonic_us(), before_ms = clock_monotonic_ms();
	const struct timespec pause = {.tv_nsec = 20000000};

	nanosleep(&pause, NULL);
	cr_expect_geq(clock_monotonic_us() - before_us, 20000);
	cr_expect_geq(clock_monotonic_ms() - before_ms, 19);
	cr_expect_lt(clock_monotonic_us() - before_us, 60000000);
}

Test(clock, wall_text_is_now_in_utc)
{
	char text[25];
	int64_t seconds;
	int32_t nanos;
	time_t before = time(NULL);

	clock_wall_text(text);
	cr_assert_eq(strlen(text), 24);
	cr_assert_eq(text[19], '.');
	cr_assert(timestamp_parse(text, &seconds, &nanos));
	cr_expect_geq(seconds, before);
	cr_expect_leq(seconds, time(NULL));
}
