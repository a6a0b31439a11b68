/*
 * From a request's headers to a call that knows its method, its caller and its time, or to a
 * refusal.
 */
#include <string.h>

#include "server/auth/identity.h"
#include "server/rpc/call.h"
#include "server/rpc/callers.h"
#include "server/rpc/rpc.h"
#include "server/rpc/static_files.h"
#include "server/rpc/timeout.h"

static const struct call_kind *const kinds[] = {
    [RPC_UNARY] = &unary_kind,
    [RPC_WATCH] = &watch_kind,
    [RPC_UPLOAD] = &upload_kind,
    [RPC_HEALTH_CHECK] = &health_check_kind,
    [RPC_HEALTH_WATCH] = &health_watch_kind,
    [RPC_REFLECTION] = &reflection_kind,
};

/* what: whose limit it is. */
static bool
count(struct call *call, const char *organisation, const char *name, const char *what)
{
	struct status status;

	call->caller = callers_take(call->rpc->callers, organisation, name);
	if (call->caller != NULL)
		return true;
	status_set(&status, STATUS_RESOURCE_EXHAUSTED, "TOO_MANY_CALLS", NULL,
	    "wait until some of them have ended",
	    "this %s has as many calls at a time as one may have", what);
	call_refuse(call, &status);
	return false;
}

/* Only what is let in counts, so that nobody is kept out by what was refused. */
static bool
admit(struct call *call)
{
	const struct rpc *rpc = call->rpc;
	struct status status = {0};

	if (callers_calls(rpc->callers) >= rpc->calls_limit) {
		call_refuse_with(call, STATUS_RESOURCE_EXHAUSTED, "SERVER_BUSY",
		    "try again in a moment", "the server has as many calls as it may have");
		return false;
	}
	if (rpc->draining && call->kind->waits) {
		call_refuse_with(call, STATUS_UNAVAILABLE, "SHUTTING_DOWN", "connect again",
		    "the server is shutting down");
		return false;
	}
	if (!rpc_kind_uses_database(call->method->row->kind))
		return count(call, "", call->peer->network, "address");
	if (!identity_check(call->peer->organisation, call->peer->user, &status) ||
	    !identity_check_commissioner(call->commissioner, &status)) {
		call_refuse(call, &status);
		return false;
	}
	return count(call, call->peer->organisation, call->peer->user, "user");
}

/* Absent means the server's cap, and so does more than it. */
static void
start_deadline(struct call *call, const char *timeout)
{
	int64_t cap_ms = call->method->row->kind == RPC_UNARY ? call->rpc->deadline_max_ms
							      : CALL_STREAM_DEADLINE_MS;
	int64_t timeout_ms = cap_ms;

	if (timeout != NULL && !timeout_parse(timeout, &timeout_ms)) {
		call_refuse_with(call, STATUS_INVALID_ARGUMENT, "BAD_TIMEOUT", NULL,
		    "grpc-timeout must be one to eight digits and one of H M S m u n");
		return;
	}
	call_start_deadline(call, timeout_ms < cap_ms ? timeout_ms : cap_ms);
}

static struct rpc_stream *
begin_call(struct rpc *rpc, struct h2_stream *stream, const struct h2_request *request,
    enum grpc_wire wire)
{
	struct call *call = call_new(rpc, stream, request);

	call->wire = wire;
	call->method = registry_find(rpc->registry, request->path);
	if (call->method == NULL) {
		call_refuse_with(call, STATUS_UNIMPLEMENTED, "UNKNOWN_METHOD",
		    "see the services by reflection", "this server has no such method");
		return &call->base;
	}
	call->kind = kinds[call->method->row->kind];
	grpc_frame_reader_init(&call->reader, call->kind->message_limit);
	if (call->kind->quiet)
		return &call->base;
	call->commissioner = http_header(request, "pbc-commissioner");
	if (!admit(call))
		return &call->base;
	if (call->kind->waits) {
		LIST_INSERT_HEAD(&rpc->waiting, call, link);
		call->waiting = true;
	}
	start_deadline(call, http_header(request, "grpc-timeout"));
	return &call->base;
}

static struct rpc_stream *
begin_plain(struct rpc *rpc, struct h2_stream *stream, const struct h2_request *request)
{
	if (strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0)
		return static_files_serve(rpc->static_files, rpc->callers, stream, request);
	return http_answer(stream, request, 405, "only GET, HEAD and POST\n");
}

/*
 * te is not insisted on: nghttp2 refuses any value but trailers, and load generators leave it out.
 */
static void *
begin(void *arg, struct h2_stream *stream, const struct h2_request *request)
{
	struct rpc *rpc = arg;
	enum grpc_wire wire;

	if (strcmp(request->method, "POST") != 0)
		return begin_plain(rpc, stream, request);
	wire = grpc_wire_of_content_type(http_header(request, "content-type"));
	if (wire == GRPC_WIRE_NONE)
		return http_answer(stream, request, 415,
		    "content-type must be application/grpc[+proto] or "
		    "application/grpc-web[+proto]\n");
	return begin_call(rpc, stream, request, wire);
}

static void
data(void *user, const uint8_t *bytes, size_t length)
{
	struct rpc_stream *stream = user;

	stream->ops->data(stream, bytes, length);
}

static void
end(void *user)
{
	struct rpc_stream *stream = user;

	stream->ops->end(stream);
}

static void
drained(void *user)
{
	struct rpc_stream *stream = user;

	stream->ops->drained(stream);
}

/*
 * Whether the last bytes of a reply arrived changes nothing here: a write is asked for again by its
 * request_id.
 */
static void
closed(void *user, bool complete)
{
	struct rpc_stream *stream = user;

	(void)complete;
	stream->ops->closed(stream);
}

const struct h2_callbacks *
rpc_h2_callbacks(void)
{
	static const struct h2_callbacks callbacks = {
	    .begin = begin,
	    .data = data,
	    .end = end,
	    .drained = drained,
	    .closed = closed,
	};

	return &callbacks;
}
