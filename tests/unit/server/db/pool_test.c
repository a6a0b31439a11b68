/* The pool against a real cluster: refusals, shared transactions, limits, cancelling, lost connections. */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/db/db.h"
#include "tests/support/test_pg.h"

#define WAIT_MS 10000
#define CALLS 256

static const char set_up_sql[] =
    "CREATE ROLE pbc_api LOGIN;"
    "CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO pbc_api;"
    "CREATE FUNCTION api.schema_change() RETURNS text LANGUAGE sql RETURN 'change_7';"
    "CREATE TABLE api.entry (id integer PRIMARY KEY, body text);"
    "INSERT INTO api.entry SELECT i, 'body ' || i FROM generate_series(1, 1000) i;"
    "CREATE TABLE api.late (x integer UNIQUE DEFERRABLE INITIALLY DEFERRED);"
    "CREATE SEQUENCE api.attempt;"
    "GRANT ALL ON ALL TABLES IN SCHEMA api TO pbc_api;"
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA api TO pbc_api;"
    "CREATE FUNCTION api.enter(who text, timeout_ms integer) RETURNS void LANGUAGE plpgsql AS $$"
    " BEGIN"
    "  IF who = 'nobody' THEN RAISE 'User nobody is not known.' USING ERRCODE = 'ZC401'; END IF;"
    "  PERFORM set_config('pbc.user', who, true),"
    "   set_config('statement_timeout', timeout_ms::text, true);"
    " END $$;"
    "CREATE FUNCTION api.get(wanted integer) RETURNS text LANGUAGE plpgsql AS $$"
    " DECLARE found_body text; BEGIN"
    "  SELECT body INTO found_body FROM api.entry WHERE id = wanted;"
    "  IF NOT FOUND THEN RAISE 'Entry % does not exist.', wanted USING ERRCODE = 'ZC404',"
    "   HINT = 'List the entries.', COLUMN = 'entry_id', CONSTRAINT = 'ENTRY_NOT_FOUND'; END IF;"
    "  RETURN found_body;"
    " END $$;"
    "CREATE FUNCTION api.user() RETURNS text LANGUAGE sql"
    " RETURN current_setting('pbc.user', true) || '/' || current_setting('statement_timeout');"
    "CREATE FUNCTION api.sleep(ms integer) RETURNS text LANGUAGE sql"
    " AS $$ SELECT 'slept' FROM pg_sleep(ms / 1000.0) $$;"
    "CREATE FUNCTION api.put(new_id integer, ms integer) RETURNS text LANGUAGE sql AS $$"
    " INSERT INTO api.entry VALUES (new_id, 'put'); SELECT 'put' FROM pg_sleep(ms / 1000.0) $$;"
    "CREATE FUNCTION api.put_late(x integer) RETURNS text LANGUAGE sql AS $$"
    " INSERT INTO api.late VALUES (x), (x); SELECT 'put' $$;"
    "CREATE FUNCTION api.conflict(until integer) RETURNS text LANGUAGE plpgsql AS $$"
    " DECLARE n bigint := nextval('api.attempt'); BEGIN"
    "  IF n < until THEN RAISE 'conflict' USING ERRCODE = '40001'; END IF;"
    "  RETURN n::text;"
    " END $$;"
    "CREATE FUNCTION api.boom(why text) RETURNS text LANGUAGE plpgsql AS $$"
    " BEGIN RAISE 'broken by %', why; END $$;"
    "CREATE FUNCTION api.number(value text) RETURNS text LANGUAGE sql RETURN value::integer::text;";

static const struct db_statement enter_sql = {
    .name = "enter", .text = "SELECT api.enter($1, $2)", .param_count = 2};
static const struct db_statement get_sql = {
    .name = "get", .text = "SELECT api.get($1)", .param_count = 1};
static const struct db_statement user_sql = {
    .name = "user", .text = "SELECT api.user()", .param_count = 0};
static const struct db_statement sleep_sql = {
    .name = "sleep", .text = "SELECT api.sleep($1)", .param_count = 1};
static const struct db_statement put_sql = {
    .name = "put", .text = "SELECT api.put($1, $2)", .param_count = 2};
static const struct db_statement put_late_sql = {
    .name = "put_late", .text = "SELECT api.put_late($1)", .param_count = 1};
