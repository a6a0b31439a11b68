/* HMAC by OpenSSL over tagged, NUL-separated parts, so that no two kinds of name can collide. */
#include "server/job/pseudonym.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/memory.h"

struct pseudonym {
	EVP_MAC *mac;
	EVP_MAC_CTX *keyed; /* initialised with the key; each use starts from it again */
};

static bool
refuse_key(struct status *status, const char *key_file, const char *why)
{
	return status_set(status, STATUS_FAILED_PRECONDITION, "PSEUDONYM_KEY", NULL,
	    "make one with: head -c 32 /dev/urandom > FILE; chmod 600 FILE", "pseudonym key %s: %s",
	    key_file, why);
}

/* Returns the length, 0 with *status set. */
static size_t
read_key(const char *key_file, unsigned char key[PSEUDONYM_KEY_MAX + 1], struct status *status)
{
	int file = open(key_file, O_RDONLY | O_CLOEXEC);
	struct stat attributes;
	ssize_t length;

	if (file < 0) {
		refuse_key(status, key_file, strerror(errno));
		return 0;
	}
	length = read(file, key, PSEUDONYM_KEY_MAX + 1);
	if (fstat(file, &attributes) != 0 || (attributes.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		refuse_key(status, key_file, "is open to other users");
		length = 0;
	} else if (length < PSEUDONYM_KEY_MIN || length > PSEUDONYM_KEY_MAX) {
		refuse_key(status, key_file, "is not 32 to 4096 bytes");
		length = 0;
	}
	close(file);
	return (size_t)length;
}

struct pseudonym *
pseudonym_load(const char *key_file, struct status *status)
{
	unsigned char key[PSEUDONYM_KEY_MAX + 1];
	size_t length = read_key(key_file, key, status);
	struct pseudonym *pseudonym;
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};
	int ready;

	if (length == 0)
		return NULL;
	pseudonym = memory_calloc(1, sizeof(*pseudonym));
	pseudonym->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	assert(pseudonym->mac != NULL);
	pseudonym->keyed = EVP_MAC_CTX_new(pseudonym->mac);
	ready = EVP_MAC_init(pseudonym->keyed, key, length, params);
	assert(ready == 1);
	OPENSSL_cleanse(key, sizeof(key));
	return pseudonym;
}

void
pseudonym_free(struct pseudonym *pseudonym)
{
	if (pseudonym == NULL)
		return;
	EVP_MAC_CTX_free(pseudonym->keyed);
	EVP_MAC_free(pseudonym->mac);
	free(pseudonym);
}

/* Each part with its NUL. */
static void
hash_parts(const struct pseudonym *pseudonym, const char *const *parts, size_t count,
    uint8_t key[PSEUDONYM_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t length, i;
	int sound = EVP_MAC_init(pseudonym->keyed, NULL, 0, NULL);

	for (i = 0; i < count; i++)
		sound &= EVP_MAC_update(
		    pseudonym->keyed, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
	sound &= EVP_MAC_final(pseudonym->keyed, digest, &length, sizeof(digest));
	assert(sound == 1 && length >= PSEUDONYM_SIZE);
	memcpy(key, digest, PSEUDONYM_SIZE);
}

void
pseudonym_of_nhs_number(const struct pseudonym *pseudonym, const char *commissioner,
    const char *nhs_number, uint8_t key[PSEUDONYM_SIZE])
{
	const char *parts[] = {"nhs", commissioner, nhs_number};

	hash_parts(pseudonym, parts, 3, key);
}

void
pseudonym_of_local_id(const struct pseudonym *pseudonym, const char *commissioner,
    const char *provider, const char *local_id, uint8_t key[PSEUDONYM_SIZE])
{
	const char *parts[] = {"local", commissioner, provider, local_id};

	hash_parts(pseudonym, parts, 4, key);
}
