/*
 * budget_run: a draft of every practice's indicative budget on the historic basis, with its
 * working.
 */
#include "server/job/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/memory.h"
#include "server/job/budget_history.h"

/* "{-9223372036854775808,...}" of 12. */
#define MONTHS_TEXT_SIZE (BUDGET_MONTHS * 21 + 3)

/* A point of delivery at a provider: its cells of the history, and what became of them. */
struct line {
	const struct history_cell *cells;
	size_t count;
	char line_id[2 * CODE_KEY_SIZE];
	struct budget_line derived;
};

struct run {
	struct job *job;
	int year;
	struct budget_basis basis;
	char history_year[8], budget_year[8];
	char history_source[BUDGET_DETAIL_SIZE];
	char tariff_source[BUDGET_DETAIL_SIZE];
	char uplift_source[BUDGET_DETAIL_SIZE];
	struct history history;
	struct line *lines;
	size_t line_count;
};

static bool
load_uplift(struct run *run)
{
	char day[11];
	const char *params[] = {day};
	struct sync_rows *rows;

	date_format(financial_year_first_day(run->year), day);
	if (!job_exec(run->job,
		"SELECT ledger.rule_value('BUDGET_UPLIFT_PPM', $1::date),"
		" (SELECT r.source FROM (SELECT source, valid_from, valid_to, 0 AS place"
		" FROM ledger.rule WHERE name = 'BUDGET_UPLIFT_PPM' UNION ALL"
		" SELECT source, valid_from, valid_to, 1 FROM ref.rule"
		" WHERE name = 'BUDGET_UPLIFT_PPM') r WHERE r.valid_from <= $1::date"
		" AND coalesce(r.valid_to, 'infinity') >= $1::date"
		" ORDER BY r.place, r.valid_from DESC LIMIT 1)",
		params, 1, &rows))
		return false;
	run->basis.uplift_ppm = sync_int64(rows, 0, 0);
	snprintf(run->uplift_source, sizeof(run->uplift_source), "rule BUDGET_UPLIFT_PPM: %s",
	    sync_text(rows, 0, 1));
	sync_rows_free(rows);
	financial_year_format(run->year - 1, run->history_year);
	financial_year_format(run->year, run->budget_year);
	run->basis.history_year = run->history_year;
	run->basis.budget_year = run->budget_year;
	run->basis.uplift_source = run->uplift_source;
	return true;
}

/* The file that finance imported, as a price's working names it. */
static bool
name_tariff(struct run *run, const char *tariff_id)
{
	struct sync_rows *rows;

	if (!job_exec(run->job, "SELECT file_name FROM ref.tariff WHERE tariff_id = $1::uuid",
		&tariff_id, 1, &rows))
		return false;
	snprintf(run->tariff_source, sizeof(run->tariff_source), "tariff of %s, %s",
	    run->budget_year, sync_text(rows, 0, 0));
	sync_rows_free(rows);
	run->basis.tariff_source = run->tariff_source;
	return true;
}

static void
name_history(struct run *run)
{
	snprintf(run->history_source, sizeof(run->history_source),
	    "%lld current submissions of %s and adjustments to them",
	    (long long)run->history.submissions, run->history_year);
	run->basis.history_source = run->history_source;
}

static bool
load_history(struct run *run)
{
	struct pricebook *book =
	    pricebook_load(run->job, run->year, financial_year_first_day(run->year));
	bool loaded;

	if (book == NULL)
		return false;
	loaded = name_tariff(run, pricebook_tariff_id(book)) &&
		 budget_history_load(run->job, book, run->year, &run->history);
	pricebook_free(book);
	if (!loaded)
		return false;
	name_history(run);
	return run->history.count > 0 ||
	       status_set(&run->job->status, STATUS_FAILED_PRECONDITION, "NO_HISTORY",
		   "financial_year", "import it with: pbc activity import",
		   "there is no activity of %s to rest a budget on", run->history_year);
}

/* Keys of one line agree up to the provider. */
static bool
same_line(const struct history_cell *a, const struct history_cell *b)
{
	return memcmp(&a->key, &b->key, offsetof(struct history_key, treatment_function)) == 0;
}

static bool
derive_line(struct run *run, struct line *line)
{
	const struct history_key *key = &line->cells[0].key;
	struct budget_history sums = {.cost_pence = 0};
	size_t i;
	int month;

	for (i = 0; i < line->count; i++) {
		for (month = 0; month < BUDGET_MONTHS; month++) {
			sums.month_activity[month] += line->cells[i].activity.of[month];
			sums.cost_pence += line->cells[i].cost_pence.of[month];
		}
		sums.unpriced += line->cells[i].unpriced;
	}
	snprintf(line->line_id, sizeof(line->line_id), "%s.%s", key->pod, key->provider_code);
	return budget_derive(&sums, &run->basis, &line->derived) ||
	       status_set(&run->job->status, STATUS_OUT_OF_RANGE, "AMOUNT_TOO_LARGE", NULL, NULL,
		   "the budget of practice %s for %s is beyond 64 bits", key->practice_code,
		   line->line_id);
}

