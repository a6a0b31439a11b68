/* SHA-256 of bytes that come in pieces, by OpenSSL. */
#ifndef PBC_COMMON_SHA256_H
#define PBC_COMMON_SHA256_H

#include <stddef.h>

#define SHA256_HEX 65 /* 64 lower-case digits and NUL */

struct sha256 {
	struct evp_md_ctx_st *context; /* owned; NULL when neither started nor unfinished */
};

/* No memory, or an OpenSSL without SHA-256, ends the process. */
void sha256_init(struct sha256 *sha256);
void sha256_update(struct sha256 *sha256, const void *data, size_t length);
/* Writes the digest and frees what init took. */
void sha256_finish(struct sha256 *sha256, char hex[SHA256_HEX]);
/* For a digest that is given up; nothing after finish. */
void sha256_free(struct sha256 *sha256);

/* The digest of one run of bytes. */
void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX]);

#endif
