/* The life of a lane's connection: set up its session, be ready, be lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/db/db_internal.h"
#include "server/db/schema.h"
#include "server/db/sqlstate.h"

/*
 * Set-up is a pipeline of steps, each with its own Sync so that one error does not hide the next:
 * the session's settings, the schema's last change, then every statement.
 */
enum { STEP_SETTINGS, STEP_SCHEMA, STEP_STATEMENTS };

static size_t
set_up_steps(const struct db *db)
{
	return STEP_STATEMENTS + db->statement_count;
}

static bool
send_step(struct db_conn *conn, size_t step)
{
	const struct db *db = conn->db;
	const struct db_statement *statement;

	if (step == STEP_SETTINGS)
		/*
		 * Reads share transactions and are sent again, so they must have no effect: the
		 * server sees to it.
		 */
		return PQsendQueryParams(conn->link.pg,
		    conn->lane == DB_READ ? "SET default_transaction_read_only = on"
					  : "SET default_transaction_read_only = off",
		    0, NULL, NULL, NULL, NULL, 0);
	if (step == STEP_SCHEMA)
		return PQsendQueryParams(conn->link.pg,
		    db->config.schema_change != NULL ? DB_SCHEMA_QUERY : "SELECT NULL", 0, NULL,
		    NULL, NULL, NULL, 0);
	statement = db->statements[step - STEP_STATEMENTS];
	return PQsendPrepare(conn->link.pg, statement->name, statement->text,
	    statement->param_count, statement->param_types);
}

static void
conn_opened(struct db_link *link)
{
	struct db_conn *conn = link->owner;
	size_t step;

	conn->state = DB_CONN_PREPARING;
	conn->steps_done = 0;
	if (!PQenterPipelineMode(link->pg)) {
		db_link_fail(link, "no pipeline mode");
		return;
	}
	for (step = 0; step < set_up_steps(conn->db); step++) {
		if (!send_step(conn, step) || !PQpipelineSync(link->pg)) {
			db_link_fail(link, "set-up could not be sent");
			return;
		}
	}
}

static const char *
step_name(const struct db *db, size_t step)
{
	if (step == STEP_SETTINGS)
		return "settings";
	if (step == STEP_SCHEMA)
		return "schema_change";
	return db->statements[step - STEP_STATEMENTS]->name;
}

/* found is NULL where the database has none. */
static void
check_schema(struct db_conn *conn, const char *found)
{
	const char *wanted = conn->db->config.schema_change;
	struct status status = {0};

	if (wanted == NULL || db_schema_fits(found, wanted, &status))
		return;
	db_set_fatal(conn->db, "%s: %s", status.message, status.hint);
	conn->db->schema_differs = true;
}

/*
 * What heals by itself ends the session and is tried again; drift of code and schema does not heal.
 * Under another schema it follows from that, and is not told one by one.
 */
static bool
step_failed(struct db_conn *conn, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (sqlstate == NULL || !db_sqlstate_is_drift(sqlstate))
		return false;
	if (conn->db->schema_differs)
		return true;
	if (conn->steps_done == STEP_SCHEMA && db_schema_is_missing(sqlstate))
		check_schema(conn, NULL);
	else
		db_set_fatal(conn->db, "prepare %s: %s (%s)", step_name(conn->db, conn->steps_done),
		    PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), sqlstate);
	return true;
}

static void
conn_ready(struct db_conn *conn)
{
	conn->state = DB_CONN_READY;
	conn->cancel = DB_CANCEL_NONE;
	conn->unsent = NULL;
	conn->at_sync = false;
	db_link_settled(&conn->link);
	log_write(LOG_LEVEL_INFO, "database_connected", "connection", conn->link.name, NULL);
	db_lane_changed(conn->db, conn->lane, 1);
}

/* True if the session is of no use. */
static bool
take_step(struct db_conn *conn, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		conn->steps_done++;
		break;
	case PGRES_FATAL_ERROR:
		return !step_failed(conn, result);
	default:
		if (conn->steps_done == STEP_SCHEMA)
			check_schema(conn, PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : NULL);
		break;
	}
	return false;
}

static bool
conn_take_steps(struct db_conn *conn)
{
	size_t steps = set_up_steps(conn->db);
	bool useless = false;

	while (!useless && conn->steps_done < steps && !PQisBusy(conn->link.pg)) {
		PGresult *result = PQgetResult(conn->link.pg);

		useless = result != NULL && take_step(conn, result);
		PQclear(result);
	}
	/* With drift the session stays unready: the caller ends the process. */
	if (!useless && conn->steps_done == steps && conn->db->fatal[0] == '\0')
		conn_ready(conn);
	return !useless;
}

static bool
conn_readable(struct db_link *link)
{
	struct db_conn *conn = link->owner;

	if (conn->state != DB_CONN_READY)
		return conn_take_steps(conn);
	db_conn_take_results(conn);
	return true;
}

static void
conn_lost(struct db_link *link)
{
	struct db_conn *conn = link->owner;
	bool was_ready = conn->state == DB_CONN_READY;

	conn->state = DB_CONN_DOWN;
	if (conn->db->control.cancelling == conn)
		conn->db->control.cancelling = NULL;
	db_conn_abandon(conn);
	if (was_ready) {
		conn->db->stats.reconnects++;
		db_lane_changed(conn->db, conn->lane, -1);
	}
}

static const struct db_link_ops conn_ops = {
    .opened = conn_opened,
    .readable = conn_readable,
    .lost = conn_lost,
};

void
db_conn_init(struct db_conn *conn, struct db *db, enum db_lane lane, int number)
{
	static const char *const names[DB_LANES] = {"read", "write", "slow"};

	*conn = (struct db_conn){.db = db, .lane = lane};
	TAILQ_INIT(&conn->in_flight);
	conn->retry = evtimer_new(db->base, db_conn_send_again, conn);
	snprintf(conn->link.name, sizeof(conn->link.name), "%s-%d", names[lane], number);
	db_link_start(&conn->link, &conn_ops, conn, db->base, db->config.conninfo,
	    db->config.reconnect_max_ms);
}

void
db_conn_free(struct db_conn *conn)
{
	struct db_ticket *ticket;

	event_free(conn->retry);
	if (conn->again != NULL)
		db_ticket_free(conn->again);
	db_link_close(&conn->link);
	while ((ticket = TAILQ_FIRST(&conn->in_flight)) != NULL) {
		TAILQ_REMOVE(&conn->in_flight, ticket, entry);
		db_ticket_free(ticket);
	}
}
