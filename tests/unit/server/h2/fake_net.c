/* The half of server/net/net.h that h2 calls, over a buffer. */
#include "tests/unit/server/h2/fake_net.h"

void
net_conn_write(struct net_conn *conn, const void *data, size_t length)
{
	buf_append(&conn->output, data, length);
}

size_t
net_conn_output(const struct net_conn *conn)
{
	return conn->output.length;
}

void
net_conn_flush_later(struct net_conn *conn)
{
	conn->wants_writable = true;
}

void
net_conn_set_busy(struct net_conn *conn, bool busy)
{
	conn->busy = busy;
}

void
net_conn_close(struct net_conn *conn)
{
	conn->closing = true;
}

const struct net_peer *
net_conn_peer(const struct net_conn *conn)
{
	return &conn->peer;
}
