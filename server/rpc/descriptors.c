/* Files of the descriptor set by name and by the symbols they define. */
#include "server/rpc/descriptors.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "server/rpc/protoset.h"

struct symbol {
	char *name; /* owned */
	size_t file;
};

struct descriptors {
	Google__Protobuf__FileDescriptorSet *set;
	ProtobufCBinaryData *bytes; /* of each file of the set */
	struct symbol *symbols;     /* by name */
	size_t symbol_count, symbol_capacity;
};

/* A varint that the build wrote; the set is no input, so damage is a bug. */
static size_t
read_varint(const uint8_t **at)
{
	size_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		assert(*at < protoset_end && shift < 35);
		byte = *(*at)++;
		value |= (size_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0);
	return value;
}

/* Each file's bytes as they are in the set: repeated field 1 is all that it holds. */
static void
find_bytes(struct descriptors *descriptors)
{
	const uint8_t *at = protoset_start;

	descriptors->bytes = memory_calloc(descriptors->set->n_file, sizeof(*descriptors->bytes));
	for (size_t i = 0; i < descriptors->set->n_file; i++) {
		assert(*at == 0x0a);
		at++;
		descriptors->bytes[i].len = read_varint(&at);
		descriptors->bytes[i].data = (uint8_t *)at;
		at += descriptors->bytes[i].len;
	}
	assert(at == protoset_end);
}

static char *
join(const char *scope, const char *name)
{
	char *text;

	memory_require(asprintf(&text, "%s%s%s", scope, *scope != '\0' ? "." : "", name) >= 0);
	return text;
}

/* Takes name. */
static void
add_symbol(struct descriptors *descriptors, size_t file, char *name)
{
	if (descriptors->symbol_count == descriptors->symbol_capacity) {
		descriptors->symbol_capacity = 2 * descriptors->symbol_capacity + 64;
		descriptors->symbols = memory_realloc(descriptors->symbols,
		    descriptors->symbol_capacity * sizeof(*descriptors->symbols));
	}
	descriptors->symbols[descriptors->symbol_count++] = (struct symbol){name, file};
}

static void
add_message(struct descriptors *descriptors, size_t file, const char *scope,
    const Google__Protobuf__DescriptorProto *message)
{
	char *name = join(scope, message->name);

	for (size_t i = 0; i < message->n_nested_type; i++)
		add_message(descriptors, file, name, message->nested_type[i]);
	for (size_t i = 0; i < message->n_enum_type; i++)
		add_symbol(descriptors, file, join(name, message->enum_type[i]->name));
	for (size_t i = 0; i < message->n_field; i++)
		add_symbol(descriptors, file, join(name, message->field[i]->name));
	add_symbol(descriptors, file, name);
}

static void
add_service(struct descriptors *descriptors, size_t file, const char *package,
    const Google__Protobuf__ServiceDescriptorProto *service)
{
	char *name = join(package, service->name);

	for (size_t i = 0; i < service->n_method; i++)
		add_symbol(descriptors, file, join(name, service->method[i]->name));
	add_symbol(descriptors, file, name);
}

static void
add_file(struct descriptors *descriptors, size_t index)
{
	const Google__Protobuf__FileDescriptorProto *file = descriptors->set->file[index];
	const char *package = file->package != NULL ? file->package : "";

	for (size_t i = 0; i < file->n_message_type; i++)
		add_message(descriptors, index, package, file->message_type[i]);
	for (size_t i = 0; i < file->n_enum_type; i++)
		add_symbol(descriptors, index, join(package, file->enum_type[i]->name));
	for (size_t i = 0; i < file->n_service; i++)
		add_service(descriptors, index, package, file->service[i]);
}

static int
compare_symbols(const void *a, const void *b)
{
	return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

const struct descriptors *
descriptors_get(void)
{
	static struct descriptors descriptors;

	if (descriptors.set != NULL)
		return &descriptors;
	descriptors.set = google__protobuf__file_descriptor_set__unpack(
	    NULL, (size_t)(protoset_end - protoset_start), protoset_start);
	assert(descriptors.set != NULL);
	find_bytes(&descriptors);
	for (size_t i = 0; i < descriptors.set->n_file; i++)
		add_file(&descriptors, i);
	qsort(descriptors.symbols, descriptors.symbol_count, sizeof(*descriptors.symbols),
	    compare_symbols);
	return &descriptors;
}

/* SIZE_MAX if there is none. */
static size_t
file_index(const struct descriptors *descriptors, const char *name)
{
	for (size_t i = 0; i < descriptors->set->n_file; i++)
		if (strcmp(descriptors->set->file[i]->name, name) == 0)
			return i;
	return SIZE_MAX;
}

/*
 * The file and its imports, each once. The list itself is the queue of files whose imports are
 * still to come.
 */
static size_t
collect(const struct descriptors *descriptors, size_t first, ProtobufCBinaryData *files)
{
	size_t *queue = memory_calloc(descriptors->set->n_file, sizeof(*queue));
	bool *queued = memory_calloc(descriptors->set->n_file, sizeof(*queued));
	size_t count = 0;

	queue[count++] = first;
	queued[first] = true;
	for (size_t next = 0; next < count; next++) {
		const Google__Protobuf__FileDescriptorProto *file =
		    descriptors->set->file[queue[next]];

		files[next] = descriptors->bytes[queue[next]];
		for (size_t i = 0; i < file->n_dependency; i++) {
			size_t import = file_index(descriptors, file->dependency[i]);

			assert(import != SIZE_MAX);
			if (!queued[import])
				queue[count++] = import;
			queued[import] = true;
		}
	}
	free(queue);
	free(queued);
	return count;
}

size_t
descriptors_find_file(
    const struct descriptors *descriptors, const char *name, ProtobufCBinaryData *files)
{
	size_t index = file_index(descriptors, name);

	return index != SIZE_MAX ? collect(descriptors, index, files) : 0;
}

size_t
descriptors_find_symbol(
    const struct descriptors *descriptors, const char *symbol, ProtobufCBinaryData *files)
{
	const struct symbol key = {.name = (char *)symbol};
	const struct symbol *found = bsearch(&key, descriptors->symbols, descriptors->symbol_count,
	    sizeof(*descriptors->symbols), compare_symbols);

	return found != NULL ? collect(descriptors, found->file, files) : 0;
}

size_t
descriptors_file_count(const struct descriptors *descriptors)
{
	return descriptors->set->n_file;
}
