/*
 * grpc.health.v1: load balancers and benchmarks ask it often and without a certificate, so Check
 * costs neither arena nor timer nor log line.
 */
#include <string.h>

#include "grpc/health/v1/health.pb-c.h"
#include "server/rpc/call.h"
#include "server/rpc/rpc.h"

enum {
	SERVING = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING,
	NOT_SERVING = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING,
	SERVICE_UNKNOWN = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN,
};

static int
current_status(const struct call *call)
{
	if (!call->of.health.known)
		return SERVICE_UNKNOWN;
	return rpc_serving(call->rpc) ? SERVING : NOT_SERVING;
}

/* A message of one enum is two bytes: field 1 as a varint, and its value. */
static void
send_status(struct call *call, int status)
{
	const uint8_t frame[GRPC_FRAME_PREFIX + 2] = {0, 0, 0, 0, 2, 0x08, (uint8_t)status};

	call_send_frame(call, frame, sizeof(frame));
}

/* An empty message, which asks for the server as a whole, is the usual one. */
static void
health_message(struct call *call, const uint8_t *data, size_t length)
{
	const Grpc__Health__V1__HealthCheckRequest *request;

	if (length == 0) {
		call->of.health.known = true;
		return;
	}
	request = (const void *)call_unpack(call, call_arena(call), data, length);
	if (request != NULL)
		call->of.health.known = request->service[0] == '\0' ||
					registry_has_service(call->rpc->registry, request->service);
}

static void
check_end(struct call *call)
{
	if (!call->of.health.known) {
		call_refuse_with(
		    call, STATUS_NOT_FOUND, "UNKNOWN_SERVICE", NULL, "no such service");
		return;
	}
	send_status(call, current_status(call));
	call_finish(call);
}

static void
watch_end(struct call *call)
{
	call->of.health.told = current_status(call);
	call->of.health.watching = true;
	send_status(call, call->of.health.told);
}

static void
watch_state_changed(struct call *call)
{
	int status = current_status(call);

	if (!call->of.health.watching || status == call->of.health.told)
		return;
	call->of.health.told = status;
	send_status(call, status);
}

const struct call_kind health_check_kind = {
    .single = true,
    .quiet = true,
    .message_limit = CALL_PROBE_LIMIT,
    .message = health_message,
    .end = check_end,
};

const struct call_kind health_watch_kind = {
    .single = true,
    .waits = true,
    .message_limit = CALL_PROBE_LIMIT,
    .message = health_message,
    .end = watch_end,
    .state_changed = watch_state_changed,
};
