/* What sync.c, sync_connect.c and sync_copy.c share. */
#ifndef PBC_SERVER_DB_SYNC_INTERNAL_H
#define PBC_SERVER_DB_SYNC_INTERNAL_H

#include <stdbool.h>
#include <libpq-fe.h>

#include "server/db/sync.h"

#define SYNC_CONNECT_MS 10000 /* for one attempt */
/* From a cancel to the end of the statement; then the session is given up. */
#define SYNC_CANCEL_MS 5000
#define SYNC_CANCEL_AGAIN_MS 200

struct sync_conn {
	struct sync_config config;
	PGconn *pg;       /* NULL once given up; libpq's functions refuse NULL by themselves */
	bool unstoppable; /* COMMIT and ROLLBACK run to their end */
	bool asked;       /* a stream's statement runs, and nobody has begun to take its rows */
	bool lost_race;   /* this transaction met a serialization failure or deadlock */
};

/*
 * What the server has yet to read of a COPY keeps it busy while we write more rows or wait for a
 * core. The kernel gives less where net.core.wmem_max says so.
 */
#define SYNC_SEND_BUFFER (512 * 1024)
#define SYNC_ROOM_MS 1 /* until a full one is looked at again; to empty it takes longer */

enum sync_ready { SYNC_READY, SYNC_READY_TIMEOUT, SYNC_READY_STOPPED };

/*
 * Waits for events of the socket; without a session, only for time. limit_ms below 0 is no limit.
 */
enum sync_ready sync_poll(struct sync_conn *conn, short events, int limit_ms);

/*
 * All results of what runs: the last, or the first error, or the start of a COPY. NULL with *status
 * set when it was stopped or the connection went.
 */
PGresult *sync_take_result(struct sync_conn *conn, struct status *status);
/* As sync_take_result, and the result is not an error. */
PGresult *sync_take_success(struct sync_conn *conn, struct status *status);
/* Sends all that libpq holds. */
bool sync_flush(struct sync_conn *conn, struct status *status);
void sync_give_up(struct sync_conn *conn);

#endif
