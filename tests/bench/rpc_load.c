/*
 * Load of unary gRPC calls, or of a file that is got, over TLS: a fixed number always in flight,
 * each answer checked. Prints calls per second and latency as one JSON object; exits with 1 if any
 * call failed.
 */
#include "tests/bench/rpc_load.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/grpc_frame.h"
#include "common/memory.h"

#define CONNECTIONS_MAX 1000
#define STREAMS_MAX 1000
#define REQUEST_FILE_MAX ((size_t)1024 * 1024)
#define DRAIN_US 10000000

static void
advance_phase(struct load *load)
{
	int64_t now_us = load->now_us;

	if (load->phase == PHASE_WARM_UP && now_us >= load->measure_us) {
		load->phase = PHASE_MEASURE;
		load->measure_us = now_us;
		load->drain_us = now_us + load->seconds * 1000000;
	} else if (load->phase == PHASE_MEASURE && now_us >= load->drain_us) {
		load->phase = PHASE_DRAIN;
		load->drain_us = now_us;
	} else if (load->phase == PHASE_DRAIN && now_us >= load->drain_us + DRAIN_US) {
		errx(1, "%zu calls without an answer", load->in_flight);
	}
}

static void
run_load(struct load *load)
{
	struct pollfd *polls = memory_calloc((size_t)load->connection_count, sizeof(*polls));

	load->measure_us = clock_monotonic_us() + load->warm_up_seconds * 1000000;
	while (load->phase != PHASE_DRAIN || load->in_flight > 0) {
		for (long i = 0; i < load->connection_count; i++) {
			struct connection *connection = &load->connections[i];

			load_connection_send(connection);
			polls[i].fd = connection->fd;
			polls[i].events = connection->output.length > 0 ? POLLIN | POLLOUT : POLLIN;
		}
		if (poll(polls, (nfds_t)load->connection_count, 100) < 0 && errno != EINTR)
			err(1, "poll");
		load->now_us = clock_monotonic_us();
		advance_phase(load);
		for (long i = 0; i < load->connection_count; i++)
			if ((polls[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0)
				load_connection_receive(&load->connections[i]);
	}
	free(polls);
}

static int
compare_latency(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static uint32_t
percentile_us(const struct load *load, size_t per_mille)
{
	return load->latencies_us[(load->latency_count - 1) * per_mille / 1000];
}

static void
print_report(struct load *load)
{
	double seconds = (double)(load->drain_us - load->measure_us) / 1e6;

	if (load->latency_count == 0)
		errx(1, "no call ended well");
	qsort(
	    load->latencies_us, load->latency_count, sizeof(*load->latencies_us), compare_latency);
	printf("{\"calls\": %zu, \"failed\": %" PRIu64 ", \"calls_per_second\": %.1f, "
	       "\"answer_bytes\": %.1f, \"p50_us\": %" PRIu32 ", \"p90_us\": %" PRIu32
	       ", \"p99_us\": %" PRIu32 ", \"max_us\": %" PRIu32 "}\n",
	    load->latency_count, load->failed, (double)load->latency_count / seconds,
	    (double)load->answer_bytes / (double)load->latency_count, percentile_us(load, 500),
	    percentile_us(load, 900), percentile_us(load, 990), percentile_us(load, 1000));
}

/* The file holds gRPC frames one after the other, any of which a call may send. */
static void
read_requests(struct load *load, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t at = 0;

	if (file == NULL)
		err(1, "%s", path);
	buf_reserve(&load->file, REQUEST_FILE_MAX);
	load->file.length = fread(load->file.data, 1, REQUEST_FILE_MAX, file);
	fclose(file);
	load->requests =
	    memory_calloc(load->file.length / GRPC_FRAME_PREFIX + 1, sizeof(*load->requests));
	while (load->file.length - at >= GRPC_FRAME_PREFIX) {
		const uint8_t *frame = load->file.data + at;
		size_t length =
		    GRPC_FRAME_PREFIX + ((size_t)frame[1] << 24 | (size_t)frame[2] << 16 |
					    (size_t)frame[3] << 8 | frame[4]);

		if (length > load->file.length - at)
			break;
		load->requests[load->request_count++] = (struct request){frame, length};
		at += length;
	}
	if (load->request_count == 0 || at != load->file.length)
		errx(1, "%s: not a sequence of gRPC frames of at most 1 MiB", path);
}

static void
set_up_tls(struct load *load)
{
	static const unsigned char alpn[] = {2, 'h', '2'};

	load->tls = SSL_CTX_new(TLS_client_method());
	if (load->tls == NULL || SSL_CTX_set_min_proto_version(load->tls, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_load_verify_locations(load->tls, load->ca, NULL) != 1 ||
	    SSL_CTX_set_alpn_protos(load->tls, alpn, sizeof(alpn)) != 0)
		load_fail_tls("TLS set-up");
	SSL_CTX_set_verify(load->tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_read_ahead(load->tls, 1);
	SSL_CTX_set_mode(
	    load->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static void
usage(void)
{
	fputs(
	    "Usage: rpc_load --ca FILE [--cert FILE --key FILE]... --path PATH\n"
	    "           [--requests FILE] [--connections N] [--streams N] [--seconds N] "
	    "[--warm-up N]\n           HOST PORT\n"
	    "FILE of --requests holds gRPC frames; each call sends one of them. Without it PATH "
	    "is\n"
	    "got by GET. With several certificates, connection after connection takes the next.\n",
	    stderr);
	exit(2);
}

static long
number(const char *text, long most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < 1 || value > most)
		errx(2, "%s is not a number from 1 to %ld", text, most);
	return value;
}

static void
add_file(const char **files, size_t *count, const char *file)
{
	if (*count == LOAD_CALLERS_MAX)
		errx(2, "more than %d certificates", LOAD_CALLERS_MAX);
	files[(*count)++] = file;
}

static void
read_options(struct load *load, int argc, char **argv)
{
	static const struct option options[] = {{"ca", required_argument, NULL, 'a'},
	    {"cert", required_argument, NULL, 'c'}, {"key", required_argument, NULL, 'k'},
	    {"path", required_argument, NULL, 'p'}, {"requests", required_argument, NULL, 'r'},
	    {"connections", required_argument, NULL, 'n'},
	    {"streams", required_argument, NULL, 'm'}, {"seconds", required_argument, NULL, 's'},
	    {"warm-up", required_argument, NULL, 'w'}, {NULL, 0, NULL, 0}};
	const char *requests = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			load->ca = optarg;
			break;
		case 'c':
			add_file(load->certificates, &load->certificate_count, optarg);
			break;
		case 'k':
			add_file(load->keys, &load->key_count, optarg);
			break;
		case 'p':
			load->path = optarg;
			break;
		case 'r':
			requests = optarg;
			break;
		case 'n':
			load->connection_count = number(optarg, CONNECTIONS_MAX);
			break;
		case 'm':
			load->stream_count = number(optarg, STREAMS_MAX);
			break;
		case 's':
			load->seconds = number(optarg, 3600);
			break;
		case 'w':
			load->warm_up_seconds = number(optarg, 3600);
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2 || load->ca == NULL || load->path == NULL ||
	    load->certificate_count != load->key_count)
		usage();
	load->host = argv[optind];
	load->port = argv[optind + 1];
	if (requests != NULL)
		read_requests(load, requests);
}

static void
release(struct load *load)
{
	for (long i = 0; i < load->connection_count; i++)
		load_connection_close(&load->connections[i]);
	free(load->connections);
	SSL_CTX_free(load->tls);
	free(load->latencies_us);
	free(load->requests);
	buf_free(&load->file);
}

int
main(int argc, char **argv)
{
	struct load load = {.connection_count = 16,
	    .stream_count = 16,
	    .seconds = 3,
	    .warm_up_seconds = 1,
	    .random = 2463534242};

	read_options(&load, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	set_up_tls(&load);
	load.now_us = clock_monotonic_us();
	load.connections = memory_calloc((size_t)load.connection_count, sizeof(*load.connections));
	for (long i = 0; i < load.connection_count; i++)
		load_connection_open(&load.connections[i], &load);
	run_load(&load);
	print_report(&load);
	release(&load);
	return load.failed > 0;
}
