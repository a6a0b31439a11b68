/* "host", "host:port" and "[IPv6 address]:port" as two texts. */
#ifndef PBC_CLIENT_LIB_ADDRESS_H
#define PBC_CLIENT_LIB_ADDRESS_H

#include <stdbool.h>

struct address {
	char host[256]; /* without brackets */
	char port[6];
};

/* False if there is no host, the port is not 1 to 65535 or a text is too long. */
bool address_parse(const char *text, const char *default_port, struct address *address);

#endif
