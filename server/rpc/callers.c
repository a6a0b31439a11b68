/* Counts in a hash; who has no call is not in it. */
#include "server/rpc/callers.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "common/memory.h"
#include "server/net/net.h"

/* An organisation's code has no slash. */
#define NAME_SIZE \
	(sizeof(((struct net_peer *)0)->organisation) + sizeof(((struct net_peer *)0)->user))

struct caller {
	char name[NAME_SIZE]; /* organisation/user */
	size_t calls;
	UT_hash_handle hh;
};

struct callers {
	size_t limit;
	struct caller *by_name;
};

struct callers *
callers_new(size_t limit)
{
	struct callers *callers = memory_calloc(1, sizeof(*callers));

	assert(limit > 0);
	callers->limit = limit;
	return callers;
}

void
callers_free(struct callers *callers)
{
	assert(callers->by_name == NULL);
	free(callers);
}

struct caller *
callers_take(struct callers *callers, const char *organisation, const char *user)
{
	char name[NAME_SIZE];
	struct caller *caller;

	snprintf(name, sizeof(name), "%s/%s", organisation, user);
	HASH_FIND_STR(callers->by_name, name, caller);
	if (caller == NULL) {
		caller = memory_calloc(1, sizeof(*caller));
		memcpy(caller->name, name, sizeof(name));
		HASH_ADD_STR(callers->by_name, name, caller);
	} else if (caller->calls >= callers->limit) {
		return NULL;
	}
	caller->calls++;
	return caller;
}

void
callers_release(struct callers *callers, struct caller *caller)
{
	assert(caller->calls > 0);
	if (--caller->calls > 0)
		return;
	HASH_DEL(callers->by_name, caller);
	free(caller);
}
