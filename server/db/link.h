/*
 * One connection to PostgreSQL that keeps itself open: starts without blocking, waits between
 * attempts (exponential, with jitter), watches the socket. It knows nothing of segments.
 */
#ifndef PBC_SERVER_DB_LINK_H
#define PBC_SERVER_DB_LINK_H

#include <stdbool.h>
#include <event2/event.h>
#include <libpq-fe.h>

/*
 * From the first attempt to db_link_settled: a host that swallows packets must not hold a link for
 * ever.
 */
#define DB_LINK_SETTLE_MS 10000

enum db_link_state { DB_LINK_CLOSED, DB_LINK_WAITING, DB_LINK_CONNECTING, DB_LINK_OPEN };

struct db_link;

struct db_link_ops {
	/* Connected, non-blocking, UTF-8. */
	void (*opened)(struct db_link *link);
	/* Input was consumed: take what results there are. False gives the session up. */
	bool (*readable)(struct db_link *link);
	/* An open link is gone; pg is already NULL and the next attempt is scheduled. */
	void (*lost)(struct db_link *link);
};

struct db_link {
	const struct db_link_ops *ops;
	void *owner;
	struct event_base *base;
	const char *conninfo; /* not owned */
	int backoff_max_ms;
	char name[24]; /* "read-0", in log lines */
	/* application_name of this attempt; random, so it names one session. */
	char application[64];
	enum db_link_state state;
	PGconn *pg; /* NULL unless connecting or open */
	struct event *io;
	short watching;
	struct event *timer; /* next attempt, or the limit of this one */
	int failures;        /* attempts since the link last settled */
};

/* Starts the first attempt at once. link->name is set, the rest zero; conninfo is not copied. */
void db_link_start(struct db_link *link, const struct db_link_ops *ops, void *owner,
    struct event_base *base, const char *conninfo, int backoff_max_ms);
/* Closes for good; no callback. The struct is the owner's. */
void db_link_close(struct db_link *link);
/* The session is of use: the next loss starts at the shortest wait again. */
void db_link_settled(struct db_link *link);
/*
 * Gives the session up: lost is called, another attempt follows. Only for an open link, never from
 * readable.
 */
void db_link_fail(struct db_link *link, const char *why);
/* Sends what libpq holds, now or when the socket takes it. */
void db_link_flush(struct db_link *link);

#endif
