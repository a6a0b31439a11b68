/* One request and one answer on top of an exchange, and when a call may be sent again. */
#include "client/lib/call.h"

#include <string.h>

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 5000

bool
call_single_next(void *arg, const ProtobufCMessage **message, struct status *status)
{
	struct call_single *single = arg;

	if (single->next != NULL)
		return single->next(single->next_arg, message, status);
	*message = single->sent ? NULL : single->request;
	single->sent = true;
	return true;
}

bool
call_single_each(void *arg, ProtobufCMessage *message)
{
	struct call_single *single = arg;

	if (single->answers++ == 0)
		single->answer = message;
	else
		protobuf_c_message_free_unpacked(message, NULL);
	return true;
}

bool
call_single_complete(struct call_single *single, struct status *status)
{
	if (single->answers == 1)
		return true;
	protobuf_c_message_free_unpacked(single->answer, NULL);
	single->answer = NULL;
	return status_set(status, STATUS_INTERNAL, "BAD_ANSWER", NULL, NULL,
	    "the server sent %zu answers where one was due", single->answers);
}

bool
call_repeatable(const ProtobufCMessage *request)
{
	const ProtobufCFieldDescriptor *field =
	    protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "request_id");
	const char *value;

	if (field == NULL)
		return true;
	memcpy(&value, (const char *)request + field->offset, sizeof(value));
	return value != NULL && value[0] != '\0';
}

int
call_pause_ms(int attempt, int chance)
{
	int pause_ms = PAUSE_FIRST_MS;

	for (; attempt > 2 && pause_ms < PAUSE_MAX_MS; attempt--)
		pause_ms *= 2;
	if (pause_ms > PAUSE_MAX_MS)
		pause_ms = PAUSE_MAX_MS;
	return pause_ms - pause_ms / 5 * chance / 1000;
}
