/*
 * Whether a database holds the schema that a program was made for, and what to do where it does
 * not.
 */
#ifndef PBC_SERVER_DB_SCHEMA_H
#define PBC_SERVER_DB_SCHEMA_H

#include <stdbool.h>

#include "common/status.h"

#define DB_SCHEMA_QUERY "SELECT api.schema_change()"
/*
 * found is what the query says, NULL where there is no such function. False with
 * FAILED_PRECONDITION, SCHEMA_DIFFERS if it is not wanted.
 */
bool db_schema_fits(const char *found, const char *wanted, struct status *status);

/* True of an error of the query that says that there is no such function. */
bool db_schema_is_missing(const char *sqlstate);

#endif
