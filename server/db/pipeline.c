/* Sends segments over a connection and matches the results that come back to them. */
#include <assert.h>
#include <string.h>

#include "server/db/backoff.h"
#include "server/db/db_internal.h"
#include "server/db/sqlstate.h"

#define RETRY_FIRST_MS 10

bool
db_conn_idle(const struct db_conn *conn)
{
	/* While a cancel is on its way it could hit the next segment. */
	return conn->state == DB_CONN_READY && conn->in_flight_count == 0 && conn->again == NULL &&
	       conn->cancel == DB_CANCEL_NONE;
}

static bool
send_prepared(PGconn *pg, const struct db_statement *statement, const struct db_params *params)
{
	return PQsendQueryPrepared(pg, statement->name, statement->param_count, params->values,
	    params->lengths, params->formats, 0);
}

static bool
send_segment(struct db_conn *conn, const struct db_ticket *ticket)
{
	PGconn *pg = conn->link.pg;

	if (ticket->step == DB_STEP_ENTER &&
	    !send_prepared(pg, ticket->enter, &ticket->enter_params))
		return false;
	return send_prepared(pg, ticket->act, &ticket->act_params);
}

/* The last one to be sent that may share its enter with this one; NULL if there is none. */
static struct db_ticket *
find_neighbour(struct db_conn *conn, const struct db_ticket *ticket)
{
	struct db_ticket *other = TAILQ_LAST(&conn->in_flight, db_tickets);

	if (conn->unsent == NULL)
		return NULL;
	while (other->caller != ticket->caller || !db_ticket_enters_alike(other, ticket)) {
		if (other == conn->unsent)
			return NULL;
		other = TAILQ_PREV(other, db_tickets, entry);
	}
	return other;
}

/*
 * Whose enter would be its neighbour's word for word goes behind it without: what that one sets
 * lasts to the Sync, and if it fails PostgreSQL skips both acts.
 */
void
db_conn_add(struct db_conn *conn, struct db_ticket *ticket)
{
	struct db_ticket *neighbour = find_neighbour(conn, ticket);

	assert(conn->state == DB_CONN_READY);
	ticket->place = DB_TICKET_SENT;
	ticket->conn = conn;
	if (neighbour != NULL) {
		ticket->step = DB_STEP_ACT;
		TAILQ_INSERT_AFTER(&conn->in_flight, neighbour, ticket, entry);
	} else {
		TAILQ_INSERT_TAIL(&conn->in_flight, ticket, entry);
	}
	conn->in_flight_count++;
	if (conn->unsent == NULL)
		conn->unsent = ticket;
}

void
db_conn_sync(struct db_conn *conn)
{
	const struct db_ticket *ticket;

	if (conn->unsent == NULL)
		return;
	for (ticket = conn->unsent; ticket != NULL; ticket = TAILQ_NEXT(ticket, entry)) {
		if (!send_segment(conn, ticket)) {
			db_link_fail(&conn->link, "a segment could not be sent");
			return;
		}
	}
	conn->unsent = NULL;
	TAILQ_LAST(&conn->in_flight, db_tickets)->last = true;
	if (PQpipelineSync(conn->link.pg))
		db_link_flush(&conn->link);
	else
		db_link_fail(&conn->link, "Sync could not be sent");
}

static void
in_flight_remove(struct db_conn *conn, struct db_ticket *ticket)
{
	TAILQ_REMOVE(&conn->in_flight, ticket, entry);
	conn->in_flight_count--;
	ticket->conn = NULL;
}

void
db_conn_send_again(evutil_socket_t fd, short what, void *arg)
{
	struct db_conn *conn = arg;
	struct db_ticket *ticket = conn->again;

	(void)fd;
	(void)what;
	conn->again = NULL;
	db_conn_add(conn, ticket);
	db_conn_sync(conn);
}

static const char *
ticket_sqlstate(const struct db_ticket *ticket)
{
	const char *sqlstate = PQresultErrorField(ticket->result, PG_DIAG_SQLSTATE);

	return sqlstate != NULL ? sqlstate : "";
}

/* Whoever won is probably still busy with the same rows: wait a random while, longer each time. */
static bool
retry_write(struct db_conn *conn, struct db_ticket *ticket)
{
	uint32_t range_us = (uint32_t)(RETRY_FIRST_MS * 1000) << ticket->retries;
	struct timeval wait = {0, (suseconds_t)(db_random() % range_us)};

	if (ticket->cancelled || ticket->retries == DB_RETRY_LIMIT ||
	    !db_sqlstate_is_retriable(ticket_sqlstate(ticket)))
		return false;
	ticket->retries++;
	conn->db->stats.resent++;
	db_ticket_rewind(ticket);
	in_flight_remove(conn, ticket);
	ticket->conn = conn;
	conn->again = ticket;
	evtimer_add(conn->retry, &wait);
	return true;
}

/*
 * A read is answered as soon as its own results are in: it has no effect that Sync could undo. One
 * that a neighbour's error skipped goes back to the queue.
 */
