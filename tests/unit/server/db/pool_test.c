/* The pool against a real cluster: answers, refusals, shared transactions, limits. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/db/apart.h"
#include "tests/unit/server/db/pool_fixture.h"

TestSuite(pool, .init = set_up, .fini = tear_down, .timeout = 60);

Test(pool, answers_with_the_first_value)
{
	struct call *call;

	open_db(1, 1);
	call = submit(0, DB_READ, "ann", "20000", &get_sql, "7", NULL);
	cr_assert_eq(call->answers, 0, "done was called before db_submit returned");
	submit(1, DB_WRITE, "ann", "20000", &get_sql, "8", NULL);
	submit(2, DB_SLOW, "ann", "20000", &get_sql, "9", NULL);
	wait_for(3);
	cr_assert_eq(call->status.code, STATUS_OK);
	cr_assert_str_eq(calls[0].value, "body 7");
	cr_assert_str_eq(calls[1].value, "body 8");
	cr_assert_str_eq(calls[2].value, "body 9");
}

Test(pool, takes_binary_and_null_parameters)
{
	static const unsigned char seven[] = {0, 0, 0, 7};
	struct db_param enter[] = {{.value = "ann"}, {.value = "20000"}};
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
		submit((int)lane, lane, "ann", "20000", &get_sql, "5000", NULL);
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
	submit(0, DB_WRITE, "nobody", "20000", &put_sql, "2001", "0");
	submit(1, DB_READ, "nobody", "20000", &get_sql, "1", NULL);
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
		submit(i, DB_READ, "ann", "20000", &get_sql, id, NULL);
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
		submit(i, DB_READ, who, i % 2 == 0 ? "20000" : "30000", &user_sql, NULL, NULL);
	}
	wait_for(64);
	for (i = 0; i < 64; i++) {
		snprintf(expected, sizeof(expected), "user%d/%s", i, i % 2 == 0 ? "20s" : "30s");
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
			submit(i, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	}
	wait_for(20);
	for (i = 0; i < 20; i++)
		cr_assert_eq(calls[i].status.code, i == 5 ? STATUS_DEADLINE_EXCEEDED : STATUS_OK);
}

Test(pool, a_read_with_an_effect_is_refused)
{
	open_db(1, 1);
	submit(0, DB_READ, "ann", "20000", &put_sql, "2002", "0");
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
		submit(i, DB_WRITE, "ann", "20000", &sleep_sql, "3", NULL);
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
		submit(i, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(12);
	for (i = 0; i < 10; i++)
		cr_assert_eq(calls[i].status.code, STATUS_OK);
	for (; i < 12; i++) {
		cr_assert_eq(calls[i].status.code, STATUS_RESOURCE_EXHAUSTED);
		cr_assert_str_eq(calls[i].status.reason, "QUEUE_FULL");
	}
	db_stats(db, &stats);
	cr_assert_eq(stats.rejected, 2);
	submit(12, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(13);
	cr_assert_eq(calls[12].status.code, STATUS_OK, "room that came free is used");
}

Test(pool, a_full_queue_of_one_lane_keeps_no_other_out)
{
	struct db_config config = config_of(1, 1);
	int i;

	config.queue_limit = 4;
	open_with(&config);
	submit(0, DB_WRITE, "ann", "5000", &sleep_sql, "300", NULL);
	submit(1, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	wait_for(1);
	for (i = 2; i < 7; i++)
		submit(i, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	submit(7, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	wait_for(8);
	cr_assert_str_eq(calls[6].status.reason, "QUEUE_FULL");
	cr_assert_eq(calls[7].status.code, STATUS_OK);
	cr_assert_eq(calls[2].status.code, STATUS_OK);
}

Test(pool, a_read_connection_carries_its_depth_and_no_more)
{
	struct db_config config = config_of(2, 1);
	struct db_stats stats;
	int i;

	config.read_depth = 4;
	open_with(&config);
	for (i = 0; i < 100; i++)
		submit(i, DB_READ, "ann", "20000", &sleep_sql, "2", NULL);
	wait_for(1);
	db_stats(db, &stats);
	cr_assert_leq(stats.in_flight, 8);
	wait_for(100);
}

/* All come at once; then 6 join each time that only 2 are left of 8, and share a transaction. */
Test(pool, a_busy_read_connection_takes_its_next_ones_together)
{
	struct db_config config = config_of(1, 1);
	int transactions = 1;

	config.read_depth = 8;
	open_with(&config);
	for (int i = 0; i < 98; i++)
		submit(i, DB_READ, "ann", "20000", &transaction_sql, "1", NULL);
	wait_for(98);
	for (int i = 1; i < 98; i++)
		transactions += strcmp(calls[i].value, calls[i - 1].value) != 0;
	cr_expect_leq(transactions, 1 + 90 / 6 + 3, "%d", transactions);
	cr_expect_geq(transactions, 1 + 90 / 8, "%d", transactions);
}