static const struct db_statement conflict_sql = {
    .name = "conflict", .text = "SELECT api.conflict($1)", .param_count = 1};
static const struct db_statement boom_sql = {
    .name = "boom", .text = "SELECT api.boom($1)", .param_count = 1};
static const struct db_statement number_sql = {
    .name = "number", .text = "SELECT api.number($1)", .param_count = 1};
static const struct db_statement drifted_sql = {
    .name = "drifted", .text = "SELECT api.gone($1)", .param_count = 1};

static const struct db_statement *const statements[] = {&enter_sql, &get_sql, &user_sql, &sleep_sql,
    &put_sql, &put_late_sql, &conflict_sql, &boom_sql, &number_sql, &drifted_sql};
#define GOOD_STATEMENTS (sizeof(statements) / sizeof(statements[0]) - 1)

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

/* One pool per test, driven until what a test waits for has come. */

struct call {
	struct db_ticket *ticket;
	int answers;
	struct status status;
	char sqlstate[6];
	char value[64];
};

static struct event_base *base;
static struct db *db;
static struct call calls[CALLS];
static int answered;
static char conninfo[TEST_PG_CONNINFO];
static char notified[8][32];
static int notified_count;

static void
take_notify(void *arg, const char *payload)
{
	(void)arg;
	if (notified_count < 8)
		snprintf(notified[notified_count++], sizeof(notified[0]), "%s", payload);
}

static void
set_up(void)
{
	test_pg_conninfo(conninfo, "pbc_api");
	base = event_base_new();
}

static void
tear_down(void)
{
	db_free(db);
	event_base_free(base);
}

static bool
is_settled(void)
{
	return db_ready(db) || db_fatal(db) != NULL;
}

static bool
run_until(bool (*done)(void), int wait_ms)
{
	int64_t end_ms = clock_monotonic_ms() + wait_ms;
	struct timeval tick = {0, 5000};

	while (!done() && clock_monotonic_ms() < end_ms) {
		event_base_loopexit(base, &tick);
		event_base_loop(base, EVLOOP_ONCE);
	}
	return done();
}

static struct db_config
config_of(int reads, int writes)
{
	return (struct db_config){.conninfo = conninfo,
	    .read_connections = reads,
	    .write_connections = writes,
	    .slow_connections = 1,
	    .queue_limit = 1000,
	    .read_depth = 64,
	    .reconnect_max_ms = 400,
	    .schema_change = "change_7"};
}

static void
open_with(const struct db_config *config)
{
	db = db_new(base, config, statements, GOOD_STATEMENTS);
	db_set_notify(db, take_notify, NULL);
	cr_assert(run_until(is_settled, WAIT_MS));
	cr_assert(db_ready(db), "%s", db_fatal(db));
}

static void
open_db(int reads, int writes)
{
	struct db_config config = config_of(reads, writes);

	open_with(&config);
}

static void
take_answer(void *arg, const struct db_result *result)
{
	struct call *call = arg;

	call->answers++;
	call->status = result->status;
	memcpy(call->sqlstate, result->sqlstate, sizeof(call->sqlstate));
	snprintf(call->value, sizeof(call->value), "%s", result->value != NULL ? result->value : "(null)");
	answered++;
}

static struct call *
submit(int number, enum db_lane lane, const char *who, const char *timeout_ms,
    const struct db_statement *act, const char *first, const char *second)
{
	struct db_param enter[] = {{.value = who}, {.value = timeout_ms}};
	struct db_param params[] = {{.value = first}, {.value = second}};

	calls[number].ticket =
	    db_submit(db, lane, &enter_sql, enter, act, params, take_answer, &calls[number]);
	return &calls[number];
}

static int wanted_answers;

static bool
all_answered(void)
{
	return answered >= wanted_answers;
}

static void
wait_for(int count)
{
	wanted_answers = count;
	cr_assert(run_until(all_answered, WAIT_MS), "%d of %d answered", answered, count);
}

static bool
never(void)
{
	return false;
}

TestSuite(pool, .init = set_up, .fini = tear_down, .timeout = 60);

