/* The rows are read on one connection while their prices go in on the other. */
#include "server/job/new_price.h"

#include "server/job/activity_store.h"

/* In the order of NEW_PRICE_QUERY_COLUMNS. */
enum { COLUMN_LINE, COLUMN_DAY, COLUMN_PROVIDER, COLUMN_RECORD };

#define COPY_COUNT 11 /* line and NEW_PRICE_COLUMNS */

struct filling {
	struct job *job;
	const struct pricebook *book;
	struct sync_copy *copy;
	int64_t *records;
	bool stopped;
};

bool
new_price_prepare(struct job *job)
{
	return job_exec(job,
		   "CREATE TEMP TABLE new_price (line integer PRIMARY KEY, pod text,"
		   " price_state text, price_reason text, tariff_line integer, base_pence bigint,"
		   " long_stay_days integer, long_stay_pence bigint, adjustment_pence bigint,"
		   " mff_ppm integer, total_pence bigint) ON COMMIT DROP",
		   NULL, 0, NULL) &&
	       job_exec(job, "GRANT SELECT ON pg_temp.new_price TO pbc_owner", NULL, 0, NULL);
}

static void
copy_quote(struct sync_copy *copy, const struct quote *quote)
{
	const struct pbr_price *price = &quote->price;

	sync_copy_text(copy, pbr_pod_name(quote->class.pod));
	sync_copy_text(copy, pbr_state_name(price->state));
	sync_copy_text(copy, price->reason[0] != '\0' ? price->reason : NULL);
	if (quote->tariff_line > 0)
		sync_copy_int32(copy, quote->tariff_line);
	else
		sync_copy_null(copy);
	activity_store_amounts(copy, price);
}

static bool
price_record(void *arg, const struct sync_rows *rows)
{
	struct filling *filling = arg;
	struct pbr_record record;
	struct quote quote;

	if ((*filling->records)++ % JOB_TICK_RECORDS == 0 &&
	    !job_tick(filling->job, *filling->records, 0))
		filling->stopped = true;
	if (filling->stopped || !sync_copy_row(filling->copy))
		return false;
	stored_record_read(rows, COLUMN_RECORD, &record);
	pricebook_quote(filling->book, &record, sync_text(rows, 0, COLUMN_PROVIDER),
	    sync_date(rows, 0, COLUMN_DAY), &quote);
	sync_copy_int32(filling->copy, (int32_t)sync_int64(rows, 0, COLUMN_LINE));
	copy_quote(filling->copy, &quote);
	return true;
}

bool
new_price_fill(struct job *job, const struct pricebook *book, const char *query,
    const char *const *params, int count, int64_t *records)
{
	struct filling filling = {.job = job, .book = book, .records = records};

	if (!job_exec(job, "TRUNCATE pg_temp.new_price", NULL, 0, NULL))
		return false;
	filling.copy = sync_copy_start(job->db, "COPY pg_temp.new_price FROM STDIN (FORMAT binary)",
	    SYNC_COPY_BINARY, COPY_COUNT, &job->status);
	if (filling.copy == NULL)
		return false;
	if (!sync_stream(job->files, query, params, count, price_record, &filling, &job->status) ||
	    filling.stopped) {
		sync_copy_abandon(filling.copy);
		return false;
	}
	return sync_copy_finish(filling.copy, NULL, &job->status);
}
