/* Joins the services' tables with their descriptors at start, and finds a method by its path. */
#include "server/rpc/registry.h"

#include <assert.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "grpc/health/v1/health.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "grpc/reflection/v1alpha/reflection.pb-c.h"
#include "server/rpc/binder.h"

static const struct rpc_row health_rows[] = {
    {.method = "Check", .kind = RPC_HEALTH_CHECK, .effect = RPC_READ},
    {.method = "Watch", .kind = RPC_HEALTH_WATCH, .effect = RPC_READ},
};

static const struct rpc_row reflection_rows[] = {
    {.method = "ServerReflectionInfo", .kind = RPC_REFLECTION, .effect = RPC_READ},
};

/* What the server answers by itself, whichever services it has. */
static const struct rpc_service own_services[] = {
    RPC_SERVICE(&grpc__health__v1__health__descriptor, health_rows),
    RPC_SERVICE(&grpc__reflection__v1__server_reflection__descriptor, reflection_rows),
    RPC_SERVICE(&grpc__reflection__v1alpha__server_reflection__descriptor, reflection_rows),
};

#define OWN_SERVICE_COUNT (sizeof(own_services) / sizeof(own_services[0]))

struct registry {
	const struct rpc_service **services;
	size_t service_count;
	struct rpc_method *methods;
	size_t method_count;
	const struct db_statement **statements;
	size_t statement_count;
	struct hsearch_data by_path;
};

static char *
format_path(const char *format, const char *service, const char *method)
{
	char *text;

	memory_require(asprintf(&text, format, service, method) >= 0);
	return text;
}

static bool
refuse(struct status *status, const char *method, const char *what)
{
	return status_set(status, STATUS_INTERNAL, NULL, NULL, NULL, "method %s %s", method, what);
}

static const struct rpc_row *
find_row(const struct rpc_service *service, const char *method, struct status *status)
{
	const struct rpc_row *found = NULL;

	for (size_t i = 0; i < service->count; i++) {
		if (strcmp(service->rows[i].method, method) != 0)
			continue;
		if (found != NULL) {
			refuse(status, method, "has two rows");
			return NULL;
		}
		found = &service->rows[i];
	}
	if (found == NULL)
		refuse(status, method, "has no row");
	return found;
}

/* "practice_code period" into one flag per field. */
static bool
mark_mandatory(struct rpc_method *method, struct status *status)
{
	const char *word = method->row->mandatory != NULL ? method->row->mandatory : "";

	method->mandatory = memory_calloc(method->input->n_fields + 1, sizeof(bool));
	while (*word != '\0') {
		size_t length = strcspn(word, " ");
		char name[64];
		const ProtobufCFieldDescriptor *field;

		snprintf(name, sizeof(name), "%.*s", (int)length, word);
		field = protobuf_c_message_descriptor_get_field_by_name(method->input, name);
		if (field == NULL)
			return refuse(
			    status, method->name, "makes a field mandatory that it does not have");
		method->mandatory[field - method->input->fields] = true;
		word += length;
		word += strspn(word, " ");
	}
	return true;
}

/* Rows of single patients are read for a reason. */
static bool
forgets_reason(const struct rpc_method *method)
{
	const ProtobufCFieldDescriptor *field =
	    protobuf_c_message_descriptor_get_field_by_name(method->input, "reason");

	return field == NULL || !method->mandatory[field - method->input->fields];
}

/* Whether a message, or one that it holds, tells of single records. No message holds itself. */
static bool
tells_records(const ProtobufCMessageDescriptor *message)
{
	for (unsigned i = 0; i < message->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->fields[i];

		if (strcmp(field->name, "record_id") == 0 ||
		    strcmp(field->name, "patient_key") == 0)
			return true;
		if (field->type == PROTOBUF_C_TYPE_MESSAGE && tells_records(field->descriptor))
			return true;
	}
	return false;
}

/* A row that forgets to decide something is refused, so forgetting never opens a door. */
static bool
check_row(const struct rpc_method *method, struct status *status)
{
	const struct rpc_row *row = method->row;

	if (row->effect == RPC_EFFECT_UNSET)
		return refuse(status, method->name, "does not say whether it reads or writes");
	if (!rpc_kind_uses_database(row->kind))
		return true;
	if (row->roles == 0)
		return refuse(status, method->name, "names no role that may call it");
	if ((row->effect == RPC_WRITE || row->patient_level) && row->lane == DB_READ)
		return refuse(status, method->name,
		    "changes data (an audit event at least) on the lane whose segments may be sent "
		    "twice");
	if (row->effect == RPC_READ && !row->patient_level && tells_records(method->output))
		return refuse(
		    status, method->name, "reads single records and is not patient-level");
	if (row->patient_level && forgets_reason(method))
		return refuse(
		    status, method->name, "is patient-level and does not insist on its reason");
	if ((row->kind == RPC_WATCH) != (row->topic != NULL))
		return refuse(status, method->name, "must have a topic exactly if it is a watch");
	if (row->compute != NULL && (row->kind != RPC_UNARY || row->effect != RPC_READ))
		return refuse(status, method->name, "may compute its answer only as a unary read");
	return true;
}

