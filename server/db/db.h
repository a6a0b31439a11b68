/*
 * PostgreSQL from the event loop: libpq in non-blocking pipeline mode. The only folder that calls
 * PQ*. It knows statements and results, never calls or messages.
 *
 * A submission is one segment: the enter statement, the act statement, Sync. A segment is one
 * implicit transaction; a refusal by enter makes PostgreSQL skip the act.
 *
 * Lanes: DB_READ shares a few connections, many segments in flight, one Sync per loop pass; if a
 * neighbour's error aborts a read it is sent again, once and alone; a caller whose reads fail is
 * sent alone for a while, so that neighbours do not pay. So a read's functions have no effect (the
 * session is read-only), and enter overwrites every setting that it makes for its transaction; of
 * neighbours whose enters have the same parameters the first enters for all.
 * DB_WRITE and DB_SLOW take a connection each for their segment, and run it again up to three times
 * after a serialization failure or deadlock. Waiting submissions queue to a limit of each lane,
 * beyond which they fail with RESOURCE_EXHAUSTED, reason QUEUE_FULL: a lane that is stuck keeps no
 * other's callers out.
 *
 * A lost connection fails what it carried with UNAVAILABLE: reason DATABASE_UNAVAILABLE if it
 * certainly had no effect, OUTCOME_UNKNOWN if it may have committed (the same request_id then
 * tells).
 */
#ifndef PBC_SERVER_DB_DB_H
#define PBC_SERVER_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

struct event_base;
struct db;
struct db_ticket;

enum db_lane { DB_READ, DB_WRITE, DB_SLOW };

struct db_statement {
	/* Unique. Prepared at connect, so a drift between SQL and code fails at boot. */
	const char *name;
	const char *text;
	int param_count;
	const uint32_t *param_types; /* OIDs, NULL to infer */
	int caller_params;           /* of an enter: its first ones, texts, name the caller */
};

struct db_param {
	const char *value; /* NULL is SQL NULL. Text is NUL-terminated */
	size_t length;     /* used when binary */
	bool binary;
};

struct db_result {
	struct status status; /* code STATUS_OK, or the mapped refusal or failure */
	char sqlstate[6];     /* empty when ok */
	const char *value; /* first column of the first row; NULL if SQL NULL or no row. Valid until
			      the callback returns */
	size_t length;
};

struct db_config {
	const char *conninfo; /* a socket or numeric address: a host name is looked up blocking.
				 Kept, not copied */
	int read_connections;
	int write_connections;
	int slow_connections;
	size_t queue_limit;        /* waiting submissions of each lane */
	size_t read_depth;         /* segments in flight on one read connection */
	int reconnect_max_ms;      /* back-off ceiling */
	const char *schema_change; /* what api.schema_change() must return; NULL accepts any. Kept,
				      not copied */
};

struct db_stats {
	uint64_t submitted;
	uint64_t completed; /* answered by the database, refusals included */
	uint64_t failed;    /* answered for want of the database */
	uint64_t rejected;  /* over queue_limit */
	uint64_t cancelled; /* stopped before they were sent */
	uint64_t resent; /* reads after a neighbour's error, writes after a serialization failure */
	uint64_t reconnects; /* ready connections that were lost */
	size_t queued, in_flight;
	int connected;
};

/*
 * Called once per ticket from the loop, unless the ticket was dropped. The ticket is gone once it
 * is called; it may submit, drop and cancel others, but not free the db.
 */
typedef void db_done_fn(void *arg, const struct db_result *result);
/* The payload of a NOTIFY on channel pbc; "" after every (re)connect: some may have been missed. */
typedef void db_notify_fn(void *arg, const char *payload);

/*
 * Copies nothing of the statements: they outlive the db. Connects at once in the background;
 * db_ready tells when a connection of every lane has prepared everything. Prepare errors or an
 * unknown schema are logged and reported by db_fatal (the caller exits): they will not heal.
 */
struct db *db_new(struct event_base *base, const struct db_config *config,
    const struct db_statement *const *statements, size_t count);
/* Forgets what waits and runs, without a call of done. Not from a callback. */
void db_free(struct db *db);
bool db_ready(const struct db *db);
const char *db_fatal(const struct db *db); /* NULL while none */
void db_set_notify(struct db *db, db_notify_fn *notify, void *arg);
/* Told when readiness changes or db_fatal is set. */
void db_set_state_changed(struct db *db, void (*changed)(void *arg), void *arg);

/*
 * Params are copied. Never calls done before returning. done gets UNAVAILABLE while there is no
 * database.
 */
struct db_ticket *db_submit(struct db *db, enum db_lane lane, const struct db_statement *enter,
    const struct db_param *enter_params, const struct db_statement *act,
    const struct db_param *act_params, db_done_fn *done, void *arg);

/*
 * The caller has gone. A queued segment is removed, a running one cancelled in the database (not on
 * a shared read connection). done is still called, once and never before this returns, when the
 * segment has really ended (CANCELLED if it was removed or stopped): who holds a concurrency slot
 * for the work releases it then. At most once per ticket.
 */
void db_cancel(struct db_ticket *ticket);

void db_stats(const struct db *db, struct db_stats *stats);

#endif
