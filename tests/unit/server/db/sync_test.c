/*
 * The blocking connection against a real cluster: statements, transactions, COPY, stopping, loss.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "server/db/sync.h"
#include "tests/support/test_pg.h"

static const char set_up_sql[] =
    "CREATE ROLE pbc_job LOGIN; GRANT ALL ON SCHEMA public TO pbc_job;"
    "CREATE TABLE kinds (a text, b smallint, c integer, d bigint, e boolean, f date, g bytea, h "
    "uuid);"
    "CREATE TABLE numbers (n bigint PRIMARY KEY, body text);"
    "CREATE TABLE late (x integer UNIQUE DEFERRABLE INITIALLY DEFERRED);"
    "CREATE SEQUENCE attempt;"
    "CREATE FUNCTION conflict(until integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
    " IF nextval('attempt') < until THEN RAISE 'conflict' USING ERRCODE = '40001'; END IF; END $$;"
    "CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE 'Run 7 is sealed.' USING ERRCODE = 'ZC412', HINT = 'Start another run.',"
    "  COLUMN = 'run', CONSTRAINT = 'RUN_SEALED'; END $$;"
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO pbc_job;"
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO pbc_job;";

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	(void)tests;
	/* Tests stop and start the cluster that they share. */
	criterion_options.jobs = 1;
	test_pg_start(set_up_sql);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	(void)stats;
	test_pg_remove();
}

static char conninfo[TEST_PG_CONNINFO];
static struct sync_conn *conn;
static struct status status;
static int64_t stop_at_ms = INT64_MAX;

static bool
should_stop(void *arg)
{
	(void)arg;
	return clock_monotonic_ms() >= stop_at_ms;
}

static struct sync_config
config(void)
{
	return (struct sync_config){.conninfo = conninfo,
	    .name = "sync_test",
	    .reconnect_max_ms = 200,
	    .should_stop = should_stop};
}

static void
set_up(void)
{
	struct sync_config with = config();

	test_pg_conninfo(conninfo, "pbc_job");
	conn = sync_connect(&with, &status);
	cr_assert_not_null(conn);
}

static void
tear_down(void)
{
	sync_close(conn);
}

static bool
run(const char *text)
{
	return sync_exec(conn, text, NULL, 0, NULL, &status);
}

TestSuite(sync, .init = set_up, .fini = tear_down, .timeout = 60);

Test(sync, gives_rows_by_column_with_nulls)
{
	const char *const params[] = {"3", NULL};
	struct sync_rows *rows;

	cr_assert(sync_exec(conn,
	    "SELECT i, i * 10, CASE WHEN i = 2 THEN $2::text ELSE 'x' END"
	    " FROM generate_series(1, $1::integer) i ORDER BY i",
	    params, 2, &rows, &status));
	cr_assert_eq(sync_rows_count(rows), 3);
	cr_assert_eq(sync_int64(rows, 2, 1), 30);
	cr_assert_str_eq(sync_text(rows, 0, 2), "x");
	cr_assert(sync_is_null(rows, 1, 2));
	cr_assert_str_eq(sync_text(rows, 1, 2), "");
	sync_rows_free(rows);

	cr_assert(sync_exec(conn, "INSERT INTO numbers SELECT generate_series(9001, 9005)", NULL, 0,
	    &rows, &status));
	cr_assert_eq(sync_rows_affected(rows), 5);
	sync_rows_free(rows);
}

Test(sync, gives_dates_as_days)
{
	struct sync_rows *rows;

	cr_assert(sync_exec(conn, "SELECT '2007-07-31'::date, '1970-01-01'::date, NULL::date", NULL,
	    0, &rows, &status));
	cr_expect_eq(sync_date(rows, 0, 0), 13725);
	cr_expect_eq(sync_date(rows, 0, 1), 0);
	cr_expect_eq(sync_date(rows, 0, 2), DATE_NONE);
	sync_rows_free(rows);
}

