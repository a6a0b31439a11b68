/* Streams a year of records once; sums by hash, then sorts the sums. */
#include "server/job/budget_history.h"

#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/memory.h"
#include "server/job/slots.h"
#include "server/job/stored_record.h"

#define JOB_TICK_RECORDS 1024
#define CELLS_FIRST 1024

struct summing {
	struct job *job;
	const struct pricebook *book;
	int year;
	int64_t read, total;
	bool stopped;
	struct slots slots; /* of history's cells */
	size_t capacity;
	struct history *history;
};

/* Columns of the query below. */
enum {
	COLUMN_PRACTICE,
	COLUMN_PROVIDER,
	COLUMN_MONTH,
	COLUMN_QUANTITY,
	COLUMN_RECORD, /* the first of it */
};

/* What is budgeted for is care by its own month, however late it was told. */
static const char query[] = STORED_RECORD_QUERY(
    "a.practice_code, a.provider_code, (extract(month FROM a.activity_date)::integer + 8) % 12 + 1,"
    " a.quantity, " STORED_RECORD_COLUMNS);

static struct history_cell *
add_cell(struct summing *summing, const struct history_key *key, uint32_t hash)
{
	struct history *history = summing->history;

	if (history->count == summing->capacity) {
		summing->capacity = summing->capacity > 0 ? summing->capacity * 2 : CELLS_FIRST;
		history->cells =
		    memory_realloc(history->cells, summing->capacity * sizeof(*history->cells));
	}
	slots_put(&summing->slots, hash, (uint32_t)history->count);
	history->cells[history->count] = (struct history_cell){.key = *key};
	return &history->cells[history->count++];
}

/* The cell of a record, made if there is none. */
static struct history_cell *
find_cell(struct summing *summing, const struct sync_rows *rows, const struct pbr_record *record,
    enum pbr_pod pod)
{
	struct history_key key;
	uint32_t hash, number;
	size_t at;

	memset(&key, 0, sizeof(key));
	code_key_set(key.practice_code, sync_text(rows, 0, COLUMN_PRACTICE));
	code_key_set(key.provider_code, sync_text(rows, 0, COLUMN_PROVIDER));
	code_key_set(key.pod, pbr_pod_name(pod));
	code_key_set(key.treatment_function, record->treatment_function);
	code_key_set(key.hrg, record->hrg);
	hash = slots_hash(&summing->slots, &key, sizeof(key));
	at = hash;
	while (slots_next(&summing->slots, hash, &at, &number))
		if (memcmp(&summing->history->cells[number].key, &key, sizeof(key)) == 0)
			return &summing->history->cells[number];
	return add_cell(summing, &key, hash);
}

static bool
sum_record(void *arg, const struct sync_rows *rows)
{
	struct summing *summing = arg;
	int month = (int)sync_int64(rows, 0, COLUMN_MONTH);
	date_t day = month_first_day(financial_year_month(summing->year, month));
	int64_t quantity = sync_int64(rows, 0, COLUMN_QUANTITY);
	struct history_cell *cell;
	struct pbr_record record;
	struct quote quote;

	if (summing->read++ % JOB_TICK_RECORDS == 0 &&
	    !job_tick(summing->job, summing->read, summing->total)) {
		summing->stopped = true;
		return false;
	}
	stored_record_read(rows, COLUMN_RECORD, &record);
	pricebook_quote(summing->book, &record, sync_text(rows, 0, COLUMN_PROVIDER), day, &quote);
	if (quote.price.state == PBR_EXCLUDED)
		return true;
	summing->history->records += quantity;
	if (quote.price.state == PBR_UNPRICED)
		summing->history->unpriced += quantity;
	/* Without a point of delivery there is no line that could tell of it. */
	if (quote.class.pod == PBR_POD_NONE)
		return true;
	cell = find_cell(summing, rows, &record, quote.class.pod);
	if (quote.price.state == PBR_UNPRICED) {
		cell->unpriced += quantity;
		return true;
	}
	cell->activity.of[month - 1] += quantity;
	cell->cost_pence.of[month - 1] += quantity * quote.price.total_pence;
	return true;
}

static int
compare_cells(const void *left, const void *right)
{
	const struct history_cell *a = left, *b = right;

	return memcmp(&a->key, &b->key, sizeof(a->key));
}

/* All of its records were taken back by adjustments. */
static bool
is_empty(const struct history_cell *cell)
{
	int month;

	for (month = 0; month < BUDGET_MONTHS; month++)
		if (cell->activity.of[month] != 0)
			return false;
	return cell->unpriced == 0;
}

/* After this no cell is found by the slots. */
static void
sort_cells(struct history *history)
{
	size_t i, kept = 0;

	for (i = 0; i < history->count; i++)
		if (!is_empty(&history->cells[i]))
			history->cells[kept++] = history->cells[i];
	history->count = kept;
	if (kept > 0)
		qsort(history->cells, kept, sizeof(*history->cells), compare_cells);
}

static bool
count_records(struct summing *summing, const char *const params[2])
{
	struct sync_rows *rows;

	if (!job_exec(summing->job,
		"SELECT coalesce(sum(s.accepted_count), 0)::bigint, count(*)"
		" FROM ledger.provider_month m"
		" JOIN ledger.submission s USING (commissioner_code, submission_id)"
		" WHERE m.period >= $1::date AND m.period < $2::date",
		params, 2, &rows))
		return false;
	summing->total = sync_int64(rows, 0, 0);
	summing->history->submissions = sync_int64(rows, 0, 1);
	sync_rows_free(rows);
	return true;
}

bool
budget_history_load(
    struct job *job, const struct pricebook *book, int year, struct history *history)
{
	struct summing summing = {.job = job, .book = book, .year = year, .history = history};
	char from[11], to[11];
	const char *params[] = {from, to};
	bool read;

	*history = (struct history){0};
	slots_init(&summing.slots);
	date_format(financial_year_first_day(year - 1), from);
	date_format(financial_year_first_day(year), to);
	read = count_records(&summing, params) &&
	       sync_stream(job->db, query, params, 2, sum_record, &summing, &job->status) &&
	       !summing.stopped;
	slots_free(&summing.slots);
	sort_cells(history);
	return read;
}

void
budget_history_free(struct history *history)
{
	free(history->cells);
}
