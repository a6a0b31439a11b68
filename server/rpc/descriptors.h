/*
 * The API's own description: the descriptor set that is embedded in the program, indexed for
 * reflection.
 */
#ifndef PBC_SERVER_RPC_DESCRIPTORS_H
#define PBC_SERVER_RPC_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

struct descriptors;

/* The process's one index, made at first use; lives until the process ends. */
const struct descriptors *descriptors_get(void);

/*
 * The file of that name, or that defines that symbol (service, method, message or enum by its full
 * name), and after it all that it imports, each as a serialised FileDescriptorProto that points
 * into static memory. files has room for descriptors_file_count. Returns how many; 0 if there is
 * none.
 */
size_t descriptors_find_file(
    const struct descriptors *descriptors, const char *name, ProtobufCBinaryData *files);
size_t descriptors_find_symbol(
    const struct descriptors *descriptors, const char *symbol, ProtobufCBinaryData *files);
size_t descriptors_file_count(const struct descriptors *descriptors);

#endif
