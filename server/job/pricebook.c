/* The year's prices by hash. */
#include "server/job/pricebook.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/buf.h"
#include "common/memory.h"
#include "server/job/code_key.h"
#include "server/job/provider_terms.h"
#include "server/job/slots.h"

#define TARIFF_ROWS_FIRST 1024

struct tariff_key {
	char currency[CODE_KEY_SIZE];
	int32_t type;
	int32_t pod;
	int32_t age_band;
};

/* Rows of one key differ by their days. */
struct tariff_row {
	struct tariff_key key;
	struct tariff_row *next_attendance; /* of A&E, whatever its key */
	date_t valid_from, valid_to;
	int32_t line;
	struct pbr_tariff tariff;
};

struct local_key {
	char provider[CODE_KEY_SIZE];
	char currency[CODE_KEY_SIZE];
	int32_t pod;
};

struct local_entry {
	struct local_key key;
	int64_t price_pence;
	UT_hash_handle hh;
};

struct pricebook {
	char tariff_id[JOB_ID_SIZE];
	struct pbr_rules rules;
	struct tariff_row *tariff;
	size_t tariff_count, tariff_capacity;
	struct slots tariff_slots;
	struct tariff_row *attendances; /* borrowed of tariff: those of A&E */
	struct local_entry *local;
	struct provider_terms *terms;
	struct pbr_exclusion *exclusions; /* of rules */
};

static struct tariff_key
make_tariff_key(
    const char *currency, enum pbr_currency_type type, enum pbr_pod pod, enum pbr_age_band age_band)
{
	struct tariff_key key;

	memset(&key, 0, sizeof(key));
	code_key_set(key.currency, currency);
	key.type = (int32_t)type;
	key.pod = (int32_t)pod;
	key.age_band = (int32_t)age_band;
	return key;
}

static int64_t
amount_or_none(const struct sync_rows *rows, int column)
{
	return sync_is_null(rows, 0, column) ? PBR_NO_AMOUNT : sync_int64(rows, 0, column);
}

static struct tariff_row *
add_tariff_row(struct pricebook *book, const struct tariff_key *key)
{
	if (book->tariff_count == book->tariff_capacity) {
		book->tariff_capacity =
		    book->tariff_capacity > 0 ? book->tariff_capacity * 2 : TARIFF_ROWS_FIRST;
		book->tariff =
		    memory_realloc(book->tariff, book->tariff_capacity * sizeof(*book->tariff));
	}
	slots_put(&book->tariff_slots, slots_hash(&book->tariff_slots, key, sizeof(*key)),
	    (uint32_t)book->tariff_count);
	book->tariff[book->tariff_count] = (struct tariff_row){.key = *key};
	return &book->tariff[book->tariff_count++];
}

/* Columns of the query in load_tariff. */
enum {
	TARIFF_LINE,
	TARIFF_CURRENCY,
	TARIFF_CURRENCY_TYPE,
	TARIFF_POD,
	TARIFF_AGE_BAND,
	TARIFF_PRICE,
	TARIFF_TRIM_DAYS,
	TARIFF_PER_DIEM,
	TARIFF_SHORT_STAY_APPLIES,
	TARIFF_SHORT_STAY_PRICE,
	TARIFF_VALID_FROM,
	TARIFF_VALID_TO,
};

static struct tariff_key
read_tariff_key(const struct sync_rows *rows)
{
	enum pbr_pod pod;
	bool sound = pbr_pod_parse(sync_text(rows, 0, TARIFF_POD), &pod);

	assert(sound);
	return make_tariff_key(sync_text(rows, 0, TARIFF_CURRENCY),
	    pbr_currency_type_of(sync_text(rows, 0, TARIFF_CURRENCY_TYPE)), pod,
	    pbr_age_band_of(sync_text(rows, 0, TARIFF_AGE_BAND)));
}

