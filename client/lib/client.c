/* The client: keeps a channel open, sends calls on it, and sends again what may be. */
#include "client/lib/client.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "client/lib/call.h"
#include "client/lib/channel.h"
#include "common/clock.h"
#include "common/memory.h"

struct client {
	SSL_CTX *context;
	struct address address;
	char authority[272];
	struct channel *channel; /* NULL when there is no connection */
	int wake_fd;
	struct details_violations violations;
};

struct client *
client_new(const struct client_config *config, struct status *status)
{
	struct client *client;
	struct address address;
	SSL_CTX *context;

	if (!address_parse(config->server, CLIENT_DEFAULT_PORT, &address)) {
		status_set(status, STATUS_INVALID_ARGUMENT, "BAD_ADDRESS", "--server",
		    "write HOST:PORT", "\"%s\" is no server address", config->server);
		return NULL;
	}
	context = transport_context_new(config, status);
	if (context == NULL)
		return NULL;
	client = memory_calloc(1, sizeof(*client));
	client->context = context;
	client->address = address;
	client->wake_fd = -1;
	snprintf(client->authority, sizeof(client->authority),
	    strchr(address.host, ':') != NULL ? "[%s]:%s" : "%s:%s", address.host, address.port);
	return client;
}

void
client_free(struct client *client)
{
	if (client == NULL)
		return;
	channel_free(client->channel);
	SSL_CTX_free(client->context);
	free(client);
}

void
client_set_wake_fd(struct client *client, int fd)
{
	client->wake_fd = fd;
}

const struct client_violation *
client_violations(const struct client *client, size_t *count)
{
	*count = client->violations.count;
	return client->violations.items;
}

/* A channel that takes a call: the open one or a new one. */
static bool
connect_channel(struct client *client, const struct transport_limit *limit, struct status *status)
{
	int64_t connect_by_ms = clock_monotonic_ms() + CLIENT_CONNECT_TIMEOUT_MS;
	struct transport_limit connect_limit = *limit;
	struct transport *transport;

	if (client->channel != NULL && channel_usable(client->channel))
		return true;
	channel_free(client->channel);
	client->channel = NULL;
	if (limit->deadline_ms == 0 || connect_by_ms < limit->deadline_ms)
		connect_limit.deadline_ms = connect_by_ms;
	transport = transport_open(client->context, &client->address, &connect_limit, status);
	if (transport != NULL)
		client->channel = channel_new(transport);
	else if (status->code == STATUS_DEADLINE_EXCEEDED &&
		 connect_limit.deadline_ms != limit->deadline_ms)
		status_set(status, STATUS_UNAVAILABLE, "CANNOT_CONNECT", NULL,
		    "check that pbcd runs and that --server names it",
		    "the server at %s does not answer", client->authority);
	return transport != NULL;
}

static bool
attempt(struct client *client, struct exchange *exchange, struct status *status)
{
	client->violations.count = 0;
	return connect_channel(client, &exchange->limit, status) &&
	       channel_run(client->channel, exchange, status, &client->violations);
}

/* Milliseconds to wait before an attempt, spread so that many clients do not come back at once. */
static int
pause_before(int attempt_number)
{
	unsigned short chance = 0;

	RAND_bytes((unsigned char *)&chance, sizeof(chance));
	return call_pause_ms(attempt_number, chance % 1000);
}

/* False when the pause would end after the limit, or was interrupted. */
static bool
pause_for(const struct transport_limit *limit, int pause_ms)
{
	struct pollfd wake = {.fd = limit->wake_fd, .events = POLLIN};

	if (limit->deadline_ms != 0 && clock_monotonic_ms() + pause_ms >= limit->deadline_ms)
		return false;
	return poll(&wake, 1, pause_ms) == 0;
}

bool
client_pause(struct client *client, int attempt_number)
{
	struct transport_limit limit = {.wake_fd = client->wake_fd};

	return pause_for(&limit, pause_before(attempt_number));
}

