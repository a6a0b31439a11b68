/* How long to wait before trying again. */
#ifndef PBC_SERVER_DB_BACKOFF_H
#define PBC_SERVER_DB_BACKOFF_H

#include <stdint.h>

#define DB_BACKOFF_FIRST_MS 100

/*
 * Doubles from DB_BACKOFF_FIRST_MS to max_ms with each failure; random picks from the upper half of
 * that, so that many clients do not return at once.
 */
int db_backoff_ms(int failures, int max_ms, uint32_t random);

/* From the kernel; never fails. */
uint64_t db_random(void);

#endif
