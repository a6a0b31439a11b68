/* TCP and TLS with OpenSSL and poll, every wait bounded but that for a name's address. */
#include "client/lib/transport.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/memory.h"

struct transport {
	SSL *ssl;
	int fd;
	bool read_wants_write; /* what the last SSL_read, SSL_write waits for */
	bool write_wants_read;
};

static const char certificate_hint[] =
    "check --ca, --cert and --key, and that the server's address is the name in its certificate";

static int
min_ms(int64_t a_ms, int64_t b_ms)
{
	int64_t least = a_ms < b_ms ? a_ms : b_ms;

	if (least < 0)
		return 0;
	return least > INT32_MAX ? INT32_MAX : (int)least;
}

/* Waits for events on fd. The same answers as transport_wait. */
static bool
wait_fd(int fd, short events, int64_t until_ms, const struct transport_limit *limit,
    struct status *status)
{
	struct pollfd fds[2] = {
	    {.fd = fd, .events = events}, {.fd = limit->wake_fd, .events = POLLIN}};
	int64_t now_ms = clock_monotonic_ms();
	int64_t until_left_ms = until_ms == 0 ? INT32_MAX : until_ms - now_ms;
	int64_t limit_left_ms = limit->deadline_ms == 0 ? INT32_MAX : limit->deadline_ms - now_ms;

	while (poll(fds, 2, min_ms(until_left_ms, limit_left_ms)) < 0 && errno == EINTR)
		continue;
	if (fds[1].revents != 0)
		return status_set(
		    status, STATUS_CANCELLED, "INTERRUPTED", NULL, NULL, "interrupted");
	if (limit->deadline_ms != 0 && clock_monotonic_ms() >= limit->deadline_ms)
		return status_set(status, STATUS_DEADLINE_EXCEEDED, "DEADLINE", NULL,
		    "try again, or allow more time with --timeout",
		    "the server did not answer in time");
	return true;
}

/*
 * The words of OpenSSL's latest error, without its numbers. Where the system refused something, its
 * own words are the first.
 */
static const char *
ssl_error_words(void)
{
	unsigned long first = ERR_peek_error();
	const char *words;

	if (ERR_SYSTEM_ERROR(first))
		return strerror(ERR_GET_REASON(first));
	words = ERR_reason_error_string(ERR_peek_last_error());
	return words != NULL ? words : "unknown TLS error";
}

static int
offer_h2(SSL_CTX *context)
{
	static const unsigned char h2[] = {2, 'h', '2'};

	return SSL_CTX_set_alpn_protos(context, h2, sizeof(h2));
}

