/* Statements, transactions and notifications of the job process. */
#include "server/db/sync_internal.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"
#include "server/db/backoff.h"
#include "server/db/schema.h"
#include "server/db/sqlstate.h"

#define TRANSACTION_RETRY_LIMIT 3
#define TRANSACTION_RETRY_MS 1000

struct sync_rows {
	PGresult *result;
};

bool
sync_flush(struct sync_conn *conn, struct status *status)
{
	int left;

	if (sync_poll(conn, 0, 0) == SYNC_READY_STOPPED)
		return db_status_cancelled(status);
	while ((left = PQflush(conn->pg)) > 0) {
		/*
		 * The server may have to be read from before it reads on. Room is not waited for
		 * but looked for: who is told of it is woken by the server's reading, mostly on the
		 * server's core, and the two then take turns in place of working side by side.
		 */
		if (sync_poll(conn, POLLIN, SYNC_ROOM_MS) == SYNC_READY_STOPPED)
			return db_status_cancelled(status);
		if (!PQconsumeInput(conn->pg))
			return db_status_unavailable(status);
	}
	return left == 0 || db_status_unavailable(status);
}

/* Until PQgetResult would not wait, at most limit_ms. */
static enum sync_ready
wait_for_result(struct sync_conn *conn, int limit_ms)
{
	while (PQisBusy(conn->pg)) {
		short events = PQflush(conn->pg) > 0 ? POLLIN | POLLOUT : POLLIN;
		enum sync_ready ready = sync_poll(conn, events, limit_ms);

		if (ready != SYNC_READY)
			return ready;
		/* A loss shows in the result that PQgetResult then makes up. */
		if (!PQconsumeInput(conn->pg))
			break;
	}
	return SYNC_READY;
}

static void
send_cancel(struct sync_conn *conn)
{
	PGcancel *cancel = PQgetCancel(conn->pg);
	char error[256];

	if (cancel != NULL)
		PQcancel(cancel, error, sizeof(error));
	PQfreeCancel(cancel);
}

/*
 * Cancels what runs and reads to its end; gives the session up if there is none in time. A cancel
 * that overtakes its statement is lost, so it is sent again while results come. It is done
 * when PQcancel returns, so none can hit a later statement.
 */
static void
stop_statement(struct sync_conn *conn)
{
	int64_t end_ms = clock_monotonic_ms() + SYNC_CANCEL_MS, next_cancel_ms = 0;
	bool was_unstoppable = conn->unstoppable, ended = false;

	conn->unstoppable = true;
	while (!ended) {
		int64_t now_ms = clock_monotonic_ms();

		if (now_ms >= end_ms) {
			sync_give_up(conn);
			break;
		}
		if (now_ms >= next_cancel_ms) {
			send_cancel(conn);
			next_cancel_ms = now_ms + SYNC_CANCEL_AGAIN_MS;
		}
		if (wait_for_result(conn, SYNC_CANCEL_AGAIN_MS) == SYNC_READY) {
			PGresult *result = PQgetResult(conn->pg);

			ended = result == NULL;
			PQclear(result);
		}
	}
	conn->unstoppable = was_unstoppable;
}

/*
 * The next result, NULL at the end of the statement. False with *status set when stopped or lost.
 */
static bool
next_result(struct sync_conn *conn, PGresult **result, struct status *status)
{
	if (wait_for_result(conn, -1) == SYNC_READY_STOPPED) {
		stop_statement(conn);
		return db_status_cancelled(status);
	}
	*result = PQgetResult(conn->pg);
	if (PQstatus(conn->pg) == CONNECTION_BAD) {
		PQclear(*result);
		*result = NULL;
		return db_status_unavailable(status);
	}
	return true;
}

static bool
is_error(const PGresult *result)
{
	ExecStatusType kind = PQresultStatus(result);

	return kind == PGRES_FATAL_ERROR || kind == PGRES_BAD_RESPONSE;
}

PGresult *
sync_take_result(struct sync_conn *conn, struct status *status)
{
	PGresult *kept = NULL, *result;

	do {
		if (!next_result(conn, &result, status)) {
			PQclear(kept);
			return NULL;
		}
		if (result != NULL && (kept == NULL || !is_error(kept))) {
			PQclear(kept);
			kept = result;
		} else {
			PQclear(result);
		}
	} while (result != NULL && PQresultStatus(kept) != PGRES_COPY_IN);
	assert(kept != NULL);
	return kept;
}

PGresult *
sync_take_success(struct sync_conn *conn, struct status *status)
{
	PGresult *result = sync_take_result(conn, status);
	const char *sqlstate;

	if (result == NULL || !is_error(result))
		return result;
	sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	if (sqlstate != NULL && db_sqlstate_is_retriable(sqlstate))
		conn->lost_race = true;
	db_status_from_error(result, conn->config.name, status);
	PQclear(result);
	return NULL;
}

