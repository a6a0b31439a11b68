/*
 * Two pages by evhttp, which by itself would try again at once, and for ever, to accept without a
 * descriptor.
 */
#include "server/admin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "common/memory.h"

#define REQUEST_TIMEOUT_S 10
#define HEADERS_MAX 8192
#define ACCEPT_PAUSE_MS 200 /* after descriptors or memory ran out */

struct admin {
	struct evhttp *http;
	struct admin_source source;
};

static void
send_text(
    struct evhttp_request *request, int code, const char *reason, const void *text, size_t length)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add(body, text, length);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
	    "text/plain; version=0.0.4; charset=utf-8");
	evhttp_send_reply(request, code, reason, body);
	evbuffer_free(body);
}

static void
serve_metrics(struct evhttp_request *request, void *arg)
{
	struct admin *admin = arg;
	struct buf text = {0};

	admin->source.write_metrics(admin->source.arg, &text);
	send_text(request, HTTP_OK, "OK", text.data, text.length);
	buf_free(&text);
}

static void
serve_healthz(struct evhttp_request *request, void *arg)
{
	struct admin *admin = arg;

	if (admin->source.healthy(admin->source.arg))
		send_text(request, HTTP_OK, "OK", "serving\n", 8);
	else
		send_text(request, HTTP_SERVUNAVAIL, "Service Unavailable", "not serving\n", 12);
}

/* What is told here is not for the network. */
static bool
is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
	       strcmp(address, "localhost") == 0;
}

static void
resume_accepting(evutil_socket_t fd, short what, void *acceptor)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(acceptor);
}

/* The argument is evhttp's, as that of the listener's other callback. */
static void
accept_failed(struct evconnlistener *acceptor, void *arg)
{
	const struct timeval pause = {.tv_usec = ACCEPT_PAUSE_MS * 1000};

	(void)arg;
	if (event_base_once(evconnlistener_get_base(acceptor), -1, EV_TIMEOUT, resume_accepting,
		acceptor, &pause) == 0)
		evconnlistener_disable(acceptor);
}

static bool
listen_on(struct evhttp *http, const char *address, uint16_t port)
{
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, address, port);

	if (bound != NULL)
		evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(bound), accept_failed);
	return bound != NULL;
}

bool
admin_check(const char *address, struct status *status)
{
	return is_loopback(address) ||
	       status_set(status, STATUS_INVALID_ARGUMENT, NULL, "admin", NULL,
		   "admin must be a loopback address, not %s", address);
}

struct admin *
admin_new(struct event_base *base, const char *address, uint16_t port,
    const struct admin_source *source, struct status *status)
{
	struct admin *admin;

	if (!admin_check(address, status))
		return NULL;
	admin = memory_calloc(1, sizeof(*admin));
	admin->source = *source;
	admin->http = evhttp_new(base);
	evhttp_set_allowed_methods(admin->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_timeout(admin->http, REQUEST_TIMEOUT_S);
	evhttp_set_max_headers_size(admin->http, HEADERS_MAX);
	evhttp_set_max_body_size(admin->http, 0);
	evhttp_set_cb(admin->http, "/metrics", serve_metrics, admin);
	evhttp_set_cb(admin->http, "/healthz", serve_healthz, admin);
	if (listen_on(admin->http, address, port))
		return admin;
	status_set(status, STATUS_UNAVAILABLE, NULL, "admin", NULL, "cannot listen on %s:%u: %s",
	    address, (unsigned)port, strerror(errno));
	admin_free(admin);
	return NULL;
}

void
admin_free(struct admin *admin)
{
	if (admin == NULL)
		return;
	evhttp_free(admin->http);
	free(admin);
}