static const ProtobufCMethodDescriptor *
find_method(const ProtobufCServiceDescriptor *service, const char *name, char *path, size_t size)
{
	const ProtobufCMethodDescriptor *method =
	    protobuf_c_service_descriptor_get_method_by_name(service, name);

	assert(method != NULL);
	snprintf(path, size, "/%s/%s", service->name, name);
	return method;
}

/* The call of one answer. With attempts 1 nothing is sent again. */
static ProtobufCMessage *
call_for_one(struct client *client, const ProtobufCServiceDescriptor *service, const char *name,
    const struct call_single *wanted, int64_t timeout_ms, int attempts, struct status *status)
{
	char path[256];
	const ProtobufCMethodDescriptor *method = find_method(service, name, path, sizeof(path));
	struct call_single single;
	struct exchange exchange = {
	    .path = path,
	    .authority = client->authority,
	    .output = method->output,
	    .next = call_single_next,
	    .each = call_single_each,
	    .arg = &single,
	    .limit = {.deadline_ms = clock_monotonic_ms() + timeout_ms, .wake_fd = client->wake_fd},
	};

	assert(timeout_ms > 0);
	for (int number = 1;; number++) {
		single = *wanted;
		if (attempt(client, &exchange, status))
			return call_single_complete(&single, status) ? single.answer : NULL;
		protobuf_c_message_free_unpacked(single.answer, NULL);
		if (status->code != STATUS_UNAVAILABLE || number >= attempts ||
		    !pause_for(&exchange.limit, pause_before(number + 1)))
			return NULL;
	}
}

ProtobufCMessage *
client_call(struct client *client, const ProtobufCServiceDescriptor *service, const char *method,
    const ProtobufCMessage *request, int64_t timeout_ms, struct status *status)
{
	struct call_single wanted = {.request = request};

	return call_for_one(client, service, method, &wanted, timeout_ms,
	    call_repeatable(request) ? CLIENT_ATTEMPTS : 1, status);
}

ProtobufCMessage *
client_send(struct client *client, const ProtobufCServiceDescriptor *service, const char *method,
    client_next_fn *next, void *arg, int64_t timeout_ms, struct status *status)
{
	struct call_single wanted = {.next = next, .next_arg = arg};

	return call_for_one(client, service, method, &wanted, timeout_ms, 1, status);
}

struct watch_state {
	const struct client_watch *watch;
	bool sent;
	int failures; /* in a row */
};

static bool
watch_next(void *arg, const ProtobufCMessage **message, struct status *status)
{
	struct watch_state *state = arg;

	(void)status;
	*message = state->sent ? NULL : state->watch->request;
	state->sent = true;
	return true;
}

static bool
watch_each(void *arg, ProtobufCMessage *message)
{
	struct watch_state *state = arg;
	bool more = state->watch->each(state->watch->arg, message);

	state->failures = 0;
	protobuf_c_message_free_unpacked(message, NULL);
	return more;
}

bool
client_watch(struct client *client, const ProtobufCServiceDescriptor *service, const char *name,
    const struct client_watch *watch, struct status *status)
{
	char path[256];
	const ProtobufCMethodDescriptor *method = find_method(service, name, path, sizeof(path));
	struct watch_state state = {.watch = watch};
	struct exchange exchange = {
	    .path = path,
	    .authority = client->authority,
	    .output = method->output,
	    .next = watch_next,
	    .each = watch_each,
	    .arg = &state,
	    .limit = {.wake_fd = client->wake_fd},
	};

	if (watch->timeout_ms > 0)
		exchange.limit.deadline_ms = clock_monotonic_ms() + watch->timeout_ms;
	for (;;) {
		int pause_ms;

		state.sent = false;
		if (attempt(client, &exchange, status))
			return true;
		if (status->code != STATUS_UNAVAILABLE || ++state.failures >= CLIENT_ATTEMPTS)
			return false;
		pause_ms = pause_before(state.failures + 1);
		if (watch->lost != NULL)
			watch->lost(watch->arg, status, pause_ms);
		if (!pause_for(&exchange.limit, pause_ms))
			return false;
	}
}
