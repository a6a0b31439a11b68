/* Splits a server's address into host and port. */
#include "client/lib/address.h"

#include <string.h>

static bool
port_valid(const char *port)
{
	long value = 0;
	size_t length = strlen(port);

	if (length == 0 || length > 5 || strspn(port, "0123456789") != length)
		return false;
	for (; *port != '\0'; port++)
		value = value * 10 + (*port - '0');
	return value >= 1 && value <= 65535;
}

static bool
copy_part(char *to, size_t size, const char *from, size_t length)
{
	if (length == 0 || length >= size)
		return false;
	memcpy(to, from, length);
	to[length] = '\0';
	return true;
}

bool
address_parse(const char *text, const char *default_port, struct address *address)
{
	const char *host = text;
	const char *rest;
	size_t length;

	if (text[0] == '[') {
		host = text + 1;
		length = strcspn(host, "]");
		if (host[length] == '\0')
			return false;
		rest = host + length + 1;
	} else {
		length = strcspn(host, ":");
		rest = host + length;
	}
	if (!copy_part(address->host, sizeof(address->host), host, length))
		return false;
	if (*rest != ':' && *rest != '\0')
		return false;
	rest = *rest == ':' ? rest + 1 : default_port;
	return port_valid(rest) &&
	       copy_part(address->port, sizeof(address->port), rest, strlen(rest));
}
