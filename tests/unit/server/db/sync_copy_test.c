/* COPY against a real cluster: every type in both formats, long ones, refusal, stopping. */
#include <criterion/criterion.h>

#include "common/clock.h"
#include "tests/unit/server/db/sync_fixture.h"

TestSuite(sync_copy, .init = set_up, .fini = tear_down, .timeout = 60);

static void
put_kinds(struct sync_copy *copy, bool with_uuid)
{
	static const unsigned char bytes[16] = {0x00, 0xff, 0x5c, 0x0a};

	sync_copy_row(copy);
	sync_copy_text(copy, "tab\there\nback\\slash £");
	sync_copy_int16(copy, INT16_MIN);
	sync_copy_int32(copy, INT32_MIN);
	sync_copy_int64(copy, INT64_MIN);
	sync_copy_bool(copy, true);
	sync_copy_date(copy, date_from_civil(2007, 7, 31));
	sync_copy_bytes(copy, bytes, 4);
	if (with_uuid)
		sync_copy_bytes(copy, bytes, 16);
	else
		sync_copy_text(copy, "00ff5c0a-0000-0000-0000-000000000000");
	sync_copy_row(copy);
	sync_copy_text(copy, "");
	sync_copy_null(copy);
	sync_copy_null(copy);
	sync_copy_null(copy);
	sync_copy_bool(copy, false);
	sync_copy_date(copy, DATE_NONE);
	sync_copy_bytes(copy, bytes, 0);
	sync_copy_text(copy, NULL);
}

/* The literals are PostgreSQL's reading of the same values. */
static const char kinds_found[] =
    "SELECT count(*) FROM kinds WHERE (a = E'tab\\there\\nback\\\\slash £' AND b = -32768"
    " AND c = -2147483648 AND d = -9223372036854775808 AND e AND f = '2007-07-31'"
    " AND g = '\\x00ff5c0a' AND h = '00ff5c0a-0000-0000-0000-000000000000')"
    " OR (a = '' AND b IS NULL AND c IS NULL AND d IS NULL AND NOT e AND f IS NULL"
    " AND g = '\\x' AND h IS NULL)";

Test(sync_copy, copies_every_type_in_both_formats)
{
	struct sync_copy *copy;
	int64_t rows = 0;

	copy = sync_copy_start(
	    conn, "COPY kinds FROM STDIN WITH (FORMAT binary)", SYNC_COPY_BINARY, 8, &status);
	put_kinds(copy, true);
	cr_assert(sync_copy_finish(copy, &rows, &status), "%s", status.message);
	cr_assert_eq(rows, 2);
	cr_assert_eq(test_pg_int(kinds_found), 2);
	cr_assert(run("TRUNCATE kinds"));
	copy = sync_copy_start(conn, "COPY kinds FROM STDIN", SYNC_COPY_TEXT, 8, &status);
	put_kinds(copy, false);
	cr_assert(sync_copy_finish(copy, &rows, &status), "%s", status.message);
	cr_assert_eq(rows, 2);
	cr_assert_eq(test_pg_int(kinds_found), 2);
}

static struct sync_copy *
start_numbers(void)
{
	return sync_copy_start(
	    conn, "COPY numbers FROM STDIN WITH (FORMAT binary)", SYNC_COPY_BINARY, 2, &status);
}

static bool
put_number(struct sync_copy *copy, int64_t n)
{
	bool more = sync_copy_row(copy);

	sync_copy_int64(copy, n);
	sync_copy_text(copy, "forty characters of body, more or less..");
	return more;
}

/* Of whose first row nothing is written but its end. */
Test(sync_copy, copies_text_that_begins_with_an_empty_field)
{
	struct sync_copy *copy;
	int64_t rows = 0;

	cr_assert(run("TRUNCATE kinds"));
	copy = sync_copy_start(conn, "COPY kinds (a) FROM STDIN", SYNC_COPY_TEXT, 1, &status);
	sync_copy_row(copy);
	sync_copy_text(copy, "");
	sync_copy_row(copy);
	sync_copy_text(copy, NULL);
	cr_assert(sync_copy_finish(copy, &rows, &status), "%s", status.message);
	cr_expect_eq(rows, 2);
	cr_expect_eq(test_pg_int("SELECT count(*) FROM kinds WHERE a = ''"), 1);
}

Test(sync_copy, copies_far_more_than_a_buffer)
{
	struct sync_copy *copy = start_numbers();
	int64_t i, rows = 0;

	for (i = 0; i < 200000; i++)
		put_number(copy, 1000000 + i);
	cr_assert(sync_copy_finish(copy, &rows, &status), "%s", status.message);
	cr_assert_eq(rows, 200000);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM numbers WHERE n >= 1000000"), 200000);
	cr_assert(run("DELETE FROM numbers WHERE n >= 1000000"));
}

Test(sync_copy, a_refused_copy_stores_nothing_and_says_why)
{
	struct sync_copy *copy = start_numbers();
	int64_t i, rows = -1;

	for (i = 0; i < 20000; i++)
		put_number(copy, 3000000);
	cr_assert_not(sync_copy_finish(copy, &rows, &status));
	cr_assert_eq(status.code, STATUS_INTERNAL, "23505: %s", status.message);
	cr_assert_eq(rows, -1);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM numbers WHERE n = 3000000"), 0);
	cr_assert(run("SELECT 1"));
	cr_assert_null(sync_copy_start(conn, "COPY gone FROM STDIN", SYNC_COPY_TEXT, 1, &status));
}

Test(sync_copy, an_abandoned_or_stopped_copy_stores_nothing)
{
	struct sync_copy *copy = start_numbers();
	int i;

	for (i = 0; i < 10000; i++)
		put_number(copy, 4000000 + i);
	sync_copy_abandon(copy);
	copy = start_numbers();
	stop_at_ms = clock_monotonic_ms() + 50;
	for (i = 0; i < 50000000 && put_number(copy, 4000000 + i);)
		i++;
	cr_assert_lt(i, 50000000, "a long loop learns of the stop");
	cr_assert_not(sync_copy_finish(copy, NULL, &status));
	stop_at_ms = INT64_MAX;
	cr_assert_eq(status.code, STATUS_CANCELLED);
	cr_assert(run("SELECT 1"));
	cr_assert_eq(test_pg_int("SELECT count(*) FROM numbers WHERE n >= 4000000"), 0);
}
