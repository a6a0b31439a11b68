/* What is one client: an IPv4 address however it is written, an IPv6 network of 64 bits. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

#include "server/net/addresses.h"

/* Takes one more, of which the address has to say before whether it is full. */
static struct address *
take(struct addresses *addresses, const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const struct sockaddr *from = (const struct sockaddr *)&v4;
	struct address *taken;
	bool full;

	if (inet_pton(AF_INET, text, &v4.sin_addr) != 1) {
		cr_assert_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		from = (const struct sockaddr *)&v6;
	}
	full = addresses_find_full(addresses, from) != NULL;
	taken = addresses_take(addresses, from);
	cr_expect_eq(taken == NULL, full, "%s", text);
	return taken;
}

/* Two fill the client's limit, so a third of the same is refused. */
static const struct {
	const char *one, *other;
	bool same;
} pairs[] = {
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "::ffff:192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
    {"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
    {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
    {"::1", "0.0.0.1", false},
};

Test(addresses, of_one_client_share_its_limit)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct addresses *addresses = addresses_new(2);
		struct address *held[2] = {
		    take(addresses, pairs[i].one), take(addresses, pairs[i].one)};
		struct address *third = take(addresses, pairs[i].other);

		cr_expect_eq(third == NULL, pairs[i].same, "%s, %s", pairs[i].one, pairs[i].other);
		if (third != NULL)
			addresses_release(addresses, third);
		addresses_release(addresses, held[0]);
		third = take(addresses, pairs[i].other);
		cr_expect_not_null(third, "who left makes room");
		addresses_release(addresses, held[1]);
		addresses_release(addresses, third);
		addresses_free(addresses);
	}
}

Test(addresses, are_told_as_far_as_they_tell_clients_apart)
{
	static const struct {
		const char *from, *told;
	} cases[] = {
	    {"192.0.2.1", "::ffff:192.0.2.1"},
	    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::"},
	};
	struct addresses *addresses = addresses_new(1);
	char text[48];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address *address = take(addresses, cases[i].from);

		address_format(address, text, sizeof(text));
		cr_expect_str_eq(text, cases[i].told);
		addresses_release(addresses, address);
	}
	addresses_free(addresses);
}
