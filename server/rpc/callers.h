/* How many calls each caller has, over all connections: a user of an organisation, or the network
 * of who needs no certificate. */
#ifndef PBC_SERVER_RPC_CALLERS_H
#define PBC_SERVER_RPC_CALLERS_H

#include <stddef.h>

struct callers;
struct caller;

/* limit: calls at a time of one caller. */
struct callers *callers_new(size_t limit);
/* No caller may be held. */
void callers_free(struct callers *callers);
/* Counts one call more; NULL if the caller has as many as it may. A network has no organisation:
 * "". */
struct caller *callers_take(struct callers *callers, const char *organisation, const char *name);
/* Of all callers. */
size_t callers_calls(const struct callers *callers);
void callers_release(struct callers *callers, struct caller *caller);

#endif
