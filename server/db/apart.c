/* A counter for each hash of a caller. */
#include "server/db/apart.h"

#include "server/db/backoff.h"

/* FNV-1a's prime. */
#define HASH_PRIME 1099511628211U

void
db_apart_init(struct db_apart *apart)
{
	*apart = (struct db_apart){.seed = db_random()};
}

size_t
db_apart_caller(const struct db_apart *apart, const struct db_statement *enter,
    const struct db_param *enter_params)
{
	uint64_t hash = apart->seed;

	for (int i = 0; i < enter->caller_params; i++) {
		const char *byte = enter_params[i].value != NULL ? enter_params[i].value : "";

		/* With its NUL, so that no two divisions of the same bytes are alike. */
		do
			hash = (hash ^ (uint8_t)*byte) * HASH_PRIME;
		while (*byte++ != '\0');
	}
	return (size_t)(hash >> 32) % DB_APART_CALLERS;
}

bool
db_apart_travels(const struct db_apart *apart, size_t caller)
{
	return apart->left[caller] > 0;
}

void
db_apart_learn(struct db_apart *apart, size_t caller, bool failed)
{
	if (failed)
		apart->left[caller] = DB_APART_READS;
	else if (apart->left[caller] > 0)
		apart->left[caller]--;
}
