/* One connection of the load: TLS, HTTP/2, and a call on each of its streams at any time. */
#include "tests/bench/rpc_load.h"

#include <assert.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/grpc_frame.h"
#include "common/memory.h"

#define ANSWER_MAX ((size_t)4 * 1024 * 1024)
#define WINDOW_BYTES (16 * 1024 * 1024)

/* A stream's place: when its call ends, the next call takes it. */
struct call {
	struct connection *connection;
	const struct request *request;
	size_t request_sent;
	int64_t begun_us;
	struct grpc_frame_reader answer;
	size_t answer_bytes;
	int messages;
	char grpc_status[16];
	char grpc_message[256];
};

void
load_fail_tls(const char *what)
{
	ERR_print_errors_fp(stderr);
	errx(1, "%s", what);
}

/* xorshift: the same order of requests in each run. */
static const struct request *
pick_request(struct load *load)
{
	load->random ^= load->random << 13;
	load->random ^= load->random >> 17;
	load->random ^= load->random << 5;
	return &load->requests[load->random % load->request_count];
}

static ssize_t
read_request(nghttp2_session *session, int32_t id, uint8_t *to, size_t size, uint32_t *flags,
    nghttp2_data_source *source, void *arg)
{
	struct call *call = source->ptr;
	size_t left = call->request->length - call->request_sent;
	size_t length = left < size ? left : size;

	(void)session;
	(void)id;
	(void)arg;
	memcpy(to, call->request->frame + call->request_sent, length);
	call->request_sent += length;
	if (length == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)length;
}

#define HEADER(name, value)                                                         \
	{                                                                           \
		(uint8_t *)(name), (uint8_t *)(value), strlen(name), strlen(value), \
		    NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE    \
	}

static void
start_call(struct call *call)
{
	struct load *load = call->connection->load;
	const nghttp2_nv headers[] = {
	    HEADER(":method", "POST"),
	    HEADER(":scheme", "https"),
	    HEADER(":path", load->path),
	    HEADER(":authority", load->host),
	    HEADER("content-type", "application/grpc"),
	    HEADER("te", "trailers"),
	};
	nghttp2_data_provider body = {.source.ptr = call, .read_callback = read_request};
	int32_t id;

	call->request = pick_request(load);
	call->request_sent = 0;
	call->begun_us = clock_monotonic_us();
	grpc_frame_reader_free(&call->answer);
	grpc_frame_reader_init(&call->answer, ANSWER_MAX);
	call->answer_bytes = 0;
	call->messages = 0;
	call->grpc_status[0] = '\0';
	call->grpc_message[0] = '\0';
	id = nghttp2_submit_request(call->connection->session, NULL, headers,
	    sizeof(headers) / sizeof(headers[0]), &body, call);
	if (id < 0)
		errx(1, "no more streams: %s", nghttp2_strerror(id));
	load->in_flight++;
}

static void
add_latency(struct load *load, int64_t latency_us)
{
	if (load->latency_count == load->latency_capacity) {
		load->latency_capacity =
		    load->latency_capacity > 0 ? load->latency_capacity * 2 : 65536;
		load->latencies_us = memory_realloc(
		    load->latencies_us, load->latency_capacity * sizeof(*load->latencies_us));
	}
	load->latencies_us[load->latency_count++] = (uint32_t)latency_us;
}

static void
count_call(struct call *call, uint32_t error_code)
{
	struct load *load = call->connection->load;

	if (error_code != NGHTTP2_NO_ERROR || strcmp(call->grpc_status, "0") != 0 ||
	    call->messages != 1 || grpc_frame_reader_partial(&call->answer)) {
		if (load->failed++ == 0)
			warnx("a call failed: stream error %" PRIu32
			      ", grpc-status %s, %d messages: %s",
			    error_code, call->grpc_status, call->messages, call->grpc_message);
		return;
	}
	if (load->phase != PHASE_MEASURE)
		return;
	add_latency(load, clock_monotonic_us() - call->begun_us);
	load->answer_bytes += call->answer_bytes;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *arg)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, id);

	(void)arg;
	assert(call != NULL);
	call->connection->load->in_flight--;
	count_call(call, error_code);
	if (call->connection->load->phase != PHASE_DRAIN)
		start_call(call);
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t length,
    void *arg)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, id);
	const uint8_t *message;
	size_t message_length;

	(void)flags;
	(void)arg;
	grpc_frame_reader_feed(&call->answer, data, length);
	while (grpc_frame_reader_next(&call->answer, &message, &message_length) ==
	       GRPC_FRAME_MESSAGE) {
		call->messages++;
		call->answer_bytes += message_length;
	}
	return 0;
}

static void
copy_value(char *to, size_t size, const uint8_t *value, size_t length)
{
	snprintf(to, size, "%.*s", (int)length, (const char *)value);
}

