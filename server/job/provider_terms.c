/* Terms of providers by hash. */
#include "server/job/provider_terms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"
#include "server/job/code_key.h"

struct mff_entry {
	char provider[CODE_KEY_SIZE];
	int64_t mff_ppm;
	UT_hash_handle hh;
};

/* Those of ledger.provider_term. */
enum term { TERM_TOP_UP, TERM_UNBUNDLED, TERM_LOCAL };

struct term_key {
	char provider[CODE_KEY_SIZE];
	char code[CODE_KEY_SIZE]; /* specialised service, or currency */
	int32_t pod;              /* PBR_POD_NONE of a top-up */
	int32_t term;
};

/* Rows of one key differ by their first day; the latest comes first. */
struct term_row {
	struct term_row *next;
	date_t valid_from, valid_to;
	int64_t value; /* of a top-up its rate in ppm, else pence */
};

struct term_entry {
	struct term_key key;
	struct term_row *rows;
	UT_hash_handle hh;
};

struct provider_terms {
	struct mff_entry *mff;
	struct term_entry *terms;
};

static struct term_key
make_key(const char *provider_code, enum term term, const char *code, enum pbr_pod pod)
{
	struct term_key key;

	memset(&key, 0, sizeof(key));
	code_key_set(key.provider, provider_code);
	code_key_set(key.code, code);
	key.pod = (int32_t)pod;
	key.term = (int32_t)term;
	return key;
}

static enum term
term_of(const char *word)
{
	if (strcmp(word, "TOP_UP") == 0)
		return TERM_TOP_UP;
	return strcmp(word, "UNBUNDLED") == 0 ? TERM_UNBUNDLED : TERM_LOCAL;
}

static bool
load_mff(struct job *job, struct provider_terms *terms, const char *year)
{
	struct mff_entry *entry;
	struct sync_rows *rows;

	if (!job_exec(job,
		"SELECT provider_code, mff_ppm FROM ledger.provider_mff WHERE year = $1::integer",
		&year, 1, &rows))
		return false;
	for (size_t i = 0; i < sync_rows_count(rows); i++) {
		entry = memory_calloc(1, sizeof(*entry));
		code_key_set(entry->provider, sync_text(rows, i, 0));
		entry->mff_ppm = sync_int64(rows, i, 1);
		HASH_ADD(hh, terms->mff, provider, sizeof(entry->provider), entry);
	}
	sync_rows_free(rows);
	return true;
}

static void
keep_term(struct provider_terms *terms, const struct sync_rows *rows, size_t i)
{
	struct term_row *row = memory_calloc(1, sizeof(*row));
	enum pbr_pod pod = PBR_POD_NONE;
	struct term_entry *entry;
	struct term_key key;

	pbr_pod_parse(sync_text(rows, i, 3), &pod);
	key = make_key(
	    sync_text(rows, i, 0), term_of(sync_text(rows, i, 1)), sync_text(rows, i, 2), pod);
	row->valid_from = sync_date(rows, i, 4);
	row->valid_to = sync_date(rows, i, 5);
	row->value = sync_int64(rows, i, 6);
	HASH_FIND(hh, terms->terms, &key, sizeof(key), entry);
	if (entry == NULL) {
		entry = memory_calloc(1, sizeof(*entry));
		entry->key = key;
		HASH_ADD(hh, terms->terms, key, sizeof(entry->key), entry);
	}
	row->next = entry->rows;
	entry->rows = row;
}

static bool
load_terms(struct job *job, struct provider_terms *terms, int year, date_t on)
{
	char first[11], last[11], day[11];
	const char *params[] = {first, last, day};
	struct sync_rows *rows;

	date_format(financial_year_first_day(year), first);
	date_format(financial_year_last_day(year), last);
	date_format(on, day);
	if (!job_exec(job,
		"SELECT t.provider_code, t.term, t.code, t.pod, t.valid_from, t.valid_to,"
		" coalesce(t.amount_pence, ledger.top_up_ppm(t.code, $3::date))"
		" FROM ledger.provider_term t"
		" WHERE t.valid_from <= $2::date AND t.valid_to >= $1::date"
		" ORDER BY t.valid_from",
		params, 3, &rows))
		return false;
	for (size_t i = 0; i < sync_rows_count(rows); i++)
		keep_term(terms, rows, i);
	sync_rows_free(rows);
	return true;
}

struct provider_terms *
provider_terms_load(struct job *job, int year, date_t on)
{
	struct provider_terms *terms = memory_calloc(1, sizeof(*terms));
	char year_text[12];

	snprintf(year_text, sizeof(year_text), "%d", year);
	if (load_mff(job, terms, year_text) && load_terms(job, terms, year, on))
		return terms;
	provider_terms_free(terms);
	return NULL;
}

static void
free_term(struct term_entry *entry)
{
	struct term_row *row, *next;

	for (row = entry->rows; row != NULL; row = next) {
		next = row->next;
		free(row);
	}
	free(entry);
}

void
provider_terms_free(struct provider_terms *terms)
{
	struct mff_entry *mff, *next_mff;
	struct term_entry *term, *next_term;

	if (terms == NULL)
		return;
	HASH_ITER(hh, terms->mff, mff, next_mff)
	{
		HASH_DEL(terms->mff, mff);
		free(mff);
	}
	HASH_ITER(hh, terms->terms, term, next_term)
	{
		HASH_DEL(terms->terms, term);
		free_term(term);
	}
	free(terms);
}

/* The value of the latest row of that day; 0 if there is none. */
static int64_t
value_on(const struct provider_terms *terms, const struct term_key *key, date_t day)
{
	struct term_entry *entry;

	HASH_FIND(hh, terms->terms, key, sizeof(*key), entry);
	if (entry == NULL)
		return 0;
	for (const struct term_row *row = entry->rows; row != NULL; row = row->next)
		if (row->valid_from <= day && day <= row->valid_to)
			return row->value;
	return 0;
}

void
provider_terms_find(const struct provider_terms *terms, const char *provider_code,
    const struct pbr_class *class, const char *service, date_t day,
    struct pbr_provider_terms *found)
{
	char provider[CODE_KEY_SIZE];
	struct mff_entry *mff;
	struct term_key key;

	*found = (struct pbr_provider_terms){0};
	code_key_set(provider, provider_code);
	HASH_FIND(hh, terms->mff, provider, sizeof(provider), mff);
	if (mff != NULL)
		found->mff_ppm = mff->mff_ppm;
	if (terms->terms == NULL)
		return;
	if (service[0] != '\0') {
		key = make_key(provider_code, TERM_TOP_UP, service, PBR_POD_NONE);
		found->top_up_ppm = value_on(terms, &key, day);
	}
	key = make_key(provider_code, TERM_UNBUNDLED, class->currency, class->pod);
	found->unbundled_pence = value_on(terms, &key, day);
	key.term = TERM_LOCAL;
	found->local_pence = value_on(terms, &key, day);
}