Test(pool, a_serialization_failure_is_tried_three_times_more)
{
	struct db_stats stats;

	open_db(1, 1);
	test_pg_int("ALTER SEQUENCE api.attempt RESTART");
	submit(0, DB_WRITE, "ann", "20000", &conflict_sql, "4", NULL);
	wait_for(1);
	cr_assert_str_eq(calls[0].value, "4");
	test_pg_int("ALTER SEQUENCE api.attempt RESTART");
	submit(1, DB_WRITE, "ann", "20000", &conflict_sql, "5", NULL);
	wait_for(2);
	cr_assert_eq(calls[1].status.code, STATUS_ABORTED);
	cr_assert_str_eq(calls[1].sqlstate, "40001");
	db_stats(db, &stats);
	cr_assert_eq(stats.resent, 6);
}

Test(pool, a_failure_of_the_commit_is_the_answer)
{
	open_db(1, 1);
	submit(0, DB_WRITE, "ann", "20000", &put_late_sql, "1", NULL);
	submit(1, DB_WRITE, "ann", "20000", &get_sql, "1", NULL);
	wait_for(2);
	cr_assert_str_eq(calls[0].sqlstate, "23505");
	cr_assert_eq(calls[0].status.code, STATUS_INTERNAL);
	cr_assert_eq(calls[1].status.code, STATUS_OK);
	cr_assert_eq(test_pg_int("SELECT count(*) FROM api.late"), 0);
}

/*
 * As many rounds as a caller travels apart: what one sends fails each time, beside three of others.
 */
Test(pool, who_always_fails_runs_neighbours_again_once)
{
	struct db_stats stats;
	int round, i, answers = 0;

	open_db(1, 1);
	for (round = 0; round < 30; round++) {
		for (i = 0; i < 4; i++, answers++)
			submit(answers, DB_READ, i == 0 ? "mallory" : "ann", "20000", &get_sql,
			    i == 0 ? "5000" : "1", NULL);
		wait_for(answers);
	}
	for (i = 0; i < answers; i++)
		cr_assert_eq(calls[i].status.code, i % 4 == 0 ? STATUS_NOT_FOUND : STATUS_OK);
	db_stats(db, &stats);
	cr_assert_eq(stats.resent, 3, "%d", (int)stats.resent);
}

Test(pool, who_failed_travels_alone_for_a_number_of_reads)
{
	struct db_stats stats;
	int i, answers = 0;

	open_db(1, 1);
	submit(answers++, DB_READ, "mallory", "20000", &get_sql, "5000", NULL);
	wait_for(answers);
	for (i = 0; i < DB_APART_READS; i++) {
		submit(answers++, DB_READ, "mallory", "20000", &get_sql, "1", NULL);
		wait_for(answers);
	}
	submit(answers++, DB_READ, "mallory", "20000", &get_sql, "5000", NULL);
	submit(answers++, DB_READ, "ann", "20000", &get_sql, "1", NULL);
	wait_for(answers);
	db_stats(db, &stats);
	cr_assert_eq(stats.resent, 1, "then it fails among neighbours again");
}

Test(pool, want_of_room_is_told_with_a_remedy_and_logged)
{
	char path[] = "/tmp/pbc-log-XXXXXX", log[4096] = "";
	int file = mkstemp(path), saved = dup(STDERR_FILENO);

	open_db(1, 1);
	dup2(file, STDERR_FILENO);
	submit(0, DB_WRITE, "ann", "20000", &shortage_sql, "53100", NULL);
	submit(1, DB_WRITE, "ann", "20000", &shortage_sql, "53300", NULL);
	wait_for(2);
	dup2(saved, STDERR_FILENO);
	cr_assert_gt(pread(file, log, sizeof(log) - 1, 0), 0);
	close(file);
	close(saved);
	unlink(path);
	cr_expect_eq(calls[0].status.code, STATUS_RESOURCE_EXHAUSTED);
	cr_expect_neq(calls[0].status.hint[0], '\0');
	cr_expect_null(strstr(calls[0].status.message, "tablespace"), "our own words");
	cr_expect_eq(calls[1].status.code, STATUS_UNAVAILABLE);
	cr_expect_not_null(strstr(log, "sqlstate=53100"), "%s", log);
	cr_expect_not_null(strstr(log, "no room in tablespace"), "%s", log);
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
	submit(0, DB_WRITE, "ann", "20000", &boom_sql, "9434765919", NULL);
	submit(1, DB_WRITE, "ann", "20000", &number_sql, "943-476-5919", NULL);
	submit(2, DB_WRITE, "ann", "20000", &boom_sql, "a stone", NULL);
	wait_for(3);
	dup2(saved, STDERR_FILENO);
	cr_assert_gt(pread(file, log, sizeof(log) - 1, 0), 0);
	unlink(path);

	cr_assert_eq(calls[0].status.code, STATUS_INTERNAL);
	cr_assert_null(strstr(calls[0].status.message, "broken"));
	word = strstr(calls[0].status.message, "reference ");
	cr_assert_not_null(word);
	memcpy(reference, word + strlen("reference "), 16);
	cr_assert_not_null(strstr(log, reference));
	cr_assert_eq(calls[1].status.code, STATUS_INVALID_ARGUMENT);
	cr_assert_null(strstr(calls[1].status.message, "943"));
	/* Whole pieces: a reference is random, and three digits may be in it. */
	cr_assert_null(strstr(log, "434765919"), "%s", log);
	cr_assert_null(strstr(log, "943-"), "%s", log);
	cr_assert_not_null(strstr(log, "broken by a stone"), "%s", log);
}