static bool
derive_lines(struct run *run)
{
	struct history *history = &run->history;
	struct line *line;
	size_t i;

	run->lines = memory_calloc(history->count, sizeof(*run->lines));
	for (i = 0; i < history->count; i++) {
		if (i == 0 || !same_line(&history->cells[i - 1], &history->cells[i]))
			run->lines[run->line_count++].cells = &history->cells[i];
		run->lines[run->line_count - 1].count++;
	}
	for (line = run->lines; line < run->lines + run->line_count; line++)
		if (!derive_line(run, line))
			return false;
	return true;
}

static void
format_months(const int64_t months[BUDGET_MONTHS], char text[MONTHS_TEXT_SIZE])
{
	size_t at = 0;
	int month;

	for (month = 0; month < BUDGET_MONTHS; month++)
		at += (size_t)snprintf(text + at, MONTHS_TEXT_SIZE - at, "%c%lld",
		    month == 0 ? '{' : ',', (long long)months[month]);
	snprintf(text + at, MONTHS_TEXT_SIZE - at, "}");
}

static int64_t
sum_months(const int64_t months[BUDGET_MONTHS])
{
	int64_t sum = 0;
	int month;

	for (month = 0; month < BUDGET_MONTHS; month++)
		sum += months[month];
	return sum;
}

/* practice_code, line_id, pod, provider_code: the first columns of a line and of its parts. */
static void
copy_line_key(struct sync_copy *copy, const struct line *line)
{
	const struct history_key *key = &line->cells[0].key;

	sync_copy_text(copy, key->practice_code);
	sync_copy_text(copy, line->line_id);
	sync_copy_text(copy, key->pod);
	sync_copy_text(copy, key->provider_code);
}

static void
copy_months(struct sync_copy *copy, const int64_t activity[BUDGET_MONTHS],
    const int64_t cost_pence[BUDGET_MONTHS])
{
	char text[MONTHS_TEXT_SIZE];

	sync_copy_int64(copy, sum_months(activity));
	sync_copy_int64(copy, sum_months(cost_pence));
	format_months(activity, text);
	sync_copy_text(copy, text);
	format_months(cost_pence, text);
	sync_copy_text(copy, text);
}

static void
copy_line(struct sync_copy *copy, const struct line *line)
{
	if (!sync_copy_row(copy))
		return;
	copy_line_key(copy, line);
	copy_months(copy, line->derived.month_activity, line->derived.month_cost_pence);
}

static void
copy_details(struct sync_copy *copy, const struct line *line)
{
	struct budget_months *weights = memory_calloc(line->count, sizeof(*weights));
	struct budget_months *activity = memory_calloc(line->count, sizeof(*activity));
	struct budget_months *cost_pence = memory_calloc(line->count, sizeof(*cost_pence));
	size_t i;

	for (i = 0; i < line->count; i++)
		weights[i] = line->cells[i].activity;
	budget_divide(line->derived.month_activity, weights, line->count, activity);
	for (i = 0; i < line->count; i++)
		weights[i] = line->cells[i].cost_pence;
	budget_divide(line->derived.month_cost_pence, weights, line->count, cost_pence);
	for (i = 0; i < line->count && sync_copy_row(copy); i++) {
		copy_line_key(copy, line);
		sync_copy_text(copy, line->cells[i].key.treatment_function);
		sync_copy_text(copy, line->cells[i].key.hrg);
		copy_months(copy, activity[i].of, cost_pence[i].of);
	}
	free(weights);
	free(activity);
	free(cost_pence);
}

static void
copy_steps(struct sync_copy *copy, const struct line *line)
{
	const struct budget_step *step;
	int i;

	for (i = 0; i < BUDGET_STEPS && sync_copy_row(copy); i++) {
		step = &line->derived.steps[i];
		sync_copy_text(copy, line->cells[0].key.practice_code);
		sync_copy_text(copy, line->line_id);
		sync_copy_int32(copy, i + 1);
		sync_copy_text(copy, step->rule);
		sync_copy_text(copy, step->detail);
		sync_copy_int64(copy, step->activity);
		sync_copy_int64(copy, step->amount_pence);
		sync_copy_text(copy, step->source);
	}
}

#define LINE_COLUMNS "practice_code text, line_id text, pod text, provider_code text"
#define MONTH_COLUMNS \
	"activity bigint, cost_pence bigint, month_activity bigint[], month_cost_pence bigint[]"

