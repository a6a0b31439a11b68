/* From PostgreSQL's errors to statuses; shared by the pool and by sync. */
#ifndef PBC_SERVER_DB_SQLSTATE_H
#define PBC_SERVER_DB_SQLSTATE_H

#include <stdbool.h>
#include <libpq-fe.h>

#include "common/status.h"

/*
 * Fills *status from a failed result. Class ZC speaks for itself: message, hint, column as field,
 * constraint as reason. Any other has a general sentence; an INTERNAL one is logged with statement
 * (a name, not its text) under a random reference that the message quotes.
 */
void db_status_from_error(const PGresult *error, const char *statement, struct status *status);

/*
 * True for what only a new program or a migration can heal: an unknown function, a wrong type, a
 * missing right.
 */
bool db_sqlstate_is_drift(const char *sqlstate);
bool db_sqlstate_is_retriable(const char *sqlstate); /* 40001, 40P01 */

bool db_status_unavailable(struct status *status);
bool db_status_outcome_unknown(struct status *status);
bool db_status_cancelled(struct status *status);
bool db_status_queue_full(struct status *status);

#endif
