/* Flags become JSON by the fields' types, and JSON becomes the message. */
#include "client/cli/request.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "client/cli/cell.h"
#include "client/cli/failure.h"
#include "client/cli/progress.h"
#include "client/cli/reflect.h"
#include "client/cli/suggest.h"
#include "client/lib/upload.h"
#include "common/codes.h"
#include "common/money.h"
#include "common/pbjson.h"

void
request_set(json_t *json, const char *path, json_t *value)
{
	const char *dot = strchr(path, '.');

	while (dot != NULL) {
		char name[64];
		json_t *inner;

		assert((size_t)(dot - path) < sizeof(name));
		memcpy(name, path, (size_t)(dot - path));
		name[dot - path] = '\0';
		inner = json_object_get(json, name);
		if (!json_is_object(inner)) {
			inner = json_object();
			json_object_set_new(json, name, inner);
		}
		json = inner;
		path = dot + 1;
		dot = strchr(path, '.');
	}
	json_object_set_new(json, path, value);
}

const char *
request_id(struct invocation *invocation)
{
	char text[UUID_STR_LEN];
	uuid_t uuid;

	if (invocation->options.request_id == NULL) {
		uuid_generate_random(uuid);
		uuid_unparse_lower(uuid, text);
		invocation->options.request_id = arena_strdup(invocation->arena, text);
	}
	return invocation->options.request_id;
}

/* A UUID that the request id and the label always give (version 5). */
static const char *
derived_id(struct invocation *invocation, const char *label)
{
	char text[UUID_STR_LEN];
	uuid_t space, uuid;

	if (uuid_parse(request_id(invocation), space) != 0)
		uuid_clear(space);
	uuid_generate_sha1(uuid, space, label, strlen(label));
	uuid_unparse_lower(uuid, text);
	return arena_strdup(invocation->arena, text);
}

static bool
bad_value(const struct param *param, struct status *status, const char *wanted, const char *text)
{
	return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
	    "%s%s takes %s, not \"%s\"", param_is_positional(param) ? "" : "--", param->name,
	    wanted, text);
}

/* "a, b or c": the words of an enumeration, without the zero one. */
static const char *
enum_words(const ProtobufCEnumDescriptor *descriptor, struct arena *arena)
{
	const char *list = "";
	const char *join = "";

	for (unsigned i = 0; i < descriptor->n_values; i++) {
		const char *word =
		    reflect_flag_word(descriptor, descriptor->values[i].value, arena);

		if (word == NULL)
			continue;
		if (list[0] != '\0')
			join = i + 1 == descriptor->n_values ? " or " : ", ";
		list = arena_printf(arena, "%s%s%s", list, join, word);
	}
	return list;
}

static json_t *
enum_json(struct invocation *invocation, const struct param *param,
    const ProtobufCEnumDescriptor *descriptor, const char *text, struct status *status)
{
	char *word = arena_strdup(invocation->arena, text);
	int value;

	for (char *at = word; *at != '\0'; at++)
		if (*at == '-')
			*at = '_';
	if (!pbjson_enum_value(descriptor, word, &value)) {
		bad_value(param, status, enum_words(descriptor, invocation->arena), text);
		return NULL;
	}
	return json_string(protobuf_c_enum_descriptor_get_value(descriptor, value)->name);
}

json_t *
request_enum(struct invocation *invocation, const char *name,
    const ProtobufCEnumDescriptor *descriptor, const char *text, struct status *status)
{
	const struct param *param = invocation->command->params;

	while (strcmp(param->name, name) != 0)
		param++;
	return enum_json(invocation, param, descriptor, text, status);
}

/* The JSON of a whole number, or of pounds for a field in pence. */
static json_t *
integer_json(const struct param *param, const ProtobufCFieldDescriptor *field, const char *text,
    struct status *status)
{
	char *end;
	int64_t value;

	if (cell_name_ends(field->name, "_pence")) {
		if (money_parse(text, &value))
			return json_integer(value);
		bad_value(param, status, "pounds such as 12345.67", text);
		return NULL;
	}
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno == 0 && *text != '\0' && *end == '\0')
		return json_integer(value);
	bad_value(param, status, "a whole number", text);
	return NULL;
}

static json_t *
value_json(struct invocation *invocation, const struct param *param,
    const ProtobufCFieldDescriptor *field, const char *text, struct status *status)
{
	const char *upload_id;

	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return json_true();
	case PROTOBUF_C_TYPE_ENUM:
		return enum_json(invocation, param, field->descriptor, text, status);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_INT64:
		return integer_json(param, field, text, status);
	case PROTOBUF_C_TYPE_STRING:
		if (!cell_name_ends(field->name, "upload_id"))
			return json_string(text);
		upload_id = request_upload(invocation, text, field->name, status);
		return upload_id != NULL ? json_string(upload_id) : NULL;
	default:
		assert(0 && "a flag for a field that no flag can give");
		return NULL;
	}
}

