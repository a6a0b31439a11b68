/*
 * Builds "SELECT api.get_budget(...)" from a request's descriptor, and its parameters from a
 * request.
 */
#include "server/rpc/binder.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/pbjson.h"
#include "common/sha256.h"
#include "server/rpc/registry.h"

const struct db_statement binder_enter = {
    .name = "enter",
    .text = "SELECT api.enter($1, $2, $3, $4, $5, $6)",
    .param_count = ENTER_PARAM_COUNT,
    .caller_params = ENTER_USER + 1,
};

#define REQUEST_ID "request_id"
/* $1 method, $2 request_id, $3 hash of the request. */
#define REPLAY_PARAM_COUNT 3

/* A write of one message can be repeated by its request_id; an upload by its offset. */
static bool
is_replayed(const struct rpc_method *method)
{
	return method->row->effect == RPC_WRITE && method->row->kind == RPC_UNARY;
}

static bool
is_argument(const struct rpc_method *method, const ProtobufCFieldDescriptor *field)
{
	return !is_replayed(method) || strcmp(field->name, REQUEST_ID) != 0;
}

/* GetBudget to get_budget. */
static void
append_function_name(struct buf *text, const char *method)
{
	for (const char *c = method; *c != '\0'; c++) {
		if (isupper((unsigned char)*c) && c != method)
			buf_append(text, "_", 1);
		buf_printf(text, "%c", tolower((unsigned char)*c));
	}
}

/* Names are quoted: a field may be called offset or order. */
static int
append_call(struct buf *text, const struct rpc_method *method, int param)
{
	const char *comma = "";

	buf_append_text(text, "api.");
	append_function_name(text, method->row->method);
	buf_append_text(text, "(");
	if (method->row->kind == RPC_WATCH) {
		buf_printf(text, "\"after\" => $%d", ++param);
		comma = ", ";
	}
	for (unsigned i = 0; i < method->input->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &method->input->fields[i];

		if (!is_argument(method, field))
			continue;
		buf_printf(text, "%s\"%s\" => $%d", comma, field->name, ++param);
		comma = ", ";
	}
	buf_append_text(text, ")");
	return param;
}

static bool
is_json(const ProtobufCFieldDescriptor *field)
{
	return field->label == PROTOBUF_C_LABEL_REPEATED || field->type == PROTOBUF_C_TYPE_MESSAGE;
}

/* The types of the table in CONTRIBUTING.md; a request with another one is refused at start. */
static bool
is_supported(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_MESSAGE:
		return true;
	default:
		return false;
	}
}

static bool
check_request(const struct rpc_method *method, struct status *status)
{
	if (is_replayed(method) &&
	    protobuf_c_message_descriptor_get_field_by_name(method->input, REQUEST_ID) == NULL)
		return status_set(status, STATUS_INTERNAL, NULL, NULL, NULL,
		    "%s is a write whose request has no field " REQUEST_ID, method->name);
	if (method->input->n_fields + REPLAY_PARAM_COUNT > BINDER_PARAM_LIMIT)
		return status_set(status, STATUS_INTERNAL, NULL, NULL, NULL,
		    "%s has more request fields than a statement may have parameters",
		    method->name);
	for (unsigned i = 0; i < method->input->n_fields; i++)
		if (!is_supported(&method->input->fields[i]))
			return status_set(status, STATUS_INTERNAL, NULL, NULL, NULL,
			    "%s: field %s has a type that cannot be an SQL argument", method->name,
			    method->input->fields[i].name);
	return true;
}

bool
binder_prepare(struct rpc_method *method, struct status *status)
{
	struct buf text = {0};
	int params;

	if (!check_request(method, status))
		return false;
	buf_append_text(&text, "SELECT ");
	if (is_replayed(method)) {
		buf_append_text(&text, "coalesce(api.replay($1, $2::uuid, $3), "
				       "api.record($1, $2::uuid, $3, ");
		params = append_call(&text, method, REPLAY_PARAM_COUNT);
		buf_append_text(&text, "))");
	} else {
		params = append_call(&text, method, 0);
	}
	buf_append(&text, "", 1);
	method->statement = (struct db_statement){
	    .name = method->name, .text = (const char *)text.data, .param_count = params};
	return true;
}

static const void *
member(const ProtobufCMessage *message, unsigned offset)
{
	return (const char *)message + offset;
}

static bool
is_absent(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return false;
	return *(const uint32_t *)member(message, field->quantifier_offset) != field->id;
}

static struct db_param
text_param(const char *text)
{
	return (struct db_param){.value = text};
}

/* Memory that a value must live in. Full is not NULL: a lost value must never become SQL NULL. */
struct bind {
	struct arena *arena;
	bool full;
};

