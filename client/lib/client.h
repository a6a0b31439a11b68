/*
 * A blocking gRPC client: one connection, one call at a time, TLS 1.3 with a client certificate.
 * Messages are packed and unpacked by their descriptors, so a new RPC needs nothing here.
 *
 * A call that ends UNAVAILABLE is sent again, at most CLIENT_ATTEMPTS times within its deadline and
 * with growing pauses, if that cannot change its meaning: a request without a field request_id is a
 * read, one whose request_id is set is answered once however often it arrives. Other failures are
 * told at once.
 *
 * The process must ignore SIGPIPE. Not thread-safe.
 */
#ifndef PBC_CLIENT_LIB_CLIENT_H
#define PBC_CLIENT_LIB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

#include "common/status.h"

#define CLIENT_DEFAULT_PORT "8443"
#define CLIENT_ATTEMPTS 4
#define CLIENT_CONNECT_TIMEOUT_MS 10000
/*
 * A server silent this long during a call is pinged, and given up when the answer takes as long
 * again.
 */
#define CLIENT_KEEPALIVE_MS 20000
/* The largest answer that is taken. */
#define CLIENT_MESSAGE_LIMIT ((size_t)16 * 1024 * 1024)
#define CLIENT_VIOLATION_LIMIT 32

struct client;

struct client_config {
	const char *server;    /* "host", "host:port", "[address]:port" */
	const char *ca_path;   /* PEM; NULL takes the system's */
	const char *cert_path; /* PEM chain; NULL for none, then key_path is NULL too */
	const char *key_path;
};

/* What is wrong with one field of a refused request. */
struct client_violation {
	char field[96];
	char description[256];
};

/*
 * Reads the certificates; connects with the first call. Texts of the config are not kept. NULL with
 * *status set.
 */
struct client *client_new(const struct client_config *config, struct status *status);
void client_free(struct client *client);

/* Once this descriptor is readable, the call in hand and later ones end CANCELLED. -1 for none. */
void client_set_wake_fd(struct client *client, int fd);

/*
 * Every violation of the call that failed last (its status names the first). Valid until the next
 * call.
 */
const struct client_violation *client_violations(const struct client *client, size_t *count);

/*
 * One request, one answer. The answer is the caller's, to free by
 * protobuf_c_message_free_unpacked(answer, NULL); NULL with *status set.
 * The method is one of the service; timeout_ms is above 0 and covers all attempts.
 */
ProtobufCMessage *client_call(struct client *client, const ProtobufCServiceDescriptor *service,
    const char *method, const ProtobufCMessage *request, int64_t timeout_ms, struct status *status);

/*
 * Gives the next message to send, borrowed until it is called again, or NULL in *message after the
 * last one. False with *status set breaks the call off with that status.
 */
typedef bool client_next_fn(void *arg, const ProtobufCMessage **message, struct status *status);

/* Many messages, one answer. Sent once: what to do after UNAVAILABLE only the caller can know. */
ProtobufCMessage *client_send(struct client *client, const ProtobufCServiceDescriptor *service,
    const char *method, client_next_fn *next, void *arg, int64_t timeout_ms, struct status *status);

/*
 * Waits as between two attempts, before attempt 2, 3, ... False when the wake descriptor ended it.
 */
bool client_pause(struct client *client, int attempt);

struct client_watch {
	/* Packed anew for every connection, so the functions below may move a cursor in it. */
	const ProtobufCMessage *request;
	/* Returns false when it has seen enough. */
	bool (*each)(void *arg, const ProtobufCMessage *message);
	/* Before a pause of delay_ms and a new connection; may be NULL. */
	void (*lost)(void *arg, const struct status *status, int delay_ms);
	void *arg;
	int64_t timeout_ms; /* 0 for no end */
};

/*
 * One request, many messages. Connects again after a lost connection, CLIENT_ATTEMPTS times in a
 * row without a message. True when each() had enough or the server ended the stream with OK; at the
 * timeout false with DEADLINE_EXCEEDED.
 */
bool client_watch(struct client *client, const ProtobufCServiceDescriptor *service,
    const char *method, const struct client_watch *watch, struct status *status);

#endif
