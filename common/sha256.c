/* SHA-256 over OpenSSL's EVP. */
#include "common/sha256.h"

#include <stdlib.h>
#include <openssl/evp.h>

#include "common/hex.h"
#include "common/log.h"

#define SHA256_BYTES 32

/*
 * SHA-256 fails only without memory or with a broken OpenSSL: neither can be answered for by a
 * caller.
 */
static void
require(int ok)
{
	if (ok == 1)
		return;
	log_write(LOG_LEVEL_ERROR, "sha256_failed", NULL);
	abort();
}

void
sha256_init(struct sha256 *sha256)
{
	sha256->context = EVP_MD_CTX_new();
	require(sha256->context != NULL);
	require(EVP_DigestInit_ex(sha256->context, EVP_sha256(), NULL));
}

void
sha256_update(struct sha256 *sha256, const void *data, size_t length)
{
	require(EVP_DigestUpdate(sha256->context, data, length));
}

void
sha256_finish(struct sha256 *sha256, char hex[SHA256_HEX])
{
	unsigned char digest[SHA256_BYTES];

	require(EVP_DigestFinal_ex(sha256->context, digest, NULL));
	hex_encode(digest, sizeof(digest), hex);
	sha256_free(sha256);
}

void
sha256_free(struct sha256 *sha256)
{
	EVP_MD_CTX_free(sha256->context);
	sha256->context = NULL;
}

void
sha256_hex(const void *data, size_t length, char hex[SHA256_HEX])
{
	struct sha256 sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, data, length);
	sha256_finish(&sha256, hex);
}
