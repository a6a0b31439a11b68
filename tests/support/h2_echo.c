/*
 * A server of server/h2 alone, for tests that attack or measure the transport:
 *   GET /1k          1,024 bytes
 *   GET /big         64 MiB, made as it drains, then trailers
 *   GET /slow        answers after SLOW_MS; the work goes on when the stream is reset
 *   GET /peer        organisation and user of the client's certificate
 *   POST /echo       the body back, with credit returned as it leaves
 * Prints "port N" once it listens. SIGTERM drains, SIGHUP loads certificates and CRL again.
 */
#include <err.h>
#include <event2/event.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"
#include "server/h2/h2.h"

#define SLOW_MS 400
#define BIG_BYTES (64 << 20)
#define BIG_CHUNK 16384

struct echo {
	struct event_base *base;
	struct net_tls_config tls_config;
	struct net_tls *tls;
	struct net_listener *listener;
	struct h2_server *server;
	struct event *drain_check;
	int working; /* answers to /slow that are due */
};

struct answer {
	struct echo *echo;
	struct h2_stream *stream; /* NULL once closed */
	struct h2_slot *slot;
	struct event *timer;
	const char *path;
	size_t left;   /* of /big */
	size_t echoed; /* given to the reply, not yet known to have left */
};

static const unsigned char filler[BIG_CHUNK];

static void
reply_text(struct h2_stream *stream, int http_status, const char *text, size_t length)
{
	const struct h2_header type = {"content-type", "text/plain"};

	h2_stream_respond(stream, http_status, &type, 1, false);
	h2_stream_write(stream, text, length);
	h2_stream_finish(stream, NULL, 0);
}

static void
answer_1k(struct answer *answer)
{
	reply_text(answer->stream, 200, (const char *)filler, 1024);
}

static void
answer_peer(struct answer *answer, const struct net_peer *peer)
{
	char text[128];

	snprintf(text, sizeof(text), "%s/%s\n", peer->organisation, peer->user);
	reply_text(answer->stream, 200, text, strlen(text));
}

static void
answer_big(struct answer *answer)
{
	const struct h2_header trailer = {"x-sum", "0"};

	while (answer->left > 0 && h2_stream_queued(answer->stream) < H2_STREAM_LOW) {
		h2_stream_write(answer->stream, filler, BIG_CHUNK);
		answer->left -= BIG_CHUNK;
	}
	if (answer->left == 0)
		h2_stream_finish(answer->stream, &trailer, 1);
}

static void
slow_done(evutil_socket_t fd, short what, void *arg)
{
	struct answer *answer = arg;

	(void)fd;
	(void)what;
	h2_slot_release(answer->slot);
	answer->slot = NULL;
	answer->echo->working--;
	if (answer->stream != NULL) {
		reply_text(answer->stream, 200, "slow\n", 5);
		return;
	}
	event_free(answer->timer);
	free(answer);
}

static void
answer_slow(struct answer *answer)
{
	const struct timeval wait = {.tv_usec = SLOW_MS * 1000};

	answer->slot = h2_stream_hold(answer->stream);
	answer->echo->working++;
	answer->timer = evtimer_new(answer->echo->base, slow_done, answer);
	evtimer_add(answer->timer, &wait);
}

static void *
begin(void *arg, struct h2_stream *stream, const struct h2_request *request)
{
	struct answer *answer = memory_calloc(1, sizeof(*answer));

	answer->echo = arg;
	answer->stream = stream;
	answer->path = request->path;
	if (strcmp(request->path, "/1k") == 0) {
		answer_1k(answer);
	} else if (strcmp(request->path, "/peer") == 0) {
		answer_peer(answer, request->peer);
	} else if (strcmp(request->path, "/slow") == 0) {
		answer_slow(answer);
	} else if (strcmp(request->path, "/big") == 0) {
		answer->left = BIG_BYTES;
		h2_stream_respond(stream, 200, NULL, 0, false);
		answer_big(answer);
	} else if (strcmp(request->path, "/echo") == 0) {
		h2_stream_respond(stream, 200, NULL, 0, false);
	} else {
		reply_text(stream, 404, "no such path\n", 13);
	}
	return answer;
}

static void
return_credit(struct answer *answer)
{
	size_t queued = h2_stream_queued(answer->stream);

	if (answer->echoed > queued)
		h2_stream_consume(answer->stream, answer->echoed - queued);
	answer->echoed = queued;
}

static void
data(void *user, const uint8_t *bytes, size_t length)
{
	struct answer *answer = user;

	if (strcmp(answer->path, "/echo") != 0) {
		h2_stream_consume(answer->stream, length);
		return;
	}
	answer->echoed += length;
	h2_stream_write(answer->stream, bytes, length);
	return_credit(answer);
}

static void
end(void *user)
{
	struct answer *answer = user;

	if (strcmp(answer->path, "/echo") == 0)
		h2_stream_finish(answer->stream, NULL, 0);
}

