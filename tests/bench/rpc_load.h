/* What the parts of the load client share: rpc_load.c, rpc_load_connection.c, rpc_load_frames.c. */
#ifndef PBC_TESTS_BENCH_RPC_LOAD_H
#define PBC_TESTS_BENCH_RPC_LOAD_H

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

#define LOAD_CALLERS_MAX 64

enum phase { PHASE_WARM_UP, PHASE_MEASURE, PHASE_DRAIN };

struct request {
	const uint8_t *frame;
	size_t length;
};

struct load {
	const char *host, *port, *ca, *path;
	/* Of the callers; connections take them in turn. None: calls without a certificate. */
	const char *certificates[LOAD_CALLERS_MAX], *keys[LOAD_CALLERS_MAX];
	size_t certificate_count, key_count;
	long connection_count, stream_count, seconds, warm_up_seconds;
	struct buf file;
	struct request *requests;
	size_t request_count; /* 0: a file is got, which is no gRPC */
	uint32_t random;
	SSL_CTX *tls;
	struct connection *connections;
	enum phase phase;
	int64_t now_us;               /* of the last look at the connections */
	int64_t measure_us, drain_us; /* when each begins */
	uint32_t *latencies_us;       /* of calls that ended well while measuring */
	size_t latency_count, latency_capacity;
	uint64_t answer_bytes; /* of those */
	uint64_t failed;
	size_t in_flight;
};

struct connection {
	struct load *load;
	int fd;
	SSL *ssl;
	struct buf input, output;
	size_t output_sent;
	/* A call's headers: as the server learns them, then as it knows them. */
	struct buf first_headers, headers;
	nghttp2_hd_inflater *inflater;
	struct call *calls; /* a place for each call in flight */
	uint16_t *places;   /* of the last streams, by the lowest bits of their number */
	uint32_t next_id;
	int64_t window;   /* what may still be sent */
	int64_t received; /* since the server's window was filled up */
};

/* Failures end the process: a load that is not whole measures nothing. */
_Noreturn void load_fail_tls(const char *what);

/* Connects, handshakes, greets and starts a call on each stream. The struct is zero. */
void load_connection_open(struct connection *connection, struct load *load);
void load_connection_close(struct connection *connection);
/* Sends what is due; output.length > 0 afterwards if the socket took not all. */
void load_connection_send(struct connection *connection);
/*
 * Takes all that has arrived; calls that end are counted, and followed by the next unless the load
 * drains.
 */
void load_connection_receive(struct connection *connection);

/* Puts the greeting and a call for each stream into output. */
void load_frames_begin(struct connection *connection);
void load_frames_end(struct connection *connection);
/* Takes the whole frames of input, and answers them in output. */
void load_frames_take(struct connection *connection);

#endif
