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

/* time() lags behind by a tick of the kernel's timer, so a second may have begun without it. */
static time_t
now_in_seconds(void)
{
	struct timespec now;

	cr_assert_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
	return now.tv_sec;
}

Test(clock, wall_text_is_now_in_utc)
{
	char text[25];
	int64_t seconds;
	int32_t nanos;
	time_t before = now_in_seconds();

	clock_wall_text(text);
	cr_assert_eq(strlen(text), 24);
	cr_assert_eq(text[19], '.');
	cr_assert(timestamp_parse(text, &seconds, &nanos));
	cr_expect_geq(seconds, before);
	cr_expect_leq(seconds, now_in_seconds());
}
