/* Counts in a hash; an address without connections is not in it. */
#include "server/net/addresses.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"

#define NETWORK_BYTES 8 /* of an IPv6 address: who has one has 2^64 */

struct address {
	struct in6_addr key; /* IPv4 as ::ffff:a.b.c.d */
	int count;
	UT_hash_handle hh;
};

struct addresses {
	int limit;
	struct address *by_key;
};

struct addresses *
addresses_new(int limit)
{
	struct addresses *addresses = memory_calloc(1, sizeof(*addresses));

	assert(limit > 0);
	addresses->limit = limit;
	return addresses;
}

void
addresses_free(struct addresses *addresses)
{
	if (addresses == NULL)
		return;
	assert(addresses->by_key == NULL);
	free(addresses);
}

void
addresses_set_limit(struct addresses *addresses, int limit)
{
	assert(limit > 0);
	addresses->limit = limit;
}

static struct in6_addr
key_of(const struct sockaddr *from)
{
	struct in6_addr key = {0};

	if (from->sa_family == AF_INET) {
		key.s6_addr[10] = key.s6_addr[11] = 0xff;
		memcpy(&key.s6_addr[12],
		    &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	} else if (from->sa_family == AF_INET6) {
		key = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
		if (!IN6_IS_ADDR_V4MAPPED(&key))
			memset(&key.s6_addr[NETWORK_BYTES], 0, sizeof(key) - NETWORK_BYTES);
	}
	return key;
}

static struct address *
find(const struct addresses *addresses, const struct in6_addr *key)
{
	struct address *address;

	HASH_FIND(hh, addresses->by_key, key, sizeof(*key), address);
	return address;
}

const struct address *
addresses_find_full(const struct addresses *addresses, const struct sockaddr *from)
{
	struct in6_addr key = key_of(from);
	const struct address *address = find(addresses, &key);

	return address != NULL && address->count >= addresses->limit ? address : NULL;
}

struct address *
addresses_take(struct addresses *addresses, const struct sockaddr *from)
{
	struct in6_addr key = key_of(from);
	struct address *address = find(addresses, &key);

	if (address == NULL) {
		address = memory_calloc(1, sizeof(*address));
		address->key = key;
		HASH_ADD(hh, addresses->by_key, key, sizeof(key), address);
	} else if (address->count >= addresses->limit) {
		return NULL;
	}
	address->count++;
	return address;
}

void
address_format(const struct address *address, char *to, size_t size)
{
	const char *text = inet_ntop(AF_INET6, &address->key, to, (socklen_t)size);

	assert(text != NULL);
	(void)text;
}

void
addresses_release(struct addresses *addresses, struct address *address)
{
	assert(address->count > 0);
	if (--address->count > 0)
		return;
	HASH_DEL(addresses->by_key, address);
	free(address);
}