static bool
keep_tariff_row(void *arg, const struct sync_rows *rows)
{
	struct tariff_key key = read_tariff_key(rows);
	struct tariff_row *row = add_tariff_row(arg, &key);

	row->line = (int32_t)sync_int64(rows, 0, TARIFF_LINE);
	row->valid_from = sync_date(rows, 0, TARIFF_VALID_FROM);
	row->valid_to = sync_date(rows, 0, TARIFF_VALID_TO);
	row->tariff = (struct pbr_tariff){
	    .price_pence = amount_or_none(rows, TARIFF_PRICE),
	    .trim_days = sync_is_null(rows, 0, TARIFF_TRIM_DAYS)
			     ? -1
			     : (int)sync_int64(rows, 0, TARIFF_TRIM_DAYS),
	    .per_diem_pence = amount_or_none(rows, TARIFF_PER_DIEM),
	    .short_stay_applies = sync_text(rows, 0, TARIFF_SHORT_STAY_APPLIES)[0] == 't',
	    .short_stay_price_pence = amount_or_none(rows, TARIFF_SHORT_STAY_PRICE),
	    .lowest_band_pence = PBR_NO_AMOUNT,
	};
	return true;
}

/* Once all rows are there and move no more. */
static void
link_attendances(struct pricebook *book)
{
	size_t i;

	for (i = 0; i < book->tariff_count; i++) {
		struct tariff_row *row = &book->tariff[i];

		if (row->key.pod != PBR_POD_AE)
			continue;
		row->next_attendance = book->attendances;
		book->attendances = row;
	}
}

static bool
find_tariff_in_force(struct job *job, struct pricebook *book, const char *year)
{
	struct sync_rows *rows;

	if (!job_exec(job,
		"SELECT tariff_id FROM ledger.tariff_in_force WHERE year = $1::integer"
		" ORDER BY version DESC LIMIT 1",
		&year, 1, &rows))
		return false;
	if (sync_rows_count(rows) == 0) {
		sync_rows_free(rows);
		return status_set(&job->status, STATUS_FAILED_PRECONDITION, "NO_TARIFF", NULL,
		    "import it with: pbc tariff import",
		    "there is no tariff for the year from April %s", year);
	}
	snprintf(book->tariff_id, sizeof(book->tariff_id), "%s", sync_text(rows, 0, 0));
	sync_rows_free(rows);
	return true;
}

static bool
load_tariff(struct job *job, struct pricebook *book)
{
	const char *id = book->tariff_id;
	bool loaded;

	loaded = sync_stream(job->db,
	    "SELECT line, currency, currency_type, pod, age_band, price_pence, trim_days,"
	    " per_diem_pence, short_stay_applies, short_stay_price_pence, valid_from, valid_to"
	    " FROM ref.tariff_row WHERE tariff_id = $1::uuid",
	    &id, 1, keep_tariff_row, book, &job->status);
	link_attendances(book);
	return loaded;
}

static bool
load_local_prices(struct job *job, struct pricebook *book, const char *year)
{
	struct local_entry *entry;
	struct sync_rows *rows;
	enum pbr_pod pod;
	size_t i;

	if (!job_exec(job,
		"SELECT c.provider_code, p.currency, p.pod, p.price_pence FROM ledger.contract c"
		" JOIN ledger.local_price p USING (commissioner_code, contract_id)"
		" WHERE c.year = $1::integer AND c.state = 'active'",
		&year, 1, &rows))
		return false;
	for (i = 0; i < sync_rows_count(rows); i++) {
		if (!pbr_pod_parse(sync_text(rows, i, 2), &pod))
			continue;
		entry = memory_calloc(1, sizeof(*entry));
		code_key_set(entry->key.provider, sync_text(rows, i, 0));
		code_key_set(entry->key.currency, sync_text(rows, i, 1));
		entry->key.pod = (int32_t)pod;
		entry->price_pence = sync_int64(rows, i, 3);
		HASH_ADD(hh, book->local, key, sizeof(entry->key), entry);
	}
	sync_rows_free(rows);
	return true;
}