bool
sync_exec(struct sync_conn *conn, const char *text, const char *const *params, int count,
    struct sync_rows **rows, struct status *status)
{
	PGresult *result;

	if (!PQsendQueryParams(conn->pg, text, count, NULL, params, NULL, NULL, 0))
		return db_status_unavailable(status);
	result = sync_take_success(conn, status);
	if (result == NULL)
		return false;
	if (rows == NULL) {
		PQclear(result);
		return true;
	}
	*rows = memory_alloc(sizeof(**rows));
	(*rows)->result = result;
	return true;
}

bool
sync_schema_fits(struct sync_conn *conn, const char *wanted, struct status *status)
{
	const char *sqlstate;
	PGresult *result;
	bool fits = false;

	if (!PQsendQuery(conn->pg, DB_SCHEMA_QUERY))
		return db_status_unavailable(status);
	result = sync_take_result(conn, status);
	if (result == NULL)
		return false;
	sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	if (!is_error(result))
		fits = db_schema_fits(PQgetvalue(result, 0, 0), wanted, status);
	else if (sqlstate != NULL && db_schema_is_missing(sqlstate))
		db_schema_fits(NULL, wanted, status);
	else
		db_status_from_error(result, conn->config.name, status);
	PQclear(result);
	return fits;
}

size_t
sync_rows_count(const struct sync_rows *rows)
{
	return (size_t)PQntuples(rows->result);
}

int64_t
sync_rows_affected(const struct sync_rows *rows)
{
	return strtoll(PQcmdTuples(rows->result), NULL, 10);
}

const char *
sync_text(const struct sync_rows *rows, size_t row, int column)
{
	assert(row < sync_rows_count(rows) && column < PQnfields(rows->result));
	return PQgetvalue(rows->result, (int)row, column);
}

bool
sync_is_null(const struct sync_rows *rows, size_t row, int column)
{
	assert(row < sync_rows_count(rows) && column < PQnfields(rows->result));
	return PQgetisnull(rows->result, (int)row, column) == 1;
}

int64_t
sync_int64(const struct sync_rows *rows, size_t row, int column)
{
	return strtoll(sync_text(rows, row, column), NULL, 10);
}

date_t
sync_date(const struct sync_rows *rows, size_t row, int column)
{
	date_t date = DATE_NONE;
	bool sound =
	    sync_is_null(rows, row, column) || date_parse(sync_text(rows, row, column), &date);

	assert(sound);
	return date;
}

void
sync_rows_free(struct sync_rows *rows)
{
	if (rows == NULL)
		return;
	PQclear(rows->result);
	free(rows);
}

enum stream_step { STREAM_ON, STREAM_END, STREAM_FAILED };

typedef bool stream_row_fn(void *arg, const struct sync_rows *rows);

static enum stream_step
stream_step(struct sync_conn *conn, stream_row_fn *row, void *arg, struct status *status)
{
	struct sync_rows rows = {NULL};
	enum stream_step step = STREAM_ON;

	if (!next_result(conn, &rows.result, status))
		return STREAM_FAILED;
	if (rows.result == NULL)
		return STREAM_END;
	if (is_error(rows.result)) {
		db_status_from_error(rows.result, conn->config.name, status);
		step = STREAM_FAILED;
	} else if (PQntuples(rows.result) > 0 && !row(arg, &rows)) {
		step = STREAM_END;
	}
	PQclear(rows.result);
	/* Rows that are here already need no wait, so nobody has asked yet. */
	if (step == STREAM_ON && sync_poll(conn, 0, 0) == SYNC_READY_STOPPED) {
		db_status_cancelled(status);
		step = STREAM_FAILED;
	}
	return step;
}

static bool
stream_ask(struct sync_conn *conn, const char *text, const char *const *params, int count,
    bool binary, struct status *status)
{
	conn->asked =
	    PQsendQueryParams(conn->pg, text, count, NULL, params, NULL, NULL, binary) == 1 &&
	    PQsetSingleRowMode(conn->pg) == 1;
	return conn->asked || db_status_unavailable(status);
}

static bool
stream_take(struct sync_conn *conn, stream_row_fn *row, void *arg, struct status *status)
{
	enum stream_step step;

	conn->asked = false;
	do
		step = stream_step(conn, row, arg, status);
	while (step == STREAM_ON);
	if (PQtransactionStatus(conn->pg) == PQTRANS_ACTIVE)
		stop_statement(conn);
	return step == STREAM_END;
}

bool
sync_stream(struct sync_conn *conn, const char *text, const char *const *params, int count,
    bool (*row)(void *arg, const struct sync_rows *rows), void *arg, struct status *status)
{
	return stream_ask(conn, text, params, count, false, status) &&
	       stream_take(conn, row, arg, status);
}

struct byte_sink {
	bool (*take)(void *arg, const void *data, size_t length);
	void *arg;
};

