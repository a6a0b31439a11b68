/*
 * A google.protobuf.FileDescriptorSet of every proto file, imports first, as bytes in the program.
 */
#ifndef PBC_SERVER_RPC_PROTOSET_H
#define PBC_SERVER_RPC_PROTOSET_H

#include <stdint.h>

extern const uint8_t protoset_start[];
extern const uint8_t protoset_end[];

#endif
