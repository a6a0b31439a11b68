/* Counts in a hash; who has no call is not in it. */
#include "server/rpc/callers.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "common/memory.h"
#include "server/net/net.h"

/* An organisation's code has no slash and is not empty, so nobody's key is another's. */
#define NAME_SIZE \
	(sizeof(((struct net_peer *)0)->organisation) + sizeof(((struct net_peer *)0)->user))

struct caller {
	char key[NAME_SIZE]; /* organisation/user, or /network */
	size_t calls, held;
	UT_hash_handle hh;
};

struct callers {
	size_t limit, held_limit;
	size_t calls, held;
	struct caller *by_key;
};

struct callers *
callers_new(size_t limit, size_t held_limit)
{
	struct callers *callers = memory_calloc(1, sizeof(*callers));

	assert(limit > 0);
	callers->limit = limit;
	callers->held_limit = held_limit;
	return callers;
}

void
callers_set_limit(struct callers *callers, size_t limit)
{
	assert(limit > 0);
	callers->limit = limit;
}

void
callers_free(struct callers *callers)
{
	assert(callers->by_key == NULL);
	free(callers);
}

struct caller *
callers_take(struct callers *callers, const char *organisation, const char *name)
{
	char key[NAME_SIZE];
	struct caller *caller;

	snprintf(key, sizeof(key), "%s/%s", organisation, name);
	HASH_FIND_STR(callers->by_key, key, caller);
	if (caller == NULL) {
		caller = memory_calloc(1, sizeof(*caller));
		memcpy(caller->key, key, sizeof(key));
		HASH_ADD_STR(callers->by_key, key, caller);
	} else if (caller->calls >= callers->limit) {
		return NULL;
	}
	caller->calls++;
	callers->calls++;
	return caller;
}

size_t
callers_calls(const struct callers *callers)
{
	return callers->calls;
}

bool
callers_hold(struct callers *callers, struct caller *caller, size_t before, size_t after)
{
	size_t left;

	assert(before <= caller->held);
	caller->held += after - before;
	callers->held += after - before;
	left = callers->held < callers->held_limit ? callers->held_limit - callers->held : 0;
	return after <= before || caller->held <= left / CALLERS_HELD_SHARE;
}

void
callers_release(struct callers *callers, struct caller *caller, size_t held)
{
	callers_hold(callers, caller, held, 0);
	assert(caller->calls > 0);
	callers->calls--;
	if (--caller->calls > 0)
		return;
	HASH_DEL(callers->by_key, caller);
	free(caller);
}
