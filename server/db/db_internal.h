/* What pool, conn, pipeline and control share. Nobody outside this folder includes it. */
#ifndef PBC_SERVER_DB_INTERNAL_H
#define PBC_SERVER_DB_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <event2/event.h>

#include "server/db/apart.h"
#include "server/db/db.h"
#include "server/db/link.h"
#include "server/db/ticket.h"

#define DB_LANES 3
#define DB_RETRY_LIMIT 3
/* A read connection takes more work when this part of its depth is left in flight. */
#define DB_READ_REFILL 4
#define DB_CANCEL_SQL                                                               \
	"SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity" \
	" WHERE application_name = $1 AND usename = current_user"

enum db_conn_state { DB_CONN_DOWN, DB_CONN_PREPARING, DB_CONN_READY };

/* Of the segment that a dropped ticket left running. */
enum db_cancel { DB_CANCEL_NONE, DB_CANCEL_WANTED, DB_CANCEL_SENT };

/* A connection of a lane. */
struct db_conn {
	struct db_link link;
	struct db *db;
	enum db_lane lane;
	enum db_conn_state state;
	size_t steps_done;           /* of the set-up */
	struct db_tickets in_flight; /* in the order sent; at most one on write and slow */
	size_t in_flight_count;
	struct db_ticket *unsent; /* of in_flight the first that waits for db_conn_sync */
	bool at_sync;             /* all results before the next Sync were taken */
	enum db_cancel cancel;
	struct db_ticket *again; /* a write that waits to be sent once more */
	struct event *retry;     /* its timer */
};

struct db_lane_pool {
	struct db_conn *conns;
	int count;
	int ready;
	struct db_tickets queue;
	size_t queued;
};

/* The connection that hears notifications and cancels the others' statements. */
struct db_control {
	struct db_link link;
	struct db *db;
	bool listening;
	bool busy;
	struct db_conn *cancelling; /* whose statement the running query cancels */
};

struct db {
	struct event_base *base;
	struct db_config config;
	const struct db_statement *const *statements;
	size_t statement_count;
	struct db_lane_pool lanes[DB_LANES];
	struct db_control control;
	struct db_tickets failed; /* to be told at the next turn */
	size_t failed_count;
	struct event *turn; /* runs after all else that is due in this loop pass */
	bool in_turn;
	struct db_apart apart;
	struct db_stats stats;
	char fatal[512];
	bool schema_differs; /* the fault that is fatal, and the cause of others */
	bool ready;
	db_notify_fn *notify;
	void *notify_arg;
	void (*changed)(void *arg);
	void *changed_arg;
};

/* pool.c */
void db_turn_later(struct db *db);
void db_set_fatal(struct db *db, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A connection became ready, or stopped being so. */
void db_lane_changed(struct db *db, enum db_lane lane, int by);
/* The ticket, in no list now, is told of the failure at the end of this loop pass. */
void db_fail_ticket(struct db *db, struct db_ticket *ticket, enum db_failure failure);
void db_requeue_alone(struct db *db, struct db_ticket *ticket);
void db_complete_ticket(struct db *db, struct db_ticket *ticket);

/* conn.c */
void db_conn_init(struct db_conn *conn, struct db *db, enum db_lane lane, int number);
void db_conn_free(struct db_conn *conn);

/* pipeline.c */
bool db_conn_idle(const struct db_conn *conn);
/* Takes the ticket into the transaction that db_conn_sync is going to send. */
void db_conn_add(struct db_conn *conn, struct db_ticket *ticket);
/*
 * Sends what was added since the last one, and Sync, in one implicit transaction. On failure the
 * connection is given up and the tickets failed with it.
 */
void db_conn_sync(struct db_conn *conn);
/* Takes results until libpq would wait. */
void db_conn_take_results(struct db_conn *conn);
/* The session is gone: fails what was in flight. */
void db_conn_abandon(struct db_conn *conn);
/* The timer of conn->retry. */
void db_conn_send_again(evutil_socket_t fd, short what, void *arg);
/* The caller of what runs here wants it stopped. */
void db_conn_cancel(struct db_conn *conn, struct db_ticket *ticket);

/* control.c */
void db_control_init(struct db_control *control, struct db *db);
void db_control_free(struct db_control *control);
/* Starts the next cancel if one is wanted and none runs. */
void db_control_turn(struct db_control *control);

#endif