Test(sync, refusals_are_statuses_and_leave_the_connection_usable)
{
	cr_assert_not(run("SELECT refuse()"));
	cr_assert_eq(status.code, STATUS_FAILED_PRECONDITION);
	cr_assert_str_eq(status.reason, "RUN_SEALED");
	cr_assert_str_eq(status.field, "run");
	cr_assert_str_eq(status.hint, "Start another run.");
	cr_assert_str_eq(status.message, "Run 7 is sealed.");
	cr_assert_not(run("SELECT 'x'::integer"));
	cr_assert_eq(status.code, STATUS_INVALID_ARGUMENT);
	cr_assert_not(run("SELEC"));
	cr_assert_eq(status.code, STATUS_INTERNAL);
	cr_assert(run("SELECT 1"));
}

Test(sync, transactions_commit_or_leave_nothing)
{
	cr_assert(sync_begin(conn, &status));
	cr_assert(run("INSERT INTO numbers VALUES (1)"));
	cr_assert(sync_commit(conn, &status));
	cr_assert(sync_begin(conn, &status));
	cr_assert(run("INSERT INTO numbers VALUES (2)"));
	cr_assert_not(run("INSERT INTO numbers VALUES (1)"));
	sync_rollback(conn);
	sync_rollback(conn);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM numbers WHERE n IN (1, 2)"), 1);

	cr_assert(sync_begin(conn, &status));
	cr_assert(run("INSERT INTO late VALUES (1), (1)"));
	cr_assert_not(sync_commit(conn, &status), "the constraint speaks at commit");
	cr_assert_eq(status.code, STATUS_INTERNAL);
	cr_assert(run("SELECT 1"));
}

static int work_count;

static bool
conflicting_work(void *arg, struct sync_conn *with, struct status *why)
{
	const char *const params[] = {arg};

	work_count++;
	return sync_exec(with, "INSERT INTO numbers VALUES (100 + currval('attempt'))", NULL, 0,
		   NULL, why) &&
	       sync_exec(with, "SELECT conflict($1)", params, 1, NULL, why);
}

static bool
refused_work(void *arg, struct sync_conn *with, struct status *why)
{
	(void)arg;
	work_count++;
	return sync_exec(with, "SELECT refuse()", NULL, 0, NULL, why);
}

Test(sync, a_lost_race_is_run_again_three_times)
{
	char fourth_time[] = "5", too_late[] = "100";

	cr_assert(run("SELECT nextval('attempt')"));
	cr_assert(
	    sync_transaction(conn, conflicting_work, fourth_time, &status), "%s", status.message);
	cr_assert_eq(work_count, 4);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM numbers WHERE n BETWEEN 100 AND 200"), 1);
	work_count = 0;
	cr_assert_not(sync_transaction(conn, conflicting_work, too_late, &status));
	cr_assert_eq(status.code, STATUS_ABORTED);
	cr_assert_eq(work_count, 4);
	work_count = 0;
	cr_assert_not(sync_transaction(conn, refused_work, NULL, &status));
	cr_assert_eq(work_count, 1, "a refusal is final");
	cr_assert_eq(test_pg_int("SELECT count(*) FROM numbers WHERE n BETWEEN 100 AND 200"), 1);
}

