/* The pool when callers leave, sessions end, or the server and its schema are not there. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "tests/unit/server/db/pool_fixture.h"

TestSuite(pool_loss, .init = set_up, .fini = tear_down, .timeout = 60);

static bool
write_lane_runs_one(void)
{
	struct db_stats stats;

	db_stats(db, &stats);
	return stats.in_flight == 1 &&
	       test_pg_int("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") ==
		   1;
}

static void
wait_until_running(void)
{
	cr_assert(run_until(write_lane_runs_one, WAIT_MS));
}

Test(pool_loss, a_cancelled_write_stops_and_frees_its_connection)
{
	int64_t start_ms;

	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "60000", &put_sql, "2003", "30000");
	wait_until_running();
	start_ms = clock_monotonic_ms();
	db_cancel(calls[0].ticket);
	submit(1, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(2);
	cr_assert_lt(clock_monotonic_ms() - start_ms, 15000);
	cr_assert_eq(calls[1].status.code, STATUS_OK);
	cr_assert_eq(calls[0].status.code, STATUS_CANCELLED);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2003"), 0);
}

Test(pool_loss, a_cancelled_submission_that_waits_is_never_sent)
{
	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "20000", &sleep_sql, "50", NULL);
	submit(1, DB_WRITE, "ann", "20000", &put_sql, "2004", "0");
	submit(2, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	submit(3, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	db_cancel(calls[1].ticket);
	wait_for(4);
	run_until(never, 50);
	cr_assert_eq(calls[1].status.code, STATUS_CANCELLED);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2004"), 0);
}

Test(pool_loss, a_cancelled_read_in_flight_leaves_its_neighbours_alone)
{
	open_db(1, 1);
	submit(0, DB_READ, "ann", "20000", &sleep_sql, "50", NULL);
	submit(1, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	run_until(never, 10);
	db_cancel(calls[0].ticket);
	wait_for(2);
	cr_assert_str_eq(calls[1].value, "body 1");
	cr_assert_eq(calls[0].answers, 1);
}

Test(pool_loss, a_cancelled_caller_still_learns_when_the_work_ended)
{
	struct db_stats stats;

	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "60000", &put_sql, "2005", "30000");
	submit(1, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_until_running();
	db_cancel(calls[0].ticket);
	db_cancel(calls[1].ticket);
	cr_assert_eq(answered, 0, "done was called before db_cancel returned");
	wait_for(2);
	cr_assert_eq(calls[0].status.code, STATUS_CANCELLED);
	cr_assert_eq(calls[1].status.code, STATUS_CANCELLED);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2005"), 0);
	db_stats(db, &stats);
	cr_assert_eq(stats.cancelled, 1, "the one that waited");
	submit(2, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(3);
	cr_assert_eq(
	    calls[2].status.code, STATUS_OK, "a late cancel must not hit the next segment");
}

Test(pool_loss, cancels_do_not_hit_the_segments_that_follow)
{
	int i;

	open_db(1, 2);
	for (i = 0; i < 120; i++)
		submit(i, DB_WRITE, "ann", "20000", &sleep_sql, "2", NULL);
	for (i = 0; i < 120; i += 2) {
		if (calls[i].answers == 0)
			db_cancel(calls[i].ticket);
		run_until(never, 3);
	}
	wait_for(120);
	for (i = 1; i < 120; i += 2)
		cr_assert_eq(calls[i].status.code, STATUS_OK, "%d: %s", i, calls[i].status.message);
}

Test(pool_loss, a_terminated_write_had_no_effect_and_the_pool_heals)
{
	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "60000", &put_sql, "2006", "30000");
	wait_until_running();
	test_pg_int(
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
	wait_for(1);
	cr_assert_eq(calls[0].status.code, STATUS_UNAVAILABLE);
	cr_assert_str_eq(calls[0].status.reason, "DATABASE_UNAVAILABLE");
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2006"), 0);
	cr_assert(run_until(is_settled, WAIT_MS));
	submit(1, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(2);
	cr_assert_eq(calls[1].status.code, STATUS_OK);
}

static bool
is_down(void)
{
	struct db_stats stats;

	db_stats(db, &stats);
	return !db_ready(db) && stats.connected == 0;
}

static bool
heard_again(void)
{
	return db_ready(db) && notified_count >= 2;
}

Test(pool_loss, survives_a_crash_of_the_server)
{
	open_db(2, 2);
	submit(0, DB_WRITE, "ann", "60000", &sleep_sql, "30000", NULL);
	submit(1, DB_READ, "ann", "60000", &sleep_sql, "30000", NULL);
	run_until(never, 100);
	notified_count = 1;
	test_pg_stop("immediate");
	wait_for(2);
	cr_assert_eq(calls[0].status.code, STATUS_UNAVAILABLE);
	cr_assert_str_eq(calls[0].status.reason, "OUTCOME_UNKNOWN");
	cr_assert_eq(calls[1].status.code, STATUS_UNAVAILABLE);
	cr_assert_str_eq(calls[1].status.reason, "DATABASE_UNAVAILABLE");

	cr_assert(run_until(is_down, WAIT_MS));
	submit(2, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	submit(3, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(4);
	cr_assert_eq(calls[2].status.code, STATUS_UNAVAILABLE);
	cr_assert_str_eq(calls[3].status.reason, "DATABASE_UNAVAILABLE");

	test_pg_start(NULL);
	cr_assert(run_until(heard_again, WAIT_MS));
	cr_assert_str_eq(notified[1], "", "watchers look again after a gap");
	submit(4, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	submit(5, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(6);
	cr_assert_eq(calls[4].status.code, STATUS_OK);
	cr_assert_eq(calls[5].status.code, STATUS_OK);
}

Test(pool_loss, starts_before_the_server_does)
{
	struct db_config config = config_of(1, 1);

	test_pg_stop("fast");
	db = db_new(base, &config, statements, GOOD_STATEMENTS);
	submit(0, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	wait_for(1);
	cr_assert_eq(calls[0].status.code, STATUS_UNAVAILABLE);
	test_pg_start(NULL);
	cr_assert(run_until(is_settled, WAIT_MS));
	cr_assert(db_ready(db));
}

/* In place of the C library's: the peer resets at a read of that number; 0 is never. */
static int reads_to_end;

