/*
 * The connection beside the lanes: hears NOTIFY on channel pbc and cancels statements whose caller
 * has gone. A cancel is a query like any other, so nothing blocks, no thread is needed and it is
 * as encrypted as the rest (libpq 15's PQcancel is none of these). It finds the session by its
 * random application_name, so it cannot hit another process's.
 */
#include <stdio.h>

#include "server/db/db_internal.h"

static void
control_opened(struct db_link *link)
{
	struct db_control *control = link->owner;

	control->listening = false;
	control->busy = true;
	if (!PQsendQuery(link->pg, "LISTEN pbc"))
		db_link_fail(link, "LISTEN could not be sent");
}

static void
control_query_done(struct db_control *control)
{
	struct db *db = control->db;

	control->busy = false;
	if (control->cancelling != NULL)
		control->cancelling->cancel = DB_CANCEL_NONE;
	control->cancelling = NULL;
	if (!control->listening) {
		control->listening = true;
		db_link_settled(&control->link);
		/* What was said while nobody listened is not known: every watcher looks again. */
		if (db->notify != NULL)
			db->notify(db->notify_arg, "");
	}
	db_turn_later(db);
}

static bool
take_results(struct db_control *control)
{
	bool useful = true;

	while (control->busy && !PQisBusy(control->link.pg)) {
		PGresult *result = PQgetResult(control->link.pg);

		if (result == NULL)
			control_query_done(control);
		else if (PQresultStatus(result) == PGRES_FATAL_ERROR)
			useful = false;
		PQclear(result);
		if (!useful)
			break;
	}
	return useful;
}

static bool
control_readable(struct db_link *link)
{
	struct db_control *control = link->owner;
	struct db *db = control->db;
	PGnotify *notify;

	if (!take_results(control))
		return false;
	while ((notify = PQnotifies(link->pg)) != NULL) {
		if (db->notify != NULL)
			db->notify(db->notify_arg, notify->extra);
		PQfreemem(notify);
	}
	return true;
}

static void
control_lost(struct db_link *link)
{
	struct db_control *control = link->owner;
	struct db_conn *target = control->cancelling;

	control->busy = false;
	control->listening = false;
	control->cancelling = NULL;
	/*
	 * Whether and when the cancel strikes is not known, so that session must carry no other
	 * segment.
	 */
	if (target != NULL)
		db_link_fail(&target->link, "its cancel was lost");
}

static const struct db_link_ops control_ops = {
    .opened = control_opened,
    .readable = control_readable,
    .lost = control_lost,
};

static struct db_conn *
next_to_cancel(struct db *db)
{
	int lane, i;

	for (lane = DB_WRITE; lane < DB_LANES; lane++)
		for (i = 0; i < db->lanes[lane].count; i++)
			if (db->lanes[lane].conns[i].cancel == DB_CANCEL_WANTED)
				return &db->lanes[lane].conns[i];
	return NULL;
}

void
db_control_turn(struct db_control *control)
{
	struct db_conn *target = next_to_cancel(control->db);
	const char *values[1];

	/* Without this connection a dropped statement runs on to its statement_timeout. */
	if (target == NULL || !control->listening || control->busy)
		return;
	values[0] = target->link.application;
	control->busy = true;
	control->cancelling = target;
	target->cancel = DB_CANCEL_SENT;
	if (PQsendQueryParams(control->link.pg, DB_CANCEL_SQL, 1, NULL, values, NULL, NULL, 0))
		db_link_flush(&control->link);
	else
		db_link_fail(&control->link, "a cancel could not be sent");
}

void
db_control_init(struct db_control *control, struct db *db)
{
	control->db = db;
	snprintf(control->link.name, sizeof(control->link.name), "control");
	db_link_start(&control->link, &control_ops, control, db->base, db->config.conninfo,
	    db->config.reconnect_max_ms);
}

void
db_control_free(struct db_control *control)
{
	db_link_close(&control->link);
}
