/*
 * Files of one folder over GET and HEAD: the web client. Nothing outside of the folder is ever
 * opened.
 */
#ifndef PBC_SERVER_RPC_STATIC_FILES_H
#define PBC_SERVER_RPC_STATIC_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/status.h"
#include "server/rpc/http.h"

struct callers;
struct static_files;

/* NULL with *status set if the folder cannot be opened. */
struct static_files *static_files_new(const char *folder, struct status *status);
void static_files_free(struct static_files *files);

/*
 * Answers request, which counts as a call of its client's network until the reply has gone; files
 * may be NULL, which has nothing.
 */
struct rpc_stream *static_files_serve(const struct static_files *files, struct callers *callers,
    struct h2_stream *stream, const struct h2_request *request);

/*
 * A request's path as a relative file name: percent-decoded, without query, "index.html" for a
 * folder. False if it has "..", an empty or hidden part, a NUL, control or backslash, or does not
 * fit.
 */
bool static_files_name(const char *path, char *name, size_t size);
/* By the name's ending; "application/octet-stream" if unknown. Static storage. */
const char *static_files_type(const char *name);

#endif
