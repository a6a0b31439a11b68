/* Server addresses: which texts are one, and what their parts are. */
#include <criterion/criterion.h>
#include <string.h>

#include "client/lib/address.h"

Test(address, host_and_port_are_told_apart)
{
	static const struct {
		const char *text, *host, *port;
	} cases[] = {{"pct.example", "pct.example", "8443"},
	    {"pct.example:443", "pct.example", "443"}, {"127.0.0.1:1", "127.0.0.1", "1"},
	    {"[::1]:65535", "::1", "65535"}, {"[::1]", "::1", "8443"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address address;

		cr_expect(address_parse(cases[i].text, "8443", &address), "%s", cases[i].text);
		cr_expect_str_eq(address.host, cases[i].host);
		cr_expect_str_eq(address.port, cases[i].port);
	}
}

Test(address, other_texts_are_refused)
{
	static const char *const cases[] = {"", ":8443", "host:", "host:0", "host:65536",
	    "host:99999", "host:1x", "host:-1", "[::1", "[]:1", "[::1]8443", "host:123456",
	    "a:b:c"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address address;

		cr_expect_not(address_parse(cases[i], "8443", &address), "%s", cases[i]);
	}
}

Test(address, a_host_fills_its_limit_and_no_more)
{
	struct address address;
	char host[300];

	memset(host, 'a', sizeof(host));
	host[sizeof(address.host) - 1] = '\0';
	cr_expect(address_parse(host, "1", &address));
	host[sizeof(address.host) - 1] = 'a';
	host[sizeof(address.host)] = '\0';
	cr_expect_not(address_parse(host, "1", &address));
}