ssize_t
recv(int fd, void *buffer, size_t length, int flags)
{
	if (reads_to_end > 0 && --reads_to_end == 0) {
		errno = ECONNRESET;
		return -1;
	}
	return recvfrom(fd, buffer, length, flags, NULL, NULL);
}

/* libpq reads by itself while it cannot send, and closes its socket when that fails. */
Test(pool_loss, a_session_may_end_at_any_moment_of_sending)
{
	enum { LENGTH = 2 * 1024 * 1024 };
	char *long_text = malloc(LENGTH);
	int moment, answers = 0;

	cr_assert_not_null(long_text);
	memset(long_text, '7', LENGTH - 1);
	long_text[LENGTH - 1] = '\0';
	open_db(1, 1);
	for (moment = 1; moment <= 8; moment++) {
		submit(answers++, DB_READ, "ann", "20000", &sleep_sql, "200", NULL);
		run_until(never, 50);
		submit(answers++, DB_READ, "ann", "20000", &number_sql, long_text, NULL);
		reads_to_end = moment;
		wait_for(answers);
		reads_to_end = 0;
		cr_expect(run_until(is_settled, WAIT_MS));
		submit(answers++, DB_READ, "ann", "20000", &get_sql, "1", NULL);
		wait_for(answers);
		cr_expect_eq(calls[answers - 1].status.code, STATUS_OK, "%d", moment);
	}
	free(long_text);
}

Test(pool_loss, drift_of_a_statement_is_fatal_and_named)
{
	struct db_config config = config_of(1, 1);

	db = db_new(base, &config, statements, GOOD_STATEMENTS + 1);
	cr_assert(run_until(is_settled, WAIT_MS));
	cr_assert_not(db_ready(db));
	cr_assert_not_null(strstr(db_fatal(db), "drifted"), "%s", db_fatal(db));
	cr_assert_not_null(strstr(db_fatal(db), "api.gone"), "%s", db_fatal(db));
}

Test(pool_loss, another_schema_is_fatal)
{
	struct db_config config = config_of(1, 1);

	config.schema_change = "change_8";
	db = db_new(base, &config, statements, GOOD_STATEMENTS);
	cr_assert(run_until(is_settled, WAIT_MS));
	cr_assert_not(db_ready(db));
	cr_assert_not_null(strstr(db_fatal(db), "change_7"), "%s", db_fatal(db));
	cr_assert_not_null(strstr(db_fatal(db), "change_8"), "%s", db_fatal(db));
	cr_assert_not_null(strstr(db_fatal(db), "deploy/database"), "%s", db_fatal(db));
}
