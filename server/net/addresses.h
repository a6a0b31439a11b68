/* How many connections each client address has: an IPv4 address, or an IPv6 network of 64 bits. */
#ifndef PBC_SERVER_NET_ADDRESSES_H
#define PBC_SERVER_NET_ADDRESSES_H

#include <sys/socket.h>

struct addresses;
struct address;

/* limit: connections of one address. */
struct addresses *addresses_new(int limit);
/* No address may be held. */
void addresses_free(struct addresses *addresses);
/* Who has more keeps them. */
void addresses_set_limit(struct addresses *addresses, int limit);
/* The address if it has as many as it may, else NULL. */
const struct address *addresses_find_full(
    const struct addresses *addresses, const struct sockaddr *from);
/* Counts one more; NULL if the address has as many as it may. */
struct address *addresses_take(struct addresses *addresses, const struct sockaddr *from);
/* Numeric, for people and as a key; IPv4 as ::ffff:192.0.2.1. size of 48 is enough. */
void address_format(const struct address *address, char *to, size_t size);
void addresses_release(struct addresses *addresses, struct address *address);

#endif