Test(pool, answers_with_the_first_value)
{
	struct call *call;

	open_db(1, 1);
	call = submit(0, DB_READ, "ann", "1000", &get_sql, "7", NULL);
	cr_assert_eq(call->answers, 0, "done was called before db_submit returned");
	submit(1, DB_WRITE, "ann", "1000", &get_sql, "8", NULL);
	submit(2, DB_SLOW, "ann", "1000", &get_sql, "9", NULL);
	wait_for(3);
	cr_assert_eq(call->status.code, STATUS_OK);
	cr_assert_str_eq(calls[0].value, "body 7");
	cr_assert_str_eq(calls[1].value, "body 8");
	cr_assert_str_eq(calls[2].value, "body 9");
}

Test(pool, takes_binary_and_null_parameters)
{
	static const unsigned char seven[] = {0, 0, 0, 7};
	struct db_param enter[] = {{.value = "ann"}, {.value = "1000"}};
	struct db_param binary[] = {{.value = (const char *)seven, .length = 4, .binary = true}};
	struct db_param null[] = {{.value = NULL}};

	open_db(1, 1);
	db_submit(db, DB_READ, &enter_sql, enter, &get_sql, binary, take_answer, &calls[0]);
	db_submit(db, DB_READ, &enter_sql, enter, &boom_sql, null, take_answer, &calls[1]);
	db_submit(db, DB_READ, &enter_sql, enter, &number_sql, null, take_answer, &calls[2]);
	wait_for(3);
	cr_assert_str_eq(calls[0].value, "body 7");
	cr_assert_eq(calls[1].status.code, STATUS_INTERNAL);
	cr_assert_eq(calls[2].status.code, STATUS_OK);
	cr_assert_str_eq(calls[2].value, "(null)");
}

Test(pool, refusal_carries_message_field_hint_and_reason)
{
	enum db_lane lane;

	open_db(1, 1);
	for (lane = DB_READ; lane <= DB_SLOW; lane++)
		submit((int)lane, lane, "ann", "1000", &get_sql, "5000", NULL);
	wait_for(3);
	for (lane = DB_READ; lane <= DB_SLOW; lane++) {
		struct status *status = &calls[lane].status;

		cr_assert_eq(status->code, STATUS_NOT_FOUND);
		cr_assert_str_eq(calls[lane].sqlstate, "ZC404");
		cr_assert_str_eq(status->message, "Entry 5000 does not exist.");
		cr_assert_str_eq(status->hint, "List the entries.");
		cr_assert_str_eq(status->field, "entry_id");
		cr_assert_str_eq(status->reason, "ENTRY_NOT_FOUND");
	}
}

Test(pool, refusal_by_enter_skips_the_act)
{
	open_db(1, 1);
	submit(0, DB_WRITE, "nobody", "1000", &put_sql, "2001", "0");
	submit(1, DB_READ, "nobody", "1000", &get_sql, "1", NULL);
	wait_for(2);
	cr_assert_eq(calls[0].status.code, STATUS_UNAUTHENTICATED);
	cr_assert_eq(calls[1].status.code, STATUS_UNAUTHENTICATED);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2001"), 0);
}

Test(pool, neighbours_of_a_refused_read_are_answered)
{
	struct db_stats stats;
	char id[16], body[32];
	int i;

	open_db(1, 1);
	for (i = 0; i < 60; i++) {
		snprintf(id, sizeof(id), "%d", i % 7 == 3 ? 5000 + i : i + 1);
		submit(i, DB_READ, "ann", "1000", &get_sql, id, NULL);
	}
	wait_for(60);
	for (i = 0; i < 60; i++) {
		snprintf(body, sizeof(body), "body %d", i + 1);
		cr_assert_eq(calls[i].answers, 1);
		if (i % 7 == 3)
			cr_assert_eq(calls[i].status.code, STATUS_NOT_FOUND);
		else
			cr_assert_str_eq(calls[i].value, body);
	}
	db_stats(db, &stats);
	cr_assert_gt(stats.resent, 0);
	cr_assert_eq(stats.completed, 60);
	cr_assert_eq(stats.in_flight + stats.queued, 0);
}

Test(pool, settings_of_one_read_do_not_reach_the_next)
{
	char who[16], expected[32];
	int i;

	open_db(1, 1);
	for (i = 0; i < 64; i++) {
		snprintf(who, sizeof(who), "user%d", i);
		submit(i, DB_READ, who, i % 2 == 0 ? "2000" : "3000", &user_sql, NULL, NULL);
	}
	wait_for(64);
	for (i = 0; i < 64; i++) {
		snprintf(expected, sizeof(expected), "user%d/%s", i, i % 2 == 0 ? "2s" : "3s");
		cr_assert_str_eq(calls[i].value, expected);
	}
}

