/* Reads that share a transaction, and an enter: each is answered as if it had come alone. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/server/db/pool_fixture.h"

TestSuite(pool_share, .init = set_up, .fini = tear_down, .timeout = 60);

/* The figure is how often the transaction was entered until then. */
Test(pool_share, those_with_the_same_enter_go_together_and_share_it)
{
	static const struct {
		const char *who, *timeout_ms, *entered;
	} reads[] = {{"ann", "20000", "1"}, {"ann", "20000", "1"}, {"ann", "20000", "1"},
	    {"bob", "20000", "2"}, {"ann", "20000", "1"}, {"ann", "30000", "3"},
	    {"an", "30000", "4"}, {NULL, "30000", "5"}, {"bob", "20000", "2"},
	    {NULL, "30000", "5"}};
	int count = sizeof(reads) / sizeof(reads[0]), i;

	open_db(1, 1);
	for (i = 0; i < count; i++)
		submit(i, DB_READ, reads[i].who, reads[i].timeout_ms, &entered_sql, NULL, NULL);
	wait_for(count);
	for (i = 0; i < count; i++)
		cr_expect_str_eq(calls[i].value, reads[i].entered, "%d: %s", i, calls[i].value);
	submit(count, DB_READ, NULL, "30000", &entered_sql, NULL, NULL);
	wait_for(count + 1);
	cr_expect_str_eq(calls[count].value, "1", "another transaction is entered anew");
}

Test(pool_share, who_is_refused_entry_is_so_with_a_shared_enter)
{
	int i;

	open_db(1, 1);
	for (i = 0; i < 12; i++)
		submit(i, DB_READ, i < 10 ? "nobody" : "ann", "20000", &get_sql, "1", NULL);
	wait_for(12);
	for (i = 0; i < 12; i++)
		cr_expect_eq(calls[i].status.code, i < 10 ? STATUS_UNAUTHENTICATED : STATUS_OK);
}

/* After the first one's failure the others run again, each under an enter of its own. */
Test(pool_share, who_shared_an_enter_with_a_failure_enters_again)
{
	int i;

	open_db(1, 1);
	submit(0, DB_READ, "ann", "20000", &boom_sql, "ann", NULL);
	for (i = 1; i < 5; i++)
		submit(i, DB_READ, "ann", "20000", &user_sql, NULL, NULL);
	wait_for(5);
	cr_expect_eq(calls[0].status.code, STATUS_INTERNAL);
	for (i = 1; i < 5; i++)
		cr_expect_str_eq(calls[i].value, "ann/20s", "%s", calls[i].value);
}

/* The first is stopped by the time that all were let in with; the others have theirs anew. */
Test(pool_share, a_timeout_stops_one_of_those_it_is_shared_by)
{
	int i;

	open_db(1, 1);
	submit(0, DB_READ, "ann", "500", &sleep_sql, "5000", NULL);
	for (i = 1; i < 10; i++)
		submit(i, DB_READ, "ann", "500", &user_sql, NULL, NULL);
	wait_for(10);
	cr_expect_eq(calls[0].status.code, STATUS_DEADLINE_EXCEEDED);
	for (i = 1; i < 10; i++)
		cr_expect_str_eq(calls[i].value, "ann/500ms", "%d: %s", i, calls[i].value);
}

/* It takes longer than the one before allows, whose timeout it runs under. */
Test(pool_share, an_enter_that_a_strangers_timeout_stops_is_sent_again)
{
	struct db_stats stats;
	int i;

	open_db(1, 1);
	submit(0, DB_READ, "ann", "100", &user_sql, NULL, NULL);
	for (i = 1; i < 4; i++)
		submit(i, DB_READ, "slow", "3000", &user_sql, NULL, NULL);
	submit(4, DB_READ, "bob", "3000", &user_sql, NULL, NULL);
	wait_for(5);
	cr_expect_str_eq(calls[0].value, "ann/100ms");
	for (i = 1; i < 4; i++)
		cr_expect_str_eq(calls[i].value, "slow/3s", "%s", calls[i].status.message);
	cr_expect_str_eq(calls[4].value, "bob/3s");
	db_stats(db, &stats);
	cr_expect_eq(stats.resent, 4);
}

Test(pool_share, who_travels_alone_shares_no_enter)
{
	int i;

	open_db(1, 1);
	submit(0, DB_READ, "mallory", "20000", &get_sql, "5000", NULL);
	wait_for(1);
	for (i = 1; i < 7; i++)
		submit(i, DB_READ, i < 4 ? "mallory" : "ann", "20000", &entered_sql, NULL, NULL);
	wait_for(7);
	for (i = 1; i < 7; i++)
		cr_expect_str_eq(calls[i].value, "1", "%d: %s", i, calls[i].value);
}

static void
answer_and_ask(void *arg, const struct db_result *result)
{
	struct call *call = arg;

	take_answer(call, result);
	submit((int)(call - calls) + 100, DB_READ, "ann", "20000", &entered_sql, NULL, NULL);
}

/* Their enter is over with its transaction, of which the first answers come before the last. */
Test(pool_share, what_an_answer_asks_next_enters_anew)
{
	struct db_param enter[] = {{.value = "ann"}, {.value = "20000"}};
	int i;

	open_db(1, 1);
	for (i = 0; i < 20; i++)
		calls[i].ticket = db_submit(
		    db, DB_READ, &enter_sql, enter, &entered_sql, NULL, answer_and_ask, &calls[i]);
	wait_for(40);
	for (i = 0; i < 20; i++) {
		cr_expect_str_eq(calls[i].value, "1");
		cr_expect_str_eq(
		    calls[i + 100].value, "1", "%d: %s", i, calls[i + 100].status.message);
	}
}

