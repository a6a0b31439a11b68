/* The blocking connection against a real cluster: statements, transactions, stopping, loss. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "common/clock.h"
#include "tests/unit/server/db/sync_fixture.h"

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

/* As CONTRIBUTING.md publishes them. */
Test(sync, each_sqlstate_is_told_by_its_registered_code)
{
	static const struct {
		const char *sqlstate;
		enum status_code code;
	} rows[] = {
	    {"ZC400", STATUS_INVALID_ARGUMENT},
	    {"ZC401", STATUS_UNAUTHENTICATED},
	    {"ZC403", STATUS_PERMISSION_DENIED},
	    {"ZC404", STATUS_NOT_FOUND},
	    {"ZC409", STATUS_ALREADY_EXISTS},
	    {"ZC410", STATUS_ABORTED},
	    {"ZC412", STATUS_FAILED_PRECONDITION},
	    {"ZC429", STATUS_RESOURCE_EXHAUSTED},
	    {"57014", STATUS_DEADLINE_EXCEEDED},
	    {"40001", STATUS_ABORTED},
	    {"40P01", STATUS_ABORTED},
	    {"55P03", STATUS_ABORTED},
	    {"22P02", STATUS_INVALID_ARGUMENT},
	    {"22003", STATUS_INVALID_ARGUMENT},
	    {"08006", STATUS_UNAVAILABLE},
	    {"57P01", STATUS_UNAVAILABLE},
	    {"57P03", STATUS_UNAVAILABLE},
	    {"53000", STATUS_RESOURCE_EXHAUSTED},
	    {"53100", STATUS_RESOURCE_EXHAUSTED}, /* disk full */
	    {"53200", STATUS_RESOURCE_EXHAUSTED}, /* out of memory */
	    {"53300", STATUS_UNAVAILABLE},        /* too many connections */
	    {"53400", STATUS_RESOURCE_EXHAUSTED},
	    /* Not registered, so nobody's fault but ours. */
	    {"ZC499", STATUS_INTERNAL},
	    {"40002", STATUS_INTERNAL},
	    {"57000", STATUS_INTERNAL},
	    {"54001", STATUS_INTERNAL},
	    {"23505", STATUS_INTERNAL},
	    {"42501", STATUS_INTERNAL},
	    {"P0001", STATUS_INTERNAL},
	    {"XX000", STATUS_INTERNAL},
	};
	char statement[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(statement, sizeof(statement), "DO 'BEGIN RAISE SQLSTATE ''%s''; END'",
		    rows[i].sqlstate);
		cr_expect_not(run(statement));
		cr_expect_eq(status.code, rows[i].code, "%s", rows[i].sqlstate);
	}
	cr_expect(run("SELECT 1"));
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
	cr_assert_lt(clock_monotonic_ms() - start_ms, 15000);
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
