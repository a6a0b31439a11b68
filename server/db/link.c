/* Keeps one connection to PostgreSQL open: connect, wait, watch. */
#include "server/db/link.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/memory.h"
#include "server/db/backoff.h"

static void
link_arm(struct db_link *link, int wait_ms)
{
	struct timeval wait = {wait_ms / 1000, (suseconds_t)(wait_ms % 1000) * 1000};

	evtimer_add(link->timer, &wait);
}

static void
link_unwatch(struct db_link *link)
{
	if (link->io != NULL)
		event_free(link->io);
	link->io = NULL;
	link->watching = 0;
}

static void
link_watch(struct db_link *link, short what, event_callback_fn ready)
{
	if (link->watching == what)
		return;
	link_unwatch(link);
	link->io =
	    event_new(link->base, PQsocket(link->pg), (short)(what | EV_PERSIST), ready, link);
	/* The kernel would not: the timer gives the connection up as if it had not answered. */
	if (event_add(link->io, NULL) != 0)
		link_arm(link, 0);
	link->watching = what;
}

/* The event goes first: libpq closes the descriptor, whose number may be used again at once. */
static void
link_disconnect(struct db_link *link)
{
	link_unwatch(link);
	PQfinish(link->pg);
	link->pg = NULL;
}

static void
link_retry(struct db_link *link)
{
	link_disconnect(link);
	link->state = DB_LINK_WAITING;
	link_arm(link, db_backoff_ms(link->failures, link->backoff_max_ms, (uint32_t)db_random()));
	link->failures++;
}

void
db_link_fail(struct db_link *link, const char *why)
{
	assert(link->state == DB_LINK_OPEN);
	log_write(LOG_LEVEL_WARN, "database_connection_lost", "connection", link->name, "detail",
	    why, NULL);
	link_retry(link);
	link->ops->lost(link);
}

static void
link_io(evutil_socket_t fd, short what, void *arg)
{
	struct db_link *link = arg;

	(void)fd;
	if (what & EV_READ) {
		/* libpq reports the end only after all results before it were read. */
		if (!PQconsumeInput(link->pg)) {
			db_link_fail(link, "closed by the database");
			return;
		}
		if (!link->ops->readable(link) || PQstatus(link->pg) == CONNECTION_BAD) {
			db_link_fail(link, "session of no use");
			return;
		}
	}
	db_link_flush(link);
}

void
db_link_flush(struct db_link *link)
{
	/* libpq keeps a failed write to itself until the reading side has told why. */
	int left = PQflush(link->pg);

	if (left >= 0) {
		link_watch(link, (short)(left > 0 ? EV_READ | EV_WRITE : EV_READ), link_io);
		return;
	}
	/* It has read while it could not write, met the end and closed the socket: nobody tells. */
	link_unwatch(link);
	link_arm(link, 0);
}

/* libpq's own notices may quote values of rows, so they go nowhere; errors come as results. */
static void
ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static void
link_opened(struct db_link *link)
{
	link->state = DB_LINK_OPEN;
	link_unwatch(link);
	PQsetNoticeReceiver(link->pg, ignore_notice, NULL);
	if (PQsetnonblocking(link->pg, 1) != 0) {
		db_link_fail(link, "cannot be made non-blocking");
		return;
	}
	link->ops->opened(link);
	if (link->state == DB_LINK_OPEN)
		db_link_flush(link);
}

static void
link_refused(struct db_link *link)
{
	/*
	 * Before any statement was sent its text holds the server's words on the connection, no
	 * data.
	 */
	log_write(LOG_LEVEL_WARN, "database_connect_failed", "connection", link->name, "detail",
	    PQerrorMessage(link->pg), NULL);
	link_retry(link);
}

static void
link_connecting(evutil_socket_t fd, short what, void *arg)
{
	struct db_link *link = arg;

	(void)fd;
	(void)what;
	/* libpq may change to another socket, so the event never outlives one step. */
	link_unwatch(link);
	switch (PQconnectPoll(link->pg)) {
	case PGRES_POLLING_OK:
		link_opened(link);
		break;
	case PGRES_POLLING_READING:
		link_watch(link, EV_READ, link_connecting);
		break;
	case PGRES_POLLING_WRITING:
		link_watch(link, EV_WRITE, link_connecting);
		break;
	default:
		link_refused(link);
		break;
	}
}

/*
 * A host name would be looked up here, blocking: db.h asks for an address or a socket. The later
 * application_name wins over one in conninfo.
 */
static void
link_attempt(struct db_link *link)
{
	const char *const keywords[] = {"dbname", "client_encoding", "application_name", NULL};
	const char *const values[] = {link->conninfo, "UTF8", link->application, NULL};

	snprintf(link->application, sizeof(link->application), "pbcd %s %016" PRIx64, link->name,
	    db_random());
	link->pg = PQconnectStartParams(keywords, values, 1);
	memory_require(link->pg != NULL);
	link->state = DB_LINK_CONNECTING;
	if (PQstatus(link->pg) == CONNECTION_BAD) {
		link_refused(link);
		return;
	}
	link_arm(link, DB_LINK_SETTLE_MS);
	link_watch(link, EV_WRITE, link_connecting);
}

static void
link_timer(evutil_socket_t fd, short what, void *arg)
{
	struct db_link *link = arg;

	(void)fd;
	(void)what;
	if (link->state == DB_LINK_WAITING) {
		link_attempt(link);
	} else if (link->state == DB_LINK_CONNECTING) {
		log_write(LOG_LEVEL_WARN, "database_connect_failed", "connection", link->name,
		    "detail", "no answer in time", NULL);
		link_retry(link);
	} else {
		db_link_fail(link, PQstatus(link->pg) == CONNECTION_BAD ? "closed while sending"
									: "not ready in time");
	}
}

void
db_link_start(struct db_link *link, const struct db_link_ops *ops, void *owner,
    struct event_base *base, const char *conninfo, int backoff_max_ms)
{
	link->ops = ops;
	link->owner = owner;
	link->base = base;
	link->conninfo = conninfo;
	link->backoff_max_ms = backoff_max_ms;
	link->timer = evtimer_new(link->base, link_timer, link);
	link_attempt(link);
}

void
db_link_settled(struct db_link *link)
{
	link->failures = 0;
	evtimer_del(link->timer);
}

void
db_link_close(struct db_link *link)
{
	if (link->timer != NULL)
		event_free(link->timer);
	link->timer = NULL;
	link_disconnect(link);
	link->state = DB_LINK_CLOSED;
}
