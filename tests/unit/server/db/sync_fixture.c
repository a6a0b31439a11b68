/* A cluster whose tables and functions the tests of the blocking connection work on. */
#include "tests/unit/server/db/sync_fixture.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>

#include "common/clock.h"

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
struct sync_conn *conn;
struct status status;
int64_t stop_at_ms = INT64_MAX;

static bool
should_stop(void *arg)
{
	(void)arg;
	return clock_monotonic_ms() >= stop_at_ms;
}

struct sync_config
config(void)
{
	return (struct sync_config){.conninfo = conninfo,
	    .name = "sync_test",
	    .reconnect_max_ms = 200,
	    .should_stop = should_stop};
}

void
set_up(void)
{
	struct sync_config with = config();

	test_pg_conninfo(conninfo, "pbc_job");
	conn = sync_connect(&with, &status);
	cr_assert_not_null(conn);
}

void
tear_down(void)
{
	sync_close(conn);
}

bool
run(const char *text)
{
	return sync_exec(conn, text, NULL, 0, NULL, &status);
}
