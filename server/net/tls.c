/* TLS 1.3 contexts: who we are, whom we trust, and who a peer's certificate says it is. */
#include "server/net/net_internal.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

struct net_tls {
	SSL_CTX *context;
};

static const unsigned char alpn_h2[] = {2, 'h', '2'};

/* Where the system refused something, its words are the first. */
static const char *
last_error(void)
{
	unsigned long first = ERR_peek_error();
	const char *text;

	if (ERR_SYSTEM_ERROR(first))
		return strerror(ERR_GET_REASON(first));
	text = ERR_reason_error_string(ERR_peek_last_error());
	return text != NULL ? text : "no reason given";
}

static bool
refuse_file(struct status *status, const char *what, const char *file, const char *why)
{
	return status_set(status, STATUS_FAILED_PRECONDITION, "TLS_FILE", NULL,
	    "check that the file exists, is readable and is current PEM", "cannot use %s %s: %s",
	    what, file, why);
}

/* A client without the extension would skip alpn_select, so its absence is refused first. */
static int
client_hello(SSL *ssl, int *alert, void *arg)
{
	const unsigned char *data;
	size_t length;

	(void)arg;
	if (SSL_client_hello_get0_ext(
		ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &data, &length) == 1)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

static int
alpn_select(SSL *ssl, const unsigned char **out, unsigned char *out_length,
    const unsigned char *offered, unsigned offered_length, void *arg)
{
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_length, alpn_h2, sizeof(alpn_h2), offered,
		offered_length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/*
 * No ticket and no cache: a resumed session would skip the check of its certificate against the
 * CRL. Read-ahead halves the system calls of a read.
 */
static void
set_protocol(SSL_CTX *context)
{
	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_early_data(context, 0);
	SSL_CTX_set_mode(
	    context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_client_hello_cb(context, client_hello, NULL);
	SSL_CTX_set_alpn_select_cb(context, alpn_select, NULL);
}

static bool
load_identity(SSL_CTX *context, const struct net_tls_config *config, struct status *status)
{
	if (SSL_CTX_use_certificate_chain_file(context, config->certificate_file) != 1)
		return refuse_file(status, "certificate", config->certificate_file, last_error());
	if (SSL_CTX_use_PrivateKey_file(context, config->key_file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return refuse_file(status, "private key", config->key_file, last_error());
	return true;
}

/*
 * Verifies each CA against the store itself, with revocation: that fails for a CA whose CRL is
 * missing, stale or signed by another, so that a bad CRL is refused when it is loaded and not at
 * the next handshake.
 */
static bool
check_authorities(X509_STORE *store, const char *crl_file, struct status *status)
{
	STACK_OF(X509) *authorities = X509_STORE_get1_all_certs(store);
	const char *why = NULL;
	int i;

	memory_require(authorities != NULL);
	for (i = 0; i < sk_X509_num(authorities) && why == NULL; i++) {
		X509_STORE_CTX *check = X509_STORE_CTX_new();

		if (check == NULL ||
		    X509_STORE_CTX_init(check, store, sk_X509_value(authorities, i), NULL) != 1)
			why = "out of memory";
		else if (X509_verify_cert(check) != 1)
			why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(check));
		X509_STORE_CTX_free(check);
	}
	sk_X509_pop_free(authorities, X509_free);
	return why == NULL || refuse_file(status, "revocation list", crl_file, why);
}

static bool
load_trust(SSL_CTX *context, const struct net_tls_config *config, struct status *status)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	int mode = SSL_VERIFY_PEER;
	STACK_OF(X509_NAME) * names;

	if (config->client_ca_file == NULL)
		return !config->require_client_certificate ||
		       refuse_file(
			   status, "client CA", "(none)", "client certificates are required");
	names = SSL_load_client_CA_file(config->client_ca_file);
	if (names == NULL || X509_STORE_load_file(store, config->client_ca_file) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return refuse_file(status, "client CA", config->client_ca_file, last_error());
	}
	SSL_CTX_set_client_CA_list(context, names);
	if (config->require_client_certificate)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(context, mode, NULL);
	if (config->crl_file == NULL)
		return true;
	if (X509_STORE_load_file(store, config->crl_file) != 1)
		return refuse_file(status, "revocation list", config->crl_file, last_error());
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return check_authorities(store, config->crl_file, status);
}

static SSL_CTX *
context_new(const struct net_tls_config *config, struct status *status)
{
	SSL_CTX *context;

	ERR_clear_error();
	context = SSL_CTX_new(TLS_server_method());
	if (context == NULL) {
		status_set(status, STATUS_UNAVAILABLE, "TLS_CONTEXT", NULL, NULL,
		    "cannot make a TLS context: %s", last_error());
		return NULL;
	}
	set_protocol(context);
	if (load_identity(context, config, status) && load_trust(context, config, status))
		return context;
	SSL_CTX_free(context);
	return NULL;
}

struct net_tls *
net_tls_new(const struct net_tls_config *config, struct status *status)
{
	SSL_CTX *context = context_new(config, status);
	struct net_tls *tls;

	if (context == NULL)
		return NULL;
	tls = memory_calloc(1, sizeof(*tls));
	tls->context = context;
	return tls;
}

bool
net_tls_reload(struct net_tls *tls, const struct net_tls_config *config, struct status *status)
{
	SSL_CTX *context = context_new(config, status);

	if (context == NULL)
		return false;
	SSL_CTX_free(tls->context);
	tls->context = context;
	return true;
}

void
net_tls_free(struct net_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

SSL *
net_tls_session_new(struct net_tls *tls)
{
	return SSL_new(tls->context);
}

bool
net_tls_peer_stands(struct net_tls *tls, SSL *ssl)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);
	X509_STORE_CTX *check;
	bool stands;

	if (certificate == NULL)
		return (SSL_CTX_get_verify_mode(tls->context) & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) ==
		       0;
	check = X509_STORE_CTX_new();
	stands = check != NULL &&
		 X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(tls->context), certificate,
		     SSL_get_peer_cert_chain(ssl)) == 1 &&
		 X509_STORE_CTX_set_default(check, "ssl_client") == 1 &&
		 X509_verify_cert(check) == 1;
	X509_STORE_CTX_free(check);
	ERR_clear_error();
	return stands;
}

/* The one value of an attribute as UTF-8 that fits, without control characters. */
static bool
copy_attribute(const X509_NAME *name, int nid, char *to, size_t size)
{
	int index = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *text;
	int length, i;
	bool sound;

	if (index < 0 || X509_NAME_get_index_by_NID(name, nid, index) >= 0)
		return false;
	length =
	    ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
	if (length < 0)
		return false;
	sound = length > 0 && (size_t)length < size;
	for (i = 0; i < length && sound; i++)
		sound = text[i] >= 0x20 && text[i] != 0x7f;
	if (sound) {
		memcpy(to, text, (size_t)length);
		to[length] = '\0';
	}
	OPENSSL_free(text);
	return sound;
}

static bool
copy_serial(const X509 *certificate, char *to, size_t size)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;
	bool fits = hex != NULL && strlen(hex) < size;

	if (fits)
		memcpy(to, hex, strlen(hex) + 1);
	OPENSSL_free(hex);
	BN_free(number);
	return fits;
}

