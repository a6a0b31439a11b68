/* What the test programs of the blocking connection share: a cluster, and one for each test. */
#ifndef PBC_TESTS_UNIT_SERVER_DB_SYNC_FIXTURE_H
#define PBC_TESTS_UNIT_SERVER_DB_SYNC_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/db/sync.h"
#include "tests/support/test_pg.h"

extern struct sync_conn *conn;
extern struct status status;
/* By clock_monotonic_ms; from then on what runs is to stop. */
extern int64_t stop_at_ms;

void set_up(void);
void tear_down(void);

/* As conn is connected with. */
struct sync_config config(void);
bool run(const char *text);

#endif
