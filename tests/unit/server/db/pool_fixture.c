/* A pool on a private cluster: its schema, its statements, and the loop that drives it. */
#include "tests/unit/server/db/pool_fixture.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

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
    "  IF who = 'slow' THEN PERFORM pg_sleep(0.3); END IF;"
    "  PERFORM set_config('pbc.user', who, true),"
    "   set_config('pbc.entered', (api.entered() + 1)::text, true),"
    "   set_config('statement_timeout', timeout_ms::text, true);"
    " END $$;"
    "CREATE FUNCTION api.entered() RETURNS integer LANGUAGE sql AS"
    " $$ SELECT coalesce(nullif(current_setting('pbc.entered', true), ''), '0')::integer $$;"
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
    "CREATE FUNCTION api.transaction(ms integer) RETURNS text LANGUAGE sql"
    " AS $$ SELECT now()::text FROM pg_sleep(ms / 1000.0) $$;"
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
    "CREATE FUNCTION api.shortage(state text) RETURNS text LANGUAGE plpgsql AS $$"
    "BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'no room in tablespace'; END $$;"
    "CREATE FUNCTION api.number(value text) RETURNS text LANGUAGE sql RETURN value::integer::text;";

const struct db_statement enter_sql = {
    .name = "enter", .text = "SELECT api.enter($1, $2)", .param_count = 2, .caller_params = 1};
const struct db_statement get_sql = {.name = "get", .text = "SELECT api.get($1)", .param_count = 1};
const struct db_statement user_sql = {
    .name = "user", .text = "SELECT api.user()", .param_count = 0};
const struct db_statement entered_sql = {
    .name = "entered", .text = "SELECT api.entered()", .param_count = 0};
const struct db_statement sleep_sql = {
    .name = "sleep", .text = "SELECT api.sleep($1)", .param_count = 1};
const struct db_statement transaction_sql = {
    .name = "transaction", .text = "SELECT api.transaction($1)", .param_count = 1};
const struct db_statement put_sql = {
    .name = "put", .text = "SELECT api.put($1, $2)", .param_count = 2};
const struct db_statement put_late_sql = {
    .name = "put_late", .text = "SELECT api.put_late($1)", .param_count = 1};
const struct db_statement conflict_sql = {
    .name = "conflict", .text = "SELECT api.conflict($1)", .param_count = 1};
const struct db_statement boom_sql = {
    .name = "boom", .text = "SELECT api.boom($1)", .param_count = 1};
const struct db_statement number_sql = {
    .name = "number", .text = "SELECT api.number($1)", .param_count = 1};
static const struct db_statement drifted_sql = {
    .name = "drifted", .text = "SELECT api.gone($1)", .param_count = 1};

const struct db_statement shortage_sql = {
    .name = "shortage", .text = "SELECT api.shortage($1)", .param_count = 1};

const struct db_statement *const statements[] = {&enter_sql, &get_sql, &user_sql, &entered_sql,
    &sleep_sql, &transaction_sql, &put_sql, &put_late_sql, &conflict_sql, &boom_sql, &number_sql,
    &shortage_sql, &drifted_sql};
_Static_assert(
    sizeof(statements) / sizeof(statements[0]) == GOOD_STATEMENTS + 1, "only the last has drifted");

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

struct event_base *base;
struct db *db;
struct call calls[CALLS];
int answered;
static char conninfo[TEST_PG_CONNINFO];
char notified[8][32];
int notified_count;

static void
take_notify(void *arg, const char *payload)
{
	(void)arg;
	if (notified_count < 8)
		snprintf(notified[notified_count++], sizeof(notified[0]), "%s", payload);
}

void
set_up(void)
{
	test_pg_conninfo(conninfo, "pbc_api");
	base = event_base_new();
}

void
tear_down(void)
{
	db_free(db);
	event_base_free(base);
}

bool
is_settled(void)
{
	return db_ready(db) || db_fatal(db) != NULL;
}

bool
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

struct db_config
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

void
open_with(const struct db_config *config)
{
	db = db_new(base, config, statements, GOOD_STATEMENTS);
	db_set_notify(db, take_notify, NULL);
	cr_assert(run_until(is_settled, WAIT_MS));
	cr_assert(db_ready(db), "%s", db_fatal(db));
}

void
open_db(int reads, int writes)
{
	struct db_config config = config_of(reads, writes);

	open_with(&config);
}

void
take_answer(void *arg, const struct db_result *result)
{
	struct call *call = arg;

	call->answers++;
	call->status = result->status;
	memcpy(call->sqlstate, result->sqlstate, sizeof(call->sqlstate));
	snprintf(call->value, sizeof(call->value), "%s",
	    result->value != NULL ? result->value : "(null)");
	answered++;
}

struct call *
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

void
wait_for(int count)
{
	wanted_answers = count;
	cr_assert(run_until(all_answered, WAIT_MS), "%d of %d answered", answered, count);
}

bool
never(void)
{
	return false;
}