static bool
join_method(struct rpc_method *method, const struct rpc_service *service, unsigned index,
    struct status *status)
{
	const ProtobufCMethodDescriptor *descriptor = &service->descriptor->methods[index];

	method->input = descriptor->input;
	method->output = descriptor->output;
	method->path = format_path("/%s/%s", service->descriptor->name, descriptor->name);
	method->name = format_path("%s.%s", service->descriptor->short_name, descriptor->name);
	method->row = find_row(service, descriptor->name, status);
	if (method->row == NULL || !mark_mandatory(method, status) || !check_row(method, status))
		return false;
	roles_literal(method->row->roles, method->roles);
	return !rpc_kind_uses_database(method->row->kind) || binder_prepare(method, status);
}

static bool
index_path(struct registry *registry, struct rpc_method *method)
{
	ENTRY item = {.key = method->path, .data = method};
	ENTRY *found;

	return hsearch_r(item, ENTER, &found, &registry->by_path) != 0;
}

static bool
join_service(struct registry *registry, const struct rpc_service *service, struct status *status)
{
	if (service->count != service->descriptor->n_methods)
		return status_set(status, STATUS_INTERNAL, NULL, NULL, NULL,
		    "service %s has %u methods and %zu rows", service->descriptor->name,
		    service->descriptor->n_methods, service->count);
	for (unsigned i = 0; i < service->descriptor->n_methods; i++) {
		struct rpc_method *method = &registry->methods[registry->method_count++];

		method->index = registry->method_count;
		if (!join_method(method, service, i, status))
			return false;
		if (!index_path(registry, method))
			abort();
		if (method->statement.text != NULL)
			registry->statements[registry->statement_count++] = &method->statement;
	}
	return true;
}

static size_t
count_methods(const struct registry *registry)
{
	size_t count = 0;

	for (size_t i = 0; i < registry->service_count; i++)
		count += registry->services[i]->descriptor->n_methods;
	return count;
}

struct registry *
registry_new(const struct rpc_service *const *services, size_t count, struct status *status)
{
	struct registry *registry = memory_calloc(1, sizeof(*registry));
	size_t methods;

	registry->services = memory_calloc(count + OWN_SERVICE_COUNT, sizeof(*registry->services));
	for (size_t i = 0; i < count; i++)
		registry->services[registry->service_count++] = services[i];
	for (size_t i = 0; i < OWN_SERVICE_COUNT; i++)
		registry->services[registry->service_count++] = &own_services[i];
	methods = count_methods(registry);
	registry->methods = memory_calloc(methods, sizeof(*registry->methods));
	registry->statements = memory_calloc(methods + 1, sizeof(*registry->statements));
	registry->statements[registry->statement_count++] = &binder_enter;
	memory_require(hcreate_r(2 * methods, &registry->by_path) != 0);
	for (size_t i = 0; i < registry->service_count; i++) {
		if (!join_service(registry, registry->services[i], status)) {
			registry_free(registry);
			return NULL;
		}
	}
	return registry;
}

void
registry_free(struct registry *registry)
{
	if (registry == NULL)
		return;
	for (size_t i = 0; i < registry->method_count; i++) {
		struct rpc_method *method = &registry->methods[i];

		free(method->path);
		free(method->name);
		free(method->mandatory);
		free((char *)method->statement.text);
	}
	hdestroy_r(&registry->by_path);
	free(registry->methods);
	free(registry->statements);
	free(registry->services);
	free(registry);
}

const struct rpc_method *
registry_find(const struct registry *registry, const char *path)
{
	ENTRY item = {.key = (char *)path};
	ENTRY *found;

	/* hsearch_r takes its table as changeable also to look something up. */
	if (hsearch_r(item, FIND, &found, (struct hsearch_data *)&registry->by_path) == 0)
		return NULL;
	return found->data;
}

size_t
registry_method_count(const struct registry *registry)
{
	return registry->method_count;
}

const struct rpc_method *
registry_method(const struct registry *registry, size_t index)
{
	assert(index >= 1 && index <= registry->method_count);
	return &registry->methods[index - 1];
}

size_t
registry_service_count(const struct registry *registry)
{
	return registry->service_count;
}

const char *
registry_service_name(const struct registry *registry, size_t index)
{
	assert(index < registry->service_count);
	return registry->services[index]->descriptor->name;
}

bool
registry_has_service(const struct registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->service_count; i++)
		if (strcmp(registry->services[i]->descriptor->name, name) == 0)
			return true;
	return false;
}

const struct db_statement *const *
registry_statements(const struct registry *registry, size_t *count)
{
	*count = registry->statement_count;
	return registry->statements;
}