static void
finish_read(struct db_conn *conn, struct db_ticket *ticket)
{
	in_flight_remove(conn, ticket);
	if (!ticket->aborted) {
		db_apart_learn(&conn->db->apart, ticket->caller, ticket->refused);
		db_complete_ticket(conn->db, ticket);
		return;
	}
	assert(!ticket->alone);
	db_requeue_alone(conn->db, ticket);
}

/* A write is answered when Sync has committed it. */
static void
take_sync(struct db_conn *conn)
{
	struct db_ticket *ticket = TAILQ_FIRST(&conn->in_flight);

	assert(conn->at_sync);
	conn->at_sync = false;
	if (conn->lane == DB_READ)
		return;
	if (conn->cancel == DB_CANCEL_WANTED)
		conn->cancel = DB_CANCEL_NONE;
	if (retry_write(conn, ticket))
		return;
	in_flight_remove(conn, ticket);
	db_complete_ticket(conn->db, ticket);
}

/*
 * A shared transaction's enter still runs under the statement_timeout that its neighbour's enter
 * set; if that is what stopped it, the fault is the neighbour's.
 */
static bool
neighbour_timeout(const struct db_ticket *ticket, const char *sqlstate)
{
	return ticket->lane == DB_READ && !ticket->alone && ticket->step == DB_STEP_ENTER &&
	       strcmp(sqlstate, "57014") == 0;
}

static void
take_error(struct db_ticket *ticket, PGresult *error)
{
	const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);

	if (sqlstate != NULL && neighbour_timeout(ticket, sqlstate)) {
		ticket->aborted = true;
		PQclear(error);
		return;
	}
	PQclear(ticket->result);
	ticket->result = error;
	if (sqlstate != NULL && ticket->step != DB_STEP_SYNC)
		ticket->refused = true;
}

static void
take_result(struct db_conn *conn, PGresult *result)
{
	struct db_ticket *ticket = TAILQ_FIRST(&conn->in_flight);
	ExecStatusType kind = PQresultStatus(result);

	if (kind == PGRES_PIPELINE_SYNC) {
		PQclear(result);
		take_sync(conn);
	} else if (conn->at_sync && conn->lane == DB_READ) {
		/* An error of ending a read's transaction: its answers are given. */
		PQclear(result);
	} else if (kind == PGRES_FATAL_ERROR) {
		take_error(ticket, result);
	} else if (kind == PGRES_PIPELINE_ABORTED) {
		if (ticket->result == NULL)
			ticket->aborted = true;
		PQclear(result);
	} else if (ticket->step == DB_STEP_ACT && ticket->result == NULL) {
		ticket->result = result;
	} else {
		PQclear(result);
	}
}

/* NULL from PQgetResult: all results of one query are in. */
static void
take_end_of_query(struct db_conn *conn)
{
	struct db_ticket *ticket = TAILQ_FIRST(&conn->in_flight);

	if (conn->at_sync)
		return;
	if (ticket->step == DB_STEP_ENTER) {
		ticket->step = DB_STEP_ACT;
		return;
	}
	ticket->step = DB_STEP_SYNC;
	conn->at_sync = ticket->last;
	if (conn->lane == DB_READ)
		finish_read(conn, ticket);
}

void
db_conn_take_results(struct db_conn *conn)
{
	PGconn *pg = conn->link.pg;

	while (!PQisBusy(pg) && PQstatus(pg) == CONNECTION_OK &&
	       (conn->at_sync || conn->in_flight_count > 0)) {
		PGresult *result = PQgetResult(pg);

		if (result != NULL)
			take_result(conn, result);
		else
			take_end_of_query(conn);
	}
}

void
db_conn_abandon(struct db_conn *conn)
{
	struct db_ticket *ticket;

	evtimer_del(conn->retry);
	if (conn->again != NULL)
		db_fail_ticket(conn->db, conn->again, DB_FAILURE_UNAVAILABLE);
	conn->again = NULL;
	while ((ticket = TAILQ_FIRST(&conn->in_flight)) != NULL) {
		enum db_failure failure = DB_FAILURE_UNAVAILABLE;

		if (ticket->refused)
			failure = DB_FAILURE_NONE;
		else if (ticket->last && ticket->lane != DB_READ)
			failure = DB_FAILURE_OUTCOME_UNKNOWN;
		in_flight_remove(conn, ticket);
		db_fail_ticket(conn->db, ticket, failure);
	}
	conn->unsent = NULL;
	conn->at_sync = false;
	conn->cancel = DB_CANCEL_NONE;
}

void
db_conn_cancel(struct db_conn *conn, struct db_ticket *ticket)
{
	/* A cancel on a shared connection would hit whichever neighbour runs. */
	if (conn->lane == DB_READ)
		return;
	if (ticket == conn->again) {
		evtimer_del(conn->retry);
		conn->again = NULL;
		db_fail_ticket(conn->db, ticket, DB_FAILURE_CANCELLED);
	} else if (conn->cancel == DB_CANCEL_NONE) {
		conn->cancel = DB_CANCEL_WANTED;
	}
	db_turn_later(conn->db);
}