Test(pool, a_timeout_stops_only_its_own_read)
{
	int i;

	open_db(1, 1);
	for (i = 0; i < 20; i++) {
		if (i == 5)
			submit(i, DB_READ, "ann", "50", &sleep_sql, "5000", NULL);
		else
			submit(i, DB_READ, "ann", "3000", &get_sql, "1", NULL);
	}
	wait_for(20);
	for (i = 0; i < 20; i++)
		cr_assert_eq(calls[i].status.code, i == 5 ? STATUS_DEADLINE_EXCEEDED : STATUS_OK);
}

/* The enter of each read runs under the timeout of the one before: 1 ms must not make it fail. */
Test(pool, a_neighbours_timeout_is_not_held_against_a_read)
{
	int i;

	open_db(1, 1);
	for (i = 0; i < 200; i++)
		submit(i, DB_READ, "ann", i % 2 == 0 ? "1" : "3000", i % 2 == 0 ? &sleep_sql : &get_sql, "1",
		    NULL);
	wait_for(200);
	for (i = 1; i < 200; i += 2)
		cr_assert_eq(calls[i].status.code, STATUS_OK, "%s", calls[i].status.message);
}

Test(pool, a_read_with_an_effect_is_refused)
{
	open_db(1, 1);
	submit(0, DB_READ, "ann", "1000", &put_sql, "2002", "0");
	wait_for(1);
	cr_assert_eq(calls[0].status.code, STATUS_INTERNAL);
	cr_assert_str_eq(calls[0].sqlstate, "25006");
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2002"), 0);
}

Test(pool, two_connections_serve_two_hundred_callers)
{
	struct db_stats stats;
	int i;

	open_db(1, 2);
	for (i = 0; i < 200; i++)
		submit(i, DB_WRITE, "ann", "1000", &sleep_sql, "3", NULL);
	wait_for(1);
	db_stats(db, &stats);
	cr_assert_leq(stats.in_flight, 2);
	cr_assert_gt(stats.queued, 150);
	wait_for(200);
	for (i = 0; i < 200; i++)
		cr_assert_str_eq(calls[i].value, "slept");
}

