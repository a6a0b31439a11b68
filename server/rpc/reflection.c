/*
 * grpc.reflection.v1 and v1alpha, whose messages are the same on the wire: one answer per message.
 * It tells what proto/ says and no data, so it asks for no certificate.
 */
#include <stdlib.h>

#include "common/memory.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "server/rpc/call.h"
#include "server/rpc/descriptors.h"

#define ASKS(what) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##what
#define ANSWERS(what) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##what

static void
send_error(struct call *call, Grpc__Reflection__V1__ServerReflectionResponse *response,
    enum status_code code, const char *message)
{
	Grpc__Reflection__V1__ErrorResponse error = GRPC__REFLECTION__V1__ERROR_RESPONSE__INIT;

	error.error_code = (int32_t)code;
	error.error_message = (char *)message;
	response->message_response_case = ANSWERS(ERROR_RESPONSE);
	response->error_response = &error;
	call_send(call, &response->base);
}

static void
send_files(struct call *call, Grpc__Reflection__V1__ServerReflectionResponse *response,
    const ProtobufCBinaryData *files, size_t count)
{
	Grpc__Reflection__V1__FileDescriptorResponse found =
	    GRPC__REFLECTION__V1__FILE_DESCRIPTOR_RESPONSE__INIT;

	if (count == 0) {
		send_error(call, response, STATUS_NOT_FOUND, "no such file or symbol");
		return;
	}
	found.n_file_descriptor_proto = count;
	found.file_descriptor_proto = (ProtobufCBinaryData *)files;
	response->message_response_case = ANSWERS(FILE_DESCRIPTOR_RESPONSE);
	response->file_descriptor_response = &found;
	call_send(call, &response->base);
}

static void
send_services(struct call *call, Grpc__Reflection__V1__ServerReflectionResponse *response)
{
	const struct registry *registry = call->rpc->registry;
	size_t count = registry_service_count(registry);
	Grpc__Reflection__V1__ServiceResponse *services = memory_calloc(count, sizeof(*services));
	Grpc__Reflection__V1__ServiceResponse **pointers = memory_calloc(count, sizeof(*pointers));
	Grpc__Reflection__V1__ListServiceResponse list =
	    GRPC__REFLECTION__V1__LIST_SERVICE_RESPONSE__INIT;

	for (size_t i = 0; i < count; i++) {
		grpc__reflection__v1__service_response__init(&services[i]);
		services[i].name = (char *)registry_service_name(registry, i);
		pointers[i] = &services[i];
	}
	list.n_service = count;
	list.service = pointers;
	response->message_response_case = ANSWERS(LIST_SERVICES_RESPONSE);
	response->list_services_response = &list;
	call_send(call, &response->base);
	free(services);
	free(pointers);
}

static void
answer(struct call *call, Grpc__Reflection__V1__ServerReflectionRequest *request,
    ProtobufCBinaryData *files)
{
	const struct descriptors *descriptors = descriptors_get();
	Grpc__Reflection__V1__ServerReflectionResponse response =
	    GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT;

	response.valid_host = request->host;
	response.original_request = request;
	switch (request->message_request_case) {
	case ASKS(FILE_BY_FILENAME):
		send_files(call, &response, files,
		    descriptors_find_file(descriptors, request->file_by_filename, files));
		break;
	case ASKS(FILE_CONTAINING_SYMBOL):
		send_files(call, &response, files,
		    descriptors_find_symbol(descriptors, request->file_containing_symbol, files));
		break;
	case ASKS(LIST_SERVICES):
		send_services(call, &response);
		break;
	case ASKS(FILE_CONTAINING_EXTENSION):
	case ASKS(ALL_EXTENSION_NUMBERS_OF_TYPE):
		send_error(call, &response, STATUS_NOT_FOUND, "proto3 messages have no extensions");
		break;
	default:
		send_error(
		    call, &response, STATUS_INVALID_ARGUMENT, "the request asks for nothing");
		break;
	}
}

static void
reflection_message(struct call *call, const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(CALL_ARENA_LIMIT);
	Grpc__Reflection__V1__ServerReflectionRequest *request =
	    (void *)call_unpack(call, arena, data, length);
	ProtobufCBinaryData *files;

	if (request != NULL) {
		files = memory_calloc(descriptors_file_count(descriptors_get()), sizeof(*files));
		answer(call, request, files);
		free(files);
	}
	arena_free(arena);
	/* Who does not read the answers is not asked for more questions. */
	if (!call->decided && h2_stream_queued(call->stream) > H2_STREAM_LOW)
		call_pause(call);
}

static void
reflection_drained(struct call *call)
{
	if (call->paused)
		call_resume(call);
}

const struct call_kind reflection_kind = {
    .waits = true,
    .message_limit = CALL_PROBE_LIMIT,
    .message = reflection_message,
    .end = call_finish,
    .drained = reflection_drained,
};