static bool
take_bytes(void *arg, const struct sync_rows *rows)
{
	const struct byte_sink *sink = arg;

	return sink->take(
	    sink->arg, PQgetvalue(rows->result, 0, 0), (size_t)PQgetlength(rows->result, 0, 0));
}

bool
sync_bytes_ask(struct sync_conn *conn, const char *text, const char *const *params, int count,
    struct status *status)
{
	return stream_ask(conn, text, params, count, true, status);
}

bool
sync_bytes_take(struct sync_conn *conn, bool (*take)(void *arg, const void *data, size_t length),
    void *arg, struct status *status)
{
	struct byte_sink sink = {take, arg};

	assert(conn->asked);
	return stream_take(conn, take_bytes, &sink, status);
}

bool
sync_stream_bytes(struct sync_conn *conn, const char *text, const char *const *params, int count,
    bool (*take)(void *arg, const void *data, size_t length), void *arg, struct status *status)
{
	return sync_bytes_ask(conn, text, params, count, status) &&
	       sync_bytes_take(conn, take, arg, status);
}

bool
sync_begin(struct sync_conn *conn, struct status *status)
{
	return sync_exec(conn, "BEGIN", NULL, 0, NULL, status);
}

static PGresult *
end_transaction(struct sync_conn *conn, const char *text, struct status *status)
{
	PGresult *result = NULL;

	conn->unstoppable = true;
	if (PQsendQuery(conn->pg, text))
		result = sync_take_success(conn, status);
	else
		db_status_unavailable(status);
	conn->unstoppable = false;
	return result;
}

bool
sync_commit(struct sync_conn *conn, struct status *status)
{
	PGTransactionStatusType before = PQtransactionStatus(conn->pg);
	PGresult *result;

	assert(before == PQTRANS_INTRANS || before == PQTRANS_UNKNOWN);
	result = end_transaction(conn, "COMMIT", status);
	if (result == NULL && before == PQTRANS_INTRANS && status->code == STATUS_UNAVAILABLE)
		db_status_outcome_unknown(status);
	PQclear(result);
	return result != NULL;
}

void
sync_rollback(struct sync_conn *conn)
{
	PGTransactionStatusType state;
	struct status ignored;

	if (conn->asked)
		stop_statement(conn);
	conn->asked = false;
	state = PQtransactionStatus(conn->pg);
	if (state == PQTRANS_INTRANS || state == PQTRANS_INERROR)
		PQclear(end_transaction(conn, "ROLLBACK", &ignored));
}

static bool
transaction_once(struct sync_conn *conn,
    bool (*work)(void *arg, struct sync_conn *conn, struct status *status), void *arg,
    struct status *status)
{
	conn->lost_race = false;
	if (sync_begin(conn, status) && work(arg, conn, status) && sync_commit(conn, status))
		return true;
	sync_rollback(conn);
	return false;
}

bool
sync_transaction(struct sync_conn *conn,
    bool (*work)(void *arg, struct sync_conn *conn, struct status *status), void *arg,
    struct status *status)
{
	int failures = 0;

	while (!transaction_once(conn, work, arg, status)) {
		if (!conn->lost_race || failures == TRANSACTION_RETRY_LIMIT)
			return false;
		if (sync_poll(conn, 0,
			db_backoff_ms(failures++, TRANSACTION_RETRY_MS, (uint32_t)db_random())) ==
		    SYNC_READY_STOPPED)
			return db_status_cancelled(status);
	}
	return true;
}

bool
sync_listen(struct sync_conn *conn, const char *channel, struct status *status)
{
	char text[80];

	assert(strspn(channel, "abcdefghijklmnopqrstuvwxyz_") == strlen(channel) &&
	       strlen(channel) < 64);
	snprintf(text, sizeof(text), "LISTEN %s", channel);
	return sync_exec(conn, text, NULL, 0, NULL, status);
}

enum sync_wait
sync_wait(struct sync_conn *conn, int timeout_ms, char payload[SYNC_PAYLOAD_LIMIT])
{
	int64_t end_ms = clock_monotonic_ms() + timeout_ms;
	PGnotify *notify;

	while ((notify = PQnotifies(conn->pg)) == NULL) {
		int64_t left_ms = end_ms - clock_monotonic_ms();
		enum sync_ready ready;

		if (PQstatus(conn->pg) == CONNECTION_BAD)
			return SYNC_WAIT_LOST;
		ready = sync_poll(conn, POLLIN, (int)(left_ms > 0 ? left_ms : 0));
		if (ready == SYNC_READY_STOPPED)
			return SYNC_WAIT_STOPPED;
		if (ready == SYNC_READY_TIMEOUT)
			return SYNC_WAIT_TIMEOUT;
		if (!PQconsumeInput(conn->pg))
			return SYNC_WAIT_LOST;
	}
	snprintf(payload, SYNC_PAYLOAD_LIMIT, "%s", notify->extra);
	PQfreemem(notify);
	return SYNC_WAIT_NOTIFIED;
}
