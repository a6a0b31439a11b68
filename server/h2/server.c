/* What the sessions of a server share: limits, callbacks, the sweep of timeouts, draining. */
#include "server/h2/h2_internal.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/memory.h"

#define SWEEPS_PER_TIMEOUT 4
#define SWEEP_LONGEST_MS 250

static void
sweep(evutil_socket_t fd, short what, void *arg)
{
	struct h2_server *server = arg;
	int64_t now_ms = clock_monotonic_ms();
	struct h2_session *session, *next;

	(void)fd;
	(void)what;
	for (session = LIST_FIRST(&server->sessions); session != NULL; session = next) {
		next = LIST_NEXT(session, link);
		h2_session_sweep(session, now_ms);
	}
}

static void
start_sweep(struct h2_server *server)
{
	int interval_ms = server->limits.stream_idle_timeout_ms / SWEEPS_PER_TIMEOUT;
	struct timeval interval;

	if (interval_ms < 1)
		interval_ms = 1;
	if (interval_ms > SWEEP_LONGEST_MS)
		interval_ms = SWEEP_LONGEST_MS;
	interval.tv_sec = 0;
	interval.tv_usec = interval_ms * 1000;
	server->sweep = event_new(server->base, -1, EV_PERSIST, sweep, server);
	event_add(server->sweep, &interval);
}

static void *
ng_alloc(size_t size, void *arg)
{
	(void)arg;
	return memory_alloc(size);
}

static void
ng_free(void *memory, void *arg)
{
	(void)arg;
	free(memory);
}

static void *
ng_calloc(size_t count, size_t size, void *arg)
{
	(void)arg;
	return memory_calloc(count, size);
}

static void *
ng_realloc(void *memory, size_t size, void *arg)
{
	(void)arg;
	return memory_realloc(memory, size);
}

struct h2_server *
h2_server_new(struct event_base *base, const struct h2_limits *limits,
    const struct h2_callbacks *callbacks, void *arg)
{
	struct h2_server *server = memory_calloc(1, sizeof(*server));

	server->base = base;
	server->limits = *limits;
	server->callbacks = *callbacks;
	server->arg = arg;
	server->ng_callbacks = h2_session_callbacks();
	/* So that nothing that is submitted to a session can get lost for want of memory. */
	server->ng_memory = (nghttp2_mem){NULL, ng_alloc, ng_free, ng_calloc, ng_realloc};
	memory_require(nghttp2_option_new(&server->ng_option) == 0);
	/* Credit is returned as the body is consumed: no upload outruns its consumer. */
	nghttp2_option_set_no_auto_window_update(server->ng_option, 1);
	nghttp2_option_set_max_continuations(server->ng_option, H2_CONTINUATIONS);
	LIST_INIT(&server->sessions);
	LIST_INIT(&server->free_streams);
	start_sweep(server);
	return server;
}

void
h2_server_drain(struct h2_server *server)
{
	struct h2_session *session;

	server->draining = true;
	LIST_FOREACH(session, &server->sessions, link)
	h2_session_drain(session);
}

size_t
h2_server_waiting(const struct h2_server *server)
{
	return server->waiting;
}

bool
h2_server_idle(const struct h2_server *server)
{
	return LIST_EMPTY(&server->sessions);
}

void
h2_server_free(struct h2_server *server)
{
	struct h2_stream *stream;

	if (server == NULL)
		return;
	assert(LIST_EMPTY(&server->sessions));
	while ((stream = LIST_FIRST(&server->free_streams)) != NULL) {
		LIST_REMOVE(stream, link);
		h2_stream_destroy(stream);
	}
	event_free(server->sweep);
	nghttp2_option_del(server->ng_option);
	nghttp2_session_callbacks_del(server->ng_callbacks);
	free(server);
}