static bool
load_identity(SSL_CTX *context, const struct client_config *config, struct status *status)
{
	if (config->cert_path == NULL && config->key_path == NULL)
		return true;
	if (config->cert_path == NULL || config->key_path == NULL)
		return status_set(status, STATUS_INVALID_ARGUMENT, "IDENTITY_INCOMPLETE", NULL,
		    "give both --cert and --key",
		    "a certificate needs its key and a key its certificate");
	if (SSL_CTX_use_certificate_chain_file(context, config->cert_path) != 1)
		return status_set(status, STATUS_INVALID_ARGUMENT, "CERTIFICATE_UNREADABLE",
		    "--cert", "give a PEM file that you may read", "cannot use certificate %s: %s",
		    config->cert_path, ssl_error_words());
	if (SSL_CTX_use_PrivateKey_file(context, config->key_path, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return status_set(status, STATUS_INVALID_ARGUMENT, "KEY_UNREADABLE", "--key",
		    "give the PEM file of the certificate's own key", "cannot use key %s: %s",
		    config->key_path, ssl_error_words());
	return true;
}

static bool
load_trust(SSL_CTX *context, const struct client_config *config, struct status *status)
{
	if (config->ca_path == NULL)
		return SSL_CTX_set_default_verify_paths(context) == 1 ||
		       status_set(status, STATUS_INVALID_ARGUMENT, "CA_UNREADABLE", "--ca",
			   "name the authority's PEM file with --ca",
			   "the system has no certificate store");
	if (SSL_CTX_load_verify_locations(context, config->ca_path, NULL) != 1)
		return status_set(status, STATUS_INVALID_ARGUMENT, "CA_UNREADABLE", "--ca",
		    "give a PEM file that you may read", "cannot use authority %s: %s",
		    config->ca_path, ssl_error_words());
	return true;
}

SSL_CTX *
transport_context_new(const struct client_config *config, struct status *status)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	memory_require(context != NULL);
	ERR_clear_error();
	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(
	    context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	memory_require(offer_h2(context) == 0);
	if (load_trust(context, config, status) && load_identity(context, config, status))
		return context;
	SSL_CTX_free(context);
	return NULL;
}

/* A connected non-blocking socket, or -1 with *status set. */
static int
connect_one(const struct addrinfo *to, const struct address *address,
    const struct transport_limit *limit, struct status *status)
{
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;
	int on = 1;
	socklen_t length = sizeof(error);

	if (fd < 0 || (connect(fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)) {
		error = errno;
	} else if (!wait_fd(fd, POLLOUT, 0, limit, status)) {
		close(fd);
		return -1;
	} else {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	}
	if (error == 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		return fd;
	}
	if (fd >= 0)
		close(fd);
	status_set(status, STATUS_UNAVAILABLE, "CANNOT_CONNECT", NULL,
	    "check that pbcd runs and that --server names it", "cannot connect to %s:%s: %s",
	    address->host, address->port, strerror(error));
	return -1;
}

static int
connect_any(
    const struct address *address, const struct transport_limit *limit, struct status *status)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int error = getaddrinfo(address->host, address->port, &hints, &list);
	int fd = -1;

	if (error != 0) {
		status_set(status, STATUS_UNAVAILABLE, "HOST_UNKNOWN", NULL,
		    "check the name given by --server", "cannot find host %s: %s", address->host,
		    gai_strerror(error));
		return -1;
	}
	for (const struct addrinfo *each = list; each != NULL && fd < 0; each = each->ai_next) {
		fd = connect_one(each, address, limit, status);
		if (fd < 0 && status->code != STATUS_UNAVAILABLE)
			break;
	}
	freeaddrinfo(list);
	return fd;
}

/* How a server says no to a certificate, in words for its owner. */
static const struct refusal {
	int reason;
	const char *words, *hint;
} refusals[] = {
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "it got none",
	"name yours with --cert and --key, or your profile with --as"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "it has expired",
	"ask whoever signed it for a new one"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, "it is revoked", "ask whoever signed it for a new one"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "another authority signed it", certificate_hint},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, "it is not for clients", certificate_hint},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "it is not valid", certificate_hint},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "it is not accepted", certificate_hint},
    {SSL_R_TLSV1_ALERT_ACCESS_DENIED, "it is not accepted", certificate_hint},
    {SSL_R_TLSV1_ALERT_DECRYPT_ERROR, "its key is not the right one", certificate_hint},
};

/* NULL if the failure has another cause than the client's certificate. */
static const struct refusal *
refusal_of(int reason)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].reason == reason)
			return &refusals[i];
	return NULL;
}

