/* Decodes grpc-message and grpc-status-details-bin into a status and its violations. */
#include "client/lib/details.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "common/pbscan.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

/* Copies what fits, never half of a UTF-8 sequence. */
static void
keep(char *to, size_t size, const char *value, size_t length)
{
	if (length >= size) {
		length = size - 1;
		while (length > 0 && ((unsigned char)value[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(to, value, length);
	to[length] = '\0';
}

bool
details_named(const char *name, size_t length, const char *expected)
{
	return length == strlen(expected) && memcmp(name, expected, length) == 0;
}

void
details_header(struct details_trailers *trailers, const char *name, size_t name_length,
    const char *value, size_t value_length)
{
	if (details_named(name, name_length, "grpc-status"))
		keep(trailers->status, sizeof(trailers->status), value, value_length);
	else if (details_named(name, name_length, "grpc-message"))
		keep(trailers->message, sizeof(trailers->message), value, value_length);
	else if (details_named(name, name_length, "grpc-status-details-bin"))
		keep(trailers->binary, sizeof(trailers->binary), value, value_length);
}

/* In place. A broken escape stays as it is, as gRPC asks. */
static void
percent_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		int high = *from == '%' ? hex_digit_value(from[1]) : -1;
		int low = high >= 0 ? hex_digit_value(from[2]) : -1;

		if (low >= 0 && high * 16 + low != 0) {
			*to++ = (char)(high * 16 + low);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* A message of the type in data, or NULL when it is malformed. */
static ProtobufCMessage *
unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t length)
{
	struct status ignored;

	if (!pbscan_check(descriptor, data, length, &pbscan_default_limits, &ignored))
		return NULL;
	return protobuf_c_message_unpack(descriptor, NULL, length, data);
}

static void
add_violation(struct details_violations *violations, const char *field, const char *description)
{
	struct client_violation *item;

	if (violations->count == CLIENT_VIOLATION_LIMIT)
		return;
	item = &violations->items[violations->count++];
	keep(item->field, sizeof(item->field), field, strlen(field));
	keep(item->description, sizeof(item->description), description, strlen(description));
}

static void
read_error_info(
    const ProtobufCMessage *message, struct status *status, struct details_violations *violations)
{
	const Google__Rpc__ErrorInfo *info = (const Google__Rpc__ErrorInfo *)message;

	(void)violations;
	keep(status->reason, sizeof(status->reason), info->reason, strlen(info->reason));
	for (size_t i = 0; i < info->n_metadata; i++)
		if (strcmp(info->metadata[i]->key, "hint") == 0)
			keep(status->hint, sizeof(status->hint), info->metadata[i]->value,
			    strlen(info->metadata[i]->value));
}

static void
read_bad_request(
    const ProtobufCMessage *message, struct status *status, struct details_violations *violations)
{
	const Google__Rpc__BadRequest *bad = (const Google__Rpc__BadRequest *)message;

	for (size_t i = 0; i < bad->n_field_violations; i++)
		add_violation(violations, bad->field_violations[i]->field,
		    bad->field_violations[i]->description);
	if (violations->count > 0)
		keep(status->field, sizeof(status->field), violations->items[0].field,
		    strlen(violations->items[0].field));
}

static void
read_precondition(
    const ProtobufCMessage *message, struct status *status, struct details_violations *violations)
{
	const Google__Rpc__PreconditionFailure *failure =
	    (const Google__Rpc__PreconditionFailure *)message;

	(void)violations;
	if (failure->n_violations > 0 && status->field[0] == '\0')
		keep(status->field, sizeof(status->field), failure->violations[0]->subject,
		    strlen(failure->violations[0]->subject));
	if (failure->n_violations > 0 && status->reason[0] == '\0')
		keep(status->reason, sizeof(status->reason), failure->violations[0]->type,
		    strlen(failure->violations[0]->type));
}

struct detail_kind {
	const ProtobufCMessageDescriptor *descriptor;
	void (*read)(const ProtobufCMessage *message, struct status *status,
	    struct details_violations *violations);
};

static void
read_any(
    const Google__Protobuf__Any *any, struct status *status, struct details_violations *violations)
{
	const struct detail_kind kinds[] = {
	    {&google__rpc__error_info__descriptor, read_error_info},
	    {&google__rpc__bad_request__descriptor, read_bad_request},
	    {&google__rpc__precondition_failure__descriptor, read_precondition},
	};
	const char *name = strrchr(any->type_url, '/');

	for (size_t i = 0; name != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ProtobufCMessage *message;

		if (strcmp(name + 1, kinds[i].descriptor->name) != 0)
			continue;
		message = unpack(kinds[i].descriptor, any->value.data, any->value.len);
		if (message != NULL)
			kinds[i].read(message, status, violations);
		protobuf_c_message_free_unpacked(message, NULL);
	}
}

static void
read_binary(const char *binary, struct status *status, struct details_violations *violations)
{
	uint8_t data[DETAILS_HEADER_LIMIT];
	size_t length;
	Google__Rpc__Status *rich;

	/* The bytes are fewer than the characters, so data has room. */
	if (!base64_decode(binary, strlen(binary), data, &length) || length == 0)
		return;
	rich = (Google__Rpc__Status *)unpack(&google__rpc__status__descriptor, data, length);
	if (rich == NULL)
		return;
	for (size_t i = 0; i < rich->n_details; i++)
		read_any(rich->details[i], status, violations);
	google__rpc__status__free_unpacked(rich, NULL);
}

bool
details_read(const struct details_trailers *trailers, struct status *status,
    struct details_violations *violations)
{
	char message[DETAILS_HEADER_LIMIT];
	char *end;
	long code = strtol(trailers->status, &end, 10);

	if (trailers->status[0] == '\0' || *end != '\0' || code < 0 ||
	    code > STATUS_UNAUTHENTICATED)
		code = STATUS_UNKNOWN;
	if (code == STATUS_OK)
		return true;
	memcpy(message, trailers->message, sizeof(message));
	percent_decode(message);
	status_set(status, (enum status_code)code, NULL, NULL, NULL, "%s",
	    message[0] != '\0' ? message : status_code_name((enum status_code)code));
	read_binary(trailers->binary, status, violations);
	return false;
}
