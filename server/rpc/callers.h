/* How many calls each caller has: a user of an organisation, over all connections. */
#ifndef PBC_SERVER_RPC_CALLERS_H
#define PBC_SERVER_RPC_CALLERS_H

#include <stddef.h>

struct callers;
struct caller;

/* limit: calls at a time of one caller. */
struct callers *callers_new(size_t limit);
/* No caller may be held. */
void callers_free(struct callers *callers);
/* Counts one call more; NULL if the caller has as many as it may. */
struct caller *callers_take(struct callers *callers, const char *organisation, const char *user);
void callers_release(struct callers *callers, struct caller *caller);

#endif
