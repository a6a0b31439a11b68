/* The lanes: queues submissions, gives them to connections, tells whether there is a database. */
#include "server/db/db_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"

/*
 * event_active appends to what is due in this pass. From inside the turn that would be the same
 * pass for ever if each answer brings a new submission, so there it waits for the next.
 */
void
db_turn_later(struct db *db)
{
	static const struct timeval now = {0, 0};

	if (db->in_turn)
		event_add(db->turn, &now);
	else
		event_active(db->turn, EV_TIMEOUT, 0);
}

static void
tell_if_changed(struct db *db)
{
	bool ready = db->fatal[0] == '\0';
	int lane;

	for (lane = 0; lane < DB_LANES; lane++)
		ready = ready && db->lanes[lane].ready > 0;
	if (ready == db->ready && db->fatal[0] == '\0')
		return;
	db->ready = ready;
	if (db->changed != NULL)
		db->changed(db->changed_arg);
}

void
db_set_fatal(struct db *db, const char *format, ...)
{
	char text[sizeof(db->fatal)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_write(LOG_LEVEL_ERROR, "database_mismatch", "detail", text, NULL);
	if (db->fatal[0] != '\0')
		return;
	memcpy(db->fatal, text, sizeof(text));
	tell_if_changed(db);
}

void
db_fail_ticket(struct db *db, struct db_ticket *ticket, enum db_failure failure)
{
	ticket->place = DB_TICKET_FAILED;
	ticket->failure = failure;
	TAILQ_INSERT_TAIL(&db->failed, ticket, entry);
	db->failed_count++;
	db_turn_later(db);
}

static void
queue_add(struct db *db, struct db_ticket *ticket, bool first)
{
	struct db_lane_pool *pool = &db->lanes[ticket->lane];

	ticket->place = DB_TICKET_QUEUED;
	if (first)
		TAILQ_INSERT_HEAD(&pool->queue, ticket, entry);
	else
		TAILQ_INSERT_TAIL(&pool->queue, ticket, entry);
	pool->queued++;
	db->stats.queued++;
	db_turn_later(db);
}

static void
queue_remove(struct db *db, struct db_ticket *ticket)
{
	struct db_lane_pool *pool = &db->lanes[ticket->lane];

	TAILQ_REMOVE(&pool->queue, ticket, entry);
	pool->queued--;
	db->stats.queued--;
}

void
db_requeue_alone(struct db *db, struct db_ticket *ticket)
{
	if (ticket->cancelled) {
		db_fail_ticket(db, ticket, DB_FAILURE_CANCELLED);
		return;
	}
	if (db->lanes[ticket->lane].ready == 0) {
		db_fail_ticket(db, ticket, DB_FAILURE_UNAVAILABLE);
		return;
	}
	db_ticket_rewind(ticket);
	ticket->alone = true;
	db->stats.resent++;
	queue_add(db, ticket, true);
}

/* Room came free, so what waits gets its turn. */
void
db_complete_ticket(struct db *db, struct db_ticket *ticket)
{
	db->stats.completed++;
	db_ticket_finish(ticket);
	db_turn_later(db);
}

void
db_lane_changed(struct db *db, enum db_lane lane, int by)
{
	struct db_lane_pool *pool = &db->lanes[lane];
	struct db_ticket *ticket;

	pool->ready += by;
	if (pool->ready == 0) {
		while ((ticket = TAILQ_FIRST(&pool->queue)) != NULL) {
			queue_remove(db, ticket);
			db_fail_ticket(db, ticket, DB_FAILURE_UNAVAILABLE);
		}
	}
	db_turn_later(db);
	tell_if_changed(db);
}

/*
 * A busy connection takes no more until it is nearly out of work, and then many at once: segments
 * that go together share a transaction, which saves the database a fifth of its time.
 */
static bool
takes_reads(const struct db_conn *conn, size_t depth)
{
	if (conn->state != DB_CONN_READY || conn->in_flight_count >= depth)
		return false;
	return conn->unsent != NULL || conn->in_flight_count <= depth / DB_READ_REFILL;
}

/* The read connection with the fewest segments in flight; NULL if none takes more. */
static struct db_conn *
least_busy_reader(struct db *db)
{
	struct db_lane_pool *pool = &db->lanes[DB_READ];
	struct db_conn *best = NULL;
	int i;

	for (i = 0; i < pool->count; i++) {
		struct db_conn *conn = &pool->conns[i];

		if (takes_reads(conn, db->config.read_depth) &&
		    (best == NULL || conn->in_flight_count < best->in_flight_count))
			best = conn;
	}
	return best;
}

static void
send_reads(struct db *db)
{
	struct db_lane_pool *pool = &db->lanes[DB_READ];
	struct db_ticket *ticket;
	struct db_conn *conn;
	int i;

	while ((ticket = TAILQ_FIRST(&pool->queue)) != NULL &&
	       (conn = least_busy_reader(db)) != NULL) {
		queue_remove(db, ticket);
		if (ticket->alone)
			db_conn_sync(conn);
		if (conn->state == DB_CONN_READY)
			db_conn_add(conn, ticket);
		else
			db_fail_ticket(db, ticket, DB_FAILURE_UNAVAILABLE);
		if (ticket->alone)
			db_conn_sync(conn);
	}
	for (i = 0; i < pool->count; i++)
		db_conn_sync(&pool->conns[i]);
}

static struct db_conn *
idle_conn(struct db_lane_pool *pool)
{
	int i;

	for (i = 0; i < pool->count; i++)
		if (db_conn_idle(&pool->conns[i]))
			return &pool->conns[i];
	return NULL;
}

static void
send_exclusive(struct db *db, enum db_lane lane)
{
	struct db_lane_pool *pool = &db->lanes[lane];
	struct db_ticket *ticket;
	struct db_conn *conn;

	while ((ticket = TAILQ_FIRST(&pool->queue)) != NULL && (conn = idle_conn(pool)) != NULL) {
		queue_remove(db, ticket);
		db_conn_add(conn, ticket);
		db_conn_sync(conn);
	}
}

/* A refusal that came before the connection went is still the database's answer. */
static void
count_failure(struct db *db, enum db_failure failure)
{
	if (failure == DB_FAILURE_NONE)
		db->stats.completed++;
	else if (failure == DB_FAILURE_QUEUE_FULL)
		db->stats.rejected++;
	else if (failure == DB_FAILURE_CANCELLED)
		db->stats.cancelled++;
	else
		db->stats.failed++;
}

/* Only what had failed before the turn: an answer may bring the next failure. */
static void
tell_failed(struct db *db)
{
	size_t left = db->failed_count;
	struct db_ticket *ticket;

	while (left-- > 0 && (ticket = TAILQ_FIRST(&db->failed)) != NULL) {
		TAILQ_REMOVE(&db->failed, ticket, entry);
		db->failed_count--;
		count_failure(db, ticket->failure);
		db_ticket_finish(ticket);
	}
}

static void
turn(evutil_socket_t fd, short what, void *arg)
{
	struct db *db = arg;

	(void)fd;
	(void)what;
	db->in_turn = true;
	tell_failed(db);
	db_control_turn(&db->control);
	send_reads(db);
	send_exclusive(db, DB_WRITE);
	send_exclusive(db, DB_SLOW);
	db->in_turn = false;
}

struct db_ticket *
db_submit(struct db *db, enum db_lane lane, const struct db_statement *enter,
    const struct db_param *enter_params, const struct db_statement *act,
    const struct db_param *act_params, db_done_fn *done, void *arg)
{
	struct db_ticket *ticket = db_ticket_new(enter, enter_params, act, act_params);

	assert(done != NULL);
	ticket->db = db;
	ticket->lane = lane;
	ticket->done = done;
	ticket->arg = arg;
	db->stats.submitted++;
	if (lane == DB_READ) {
		ticket->caller = db_apart_caller(&db->apart, enter, enter_params);
		ticket->alone = db_apart_travels(&db->apart, ticket->caller);
	}
	if (db->lanes[lane].ready == 0)
		db_fail_ticket(db, ticket, DB_FAILURE_UNAVAILABLE);
	else if (db->lanes[lane].queued >= db->config.queue_limit)
		db_fail_ticket(db, ticket, DB_FAILURE_QUEUE_FULL);
	else
		queue_add(db, ticket, false);
	return ticket;
}

void
db_cancel(struct db_ticket *ticket)
{
	ticket->cancelled = true;
	if (ticket->place == DB_TICKET_SENT) {
		db_conn_cancel(ticket->conn, ticket);
	} else if (ticket->place == DB_TICKET_QUEUED) {
		queue_remove(ticket->db, ticket);
		db_fail_ticket(ticket->db, ticket, DB_FAILURE_CANCELLED);
	}
}

static void
lane_init(struct db *db, enum db_lane lane, int count)
{
	struct db_lane_pool *pool = &db->lanes[lane];

	assert(count > 0);
	TAILQ_INIT(&pool->queue);
	pool->count = count;
	pool->conns = memory_calloc((size_t)count, sizeof(*pool->conns));
}

static void
lane_start(struct db *db, enum db_lane lane)
{
	int i;

	for (i = 0; i < db->lanes[lane].count; i++)
		db_conn_init(&db->lanes[lane].conns[i], db, lane, i);
}

struct db *
db_new(struct event_base *base, const struct db_config *config,
    const struct db_statement *const *statements, size_t count)
{
	struct db *db = memory_calloc(1, sizeof(*db));
	int lane;

	assert(config->read_depth > 0 && config->reconnect_max_ms > 0);
	db->base = base;
	db->config = *config;
	db->statements = statements;
	db->statement_count = count;
	TAILQ_INIT(&db->failed);
	db_apart_init(&db->apart);
	db->turn = event_new(base, -1, 0, turn, db);
	lane_init(db, DB_READ, config->read_connections);
	lane_init(db, DB_WRITE, config->write_connections);
	lane_init(db, DB_SLOW, config->slow_connections);
	for (lane = 0; lane < DB_LANES; lane++)
		lane_start(db, (enum db_lane)lane);
	db_control_init(&db->control, db);
	return db;
}

static void
tickets_free(struct db_tickets *tickets)
{
	struct db_ticket *ticket;

	while ((ticket = TAILQ_FIRST(tickets)) != NULL) {
		TAILQ_REMOVE(tickets, ticket, entry);
		db_ticket_free(ticket);
	}
}

void
db_free(struct db *db)
{
	int lane, i;

	if (db == NULL)
		return;
	db_control_free(&db->control);
	for (lane = 0; lane < DB_LANES; lane++) {
		for (i = 0; i < db->lanes[lane].count; i++)
			db_conn_free(&db->lanes[lane].conns[i]);
		free(db->lanes[lane].conns);
		tickets_free(&db->lanes[lane].queue);
	}
	tickets_free(&db->failed);
	event_free(db->turn);
	free(db);
}

bool
db_ready(const struct db *db)
{
	return db->ready;
}

const char *
db_fatal(const struct db *db)
{
	return db->fatal[0] != '\0' ? db->fatal : NULL;
}

void
db_set_notify(struct db *db, db_notify_fn *notify, void *arg)
{
	db->notify = notify;
	db->notify_arg = arg;
}

void
db_set_state_changed(struct db *db, void (*changed)(void *arg), void *arg)
{
	db->changed = changed;
	db->changed_arg = arg;
}

void
db_stats(const struct db *db, struct db_stats *stats)
{
	int lane, i;

	*stats = db->stats;
	stats->in_flight = 0;
	stats->connected = 0;
	for (lane = 0; lane < DB_LANES; lane++) {
		stats->connected += db->lanes[lane].ready;
		for (i = 0; i < db->lanes[lane].count; i++)
			stats->in_flight += db->lanes[lane].conns[i].in_flight_count;
	}
}
