/* server/net without sockets: what h2 writes is kept, and the test plays the loop. */
#ifndef PBC_TESTS_UNIT_SERVER_H2_FAKE_NET_H
#define PBC_TESTS_UNIT_SERVER_H2_FAKE_NET_H

#include "common/buf.h"
#include "server/net/net.h"

struct net_conn {
	struct buf output; /* written and not yet taken by the test */
	bool wants_writable;
	bool busy;
	bool closing;
	struct net_peer peer;
};

#endif
