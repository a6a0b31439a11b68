/* Opening, waiting on and giving up the job process's connection. */
#include "server/db/sync_internal.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "server/db/backoff.h"
#include "server/db/sqlstate.h"

static bool
should_stop(const struct sync_conn *conn)
{
	return !conn->unstoppable && conn->config.should_stop != NULL &&
	       conn->config.should_stop(conn->config.stop_arg);
}

enum sync_ready
sync_poll(struct sync_conn *conn, short events, int limit_ms)
{
	int64_t end_ms = clock_monotonic_ms() + limit_ms;
	struct pollfd socket = {.fd = conn->pg != NULL ? PQsocket(conn->pg) : -1, .events = events};

	for (;;) {
		int64_t left_ms = limit_ms < 0 ? SYNC_POLL_MS : end_ms - clock_monotonic_ms();

		if (should_stop(conn))
			return SYNC_READY_STOPPED;
		if (left_ms <= 0)
			return SYNC_READY_TIMEOUT;
		/* A signal ends the wait early, and should_stop is asked again at once. */
		if (poll(&socket, 1, (int)(left_ms < SYNC_POLL_MS ? left_ms : SYNC_POLL_MS)) > 0)
			return SYNC_READY;
	}
}

void
sync_give_up(struct sync_conn *conn)
{
	PQfinish(conn->pg);
	conn->pg = NULL;
}

/* Notices may quote values of rows. */
static void
ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static enum sync_ready
poll_connect(struct sync_conn *conn)
{
	int64_t end_ms = clock_monotonic_ms() + SYNC_CONNECT_MS;
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;

	while (step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
		short events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		enum sync_ready ready =
		    sync_poll(conn, events, (int)(end_ms - clock_monotonic_ms()));

		if (ready != SYNC_READY)
			return ready;
		step = PQconnectPoll(conn->pg);
	}
	return SYNC_READY;
}

/* A remote server's connection sizes its buffer itself. */
static void
enlarge_send_buffer(PGconn *pg)
{
	int size = SYNC_SEND_BUFFER;
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getpeername(PQsocket(pg), (struct sockaddr *)&address, &length) == 0 &&
	    address.ss_family == AF_UNIX)
		setsockopt(PQsocket(pg), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* One attempt; without success pg is NULL again. */
static enum sync_ready
attempt(struct sync_conn *conn)
{
	const char *const keywords[] = {"dbname", "client_encoding", "application_name", NULL};
	const char *const values[] = {conn->config.conninfo, "UTF8", conn->config.name, NULL};
	enum sync_ready ready = SYNC_READY;

	conn->pg = PQconnectStartParams(keywords, values, 1);
	memory_require(conn->pg != NULL);
	if (PQstatus(conn->pg) != CONNECTION_BAD)
		ready = poll_connect(conn);
	if (ready == SYNC_READY && PQstatus(conn->pg) == CONNECTION_OK &&
	    PQsetnonblocking(conn->pg, 1) == 0) {
		PQsetNoticeReceiver(conn->pg, ignore_notice, NULL);
		enlarge_send_buffer(conn->pg);
		return SYNC_READY;
	}
	log_write(LOG_LEVEL_WARN, "database_connect_failed", "connection", conn->config.name,
	    "detail", ready == SYNC_READY ? PQerrorMessage(conn->pg) : "no answer in time", NULL);
	sync_give_up(conn);
	return ready;
}

bool
sync_reconnect(struct sync_conn *conn, struct status *status)
{
	int failures = 0;

	sync_give_up(conn);
	while (attempt(conn) != SYNC_READY_STOPPED && conn->pg == NULL) {
		int wait_ms =
		    db_backoff_ms(failures++, conn->config.reconnect_max_ms, (uint32_t)db_random());

		if (sync_poll(conn, 0, wait_ms) == SYNC_READY_STOPPED)
			break;
	}
	return conn->pg != NULL || db_status_cancelled(status);
}

struct sync_conn *
sync_connect(const struct sync_config *config, struct status *status)
{
	struct sync_conn *conn = memory_calloc(1, sizeof(*conn));

	conn->config = *config;
	if (sync_reconnect(conn, status))
		return conn;
	sync_close(conn);
	return NULL;
}

void
sync_close(struct sync_conn *conn)
{
	if (conn == NULL)
		return;
	sync_give_up(conn);
	free(conn);
}
