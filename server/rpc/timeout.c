/* Parses grpc-timeout as PROTOCOL-HTTP2.md defines it. */
#include "server/rpc/timeout.h"

#include <stddef.h>

#define MAX_DIGITS 8

static const struct {
	char unit;
	int64_t ns;
} units[] = {
    {'H', 3600000000000},
    {'M', 60000000000},
    {'S', 1000000000},
    {'m', 1000000},
    {'u', 1000},
    {'n', 1},
};

bool
timeout_parse(const char *text, int64_t *timeout_ms)
{
	int64_t value = 0;
	size_t digits = 0;

	while (text[digits] >= '0' && text[digits] <= '9' && digits <= MAX_DIGITS)
		value = value * 10 + (text[digits++] - '0');
	if (digits == 0 || digits > MAX_DIGITS || text[digits] == '\0' || text[digits + 1] != '\0')
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit == text[digits]) {
			/*
			 * 99999999 H is 3.6e20 ns: too much for int64_t, so the larger units go by
			 * ms.
			 */
			if (units[i].ns >= 1000000)
				*timeout_ms = value * (units[i].ns / 1000000);
			else
				*timeout_ms = (value * units[i].ns + 999999) / 1000000;
			return true;
		}
	}
	return false;
}
