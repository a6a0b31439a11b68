/* One connection of the load: TCP and TLS. */
#include "tests/bench/rpc_load.h"

#include <err.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_MAX ((size_t)65536)

void
load_fail_tls(const char *what)
{
	ERR_print_errors_fp(stderr);
	errx(1, "%s", what);
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
	load_frames_begin(connection);
}

/* For room or for data; a server that closes ends the load. */
static void
may_wait(const struct connection *connection, int result)
{
	int error = SSL_get_error(connection->ssl, result);

	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		load_fail_tls("the server closed the connection");
}

void
load_connection_send(struct connection *connection)
{
	struct buf *output = &connection->output;

	while (connection->output_sent < output->length) {
		int sent = SSL_write(connection->ssl, output->data + connection->output_sent,
		    (int)(output->length - connection->output_sent));

		if (sent <= 0) {
			may_wait(connection, sent);
			return;
		}
		connection->output_sent += (size_t)sent;
	}
	buf_clear(output);
	connection->output_sent = 0;
}

void
load_connection_receive(struct connection *connection)
{
	struct buf *input = &connection->input;
	int length;

	for (;;) {
		buf_reserve(input, READ_MAX);
		length = SSL_read(connection->ssl, input->data + input->length, (int)READ_MAX);
		if (length <= 0)
			break;
		input->length += (size_t)length;
		load_frames_take(connection);
	}
	may_wait(connection, length);
}

void
load_connection_close(struct connection *connection)
{
	load_frames_end(connection);
	SSL_free(connection->ssl);
	close(connection->fd);
	buf_free(&connection->input);
	buf_free(&connection->output);
}