static struct db_param
kept_param(struct bind *bind, const char *text)
{
	if (text == NULL)
		bind->full = true;
	return text_param(text);
}

/*
 * The part of the request's JSON that is this field: an object's or array's text, or a timestamp's.
 */
static struct db_param
json_param(struct bind *bind, const json_t *request, const char *name)
{
	const json_t *value = json_object_get(request, name);
	struct db_param param;
	char *text;

	if (json_is_string(value))
		return kept_param(bind, arena_strdup(bind->arena, json_string_value(value)));
	if (value == NULL || json_is_null(value))
		return text_param(NULL);
	text = json_dumps(value, JSON_COMPACT);
	param = kept_param(bind, text != NULL ? arena_strdup(bind->arena, text) : NULL);
	free(text);
	return param;
}

static struct db_param
enum_param(struct bind *bind, const ProtobufCFieldDescriptor *field, int value)
{
	if (value == 0)
		return text_param(NULL);
	return kept_param(bind, pbjson_enum_word(field->descriptor, value, bind->arena));
}

static struct db_param
scalar_param(
    struct bind *bind, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const void *value = member(message, field->offset);

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING: {
		const char *text = *(const char *const *)value;

		return text_param(text == NULL || *text == '\0' ? NULL : text);
	}
	case PROTOBUF_C_TYPE_BYTES: {
		const ProtobufCBinaryData *bytes = value;

		/* Empty bytes are a value: a NULL pointer would make them SQL NULL. */
		return (struct db_param){
		    .value = bytes->data != NULL ? (const char *)bytes->data : "",
		    .length = bytes->len,
		    .binary = true};
	}
	case PROTOBUF_C_TYPE_BOOL:
		return text_param(*(const protobuf_c_boolean *)value ? "true" : "false");
	case PROTOBUF_C_TYPE_ENUM:
		return enum_param(bind, field, *(const int *)value);
	case PROTOBUF_C_TYPE_INT32:
		return kept_param(
		    bind, arena_printf(bind->arena, "%" PRId32, *(const int32_t *)value));
	case PROTOBUF_C_TYPE_INT64:
		return kept_param(
		    bind, arena_printf(bind->arena, "%" PRId64, *(const int64_t *)value));
	default:
		abort(); /* refused at start */
	}
}

/* The request as JSON, only if one of its fields is sent as such. */
static json_t *
request_json(const struct rpc_method *method, const ProtobufCMessage *message)
{
	for (unsigned i = 0; i < method->input->n_fields; i++)
		if (is_json(&method->input->fields[i]))
			return pbjson_from_message(message, PBJSON_SQL);
	return NULL;
}

/* The hash is of the request as protobuf-c writes it, which is one way only for one content. */
static void
bind_replay(struct bind *bind, const struct rpc_method *method, const ProtobufCMessage *message,
    struct db_param *params)
{
	const ProtobufCFieldDescriptor *field =
	    protobuf_c_message_descriptor_get_field_by_name(method->input, REQUEST_ID);
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t *packed = arena_alloc(bind->arena, length + 1);
	char hash[SHA256_HEX];

	if (packed == NULL) {
		bind->full = true;
		return;
	}
	protobuf_c_message_pack(message, packed);
	sha256_hex(packed, length, hash);
	params[0] = text_param(method->name);
	params[1] = text_param(*(const char *const *)member(message, field->offset));
	params[2] = kept_param(bind, arena_printf(bind->arena, "\\x%s", hash));
}

bool
binder_bind(const struct rpc_method *method, const ProtobufCMessage *message, const char *after,
    struct arena *arena, struct db_param params[BINDER_PARAM_LIMIT], struct status *status)
{
	struct bind bind = {.arena = arena};
	json_t *json = request_json(method, message);
	size_t count = 0;

	if (is_replayed(method)) {
		bind_replay(&bind, method, message, params);
		count = REPLAY_PARAM_COUNT;
	} else if (method->row->kind == RPC_WATCH) {
		params[count++] = text_param(after);
	}
	for (unsigned i = 0; i < method->input->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &method->input->fields[i];

		if (!is_argument(method, field))
			continue;
		if (is_absent(message, field))
			params[count++] = text_param(NULL);
		else if (is_json(field))
			params[count++] = json_param(&bind, json, field->name);
		else
			params[count++] = scalar_param(&bind, message, field);
	}
	json_decref(json);
	assert(count == (size_t)method->statement.param_count);
	if (bind.full)
		return status_set(status, STATUS_RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE", NULL,
		    NULL, "the request needs more memory than a call may use");
	return true;
}
