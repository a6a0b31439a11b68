/*
 * Prices the records of bench.record as an import does: pricebook_load out of the database, then
 * pricebook_quote for each, all in memory. usage: price_book CONNINFO COMMISSIONER YEAR ROUNDS.
 * Prints for each round: records, their price in pence, nanoseconds. The records are kept to the
 * end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"
#include "server/job/pricebook.h"

struct priced_record {
	struct pbr_record pbr;
	date_t day;
};

struct records {
	struct priced_record *items;
	size_t count, capacity;
};

static void
fail(const char *message)
{
	fprintf(stderr, "price_book: %s\n", message);
	exit(1);
}

static const char *
keep(const struct sync_rows *rows, int column)
{
	return memory_strdup(sync_text(rows, 0, column));
}

static bool
keep_record(void *arg, const struct sync_rows *rows)
{
	struct records *records = arg;
	struct priced_record *item;
	enum pbr_dataset dataset;

	if (!pbr_dataset_parse(sync_text(rows, 0, 0), &dataset))
		fail("a data set is not known");
	if (records->count == records->capacity) {
		records->capacity = records->capacity == 0 ? 65536 : records->capacity * 2;
		records->items =
		    memory_realloc(records->items, records->capacity * sizeof(*records->items));
	}
	item = &records->items[records->count++];
	item->pbr = (struct pbr_record){.dataset = dataset,
	    .age_years = (int)sync_int64(rows, 0, 1),
	    .hrg = keep(rows, 2),
	    .treatment_function = keep(rows, 3),
	    .main_specialty = "",
	    .patient_classification = keep(rows, 4),
	    .admission_method = keep(rows, 5),
	    .stay_days = (int)sync_int64(rows, 0, 6),
	    .first_attendance = keep(rows, 7),
	    .attended = keep(rows, 8),
	    .department_type = keep(rows, 9),
	    .administrative_category = "",
	    .specialised_service = ""};
	item->day = sync_date(rows, 0, 10);
	return true;
}

static void
price_all(const struct pricebook *book, const struct records *records)
{
	int64_t begun_us = clock_monotonic_us();
	int64_t total_pence = 0;
	struct quote quote;

	for (size_t i = 0; i < records->count; i++) {
		const struct priced_record *item = &records->items[i];

		pricebook_quote(book, &item->pbr, "RXA", item->day, &quote);
		total_pence += quote.price.total_pence;
	}
	printf("%zu %lld %lld\n", records->count, (long long)total_pence,
	    (long long)(clock_monotonic_us() - begun_us) * 1000);
}

int
main(int argc, char **argv)
{
	struct sync_config config = {.name = "price_book"};
	struct records records = {0};
	struct pricebook *book;
	struct job job = {0};
	const char *tenant;

	if (argc != 5)
		fail("usage: price_book CONNINFO COMMISSIONER YEAR ROUNDS");
	config.conninfo = argv[1];
	tenant = argv[2];
	job.db = sync_connect(&config, &job.status);
	if (job.db == NULL ||
	    !job_exec(&job, "SELECT set_config('pbc.commissioner', $1, false)", &tenant, 1, NULL))
		fail(job.status.message);
	book = pricebook_load(&job, (int)strtol(argv[3], NULL, 10),
	    date_from_civil((int)strtol(argv[3], NULL, 10), 7, 1));
	if (book == NULL ||
	    !sync_stream(job.db,
		"SELECT dataset, age, hrg, treatment_function_code, patient_classification,"
		" admission_method, stay_days, first_attendance, attended, ae_department_type, day"
		" FROM bench.record",
		NULL, 0, keep_record, &records, &job.status))
		fail(job.status.message);
	for (long round = strtol(argv[4], NULL, 10); round > 0; round--)
		price_all(book, &records);
	pricebook_free(book);
	sync_close(job.db);
	return 0;
}
