/* From the flags of a command line to its request message. */
#ifndef PBC_CLIENT_CLI_REQUEST_H
#define PBC_CLIENT_CLI_REQUEST_H

#include <jansson.h>

#include "client/cli/command.h"
#include "common/status.h"

/*
 * Sets every parameter that was given in *json (proto3 JSON by field names), and validate_only and
 * a request_id where the request has them. Files are sent first; their fields hold the upload ids.
 * False with *status set; USAGE is the reason of a value of the wrong form.
 */
bool request_fill(struct invocation *invocation, json_t *json, struct status *status);

/* The message, in the invocation's arena. */
ProtobufCMessage *request_message(
    struct invocation *invocation, json_t *json, struct status *status);

/*
 * The value of an enumeration for a parameter without a field of its own. NULL with *status set,
 * listing the words, if the text is none of them.
 */
json_t *request_enum(struct invocation *invocation, const char *name,
    const ProtobufCEnumDescriptor *descriptor, const char *text, struct status *status);

/* Tells why a request could not be made. */
enum exit_code request_refuse(struct invocation *invocation, const struct status *status);

/* Both, from an empty request. NULL, having told why, with *code set. */
ProtobufCMessage *request_build(struct invocation *invocation, enum exit_code *code);

/*
 * Sends a file ("-" is standard input). Its upload id comes from the request id and the label, so a
 * repeated request finds its upload again. In the arena; NULL with *status set.
 */
const char *request_upload(
    struct invocation *invocation, const char *path, const char *label, struct status *status);

/* The request id: the user's own, or one made at the first call. */
const char *request_id(struct invocation *invocation);

/* Sets the value at a dotted path, making objects on the way; takes over the reference. */
void request_set(json_t *json, const char *path, json_t *value);

/*
 * A JSON object from a file of the user. Refuses keys that the message does not have, naming the
 * nearest.
 */
json_t *request_read_json(
    const char *path, const ProtobufCMessageDescriptor *descriptor, struct status *status);

#endif