static bool
load_rules(struct job *job, struct pricebook *book, const char *day)
{
	struct buf names = {0};
	int64_t values[PBR_RULE_COUNT];
	const char *params[] = {NULL, day};
	struct sync_rows *rows;
	bool loaded;

	for (size_t i = 0; i < PBR_RULE_COUNT; i++)
		buf_printf(&names, "%c%s", i == 0 ? '{' : ',', pbr_rule_names[i].name);
	buf_append(&names, "}", 2);
	params[0] = (const char *)names.data;
	loaded = job_exec(job,
	    "SELECT ledger.rule_value(n.name, $2::date) FROM unnest($1::text[])"
	    " WITH ORDINALITY AS n (name, ordinal) ORDER BY n.ordinal",
	    params, 2, &rows);
	buf_free(&names);
	if (!loaded)
		return false;
	for (size_t i = 0; i < PBR_RULE_COUNT; i++)
		values[i] = sync_int64(rows, i, 0);
	pbr_rules_set(&book->rules, values);
	sync_rows_free(rows);
	return true;
}

static bool
load_exclusions(struct job *job, struct pricebook *book, const char *day)
{
	struct sync_rows *rows;
	size_t count;

	if (!job_exec(job,
		"SELECT currency_type, code_prefix, reason FROM ref.tariff_exclusion"
		" WHERE valid_from <= $1::date AND coalesce(valid_to, 'infinity') >= $1::date"
		" ORDER BY length(code_prefix) DESC, code_prefix",
		&day, 1, &rows))
		return false;
	count = sync_rows_count(rows);
	book->exclusions = memory_calloc(count + 1, sizeof(*book->exclusions));
	for (size_t i = 0; i < count; i++)
		pbr_exclusion_set(&book->exclusions[i], pbr_currency_type_of(sync_text(rows, i, 0)),
		    sync_text(rows, i, 1), sync_text(rows, i, 2));
	book->rules.exclusions = book->exclusions;
	book->rules.exclusion_count = count;
	sync_rows_free(rows);
	return true;
}

static struct pricebook *
load_book(struct job *job, struct pricebook *book, int year, date_t on)
{
	char year_text[12], day[11];

	slots_init(&book->tariff_slots);
	snprintf(year_text, sizeof(year_text), "%d", year);
	date_format(on, day);
	if (load_rules(job, book, day) && load_exclusions(job, book, day) &&
	    (book->tariff_id[0] != '\0' || find_tariff_in_force(job, book, year_text)) &&
	    load_tariff(job, book) && load_local_prices(job, book, year_text) &&
	    (book->terms = provider_terms_load(job, year, on)) != NULL)
		return book;
	pricebook_free(book);
	return NULL;
}

struct pricebook *
pricebook_load(struct job *job, int year, date_t on)
{
	return load_book(job, memory_calloc(1, sizeof(struct pricebook)), year, on);
}

struct pricebook *
pricebook_load_tariff(struct job *job, int year, date_t on, const char *tariff_id)
{
	struct pricebook *book = memory_calloc(1, sizeof(*book));

	snprintf(book->tariff_id, sizeof(book->tariff_id), "%s", tariff_id);
	return load_book(job, book, year, on);
}

void
pricebook_free(struct pricebook *book)
{
	struct local_entry *local, *next_local;

	if (book == NULL)
		return;
	slots_free(&book->tariff_slots);
	free(book->tariff);
	HASH_ITER(hh, book->local, local, next_local)
	{
		HASH_DEL(book->local, local);
		free(local);
	}
	provider_terms_free(book->terms);
	free(book->exclusions);
	free(book);
}

const char *
pricebook_tariff_id(const struct pricebook *book)
{
	return book->tariff_id;
}