Test(pool, the_queue_takes_its_limit_and_no_more)
{
	struct db_config config = config_of(1, 1);
	struct db_stats stats;
	int i;

	config.queue_limit = 10;
	open_with(&config);
	for (i = 0; i < 12; i++)
		submit(i, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	wait_for(12);
	for (i = 0; i < 10; i++)
		cr_assert_eq(calls[i].status.code, STATUS_OK);
	for (; i < 12; i++) {
		cr_assert_eq(calls[i].status.code, STATUS_RESOURCE_EXHAUSTED);
		cr_assert_str_eq(calls[i].status.reason, "QUEUE_FULL");
	}
	db_stats(db, &stats);
	cr_assert_eq(stats.rejected, 2);
	submit(12, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	wait_for(13);
	cr_assert_eq(calls[12].status.code, STATUS_OK, "room that came free is used");
}

Test(pool, a_read_connection_carries_its_depth_and_no_more)
{
	struct db_config config = config_of(2, 1);
	struct db_stats stats;
	int i;

	config.read_depth = 4;
	open_with(&config);
	for (i = 0; i < 100; i++)
		submit(i, DB_READ, "ann", "1000", &sleep_sql, "2", NULL);
	wait_for(1);
	db_stats(db, &stats);
	cr_assert_leq(stats.in_flight, 8);
	wait_for(100);
}

static bool
write_lane_runs_one(void)
{
	struct db_stats stats;

	db_stats(db, &stats);
	return stats.in_flight == 1 &&
	    test_pg_int("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 1;
}

static void
wait_until_running(void)
{
	cr_assert(run_until(write_lane_runs_one, WAIT_MS));
}

Test(pool, a_dropped_write_is_cancelled_and_frees_its_connection)
{
	int64_t start_ms;

	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "60000", &put_sql, "2003", "30000");
	wait_until_running();
	start_ms = clock_monotonic_ms();
	db_drop(calls[0].ticket);
	submit(1, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	wait_for(1);
	cr_assert_lt(clock_monotonic_ms() - start_ms, 3000);
	cr_assert_eq(calls[1].status.code, STATUS_OK);
	cr_assert_eq(calls[0].answers, 0);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2003"), 0);
}

Test(pool, a_dropped_submission_that_waits_is_never_sent)
{
	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "1000", &sleep_sql, "50", NULL);
	submit(1, DB_WRITE, "ann", "1000", &put_sql, "2004", "0");
	submit(2, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	submit(3, DB_READ, "ann", "1000", &get_sql, "1", NULL);
	db_drop(calls[1].ticket);
	db_drop(calls[3].ticket);
	wait_for(2);
	run_until(never, 50);
	cr_assert_eq(calls[1].answers + calls[3].answers, 0);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2004"), 0);
}

Test(pool, a_dropped_read_in_flight_leaves_its_neighbours_alone)
{
	open_db(1, 1);
	submit(0, DB_READ, "ann", "1000", &sleep_sql, "50", NULL);
	submit(1, DB_READ, "ann", "1000", &get_sql, "1", NULL);
	run_until(never, 10);
	db_drop(calls[0].ticket);
	wait_for(1);
	cr_assert_str_eq(calls[1].value, "body 1");
	cr_assert_eq(calls[0].answers, 0);
}

Test(pool, a_cancelled_caller_still_learns_when_the_work_ended)
{
	struct db_stats stats;

	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "60000", &put_sql, "2005", "30000");
	submit(1, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
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
	submit(2, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	wait_for(3);
	cr_assert_eq(calls[2].status.code, STATUS_OK, "a late cancel must not hit the next segment");
}

Test(pool, cancels_do_not_hit_the_segments_that_follow)
{
	int i;

	open_db(1, 2);
	for (i = 0; i < 120; i++)
		submit(i, DB_WRITE, "ann", "2000", &sleep_sql, "2", NULL);
	for (i = 0; i < 120; i += 2) {
		if (calls[i].answers == 0)
			db_cancel(calls[i].ticket);
		run_until(never, 3);
	}
	wait_for(120);
	for (i = 1; i < 120; i += 2)
		cr_assert_eq(calls[i].status.code, STATUS_OK, "%d: %s", i, calls[i].status.message);
}

Test(pool, a_terminated_write_had_no_effect_and_the_pool_heals)
{
	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "60000", &put_sql, "2006", "30000");
	wait_until_running();
	test_pg_int("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
	wait_for(1);
	cr_assert_eq(calls[0].status.code, STATUS_UNAVAILABLE);
	cr_assert_str_eq(calls[0].status.reason, "DATABASE_UNAVAILABLE");
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.entry WHERE id = 2006"), 0);
	cr_assert(run_until(is_settled, WAIT_MS));
	submit(1, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
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

Test(pool, survives_a_crash_of_the_server)
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
	submit(2, DB_READ, "ann", "1000", &get_sql, "1", NULL);
	submit(3, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	wait_for(4);
	cr_assert_eq(calls[2].status.code, STATUS_UNAVAILABLE);
	cr_assert_str_eq(calls[3].status.reason, "DATABASE_UNAVAILABLE");

	test_pg_start(NULL);
	cr_assert(run_until(heard_again, 5000), "not back within 5 s");
	cr_assert_str_eq(notified[1], "", "watchers look again after a gap");
	submit(4, DB_READ, "ann", "1000", &get_sql, "1", NULL);
	submit(5, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	wait_for(6);
	cr_assert_eq(calls[4].status.code, STATUS_OK);
	cr_assert_eq(calls[5].status.code, STATUS_OK);
}

Test(pool, starts_before_the_server_does)
{
	struct db_config config = config_of(1, 1);

	test_pg_stop("fast");
	db = db_new(base, &config, statements, GOOD_STATEMENTS);
	submit(0, DB_READ, "ann", "1000", &get_sql, "1", NULL);
	wait_for(1);
	cr_assert_eq(calls[0].status.code, STATUS_UNAVAILABLE);
	test_pg_start(NULL);
	cr_assert(run_until(is_settled, 5000));
	cr_assert(db_ready(db));
}

Test(pool, drift_of_a_statement_is_fatal_and_named)
{
	struct db_config config = config_of(1, 1);

	db = db_new(base, &config, statements, GOOD_STATEMENTS + 1);
	cr_assert(run_until(is_settled, WAIT_MS));
	cr_assert_not(db_ready(db));
	cr_assert_not_null(strstr(db_fatal(db), "drifted"), "%s", db_fatal(db));
	cr_assert_not_null(strstr(db_fatal(db), "api.gone"), "%s", db_fatal(db));
}

Test(pool, another_schema_is_fatal)
{
	struct db_config config = config_of(1, 1);

	config.schema_change = "change_8";
	db = db_new(base, &config, statements, GOOD_STATEMENTS);
	cr_assert(run_until(is_settled, WAIT_MS));
	cr_assert_not(db_ready(db));
	cr_assert_not_null(strstr(db_fatal(db), "change_7"), "%s", db_fatal(db));
	cr_assert_not_null(strstr(db_fatal(db), "change_8"), "%s", db_fatal(db));
}

Test(pool, a_serialization_failure_is_tried_three_times_more)
{
	struct db_stats stats;

	open_db(1, 1);
	test_pg_int("ALTER SEQUENCE api.attempt RESTART");
	submit(0, DB_WRITE, "ann", "1000", &conflict_sql, "4", NULL);
	wait_for(1);
	cr_assert_str_eq(calls[0].value, "4");
	test_pg_int("ALTER SEQUENCE api.attempt RESTART");
	submit(1, DB_WRITE, "ann", "1000", &conflict_sql, "5", NULL);
	wait_for(2);
	cr_assert_eq(calls[1].status.code, STATUS_ABORTED);
	cr_assert_str_eq(calls[1].sqlstate, "40001");
	db_stats(db, &stats);
	cr_assert_eq(stats.resent, 6);
}

Test(pool, a_failure_of_the_commit_is_the_answer)
{
	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "1000", &put_late_sql, "1", NULL);
	submit(1, DB_WRITE, "ann", "1000", &get_sql, "1", NULL);
	wait_for(2);
	cr_assert_str_eq(calls[0].sqlstate, "23505");
	cr_assert_eq(calls[0].status.code, STATUS_INTERNAL);
	cr_assert_eq(calls[1].status.code, STATUS_OK);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.late"), 0);
}

static int heard_from;

static bool
heard(void)
{
	return notified_count > heard_from;
}

Test(pool, passes_on_notifications)
{
	open_db(1, 1);
	cr_assert(run_until(heard, WAIT_MS));
	cr_assert_str_eq(notified[0], "", "the first look, once it listens");
	heard_from = 1;
	test_pg_int("NOTIFY pbc, 'operation/17'");
	cr_assert(run_until(heard, WAIT_MS));
	cr_assert_str_eq(notified[1], "operation/17");
}

/* 943 476 5919 is the NHS Data Dictionary's example of a valid number. */
Test(pool, an_unexpected_error_tells_a_reference_and_leaks_no_patient)
{
	char path[] = "/tmp/pbc-log-XXXXXX", log[4096] = "", reference[17] = "";
	int file = mkstemp(path), saved = dup(STDERR_FILENO);
	const char *word;

	open_db(1, 1);
	dup2(file, STDERR_FILENO);
	submit(0, DB_WRITE, "ann", "1000", &boom_sql, "9434765919", NULL);
	submit(1, DB_WRITE, "ann", "1000", &number_sql, "943-476-5919", NULL);
	submit(2, DB_WRITE, "ann", "1000", &boom_sql, "a stone", NULL);
	wait_for(3);
	dup2(saved, STDERR_FILENO);
	cr_assert_gt(pread(file, log, sizeof(log) - 1, 0), 0);
	unlink(path);

	cr_assert_eq(calls[0].status.code, STATUS_INTERNAL);
	cr_assert_null(strstr(calls[0].status.message, "broken"));
	word = strstr(calls[0].status.message, "Reference ");
	cr_assert_not_null(word);
	memcpy(reference, word + strlen("Reference "), 16);
	cr_assert_not_null(strstr(log, reference));
	cr_assert_eq(calls[1].status.code, STATUS_INVALID_ARGUMENT);
	cr_assert_null(strstr(calls[1].status.message, "943"));
	cr_assert_null(strstr(log, "943"), "%s", log);
	cr_assert_not_null(strstr(log, "broken by a stone"), "%s", log);
}