static bool
is_named(const uint8_t *name, size_t length, const char *wanted)
{
	return length == strlen(wanted) && memcmp(name, wanted, length) == 0;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
    size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags, void *arg)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	(void)flags;
	(void)arg;
	if (is_named(name, name_length, "grpc-status"))
		copy_value(call->grpc_status, sizeof(call->grpc_status), value, value_length);
	else if (is_named(name, name_length, "grpc-message"))
		copy_value(call->grpc_message, sizeof(call->grpc_message), value, value_length);
	return 0;
}

static int
connect_tcp(const struct load *load)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	const int on = 1;
	struct addrinfo *found, *address;
	int fd = -1, failed = getaddrinfo(load->host, load->port, &hints, &found);

	if (failed != 0)
		errx(1, "%s: %s", load->host, gai_strerror(failed));
	for (address = found; address != NULL && fd < 0; address = address->ai_next) {
		fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
		if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0)
		err(1, "connect to %s port %s", load->host, load->port);
	freeaddrinfo(found);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static bool
use_certificate(const struct connection *connection)
{
	const struct load *load = connection->load;
	size_t caller;

	if (load->certificate_count == 0)
		return true;
	caller = (size_t)(connection - load->connections) % load->certificate_count;
	return SSL_use_certificate_chain_file(connection->ssl, load->certificates[caller]) == 1 &&
	       SSL_use_PrivateKey_file(connection->ssl, load->keys[caller], SSL_FILETYPE_PEM) == 1;
}

/* Connects and greets while the socket still blocks. */
void
load_connection_open(struct connection *connection, struct load *load)
{
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
	};

	connection->load = load;
	connection->fd = connect_tcp(load);
	connection->ssl = SSL_new(load->tls);
	if (connection->ssl == NULL || SSL_set1_host(connection->ssl, load->host) != 1 ||
	    SSL_set_tlsext_host_name(connection->ssl, load->host) != 1 ||
	    !use_certificate(connection) || SSL_set_fd(connection->ssl, connection->fd) != 1 ||
	    SSL_connect(connection->ssl) != 1)
		load_fail_tls("TLS handshake");
	if (fcntl(connection->fd, F_SETFL, O_NONBLOCK) != 0)
		err(1, "O_NONBLOCK");
	if (nghttp2_session_client_new(&connection->session, load->callbacks, connection) != 0 ||
	    nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 2) != 0 ||
	    nghttp2_session_set_local_window_size(
		connection->session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES) != 0)
		errx(1, "no HTTP/2 session");
	connection->calls = memory_calloc((size_t)load->stream_count, sizeof(*connection->calls));
	for (long i = 0; i < load->stream_count; i++) {
		connection->calls[i].connection = connection;
		start_call(&connection->calls[i]);
	}
}

/* False when the socket takes no more. */
static bool
tls_wants(const struct connection *connection, int result, const char *what)
{
	int error = SSL_get_error(connection->ssl, result);

	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		load_fail_tls(what);
	return false;
}

static bool
send_output(struct connection *connection)
{
	struct buf *output = &connection->output;

	while (connection->output_sent < output->length) {
		int sent = SSL_write(connection->ssl, output->data + connection->output_sent,
		    (int)(output->length - connection->output_sent));

		if (sent <= 0)
			return tls_wants(connection, sent, "the server closed the connection");
		connection->output_sent += (size_t)sent;
	}
	buf_clear(output);
	connection->output_sent = 0;
	return true;
}

/* Gathers all there is, so that a turn's calls go in one TLS record. */
void
load_connection_send(struct connection *connection)
{
	const uint8_t *data;
	ssize_t length;

	if (!send_output(connection))
		return;
	while ((length = nghttp2_session_mem_send(connection->session, &data)) > 0)
		buf_append(&connection->output, data, (size_t)length);
	if (length < 0)
		errx(1, "HTTP/2: %s", nghttp2_strerror((int)length));
	send_output(connection);
}

void
load_connection_receive(struct connection *connection)
{
	static uint8_t data[65536];
	int length;

	while ((length = SSL_read(connection->ssl, data, sizeof(data))) > 0) {
		ssize_t taken = nghttp2_session_mem_recv(connection->session, data, (size_t)length);

		if (taken < 0)
			errx(1, "HTTP/2: %s", nghttp2_strerror((int)taken));
	}
	tls_wants(connection, length, "the server closed the connection");
}

nghttp2_session_callbacks *
load_callbacks(void)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		errx(1, "out of memory");
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	return callbacks;
}

void
load_connection_close(struct connection *connection)
{
	for (long i = 0; i < connection->load->stream_count; i++)
		grpc_frame_reader_free(&connection->calls[i].answer);
	free(connection->calls);
	nghttp2_session_del(connection->session);
	SSL_free(connection->ssl);
	close(connection->fd);
	buf_free(&connection->output);
}