static void
drained(void *user)
{
	struct answer *answer = user;

	if (strcmp(answer->path, "/big") == 0)
		answer_big(answer);
	if (strcmp(answer->path, "/echo") == 0)
		return_credit(answer);
}

static void
closed(void *user, bool complete)
{
	struct answer *answer = user;

	(void)complete;
	answer->stream = NULL;
	if (answer->slot != NULL)
		return;
	if (answer->timer != NULL)
		event_free(answer->timer);
	free(answer);
}

static void
check_drained(evutil_socket_t fd, short what, void *arg)
{
	struct echo *echo = arg;

	(void)fd;
	(void)what;
	if (h2_server_idle(echo->server) && echo->working == 0)
		event_base_loopbreak(echo->base);
}

static void
terminate(evutil_socket_t fd, short what, void *arg)
{
	struct echo *echo = arg;
	const struct timeval interval = {.tv_usec = 10000};

	(void)fd;
	(void)what;
	net_listener_stop(echo->listener);
	h2_server_drain(echo->server);
	event_add(echo->drain_check, &interval);
}

static void
reload(evutil_socket_t fd, short what, void *arg)
{
	struct echo *echo = arg;
	struct status status;

	(void)fd;
	(void)what;
	if (!net_tls_reload(echo->tls, &echo->tls_config, &status)) {
		log_write(LOG_LEVEL_ERROR, "reload refused", "reason", status.message, NULL);
		return;
	}
	log_printf(LOG_LEVEL_INFO, "reloaded", "%d connections closed",
	    net_listener_recheck_peers(echo->listener));
}

static void
run(struct echo *echo)
{
	struct event *on_term = evsignal_new(echo->base, SIGTERM, terminate, echo);
	struct event *on_hup = evsignal_new(echo->base, SIGHUP, reload, echo);

	echo->drain_check = event_new(echo->base, -1, EV_PERSIST, check_drained, echo);
	event_add(on_term, NULL);
	event_add(on_hup, NULL);
	printf("port %" PRIu16 "\n", net_listener_port(echo->listener));
	fflush(stdout);
	event_base_dispatch(echo->base);
	event_free(on_term);
	event_free(on_hup);
	event_free(echo->drain_check);
}

static int
number(const char *text)
{
	char *rest;
	long value = strtol(text, &rest, 10);

	if (rest == text || *rest != '\0' || value < 0 || value > INT_MAX)
		errx(2, "%s is no number", text);
	return (int)value;
}

static void
usage(void)
{
	errx(2, "usage: h2_echo -c CERTIFICATE -k KEY [-a CA [-r CRL] [-m]] [-p PORT]"
		" [-n CONNECTIONS] [-t TIMEOUT_MS] [-f FRAMES_PER_MINUTE] [-s STREAMS]");
}

static void
parse(int argc, char **argv, struct net_tls_config *tls, struct net_limits *net,
    struct h2_limits *h2, uint16_t *port)
{
	int option;

	while ((option = getopt(argc, argv, "c:k:a:r:mp:n:t:f:s:")) != -1) {
		if (option == 'c')
			tls->certificate_file = optarg;
		else if (option == 'k')
			tls->key_file = optarg;
		else if (option == 'a')
			tls->client_ca_file = optarg;
		else if (option == 'r')
			tls->crl_file = optarg;
		else if (option == 'm')
			tls->require_client_certificate = true;
		else if (option == 'p')
			*port = (uint16_t)number(optarg);
		else if (option == 'n')
			net->connections = number(optarg);
		else if (option == 't')
			net->handshake_timeout_ms = net->idle_timeout_ms = net->write_timeout_ms =
			    h2->stream_idle_timeout_ms = number(optarg);
		else if (option == 'f')
			h2->resets_per_minute = h2->control_frames_per_minute =
			    (unsigned)number(optarg);
		else if (option == 's')
			h2->concurrent_streams = (unsigned)number(optarg);
		else
			usage();
	}
	if (tls->certificate_file == NULL || tls->key_file == NULL)
		usage();
}

int
main(int argc, char **argv)
{
	struct net_limits net = {1000, 1000, 10000, 60000, 30000};
	struct h2_limits h2 = {100, 8192, 500, 500, 30000, SIZE_MAX};
	const struct h2_callbacks callbacks = {begin, data, end, drained, closed};
	struct echo echo = {.base = event_base_new()};
	struct status status;
	uint16_t port = 0;

	log_set_program("h2_echo");
	parse(argc, argv, &echo.tls_config, &net, &h2, &port);
	echo.tls = net_tls_new(&echo.tls_config, &status);
	if (echo.tls == NULL)
		errx(1, "%s", status.message);
	echo.server = h2_server_new(echo.base, &h2, &callbacks, &echo);
	echo.listener = net_listener_new(echo.base, "127.0.0.1", port, false, echo.tls, &net,
	    h2_net_callbacks(), echo.server, &status);
	if (echo.listener == NULL)
		errx(1, "%s", status.message);
	run(&echo);
	net_listener_free(echo.listener);
	h2_server_free(echo.server);
	net_tls_free(echo.tls);
	event_base_free(echo.base);
	return 0;
}
