/* What the pool's test programs share: one cluster for all their tests, one pool for each test. */
#ifndef PBC_TESTS_UNIT_SERVER_DB_POOL_FIXTURE_H
#define PBC_TESTS_UNIT_SERVER_DB_POOL_FIXTURE_H

#include <event2/event.h>
#include <stdbool.h>

#include "server/db/db.h"
#include "tests/support/test_pg.h"

#define WAIT_MS 30000
#define CALLS 256
#define GOOD_STATEMENTS 12

extern const struct db_statement enter_sql, get_sql, user_sql, entered_sql, sleep_sql,
    transaction_sql, put_sql, put_late_sql, conflict_sql, boom_sql, number_sql, shortage_sql;
/* The good ones, and behind them one whose function does not exist. */
extern const struct db_statement *const statements[];

struct call {
	struct db_ticket *ticket;
	int answers;
	struct status status;
	char sqlstate[6];
	char value[64];
};

extern struct event_base *base;
extern struct db *db;
extern struct call calls[CALLS];
extern int answered;
extern char notified[8][32];
extern int notified_count;

void set_up(void);
void tear_down(void);

struct db_config config_of(int reads, int writes);
/* Waits until it is ready. */
void open_with(const struct db_config *config);
void open_db(int reads, int writes);

/* calls[number] takes the answer. */
struct call *submit(int number, enum db_lane lane, const char *who, const char *timeout_ms,
    const struct db_statement *act, const char *first, const char *second);
void take_answer(void *arg, const struct db_result *result);
/* Until count answers have come in all. */
void wait_for(int count);

/* Drives the loop until done says so; false when wait_ms passed first. */
bool run_until(bool (*done)(void), int wait_ms);
bool is_settled(void);
bool never(void);

#endif