/* What a failed SSL call means. Always returns false. */
static bool
fail_ssl(struct transport *transport, int ssl_error, struct status *status)
{
	int saved_errno = errno;
	int reason = ERR_GET_REASON(ERR_peek_last_error());
	long verified = SSL_get_verify_result(transport->ssl);
	const struct refusal *refusal = ssl_error == SSL_ERROR_SSL ? refusal_of(reason) : NULL;

	if (verified != X509_V_OK)
		return status_set(status, STATUS_UNAUTHENTICATED, "SERVER_CERTIFICATE", NULL,
		    certificate_hint, "the server's certificate is refused: %s",
		    X509_verify_cert_error_string(verified));
	if (refusal != NULL)
		return status_set(status, STATUS_UNAUTHENTICATED, "CLIENT_CERTIFICATE", NULL,
		    refusal->hint, "the server refuses the client certificate: %s", refusal->words);
	if (ssl_error == SSL_ERROR_SSL && reason != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return status_set(status, STATUS_UNAVAILABLE, "TLS_FAILED", NULL,
		    "check that --server is the address of a pbcd", "TLS failed: %s",
		    ssl_error_words());
	return status_set(status, STATUS_UNAVAILABLE, "CONNECTION_LOST", NULL, "try again",
	    "the connection to the server was lost%s%s",
	    ssl_error == SSL_ERROR_SYSCALL && saved_errno != 0 ? ": " : "",
	    ssl_error == SSL_ERROR_SYSCALL && saved_errno != 0 ? strerror(saved_errno) : "");
}

static bool
shake_hands(struct transport *transport, const struct transport_limit *limit, struct status *status)
{
	for (;;) {
		int done, error;

		ERR_clear_error();
		done = SSL_connect(transport->ssl);
		if (done == 1)
			return true;
		error = SSL_get_error(transport->ssl, done);
		if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
			return fail_ssl(transport, error, status);
		if (!wait_fd(transport->fd, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, 0,
			limit, status))
			return false;
	}
}

static bool
speaks_h2(struct transport *transport, struct status *status)
{
	const unsigned char *protocol;
	unsigned length;

	SSL_get0_alpn_selected(transport->ssl, &protocol, &length);
	if (length == 2 && memcmp(protocol, "h2", 2) == 0)
		return true;
	return status_set(status, STATUS_UNAVAILABLE, "NOT_HTTP2", NULL,
	    "check that --server is the address of a pbcd", "the server does not speak HTTP/2");
}

/* The certificate must be for the host, be it a name or a numeric address. */
static void
expect_host(SSL *ssl, const char *host)
{
	unsigned char numeric[sizeof(struct in6_addr)];
	bool is_numeric =
	    inet_pton(AF_INET, host, numeric) == 1 || inet_pton(AF_INET6, host, numeric) == 1;
	int done;

	if (is_numeric) {
		done = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
	} else {
		SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		done = SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
	}
	memory_require(done == 1);
}

struct transport *
transport_open(SSL_CTX *context, const struct address *address, const struct transport_limit *limit,
    struct status *status)
{
	int fd = connect_any(address, limit, status);
	struct transport *transport;

	if (fd < 0)
		return NULL;
	transport = memory_calloc(1, sizeof(*transport));
	transport->fd = fd;
	transport->ssl = SSL_new(context);
	memory_require(transport->ssl != NULL && SSL_set_fd(transport->ssl, fd) == 1);
	expect_host(transport->ssl, address->host);
	if (shake_hands(transport, limit, status) && speaks_h2(transport, status))
		return transport;
	transport_close(transport);
	return NULL;
}

void
transport_close(struct transport *transport)
{
	if (transport == NULL)
		return;
	if (SSL_is_init_finished(transport->ssl)) {
		ERR_clear_error();
		SSL_shutdown(transport->ssl);
	}
	SSL_free(transport->ssl);
	close(transport->fd);
	free(transport);
}

/*
 * After a call that moved nothing: 0 when it would block, else -1 with *status. *crossed says that
 * it waits for the other direction.
 */
static ssize_t
blocked_or_failed(
    struct transport *transport, int crossing_error, bool *crossed, struct status *status)
{
	int error = SSL_get_error(transport->ssl, 0);

	*crossed = error == crossing_error;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return 0;
	fail_ssl(transport, error, status);
	return -1;
}

ssize_t
transport_read(struct transport *transport, void *data, size_t size, struct status *status)
{
	size_t length = 0;

	ERR_clear_error();
	errno = 0;
	transport->read_wants_write = false;
	if (SSL_read_ex(transport->ssl, data, size, &length) == 1)
		return (ssize_t)length;
	return blocked_or_failed(
	    transport, SSL_ERROR_WANT_WRITE, &transport->read_wants_write, status);
}

ssize_t
transport_write(struct transport *transport, const void *data, size_t size, struct status *status)
{
	size_t length = 0;

	ERR_clear_error();
	errno = 0;
	transport->write_wants_read = false;
	if (SSL_write_ex(transport->ssl, data, size, &length) == 1)
		return (ssize_t)length;
	return blocked_or_failed(
	    transport, SSL_ERROR_WANT_READ, &transport->write_wants_read, status);
}

bool
transport_wait(struct transport *transport, bool want_write, int64_t until_ms,
    const struct transport_limit *limit, struct status *status)
{
	short events = POLLIN;

	if (SSL_pending(transport->ssl) > 0)
		until_ms = clock_monotonic_ms();
	if (transport->read_wants_write || (want_write && !transport->write_wants_read))
		events |= POLLOUT;
	return wait_fd(transport->fd, events, until_ms, limit, status);
}
