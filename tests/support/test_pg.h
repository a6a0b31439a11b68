/*
 * A private PostgreSQL cluster for the tests of one program, by private_pg.sh. Started in
 * Criterion's PRE_ALL hook, removed in POST_ALL; the tests, each a process of its own, find it by
 * the environment. Every function ends the process with a message when it fails.
 */
#ifndef PBC_TESTS_SUPPORT_TEST_PG_H
#define PBC_TESTS_SUPPORT_TEST_PG_H

#define TEST_PG_CONNINFO 256

/* Creates it at the first call, starts it, runs sql as superuser (NULL: nothing). */
void test_pg_start(const char *sql);
/* mode is pg_ctl's: fast ends sessions in order, immediate is a crash. */
void test_pg_stop(const char *mode);
void test_pg_remove(void);
void test_pg_conninfo(char conninfo[TEST_PG_CONNINFO], const char *user);
/*
 * Runs sql as superuser in a session of its own; the first value as a number, 0 if there is none.
 */
int test_pg_int(const char *sql);

#endif
