/* Writes refusals the way every official gRPC client reads them. */
#include "server/rpc/grpc_status.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <openssl/evp.h>

#include "google/protobuf/any.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "server/rpc/shape.h"

#define TYPE_PREFIX "type.googleapis.com/"
#define ERROR_DOMAIN "pbc"
#define DETAIL_LIMIT 3
#define DETAIL_SIZE 6144

size_t
grpc_status_percent_encode(const char *message, char *out, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t length = 0;

	for (const unsigned char *c = (const unsigned char *)message; *c != '\0'; c++) {
		bool plain = *c >= 0x20 && *c <= 0x7e && *c != '%';

		if (length + (plain ? 1 : 3) >= size)
			break;
		if (plain) {
			out[length++] = (char)*c;
		} else {
			out[length++] = '%';
			out[length++] = hex[*c >> 4];
			out[length++] = hex[*c & 0xf];
		}
	}
	out[length] = '\0';
	return length;
}

/* The details under construction: messages packed one after another into storage. */
struct details {
	Google__Protobuf__Any anys[DETAIL_LIMIT];
	Google__Protobuf__Any *pointers[DETAIL_LIMIT];
	size_t count;
	uint8_t storage[DETAIL_SIZE];
	size_t used;
};

static void
add_detail(struct details *details, const ProtobufCMessage *message, char *type_url)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	Google__Protobuf__Any *any = &details->anys[details->count];

	assert(details->count < DETAIL_LIMIT && length <= sizeof(details->storage) - details->used);
	google__protobuf__any__init(any);
	any->type_url = type_url;
	any->value.data = details->storage + details->used;
	any->value.len = protobuf_c_message_pack(message, any->value.data);
	details->used += length;
	details->pointers[details->count++] = any;
}

static void
add_error_info(struct details *details, const struct status *status)
{
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
	Google__Rpc__ErrorInfo__MetadataEntry hint = GOOGLE__RPC__ERROR_INFO__METADATA_ENTRY__INIT;
	Google__Rpc__ErrorInfo__MetadataEntry *metadata[] = {&hint};

	info.reason =
	    (char *)(status->reason[0] != '\0' ? status->reason : status_code_name(status->code));
	info.domain = (char *)ERROR_DOMAIN;
	if (status->hint[0] != '\0') {
		hint.key = (char *)"hint";
		hint.value = (char *)status->hint;
		info.n_metadata = 1;
		info.metadata = metadata;
	}
	add_detail(details, &info.base, (char *)TYPE_PREFIX "google.rpc.ErrorInfo");
}

static void
add_bad_request(
    struct details *details, const struct status *status, const struct shape_violations *violations)
{
	Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
	Google__Rpc__BadRequest__FieldViolation items[SHAPE_VIOLATION_LIMIT];
	Google__Rpc__BadRequest__FieldViolation *pointers[SHAPE_VIOLATION_LIMIT];
	size_t count = violations != NULL ? violations->count : 0;

	for (size_t i = 0; i < count; i++) {
		google__rpc__bad_request__field_violation__init(&items[i]);
		items[i].field = (char *)violations->items[i].field;
		items[i].description = (char *)violations->items[i].description;
		pointers[i] = &items[i];
	}
	if (count == 0 && status->field[0] != '\0') {
		google__rpc__bad_request__field_violation__init(&items[0]);
		items[0].field = (char *)status->field;
		items[0].description = (char *)status->message;
		pointers[count++] = &items[0];
	}
	if (count == 0)
		return;
	bad.n_field_violations = count;
	bad.field_violations = pointers;
	add_detail(details, &bad.base, (char *)TYPE_PREFIX "google.rpc.BadRequest");
}

static void
add_precondition_failure(struct details *details, const struct status *status)
{
	Google__Rpc__PreconditionFailure failure = GOOGLE__RPC__PRECONDITION_FAILURE__INIT;
	Google__Rpc__PreconditionFailure__Violation item =
	    GOOGLE__RPC__PRECONDITION_FAILURE__VIOLATION__INIT;
	Google__Rpc__PreconditionFailure__Violation *pointers[] = {&item};

	item.type = (char *)status->reason;
	item.subject = (char *)status->field;
	item.description = (char *)status->message;
	failure.n_violations = 1;
	failure.violations = pointers;
	add_detail(details, &failure.base, (char *)TYPE_PREFIX "google.rpc.PreconditionFailure");
}

/* Base64 without padding, as binary metadata is sent. Returns the length without NUL. */
static size_t
encode_base64(char *out, const uint8_t *data, size_t length)
{
	size_t encoded = (size_t)EVP_EncodeBlock((unsigned char *)out, data, (int)length);

	while (encoded > 0 && out[encoded - 1] == '=')
		encoded--;
	out[encoded] = '\0';
	return encoded;
}

static void
encode_details(
    char *out, size_t size, const struct status *status, const struct shape_violations *violations)
{
	struct details details = {.count = 0};
	Google__Rpc__Status proto = GOOGLE__RPC__STATUS__INIT;
	uint8_t packed[DETAIL_SIZE + 1024];
	size_t length;

	add_error_info(&details, status);
	if (status->code == STATUS_INVALID_ARGUMENT)
		add_bad_request(&details, status, violations);
	if (status->code == STATUS_FAILED_PRECONDITION)
		add_precondition_failure(&details, status);
	proto.code = (int32_t)status->code;
	proto.message = (char *)status->message;
	proto.n_details = details.count;
	proto.details = details.pointers;
	length = google__rpc__status__get_packed_size(&proto);
	assert(length <= sizeof(packed) && length * 4 / 3 + 4 < size);
	google__rpc__status__pack(&proto, packed);
	encode_base64(out, packed, length);
}

void
grpc_status_encode(struct grpc_status *encoded, const struct status *status,
    const struct shape_violations *violations)
{
	char *text = encoded->text;
	size_t left = sizeof(encoded->text);
	size_t length = (size_t)snprintf(text, left, "%d", (int)status->code) + 1;

	encoded->headers[0] = (struct h2_header){"grpc-status", text};
	text += length;
	left -= length;
	length = grpc_status_percent_encode(status->message, text, left) + 1;
	encoded->headers[1] = (struct h2_header){"grpc-message", text};
	text += length;
	left -= length;
	encode_details(text, left, status, violations);
	encoded->headers[2] = (struct h2_header){"grpc-status-details-bin", text};
	encoded->count = GRPC_STATUS_HEADERS;
}