bool
net_tls_identify(struct net_tls *tls, SSL *ssl, struct net_peer *peer, const char **reason)
{
	const X509 *certificate = SSL_get0_peer_certificate(ssl);
	const X509_NAME *name;

	if (certificate == NULL)
		return true;
	/* The files may have been reloaded between accept and the handshake's end. */
	if (SSL_get_SSL_CTX(ssl) != tls->context && !net_tls_peer_stands(tls, ssl)) {
		*reason = "certificate no longer accepted";
		return false;
	}
	name = X509_get_subject_name(certificate);
	if (!copy_attribute(
		name, NID_organizationName, peer->organisation, sizeof(peer->organisation)) ||
	    !copy_attribute(name, NID_commonName, peer->user, sizeof(peer->user)) ||
	    !copy_serial(certificate, peer->serial, sizeof(peer->serial))) {
		*reason = "certificate must name one organisation (O) and one user (CN)";
		return false;
	}
	return true;
}

const char *
net_tls_failure(const SSL *ssl)
{
	long verified = SSL_get_verify_result(ssl);
	const char *text;

	if (verified != X509_V_OK)
		return X509_verify_cert_error_string(verified);
	text = ERR_reason_error_string(ERR_peek_error());
	return text != NULL ? text : "connection lost";
}
