/*
 * How many calls each caller has, over all connections: a user of an organisation, or the network
 * of who needs no certificate.
 */
#ifndef PBC_SERVER_RPC_CALLERS_H
#define PBC_SERVER_RPC_CALLERS_H

#include <stdbool.h>
#include <stddef.h>

#define CALLERS_HELD_SHARE 2

struct callers;
struct caller;

/* limit: calls at a time of one caller. held_limit: bytes of requests of all of them. */
struct callers *callers_new(size_t limit, size_t held_limit);
/* Of calls at a time of one caller; those beyond a lower one go on. */
void callers_set_limit(struct callers *callers, size_t limit);
/* No caller may be held. */
void callers_free(struct callers *callers);
/*
 * Counts one call more; NULL if the caller has as many as it may. A network has no organisation:
 * "".
 */
struct caller *callers_take(struct callers *callers, const char *organisation, const char *name);
/* Of all callers. */
size_t callers_calls(const struct callers *callers);
/*
 * A call's requests take up so many bytes instead of so many. False if the caller's together have
 * more than one part in CALLERS_HELD_SHARE of what all of them leave of held_limit: they count all
 * the same. So who holds much leaves room for others, the less the more they are.
 */
bool callers_hold(struct callers *callers, struct caller *caller, size_t before, size_t after);
/* A call of the caller's that held so many bytes has ended. */
void callers_release(struct callers *callers, struct caller *caller, size_t held);

#endif
