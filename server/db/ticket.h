/* A submission on its way: its parameters, its place in a queue, its answer. */
#ifndef PBC_SERVER_DB_TICKET_H
#define PBC_SERVER_DB_TICKET_H

#include <stdbool.h>
#include <sys/queue.h>
#include <libpq-fe.h>

#include "server/db/db.h"

struct db_conn;

enum db_ticket_place {
	DB_TICKET_QUEUED, /* in its lane's queue */
	DB_TICKET_SENT,   /* in its connection's in_flight */
	DB_TICKET_FAILED, /* in the pool's failed list, done to be called from there */
};

/* Which query's results come next. */
enum db_ticket_step { DB_STEP_ENTER, DB_STEP_ACT, DB_STEP_SYNC };

/* Failures that no result of the database tells. */
enum db_failure {
	DB_FAILURE_NONE,
	DB_FAILURE_UNAVAILABLE,
	DB_FAILURE_OUTCOME_UNKNOWN,
	DB_FAILURE_QUEUE_FULL,
	DB_FAILURE_CANCELLED
};

/* As PQsendQueryPrepared takes them. */
struct db_params {
	const char **values;
	int *lengths;
	int *formats;
};

struct db_ticket {
	TAILQ_ENTRY(db_ticket) entry;
	struct db *db;
	enum db_lane lane;
	enum db_ticket_place place;
	struct db_conn *conn; /* while SENT */
	const struct db_statement *enter;
	const struct db_statement *act;
	struct db_params enter_params;
	struct db_params act_params;
	db_done_fn *done; /* NULL once dropped */
	void *arg;

	enum db_ticket_step step;
	bool last;        /* Sync was sent after this segment */
	bool cancelled;   /* its caller wants it stopped */
	bool refused;     /* the database said no before Sync: certainly no effect */
	bool aborted;     /* a neighbour's error made PostgreSQL skip it */
	bool alone;       /* a read with a Sync of its own */
	size_t caller;    /* of a read, for apart.h */
	int retries;      /* after serialization failures */
	PGresult *result; /* the act's answer, or the first error */
	enum db_failure failure;
};

TAILQ_HEAD(db_tickets, db_ticket);

/* One block of memory: the params are copied into it. */
struct db_ticket *db_ticket_new(const struct db_statement *enter,
    const struct db_param *enter_params, const struct db_statement *act,
    const struct db_param *act_params);
/* Whether both call the same enter with the same parameters, each of their bytes. */
bool db_ticket_enters_alike(const struct db_ticket *one, const struct db_ticket *other);
/* Forgets answers, to be sent once more. */
void db_ticket_rewind(struct db_ticket *ticket);
/* Calls done, unless dropped, and frees. The ticket is in no list. */
void db_ticket_finish(struct db_ticket *ticket);
void db_ticket_free(struct db_ticket *ticket);

#endif