static const struct tariff_row *
find_row(const struct pricebook *book, const struct pbr_class *class, enum pbr_age_band age_band,
    date_t day)
{
	struct tariff_key key =
	    make_tariff_key(class->currency, class->currency_type, class->pod, age_band);
	uint32_t hash = slots_hash(&book->tariff_slots, &key, sizeof(key)), number;
	size_t at = hash;

	while (slots_next(&book->tariff_slots, hash, &at, &number)) {
		const struct tariff_row *row = &book->tariff[number];

		if (memcmp(&row->key, &key, sizeof(key)) == 0 && row->valid_from <= day &&
		    day <= row->valid_to)
			return row;
	}
	return NULL;
}

static const struct local_entry *
find_local(const struct pricebook *book, const struct pbr_class *class, const char *provider_code)
{
	struct local_entry *entry;
	struct local_key key;

	if (book->local == NULL)
		return NULL;
	memset(&key, 0, sizeof(key));
	code_key_set(key.provider, provider_code);
	code_key_set(key.currency, class->currency);
	key.pod = (int32_t) class->pod;
	HASH_FIND(hh, book->local, &key, sizeof(key), entry);
	return entry;
}

static const struct tariff_row *
find_tariff(const struct pricebook *book, const struct pbr_class *class, date_t day)
{
	const struct tariff_row *row = find_row(book, class, class->age_band, day);

	return row != NULL ? row : find_row(book, class, PBR_AGE_ALL, day);
}

/* The least price above nothing of the day's A&E groups. */
static int64_t
find_lowest_band(const struct pricebook *book, date_t day)
{
	int64_t lowest_pence = PBR_NO_AMOUNT;
	const struct tariff_row *row;

	for (row = book->attendances; row != NULL; row = row->next_attendance)
		if (row->valid_from <= day && day <= row->valid_to && row->tariff.price_pence > 0 &&
		    (lowest_pence == PBR_NO_AMOUNT || row->tariff.price_pence < lowest_pence))
			lowest_pence = row->tariff.price_pence;
	return lowest_pence;
}

/* What was found for a class; neither is there when it has no price. */
struct found {
	const struct local_entry *local;
	const struct tariff_row *row;
};

static struct found
find_prices(const struct pricebook *book, const struct pbr_class *class, const char *provider_code,
    date_t day)
{
	struct found found = {NULL, NULL};

	if (class->local)
		found.local = find_local(book, class, provider_code);
	if (found.local == NULL && class->state == PBR_PRICED)
		found.row = find_tariff(book, class, day);
	return found;
}

static void
quote_tariff(const struct pricebook *book, const struct pbr_record *record,
    const char *provider_code, date_t day, const struct tariff_row *row, struct quote *quote)
{
	const struct pbr_class *class = &quote->class;
	struct pbr_provider_terms terms = {0};
	struct pbr_tariff tariff;

	if (row != NULL)
		tariff = row->tariff;
	if (row != NULL && class->lowest_band)
		tariff.lowest_band_pence = find_lowest_band(book, day);
	if (class->state == PBR_PRICED)
		provider_terms_find(
		    book->terms, provider_code, class, record->specialised_service, day, &terms);
	pbr_price(
	    record, class, row != NULL ? &tariff : NULL, &book->rules, &terms, &quote->price, NULL);
	quote->topped_up = quote->price.state == PBR_PRICED && terms.top_up_ppm != 0;
	if (row != NULL)
		quote->tariff_line = row->line;
}

void
pricebook_quote(const struct pricebook *book, const struct pbr_record *record,
    const char *provider_code, date_t day, struct quote *quote)
{
	const struct pbr_class *class = &quote->class;
	struct found found;

	*quote = (struct quote){0};
	pbr_classify(record, &book->rules, &quote->class, NULL);
	found = find_prices(book, class, provider_code, day);
	if (found.local == NULL &&
	    (found.row == NULL || found.row->tariff.price_pence == PBR_NO_AMOUNT) &&
	    pbr_fall_back(record, &book->rules, &quote->class, NULL))
		found = find_prices(book, class, provider_code, day);
	if (found.local != NULL)
		pbr_price_local(class, found.local->price_pence, &quote->price, NULL);
	else
		quote_tariff(book, record, provider_code, day, found.row, quote);
}
