/*
 * Whose reads travel apart. A read that fails makes PostgreSQL skip its neighbours behind it, which
 * then run again; so after a failure the next reads of the same caller have a transaction of their
 * own. Callers are told apart by hash: who shares one is only sent apart needlessly.
 */
#ifndef PBC_SERVER_DB_APART_H
#define PBC_SERVER_DB_APART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/db/db.h"

#define DB_APART_CALLERS 1024
/* Reads after a failure: of a caller's reads at most one in so many more fails among neighbours. */
#define DB_APART_READS 32

struct db_apart {
	uint64_t seed; /* so that nobody can choose whom to share a hash with */
	uint8_t left[DB_APART_CALLERS];
};

void db_apart_init(struct db_apart *apart);
/* The caller that enter's first parameters name: an index for the functions below. */
size_t db_apart_caller(const struct db_apart *apart, const struct db_statement *enter,
    const struct db_param *enter_params);
/* Whether the caller's next read travels apart. */
bool db_apart_travels(const struct db_apart *apart, size_t caller);
/* A read of the caller has ended. */
void db_apart_learn(struct db_apart *apart, size_t caller, bool failed);

#endif
