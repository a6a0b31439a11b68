/* The people of a file at the limits: of whom more were there, and who are more, than are held. */
#include "server/job/people.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/test_pg.h"

static const char set_up_sql[] = "CREATE SCHEMA patient; CREATE TABLE patient.identity "
				 "(commissioner_code text, patient_key bytea,"
				 " nhs_number text, provider_code text, local_patient_id text,"
				 " PRIMARY KEY (commissioner_code, patient_key))";

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	(void)tests;
	criterion_options.jobs = 1;
	test_pg_start(set_up_sql);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	(void)stats;
	test_pg_remove();
}

static char conninfo[TEST_PG_CONNINFO];
static struct pseudonym *pseudonym;
static struct job job;

static struct sync_conn *
connect_again(void)
{
	struct sync_config config = {
	    .conninfo = conninfo, .name = "people_test", .reconnect_max_ms = 200};
	struct sync_conn *conn = sync_connect(&config, &job.status);

	cr_assert_not_null(conn);
	return conn;
}

static void
set_up(void)
{
	char name[] = "/tmp/people_XXXXXX";
	int file = mkstemp(name);

	cr_assert(file >= 0);
	cr_assert_eq(write(file, "0123456789abcdef0123456789abcdef", 32), 32);
	close(file);
	pseudonym = pseudonym_load(name, &job.status);
	unlink(name);
	cr_assert_not_null(pseudonym);
	test_pg_conninfo(conninfo, "postgres");
	job.db = connect_again();
	job.files = connect_again();
	test_pg_int("TRUNCATE patient.identity");
}

static void
tear_down(void)
{
	sync_close(job.db);
	sync_close(job.files);
	pseudonym_free(pseudonym);
}

TestSuite(people, .init = set_up, .fini = tear_down, .timeout = 110);

static void
begin_for_pct(struct sync_conn *conn)
{
	cr_assert(sync_begin(conn, &job.status));
	cr_assert(sync_exec(conn, "SELECT set_config('pbc.commissioner', '5XZ', true)", NULL, 0,
	    NULL, &job.status));
}

static int64_t
count_laid_aside(void)
{
	struct sync_rows *rows;
	int64_t count;

	cr_assert(job_exec(&job, "SELECT count(*) FROM pg_temp.new_identity", NULL, 0, &rows));
	count = sync_int64(rows, 0, 0);
	sync_rows_free(rows);
	return count;
}

/* Stores a provider's patients 0 to count - 1; how many of them were laid aside as maybe new. */
static int64_t
store_patients(int count, int known_max)
{
	struct people *people = people_new(pseudonym, "5XZ", "RXA", known_max);
	int64_t laid_aside;
	char number[12];
	int i;

	begin_for_pct(job.db);
	begin_for_pct(job.files);
	cr_assert(people_ask(people, &job, PEOPLE_ASK_FROM_BYTES), "%s", job.status.message);
	cr_assert(people_prepare(people, &job), "%s", job.status.message);
	for (i = 0; i < count; i++) {
		if (people_is_full(people))
			cr_assert(people_flush(people, &job), "%s", job.status.message);
		snprintf(number, sizeof(number), "%d", i);
		people_key(people, "", number);
	}
	cr_assert(people_flush(people, &job), "%s", job.status.message);
	laid_aside = count_laid_aside();
	cr_assert(people_store(people, &job), "%s", job.status.message);
	cr_assert(sync_commit(job.db, &job.status), "%s", job.status.message);
	sync_rollback(job.files);
	people_free(people);
	return laid_aside;
}

Test(people, who_is_known_beyond_the_limit_is_laid_aside_and_kept_once)
{
	static const struct {
		int known_max, laid_aside;
	} cases[] = {{1, 14}, {9, 6}, {10, 5}, {11, 5}, {PEOPLE_KNOWN_MAX, 5}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		test_pg_int("TRUNCATE patient.identity");
		cr_expect_eq(store_patients(10, PEOPLE_KNOWN_MAX), 10);
		test_pg_int("UPDATE patient.identity SET provider_code = 'RXB'");
		cr_expect_eq(store_patients(15, cases[i].known_max), cases[i].laid_aside, "%d",
		    cases[i].known_max);
		cr_expect_eq(test_pg_int("SELECT count(*) FROM patient.identity"), 15);
		cr_expect_eq(
		    test_pg_int("SELECT count(DISTINCT local_patient_id) FROM patient.identity"
				" WHERE (provider_code = 'RXB') = (local_patient_id::int < 10)"),
		    15, "who was there is as before");
	}
}

Test(people, more_than_are_held_are_laid_aside_in_turns)
{
	cr_expect_eq(store_patients(PEOPLE_HELD_MAX + 1, PEOPLE_KNOWN_MAX), PEOPLE_HELD_MAX + 1);
	cr_expect_eq(test_pg_int("SELECT count(*) FROM patient.identity"), PEOPLE_HELD_MAX + 1);
	cr_expect_eq(store_patients(PEOPLE_HELD_MAX + 1, PEOPLE_HELD_MAX), 1);
	cr_expect_eq(test_pg_int("SELECT count(*) FROM patient.identity"), PEOPLE_HELD_MAX + 1);
}
