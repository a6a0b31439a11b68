/* Asks SQL to forget what is old, and says how much it was. */
#include "server/job/retention.h"

#include "common/log.h"
#include "server/db/sync.h"
#include "server/job/worker.h"

struct retention {
	const char *commissioner;
	bool (*interrupted)(void);
};

static bool
should_stop(void *arg)
{
	return ((const struct retention *)arg)->interrupted();
}

static bool
forget(void *arg, struct sync_conn *conn, struct status *status)
{
	const struct retention *retention = arg;
	const char *params[] = {retention->commissioner};
	struct sync_rows *rows;

	if (!sync_exec(conn, "SELECT job.forget_uploads($1)", params, 1, &rows, status))
		return false;
	log_write(LOG_LEVEL_INFO, "uploads_forgotten", "commissioner", retention->commissioner,
	    "count", sync_text(rows, 0, 0), NULL);
	sync_rows_free(rows);
	return true;
}

bool
retention_run(const char *conninfo, const char *commissioner, bool (*interrupted)(void))
{
	struct retention retention = {.commissioner = commissioner, .interrupted = interrupted};
	const struct sync_config config = {.conninfo = conninfo,
	    .name = "pbc-jobd retention",
	    .reconnect_max_ms = WORKER_RECONNECT_MAX_MS,
	    .should_stop = should_stop,
	    .stop_arg = &retention};
	struct status status = {0};
	struct sync_conn *conn = sync_connect(&config, &status);
	bool done = conn != NULL && sync_schema_fits(conn, PBC_SCHEMA_CHANGE, &status) &&
		    sync_transaction(conn, forget, &retention, &status);

	if (!done)
		log_write(LOG_LEVEL_ERROR, "uploads_not_forgotten", "commissioner", commissioner,
		    "detail", status.message, "hint", status.hint, NULL);
	sync_close(conn);
	return done;
}