/* By way of temporary tables: PostgreSQL refuses COPY into a table with row-level security. */
static const struct target {
	const char *create;
	const char *copy;
	int columns;
	void (*write)(struct sync_copy *copy, const struct line *line);
	const char *store; /* $1 is the budget */
} targets[] = {
    {"CREATE TEMP TABLE new_line (" LINE_COLUMNS ", " MONTH_COLUMNS ") ON COMMIT DROP",
	"COPY pg_temp.new_line FROM STDIN", 8, copy_line,
	"INSERT INTO ledger.budget_line (commissioner_code, budget_id, practice_code, line_id, pod,"
	" provider_code, activity, cost_pence, month_activity, month_cost_pence)"
	" SELECT current_setting('pbc.commissioner'), $1::uuid, * FROM pg_temp.new_line"},
    {"CREATE TEMP TABLE new_detail (" LINE_COLUMNS
     ", treatment_function_code text, hrg text, " MONTH_COLUMNS ") ON COMMIT DROP",
	"COPY pg_temp.new_detail FROM STDIN", 10, copy_details,
	"INSERT INTO ledger.budget_detail (commissioner_code, budget_id, practice_code, line_id,"
	" pod, provider_code, treatment_function_code, hrg, activity, cost_pence, month_activity,"
	" month_cost_pence)"
	" SELECT current_setting('pbc.commissioner'), $1::uuid, * FROM pg_temp.new_detail"},
    {"CREATE TEMP TABLE new_step (practice_code text, line_id text, step integer, rule text,"
     " detail text, activity bigint, amount_pence bigint, source text) ON COMMIT DROP",
	"COPY pg_temp.new_step FROM STDIN", 8, copy_steps,
	"INSERT INTO ledger.budget_step (commissioner_code, budget_id, practice_code, line_id,"
	" step, rule, detail, activity, amount_pence, source)"
	" SELECT current_setting('pbc.commissioner'), $1::uuid, * FROM pg_temp.new_step"},
};

static bool
store_target(struct run *run, const struct target *target, const char *budget_id)
{
	struct job *job = run->job;
	struct sync_copy *copy;
	size_t i;

	if (!job_exec(job, target->create, NULL, 0, NULL))
		return false;
	copy =
	    sync_copy_start(job->db, target->copy, SYNC_COPY_TEXT, target->columns, &job->status);
	if (copy == NULL)
		return false;
	for (i = 0; i < run->line_count; i++)
		target->write(copy, &run->lines[i]);
	return sync_copy_finish(copy, NULL, &job->status) &&
	       job_exec(job, target->store, &budget_id, 1, NULL);
}

/* The run and each practice's sum, from the lines. */
static bool
store_sums(struct run *run, const char *budget_id)
{
	char year[12];
	const char *params[] = {budget_id, year};

	snprintf(year, sizeof(year), "%d", run->year);
	return job_exec(run->job,
		   "INSERT INTO ledger.budget_run (commissioner_code, budget_id, year, state,"
		   " basis, practices, total_pence, created_by_organisation, created_by,"
		   " created_at) SELECT current_setting('pbc.commissioner'), $1::uuid, $2::integer,"
		   " 'draft', 'historic', count(DISTINCT practice_code), sum(cost_pence),"
		   " current_setting('pbc.organisation'), current_setting('pbc.user'),"
		   " clock_timestamp() FROM pg_temp.new_line",
		   params, 2, NULL) &&
	       job_exec(run->job,
		   "INSERT INTO ledger.budget (commissioner_code, budget_id, practice_code,"
		   " activity, cost_pence) SELECT current_setting('pbc.commissioner'), $1::uuid,"
		   " practice_code, sum(activity), sum(cost_pence) FROM pg_temp.new_line GROUP BY"
		   " practice_code",
		   params, 1, NULL);
}

static bool
store_run(struct run *run, const char *budget_id)
{
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (!store_target(run, &targets[i], budget_id))
			return false;
	return store_sums(run, budget_id);
}

static void
report(struct run *run)
{
	int64_t total_pence = 0, practices = 0;
	size_t i;

	for (i = 0; i < run->line_count; i++) {
		total_pence += run->lines[i].derived.cost_pence;
		if (i == 0 || strcmp(run->lines[i].cells[0].key.practice_code,
				  run->lines[i - 1].cells[0].key.practice_code) != 0)
			practices++;
	}
	job_outcome_int(run->job, "practices", practices);
	job_outcome_int(run->job, "lines", (int64_t)run->line_count);
	job_outcome_int(run->job, "records", run->history.records);
	job_outcome_int(run->job, "unpriced", run->history.unpriced);
	job_outcome_int(run->job, "total_pence", total_pence);
}

bool
budget_run(struct job *job)
{
	struct run run = {.job = job, .year = (int)job_param_int(job, "year")};
	bool done;

	job_new_id(job->result_id);
	done = load_uplift(&run) && load_history(&run) && derive_lines(&run) &&
	       store_run(&run, job->result_id);
	if (done)
		report(&run);
	free(run.lines);
	budget_history_free(&run.history);
	return done;
}
