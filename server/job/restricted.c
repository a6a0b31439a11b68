/* Ranges by column; a row has few of the columns, so its codes are compared with all of theirs. */
#include "server/job/restricted.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

struct range {
	struct range *next;
	size_t length; /* of both codes */
	char first[RESTRICTED_CODE_MAX + 1];
	char last[RESTRICTED_CODE_MAX + 1];
};

struct restricted {
	struct range *ranges[ACTIVITY_COLUMNS];
};

struct restricted *
restricted_new(void)
{
	return memory_calloc(1, sizeof(struct restricted));
}

void
restricted_free(struct restricted *restricted)
{
	struct range *range, *next;
	int column;

	if (restricted == NULL)
		return;
	for (column = 0; column < ACTIVITY_COLUMNS; column++)
		for (range = restricted->ranges[column]; range != NULL; range = next) {
			next = range->next;
			free(range);
		}
	free(restricted);
}

void
restricted_add(struct restricted *restricted, enum activity_column column, const char *first_code,
    const char *last_code)
{
	struct range *range = memory_calloc(1, sizeof(*range));

	range->length = strlen(first_code);
	assert(range->length <= RESTRICTED_CODE_MAX && strlen(last_code) == range->length);
	memcpy(range->first, first_code, range->length);
	memcpy(range->last, last_code, range->length);
	range->next = restricted->ranges[column];
	restricted->ranges[column] = range;
}

static bool
keep_range(void *arg, const struct sync_rows *rows)
{
	const char *field = sync_text(rows, 0, 0);
	int column = 0;

	while (strcmp(activity_columns[column].name, field) != 0) {
		column++;
		assert(column < ACTIVITY_COLUMNS);
	}
	restricted_add(
	    arg, (enum activity_column)column, sync_text(rows, 0, 1), sync_text(rows, 0, 2));
	return true;
}

struct restricted *
restricted_load(struct job *job, month_t month)
{
	struct restricted *restricted = restricted_new();
	char first_day[11];
	const char *params[] = {first_day};

	date_format(month_first_day(month), first_day);
	if (sync_stream(job->db,
		"SELECT field, first_code, last_code FROM"
		" (SELECT field, first_code, last_code, valid_from, valid_to FROM"
		" ref.restricted_code UNION ALL SELECT field, first_code, last_code, valid_from,"
		" valid_to FROM ledger.restricted_code) r"
		" WHERE valid_from < $1::date + interval '1 month'"
		" AND coalesce(valid_to, 'infinity') >= $1::date",
		params, 1, keep_range, restricted, &job->status))
		return restricted;
	restricted_free(restricted);
	return NULL;
}

/* The first letters and digits of a code as it may be written: b20.1, B201, B20 1. */
static size_t
read_code(const char *text, char code[RESTRICTED_CODE_MAX + 1])
{
	size_t length = 0;

	for (; *text != '\0' && length < RESTRICTED_CODE_MAX; text++) {
		if (*text >= 'a' && *text <= 'z')
			code[length++] = (char)(*text - 'a' + 'A');
		else if ((*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9'))
			code[length++] = *text;
	}
	code[length] = '\0';
	return length;
}

static bool
match_column(const struct range *range, const char *text)
{
	char code[RESTRICTED_CODE_MAX + 1];
	size_t length = read_code(text, code);

	for (; range != NULL; range = range->next)
		if (length >= range->length && memcmp(code, range->first, range->length) >= 0 &&
		    memcmp(code, range->last, range->length) <= 0)
			return true;
	return false;
}

bool
restricted_match(const struct restricted *restricted, const char *const *fields)
{
	int column;

	for (column = 0; column < ACTIVITY_COLUMNS; column++)
		if (restricted->ranges[column] != NULL && fields[column][0] != '\0' &&
		    match_column(restricted->ranges[column], fields[column]))
			return true;
	return false;
}
