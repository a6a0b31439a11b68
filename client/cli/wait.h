/* Waits for an operation, showing its progress, and tells how it ended. */
#ifndef PBC_CLIENT_CLI_WAIT_H
#define PBC_CLIENT_CLI_WAIT_H

#include "client/cli/command.h"
#include "pbc/v1/operation.pb-c.h"

extern const struct view operation_view;

/*
 * The operation's last state; free it by protobuf_c_message_free_unpacked. NULL, having told why,
 * with *code set: the watch failed, or the user interrupted it (the operation goes on).
 */
Pbc__V1__WatchOperationResponse *wait_operation(
    struct invocation *invocation, const char *operation_id, enum exit_code *code);

/* Prints the outcome on standard output and tells a failure on standard error. */
enum exit_code wait_tell(
    struct invocation *invocation, const Pbc__V1__WatchOperationResponse *last);

/*
 * Sends a request that starts an operation and, unless --no-wait, waits for it and tells its
 * outcome. *last is then its last state, to be freed; NULL otherwise.
 */
enum exit_code start_request(struct invocation *invocation, const ProtobufCMessage *request,
    Pbc__V1__WatchOperationResponse **last);

/* Makes SIGINT and SIGTERM end calls CANCELLED instead of the process. */
void wait_catch_interrupts(struct client *client);

#endif