/* Fills what flags give at once, or, with uploads, what takes a file. */
static bool
fill_params(struct invocation *invocation, json_t *json, bool uploads, struct status *status)
{
	const struct command *command = invocation->command;
	const ProtobufCMessageDescriptor *request = command_method(command)->input;

	for (size_t i = 0; i < command_param_count(command); i++) {
		const struct param *param = &command->params[i];
		const ProtobufCFieldDescriptor *field;
		json_t *value;

		if (param->field == NULL || invocation->values[i] == NULL)
			continue;
		field = reflect_field(request, param->field);
		if (cell_name_ends(field->name, "upload_id") != uploads)
			continue;
		value = value_json(invocation, param, field, invocation->values[i], status);
		if (value == NULL)
			return status->code == STATUS_OK
				   ? bad_value(param, status, "UTF-8 text", invocation->values[i])
				   : false;
		request_set(json, param->field, value);
	}
	return true;
}

bool
request_fill(struct invocation *invocation, json_t *json, struct status *status)
{
	const struct command *command = invocation->command;

	if (command_takes(command, "request_id")) {
		if (!uuid_valid(request_id(invocation)))
			return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
			    "--request-id takes a UUID, not \"%s\"", request_id(invocation));
		json_object_set_new(json, "request_id", json_string(request_id(invocation)));
	}
	if (invocation->options.validate_only)
		json_object_set_new(json, "validate_only", json_true());
	/* A wrong flag is told before a file is sent. */
	return fill_params(invocation, json, false, status) &&
	       fill_params(invocation, json, true, status);
}

ProtobufCMessage *
request_message(struct invocation *invocation, json_t *json, struct status *status)
{
	return pbjson_to_message(json, command_method(invocation->command)->input, PBJSON_PROTO3,
	    invocation->arena, status);
}

enum exit_code
request_refuse(struct invocation *invocation, const struct status *status)
{
	if (strcmp(status->reason, "USAGE") == 0)
		return failure_usage(status, invocation->command);
	return failure_tell(status, invocation);
}

ProtobufCMessage *
request_build(struct invocation *invocation, enum exit_code *code)
{
	struct status status = {.code = STATUS_OK};
	json_t *json = json_object();
	ProtobufCMessage *message = NULL;

	if (request_fill(invocation, json, &status))
		message = request_message(invocation, json, &status);
	json_decref(json);
	if (message == NULL)
		*code = request_refuse(invocation, &status);
	return message;
}

static void
show_sent(void *arg, int64_t sent_bytes)
{
	progress_show(arg, sent_bytes, 0);
}

static bool
cannot_read(const char *path, struct status *status)
{
	return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
	    "check the file's name and permissions", "cannot read %s: %s", path, strerror(errno));
}

/* Sends what fd holds. */
static bool
send_file(struct invocation *invocation, int fd, const char *name, const char *upload_id,
    struct status *status)
{
	struct progress progress;
	struct stat file;
	struct upload upload = {
	    .fd = fd,
	    .upload_id = upload_id,
	    .file_name = name,
	    .progress = show_sent,
	    .arg = &progress,
	};
	bool ok;

	if (fstat(fd, &file) != 0)
		return cannot_read(name, status);
	if (S_ISDIR(file.st_mode)) {
		errno = EISDIR;
		return cannot_read(name, status);
	}
	progress_begin(&progress, arena_printf(invocation->arena, "sending %s", name), "bytes",
	    S_ISREG(file.st_mode) ? (int64_t)file.st_size : 0);
	ok = upload_run(invocation->client, &upload, status);
	progress_end(&progress);
	return ok;
}

const char *
request_upload(
    struct invocation *invocation, const char *path, const char *label, struct status *status)
{
	const char *upload_id = derived_id(invocation, label);
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0) {
		cannot_read(path, status);
		return NULL;
	}
	ok = send_file(invocation, fd, is_stdin ? "stdin" : name, upload_id, status);
	if (!is_stdin)
		close(fd);
	return ok ? upload_id : NULL;
}

/* False naming a key of the object that the message has no field for. */
static bool
check_keys(const char *path, json_t *json, const ProtobufCMessageDescriptor *descriptor,
    struct status *status)
{
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value)
	{
		struct suggestion suggestion = {.word = key};

		if (protobuf_c_message_descriptor_get_field_by_name(descriptor, key) != NULL)
			continue;
		for (unsigned i = 0; i < descriptor->n_fields; i++)
			suggest_try(&suggestion, descriptor->fields[i].name);
		return status_set(status, STATUS_INVALID_ARGUMENT, "UNKNOWN_KEY", key,
		    "the keys are the names of the fields as --format json prints them",
		    suggestion.best != NULL ? "%s: there is no key \"%s\"; did you mean \"%s\"?"
					    : "%s: there is no key \"%s\"",
		    path, key, suggestion.best);
	}
	return true;
}

json_t *
request_read_json(
    const char *path, const ProtobufCMessageDescriptor *descriptor, struct status *status)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	json_error_t error;
	json_t *json;

	if (file == NULL) {
		cannot_read(path, status);
		return NULL;
	}
	json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (!is_stdin)
		fclose(file);
	if (!json_is_object(json)) {
		status_set(status, STATUS_INVALID_ARGUMENT, "BAD_JSON", NULL, NULL,
		    "%s is no JSON object%s%s", path, json == NULL ? ": " : "",
		    json == NULL ? error.text : "");
	} else if (check_keys(path, json, descriptor, status)) {
		return json;
	}
	json_decref(json);
	return NULL;
}