Test(sync, should_stop_cancels_what_runs)
{
	int64_t start_ms = clock_monotonic_ms();

	stop_at_ms = start_ms + 100;
	cr_assert_not(run("SELECT pg_sleep(30)"));
	cr_assert_eq(status.code, STATUS_CANCELLED);
	cr_assert_lt(clock_monotonic_ms() - start_ms, 2000);
	cr_assert_eq(
	    test_pg_int("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), 0);
	stop_at_ms = INT64_MAX;
	cr_assert(run("SELECT 1"));
}

Test(sync, a_rollback_is_not_stopped)
{
	cr_assert(sync_begin(conn, &status));
	cr_assert(run("INSERT INTO numbers VALUES (77)"));
	stop_at_ms = 0;
	cr_assert_not(run("SELECT 1"));
	sync_rollback(conn);
	stop_at_ms = INT64_MAX;
	cr_assert(
	    run("INSERT INTO numbers VALUES (77)"), "the session is in no failed transaction");
}

struct sum {
	int64_t rows, total, stop_after;
};

static bool
add_row(void *arg, const struct sync_rows *rows)
{
	struct sum *sum = arg;

	sum->total += sync_int64(rows, 0, 0);
	return ++sum->rows != sum->stop_after;
}

Test(sync, streams_row_by_row)
{
	const char *const params[] = {"100000"};
	struct sum all = {0}, some = {.stop_after = 1000};

	cr_assert(sync_stream(
	    conn, "SELECT generate_series(1, $1::bigint)", params, 1, add_row, &all, &status));
	cr_assert_eq(all.rows, 100000);
	cr_assert_eq(all.total, 5000050000);
	cr_assert(sync_stream(
	    conn, "SELECT generate_series(1, $1::bigint)", params, 1, add_row, &some, &status));
	cr_assert_eq(some.rows, 1000);
	cr_assert_eq(some.total, 500500);
	cr_assert(run("SELECT 1"));
}

Test(sync, a_stream_fails_and_stops_like_a_statement)
{
	struct sum sum = {0};

	cr_assert_not(sync_stream(conn, "SELECT 100 / (3 - i) FROM generate_series(1, 5) i", NULL,
	    0, add_row, &sum, &status));
	cr_assert_eq(status.code, STATUS_INVALID_ARGUMENT, "22012");
	cr_assert_eq(sum.rows, 2);
	stop_at_ms = clock_monotonic_ms() + 50;
	cr_assert_not(sync_stream(
	    conn, "SELECT generate_series(1, 2000000000)", NULL, 0, add_row, &sum, &status));
	cr_assert_eq(status.code, STATUS_CANCELLED);
	stop_at_ms = INT64_MAX;
	cr_assert(run("SELECT 1"));
}

/* The stop comes before the database has so much as read the statement. */
Test(sync, a_stop_at_once_ends_a_stream_and_keeps_the_session)
{
	struct sum sum = {0};
	int round;

	for (round = 0; round < 20; round++) {
		stop_at_ms = 0;
		cr_assert_not(sync_stream(conn, "SELECT generate_series(1, 2000000000)", NULL, 0,
		    add_row, &sum, &status));
		cr_assert_eq(status.code, STATUS_CANCELLED);
		stop_at_ms = INT64_MAX;
		cr_assert(run("SELECT 1"));
	}
}

static bool
add_bytes(void *arg, const void *data, size_t length)
{
	struct sum *sum = arg;

	sum->total += (int64_t)length;
	cr_assert(length == 0 || ((const char *)data)[length - 1] == '\0');
	return ++sum->rows != sum->stop_after;
}

Test(sync, streams_bytes_as_they_are)
{
	static const char query[] = "SELECT decode(repeat('ff00', n), 'hex') FROM"
				    " generate_series(0, $1::integer) n";
	const char *const params[] = {"1000"};
	struct sum all = {0}, some = {.stop_after = 10};

	cr_assert(sync_stream_bytes(conn, query, params, 1, add_bytes, &all, &status));
	cr_assert_eq(all.rows, 1001);
	cr_assert_eq(all.total, 1001000);
	cr_assert(sync_stream_bytes(conn, query, params, 1, add_bytes, &some, &status));
	cr_assert_eq(some.rows, 10);
	cr_assert(run("SELECT 1"));
}

Test(sync, an_answer_is_taken_later_or_given_up_by_a_rollback)
{
	static const char query[] = "SELECT decode(repeat('ff00', n), 'hex') FROM"
				    " generate_series(1, $1::integer) n";
	const char *const few[] = {"1000"}, *const many[] = {"2000000000"};
	struct sync_config with = config();
	struct sync_conn *other = sync_connect(&with, &status);
	struct sum all = {0};

	cr_assert(sync_begin(conn, &status));
	cr_assert(sync_bytes_ask(conn, query, few, 1, &status));
	cr_assert(sync_exec(other, "SELECT 1", NULL, 0, NULL, &status), "meanwhile");
	cr_assert(sync_bytes_take(conn, add_bytes, &all, &status));
	cr_assert_eq(all.rows, 1000);
	cr_assert(sync_bytes_ask(conn, query, many, 1, &status));
	sync_rollback(conn);
	cr_assert(run("SELECT 1"));
	sync_rollback(conn);
	cr_assert(run("SELECT 1"));
	sync_close(other);
}

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

Test(sync, copies_every_type_in_both_formats)
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
Test(sync, copies_text_that_begins_with_an_empty_field)
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

Test(sync, copies_far_more_than_a_buffer)
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

Test(sync, a_refused_copy_stores_nothing_and_says_why)
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

Test(sync, an_abandoned_or_stopped_copy_stores_nothing)
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

Test(sync, waits_for_notifications)
{
	char payload[SYNC_PAYLOAD_LIMIT];
	int64_t start_ms;

	cr_assert(sync_listen(conn, "pbc_job", &status));
	cr_assert_eq(sync_wait(conn, 0, payload), SYNC_WAIT_TIMEOUT);
	test_pg_int("NOTIFY pbc_job, 'operation/9'");
	test_pg_int("NOTIFY pbc_job, 'operation/10'");
	cr_assert_eq(sync_wait(conn, 5000, payload), SYNC_WAIT_NOTIFIED);
	cr_assert_str_eq(payload, "operation/9");
	cr_assert_eq(sync_wait(conn, 5000, payload), SYNC_WAIT_NOTIFIED);
	cr_assert_str_eq(payload, "operation/10");
	start_ms = clock_monotonic_ms();
	cr_assert_eq(sync_wait(conn, 250, payload), SYNC_WAIT_TIMEOUT);
	cr_assert_geq(clock_monotonic_ms() - start_ms, 250);
	stop_at_ms = 0;
	cr_assert_eq(sync_wait(conn, 60000, payload), SYNC_WAIT_STOPPED);
}

Test(sync, a_lost_session_is_unavailable_until_reconnected)
{
	char payload[SYNC_PAYLOAD_LIMIT];

	cr_assert(sync_begin(conn, &status));
	test_pg_stop("immediate");
	cr_assert_eq(sync_wait(conn, 5000, payload), SYNC_WAIT_LOST);
	cr_assert_not(run("SELECT 1"));
	cr_assert_eq(status.code, STATUS_UNAVAILABLE);
	cr_assert_not(sync_commit(conn, &status));
	sync_rollback(conn);
	stop_at_ms = clock_monotonic_ms() + 500;
	cr_assert_not(sync_reconnect(conn, &status), "there is no server");
	cr_assert_eq(status.code, STATUS_CANCELLED);
	cr_assert_not(run("SELECT 1"));
	cr_assert_eq(status.code, STATUS_UNAVAILABLE);
	test_pg_start(NULL);
	stop_at_ms = INT64_MAX;
	cr_assert(sync_reconnect(conn, &status));
	cr_assert(run("SELECT 1"));
}

Test(sync, a_commit_without_an_answer_has_an_unknown_outcome)
{
	cr_assert(sync_begin(conn, &status));
	cr_assert(run("INSERT INTO numbers VALUES (88)"));
	test_pg_stop("immediate");
	cr_assert_not(sync_commit(conn, &status));
	cr_assert_eq(status.code, STATUS_UNAVAILABLE);
	cr_assert_str_eq(status.reason, "OUTCOME_UNKNOWN");
	test_pg_start(NULL);
}