Test(pool_share, callers_that_leave_change_nothing_for_those_they_share_with)
{
	int i;

	open_db(1, 1);
	submit(0, DB_READ, "ann", "20000", &sleep_sql, "50", NULL);
	for (i = 1; i < 12; i++)
		submit(i, DB_READ, i % 3 == 0 ? "nobody" : "ann", "20000", &user_sql, NULL, NULL);
	db_cancel(calls[4].ticket);
	run_until(never, 10);
	for (i = 0; i < 4; i++)
		db_cancel(calls[i].ticket);
	wait_for(12);
	run_until(never, 20);
	for (i = 0; i < 12; i++)
		cr_expect_eq(calls[i].answers, 1, "%d: %d", i, calls[i].answers);
	cr_expect_eq(calls[4].status.code, STATUS_CANCELLED, "it was not sent yet");
	for (i = 5; i < 12; i++) {
		if (i % 3 == 0)
			cr_expect_eq(calls[i].status.code, STATUS_UNAUTHENTICATED);
		else
			cr_expect_str_eq(calls[i].value, "ann/20s");
	}
}

static bool
one_sleeps(void)
{
	return test_pg_int("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") ==
	       1;
}

Test(pool_share, a_lost_session_fails_those_that_shared_it_once_each)
{
	int i;

	open_db(1, 1);
	for (i = 0; i < 10; i++)
		submit(i, DB_READ, i < 7 ? "ann" : "bob", "20000", i == 3 ? &sleep_sql : &user_sql,
		    "10000", NULL);
	cr_assert(run_until(one_sleeps, WAIT_MS));
	test_pg_int(
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
	wait_for(10);
	cr_expect(run_until(is_settled, WAIT_MS));
	for (i = 0; i < 10; i++) {
		cr_expect_eq(calls[i].answers, 1);
		if (i < 3)
			cr_expect_str_eq(calls[i].value, "ann/20s");
		else
			cr_expect_eq(calls[i].status.code, STATUS_UNAVAILABLE, "%d", i);
	}
}

Test(pool_share, a_pool_may_end_before_its_answers)
{
	int i, before;

	open_db(1, 1);
	for (i = 0; i < 20; i++)
		submit(i, DB_READ, "ann", "20000", i == 2 ? &sleep_sql : &user_sql, "500", NULL);
	cr_assert(run_until(one_sleeps, WAIT_MS));
	for (; i < 40; i++)
		submit(i, DB_READ, "ann", "20000", &user_sql, NULL, NULL);
	before = answered;
	db_free(db);
	db = NULL;
	run_until(never, 150);
	cr_expect_eq(answered, before);
}

/* By chance from 0 to limit - 1, the same each time. */
static int
below(int limit)
{
	static uint32_t state = 1948;

	state = state * 1664525 + 1013904223;
	return (int)((state >> 16) % (uint32_t)limit);
}

/* A read that somebody asks, and its answer. */
struct question {
	const char *who, *timeout_ms;
	const struct db_statement *act;
	const char *first;
	const char *sqlstate; /* "" when it is answered */
	char value[32];
};

static struct question
any_question(void)
{
	static const char *const people[] = {"ann", "bob", "cyd", "dee", "nobody"};
	static const char *const times[][2] = {{"5000", "5s"}, {"6000", "6s"}};
	const char *const *time = times[below(2)];
	struct question asked = {.who = people[below(20) == 0 ? 4 : below(4)],
	    .timeout_ms = time[0],
	    .act = &user_sql,
	    .sqlstate = ""};

	snprintf(asked.value, sizeof(asked.value), "%s/%s", asked.who, time[1]);
	if (below(3) == 0) {
		asked.act = &get_sql;
		asked.first = "7";
		snprintf(asked.value, sizeof(asked.value), "body 7");
	} else if (below(20) == 0) {
		asked.act = below(2) == 0 ? &get_sql : &number_sql;
		asked.first = "5000x";
		asked.sqlstate = "22P02";
	} else if (below(20) == 0) {
		asked.act = &get_sql;
		asked.first = "5000";
		asked.sqlstate = "ZC404";
	}
	if (strcmp(asked.who, "nobody") == 0)
		asked.sqlstate = "ZC401";
	return asked;
}

static void
ask_at_once(int count)
{
	struct question asked[CALLS];
	int i;

	memset(calls, 0, sizeof(calls));
	answered = 0;
	for (i = 0; i < count; i++) {
		asked[i] = any_question();
		submit(i, DB_READ, asked[i].who, asked[i].timeout_ms, asked[i].act, asked[i].first,
		    NULL);
		if (below(30) == 0)
			run_until(never, 0);
	}
	wait_for(count);
	for (i = 0; i < count; i++) {
		cr_expect_eq(calls[i].answers, 1);
		cr_expect_str_eq(calls[i].sqlstate, asked[i].sqlstate, "%d: %s", i, asked[i].who);
		if (asked[i].sqlstate[0] == '\0')
			cr_expect_str_eq(
			    calls[i].value, asked[i].value, "%d: %s", i, calls[i].value);
	}
}

Test(pool_share, whoever_comes_together_each_gets_the_own_answer)
{
	struct db_config config = config_of(2, 1);
	struct db_stats stats;
	int round;

	config.read_depth = 40;
	open_with(&config);
	for (round = 0; round < 40; round++)
		ask_at_once(1 + below(CALLS));
	db_stats(db, &stats);
	cr_expect_gt(stats.resent, 0);
	cr_expect_eq(stats.in_flight + stats.queued, 0);
}
