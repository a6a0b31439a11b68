/*
 * PostgreSQL for a process that may wait: one connection, one statement at a time. For the job
 * process and tools; the server uses db.h. Nothing here is thread-safe.
 *
 * Every wait polls should_stop, so that another thread (by a flag) or a signal handler can end a
 * statement: it is cancelled in the database and the call fails with CANCELLED.
 *
 * Functions that return bool or a pointer fail with *status set: a refusal of the database by the
 * table of sqlstate.c, UNAVAILABLE when the connection went (call sync_reconnect), or for a commit
 * whose answer was lost UNAVAILABLE with reason OUTCOME_UNKNOWN.
 */
#ifndef PBC_SERVER_DB_SYNC_H
#define PBC_SERVER_DB_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/date.h"
#include "common/status.h"

#define SYNC_POLL_MS 200        /* longest time between two calls of should_stop */
#define SYNC_COPY_BUFFER 65536  /* bytes gathered before they go to libpq */
#define SYNC_PAYLOAD_LIMIT 8000 /* PostgreSQL's own limit of a NOTIFY payload, NUL included */

struct sync_conn;
struct sync_rows;

struct sync_config {
	const char *conninfo;
	const char *name;               /* application_name */
	int reconnect_max_ms;           /* back-off ceiling */
	bool (*should_stop)(void *arg); /* NULL: never */
	void *stop_arg;
};

/* Tries until it is connected; NULL only when should_stop said so. Keeps the config's pointers. */
struct sync_conn *sync_connect(const struct sync_config *config, struct status *status);
/*
 * A new session in place of this one: transaction, LISTEN and settings are gone. Tries like
 * sync_connect.
 */
bool sync_reconnect(struct sync_conn *conn, struct status *status);
void sync_close(struct sync_conn *conn);

/*
 * One statement with text parameters (NULL is SQL NULL). rows may be NULL; otherwise *rows is to be
 * freed by the caller. Types follow from the statement, so write $1::bigint where it does not say.
 */
bool sync_exec(struct sync_conn *conn, const char *text, const char *const *params, int count,
    struct sync_rows **rows, struct status *status);

/*
 * Whether the database holds the schema change wanted. False with FAILED_PRECONDITION and
 * SCHEMA_DIFFERS if not, with another code if it could not be asked.
 */
bool sync_schema_fits(struct sync_conn *conn, const char *wanted, struct status *status);

size_t sync_rows_count(const struct sync_rows *rows);
/* Rows the statement changed. */
int64_t sync_rows_affected(const struct sync_rows *rows);
/* "" for NULL; ask sync_is_null first where that matters. Valid until sync_rows_free. */
const char *sync_text(const struct sync_rows *rows, size_t row, int column);
bool sync_is_null(const struct sync_rows *rows, size_t row, int column);
/* The column is of an integer type. */
int64_t sync_int64(const struct sync_rows *rows, size_t row, int column);
/* The column is of type date, within the years of date_parse; DATE_NONE for NULL. */
date_t sync_date(const struct sync_rows *rows, size_t row, int column);
/* NULL is allowed. */
void sync_rows_free(struct sync_rows *rows);

/*
 * Calls row for each row as it arrives, memory for one row only; rows holds that one row, at index
 * 0, until row returns. False from row ends the statement, and sync_stream returns true; a
 * transaction that it is part of can then only be rolled back. row must not use conn.
 */
bool sync_stream(struct sync_conn *conn, const char *text, const char *const *params, int count,
    bool (*row)(void *arg, const struct sync_rows *rows), void *arg, struct status *status);

/* As sync_stream, of one bytea column: take gets each value, which is gone when it returns. */
bool sync_stream_bytes(struct sync_conn *conn, const char *text, const char *const *params,
    int count, bool (*take)(void *arg, const void *data, size_t length), void *arg,
    struct status *status);

/*
 * sync_stream_bytes in two steps, between which the statement runs while the caller does something
 * else. Nothing else uses conn until the answer is taken; sync_rollback gives it up.
 */
bool sync_bytes_ask(struct sync_conn *conn, const char *text, const char *const *params, int count,
    struct status *status);
bool sync_bytes_take(struct sync_conn *conn,
    bool (*take)(void *arg, const void *data, size_t length), void *arg, struct status *status);

bool sync_begin(struct sync_conn *conn, struct status *status);
/* Not after a statement of the transaction failed: PostgreSQL would answer that with a rollback. */
bool sync_commit(struct sync_conn *conn, struct status *status);
/* Also after a failure, whatever it was; nothing to do is no error. */
void sync_rollback(struct sync_conn *conn);
/*
 * Runs work inside a transaction, again up to three times after a serialization failure or
 * deadlock: work must have no effect outside the database.
 */
bool sync_transaction(struct sync_conn *conn,
    bool (*work)(void *arg, struct sync_conn *conn, struct status *status), void *arg,
    struct status *status);

enum sync_copy_format { SYNC_COPY_TEXT, SYNC_COPY_BINARY };

struct sync_copy;

/*
 * text is COPY table (columns) FROM STDIN, with (FORMAT binary) for SYNC_COPY_BINARY. Each row is
 * sync_copy_row, then its fields in the order of the columns; the field's type must be the column's
 * own when binary. Failures are kept and told by sync_copy_finish, so fields need no check each;
 * sync_copy_row returns false once it was stopped or the connection went, to end a long loop early.
 * A row that the database refuses is told by sync_copy_finish only.
 */
struct sync_copy *sync_copy_start(struct sync_conn *conn, const char *text,
    enum sync_copy_format format, int columns, struct status *status);
bool sync_copy_row(struct sync_copy *copy);
void sync_copy_null(struct sync_copy *copy);
void sync_copy_text(struct sync_copy *copy, const char *text); /* text, json; NULL is SQL NULL */
void sync_copy_int16(struct sync_copy *copy, int16_t value);   /* smallint */
void sync_copy_int32(struct sync_copy *copy, int32_t value);   /* integer */
void sync_copy_int64(struct sync_copy *copy, int64_t value);   /* bigint */
void sync_copy_bool(struct sync_copy *copy, bool value);
void sync_copy_date(struct sync_copy *copy, date_t value); /* DATE_NONE is NULL */
void sync_copy_bytes(
    struct sync_copy *copy, const void *data, size_t length); /* bytea; uuid by 16 when binary */
/* Ends it and frees copy. *rows (may be NULL) is the number stored. */
bool sync_copy_finish(struct sync_copy *copy, int64_t *rows, struct status *status);
/* Gives it up, nothing is stored, and frees copy. */
void sync_copy_abandon(struct sync_copy *copy);

enum sync_wait { SYNC_WAIT_NOTIFIED, SYNC_WAIT_TIMEOUT, SYNC_WAIT_STOPPED, SYNC_WAIT_LOST };

/* channel is a plain lower-case name. */
bool sync_listen(struct sync_conn *conn, const char *channel, struct status *status);
/* The next notification's payload; outside a transaction. */
enum sync_wait sync_wait(struct sync_conn *conn, int timeout_ms, char payload[SYNC_PAYLOAD_LIMIT]);

#endif
