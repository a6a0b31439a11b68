/* Memberships of practices by hash. */
#include "server/job/attribution.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"

#define CODE_SIZE 12

struct membership {
	struct membership *next;
	char member_of[CODE_SIZE];
	date_t from, to; /* to is DATE_NONE while open */
};

struct practice {
	char code[CODE_SIZE];
	struct membership *memberships;
	UT_hash_handle hh;
};

struct attribution {
	char ours[CODE_SIZE];
	struct practice *practices;
};

static struct practice *
find_practice(const struct attribution *attribution, const char *code)
{
	struct practice *practice;

	HASH_FIND_STR(attribution->practices, code, practice);
	return practice;
}

static bool
keep_membership(void *arg, const struct sync_rows *rows)
{
	struct attribution *attribution = arg;
	struct membership *membership = memory_calloc(1, sizeof(*membership));
	struct practice *practice = find_practice(attribution, sync_text(rows, 0, 0));

	if (practice == NULL) {
		practice = memory_calloc(1, sizeof(*practice));
		snprintf(practice->code, sizeof(practice->code), "%s", sync_text(rows, 0, 0));
		HASH_ADD_STR(attribution->practices, code, practice);
	}
	snprintf(membership->member_of, sizeof(membership->member_of), "%s", sync_text(rows, 0, 1));
	membership->from = sync_date(rows, 0, 2);
	membership->to = sync_date(rows, 0, 3);
	membership->next = practice->memberships;
	practice->memberships = membership;
	return true;
}

struct attribution *
attribution_load(struct job *job)
{
	struct attribution *attribution = memory_calloc(1, sizeof(*attribution));

	snprintf(attribution->ours, sizeof(attribution->ours), "%s", job->commissioner);
	if (sync_stream(job->db,
		"SELECT practice_code, member_of, valid_from, valid_to"
		" FROM ledger.practice_membership",
		NULL, 0, keep_membership, attribution, &job->status))
		return attribution;
	attribution_free(attribution);
	return NULL;
}

void
attribution_free(struct attribution *attribution)
{
	struct membership *membership, *next_membership;
	struct practice *practice, *next;

	if (attribution == NULL)
		return;
	HASH_ITER(hh, attribution->practices, practice, next)
	{
		HASH_DEL(attribution->practices, practice);
		for (membership = practice->memberships; membership != NULL;
		     membership = next_membership) {
			next_membership = membership->next;
			free(membership);
		}
		free(practice);
	}
	free(attribution);
}

static bool
is_no_practice(const char *code)
{
	return strcmp(code, "V81997") == 0 || strcmp(code, "V81998") == 0 ||
	       strcmp(code, "V81999") == 0;
}

const char *
attribution_name(enum attribution_kind kind)
{
	static const char *const names[] = {
	    [ATTRIBUTION_REGISTERED] = "registered",
	    [ATTRIBUTION_STATED] = "stated",
	    [ATTRIBUTION_HOST] = "host",
	    [ATTRIBUTION_REGISTERED_ELSEWHERE] = "registered_elsewhere",
	    [ATTRIBUTION_REGISTERED_NOWHERE] = "registered_nowhere",
	    [ATTRIBUTION_STATED_ELSEWHERE] = "stated_elsewhere",
	};

	assert(kind < ATTRIBUTION_UNKNOWN_PRACTICE);
	return names[kind];
}

bool
attribution_is_ours(enum attribution_kind kind)
{
	return kind <= ATTRIBUTION_HOST;
}

/* Residence is not in the file, so the provider's statement stands in for it. */
static enum attribution_kind
attribute_without_practice(
    const struct attribution *attribution, const char *stated, const char **responsible)
{
	*responsible = stated[0] != '\0' ? stated : attribution->ours;
	if (stated[0] == '\0')
		return ATTRIBUTION_HOST;
	return strcmp(stated, attribution->ours) == 0 ? ATTRIBUTION_STATED
						      : ATTRIBUTION_STATED_ELSEWHERE;
}

enum attribution_kind
attribution_find(const struct attribution *attribution, const char *practice_code,
    const char *stated, date_t day, const char **responsible)
{
	const struct practice *practice = find_practice(attribution, practice_code);
	const struct membership *membership;

	*responsible = "";
	if (practice == NULL) {
		if (!is_no_practice(practice_code))
			return ATTRIBUTION_UNKNOWN_PRACTICE;
		return attribute_without_practice(attribution, stated, responsible);
	}
	for (membership = practice->memberships; membership != NULL;
	     membership = membership->next) {
		if (day < membership->from || (membership->to != DATE_NONE && day > membership->to))
			continue;
		*responsible = membership->member_of;
		return strcmp(membership->member_of, attribution->ours) == 0
			   ? ATTRIBUTION_REGISTERED
			   : ATTRIBUTION_REGISTERED_ELSEWHERE;
	}
	return ATTRIBUTION_REGISTERED_NOWHERE;
}
