/* Rollup cells in an array, found by hash. */
#include "server/job/rollup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "server/job/code_key.h"
#include "server/job/slots.h"

#define CELLS_FIRST 1024

/* Compared whole: NUL-padded, without holes. */
struct cell_key {
	char practice_code[CODE_KEY_SIZE];
	char treatment_function[CODE_KEY_SIZE];
	char hrg[CODE_KEY_SIZE];
	int32_t pod;
	int32_t attribution;
	int32_t state;
	int32_t months_late;
};

struct cell {
	struct cell_key key;
	int64_t activity;
	int64_t cost_pence;
};

struct rollup {
	struct cell *cells;
	size_t count, capacity;
	struct slots slots;
};

struct rollup *
rollup_new(void)
{
	struct rollup *rollup = memory_calloc(1, sizeof(*rollup));

	slots_init(&rollup->slots);
	return rollup;
}

void
rollup_free(struct rollup *rollup)
{
	if (rollup == NULL)
		return;
	slots_free(&rollup->slots);
	free(rollup->cells);
	free(rollup);
}

static struct cell *
add_cell(struct rollup *rollup, const struct cell_key *key, uint32_t hash)
{
	if (rollup->count == rollup->capacity) {
		rollup->capacity = rollup->capacity > 0 ? rollup->capacity * 2 : CELLS_FIRST;
		rollup->cells =
		    memory_realloc(rollup->cells, rollup->capacity * sizeof(*rollup->cells));
	}
	slots_put(&rollup->slots, hash, (uint32_t)rollup->count);
	rollup->cells[rollup->count] = (struct cell){.key = *key};
	return &rollup->cells[rollup->count++];
}

/* The cell of a key, made if there is none. */
static struct cell *
find_cell(struct rollup *rollup, const struct cell_key *key)
{
	uint32_t hash = slots_hash(&rollup->slots, key, sizeof(*key)), number;
	size_t at = hash;

	while (slots_next(&rollup->slots, hash, &at, &number))
		if (memcmp(&rollup->cells[number].key, key, sizeof(*key)) == 0)
			return &rollup->cells[number];
	return add_cell(rollup, key, hash);
}

void
rollup_add(struct rollup *rollup, const struct rollup_row *row)
{
	struct cell_key key;
	struct cell *cell;

	memset(&key, 0, sizeof(key));
	code_key_set(key.practice_code, row->practice_code);
	code_key_set(key.treatment_function, row->treatment_function);
	code_key_set(key.hrg, row->hrg);
	key.pod = (int32_t)row->pod;
	key.attribution = (int32_t)row->attribution;
	key.state = (int32_t)row->state;
	key.months_late = row->months_late;
	cell = find_cell(rollup, &key);
	cell->activity++;
	cell->cost_pence += row->cost_pence;
}

static void
copy_cell(struct sync_copy *copy, const struct cell *cell)
{
	sync_copy_text(copy, cell->key.practice_code);
	sync_copy_text(copy, pbr_pod_name((enum pbr_pod)cell->key.pod));
	sync_copy_text(copy, cell->key.treatment_function);
	sync_copy_text(copy, cell->key.hrg);
	sync_copy_text(copy, attribution_name((enum attribution_kind)cell->key.attribution));
	sync_copy_text(copy, pbr_state_name((enum pbr_state)cell->key.state));
	sync_copy_int16(copy, (int16_t)cell->key.months_late);
	sync_copy_int64(copy, cell->activity);
	sync_copy_int64(copy, cell->cost_pence);
}

static int
compare_cells(const void *a, const void *b)
{
	const struct cell *const *left = a, *const *right = b;

	return memcmp(&(*left)->key, &(*right)->key, sizeof((*left)->key));
}

/* A practice's cells beside each other, so that its summary reads few pages of a submission. */
static const struct cell **
sorted_cells(const struct rollup *rollup)
{
	const struct cell **sorted = memory_calloc(rollup->count + 1, sizeof(const struct cell *));
	size_t i;

	for (i = 0; i < rollup->count; i++)
		sorted[i] = &rollup->cells[i];
	qsort(sorted, rollup->count, sizeof(const struct cell *), compare_cells);
	return sorted;
}

static bool
copy_cells(const struct rollup *rollup, struct job *job)
{
	struct sync_copy *copy =
	    sync_copy_start(job->db, "COPY pg_temp.new_rollup FROM STDIN (FORMAT binary)",
		SYNC_COPY_BINARY, 9, &job->status);
	const struct cell **sorted;
	size_t i;

	if (copy == NULL)
		return false;
	sorted = sorted_cells(rollup);
	for (i = 0; i < rollup->count && sync_copy_row(copy); i++)
		copy_cell(copy, sorted[i]);
	free(sorted);
	return sync_copy_finish(copy, NULL, &job->status);
}

/* What is the same for all cells is computed and checked once, by a query of its own each. */
#define INSERT_CELLS                                                                     \
	"INSERT INTO ledger.activity_rollup (commissioner_code, submission_id, period,"  \
	" provider_code, practice_code, pod, treatment_function_code, hrg, attribution," \
	" price_state, months_late, activity, cost_pence)"                               \
	" SELECT (SELECT current_setting('pbc.commissioner')::ref.code), $1::uuid,"      \
	" (SELECT $2::ref.month_start), (SELECT $3::ref.code), c.* FROM "

static bool
insert_cells(struct job *job, const struct rollup_submission *submission)
{
	const char *params[] = {
	    submission->submission_id, submission->month, submission->provider_code};

	return job_exec(job, INSERT_CELLS "pg_temp.new_rollup c", params, 3, NULL);
}

/* Those of the file and those of the carried rows may be the same. */
static bool
insert_carried(struct job *job, const struct rollup_submission *submission)
{
	char carried_line[24];
	const char *params[] = {
	    submission->submission_id, submission->month, submission->provider_code, carried_line};

	snprintf(carried_line, sizeof(carried_line), "%lld", (long long)submission->carried_line);
	return job_exec(job,
	    INSERT_CELLS "(SELECT practice_code, pod, treatment_function_code, hrg, attribution,"
			 " price_state, months_late, sum(activity), sum(cost_pence) FROM"
			 " (SELECT * FROM pg_temp.new_rollup UNION ALL SELECT practice_code, pod,"
			 " coalesce(treatment_function_code, ''), coalesce(hrg, ''), attribution,"
			 " price_state, ledger.months_late(period, activity_date), quantity,"
			 " quantity * coalesce(total_pence, 0) FROM ledger.activity"
			 " WHERE period = $2 AND submission_id = $1 AND line >= $4::integer) AS a"
			 " GROUP BY practice_code, pod, treatment_function_code, hrg, attribution,"
			 " price_state, months_late ORDER BY practice_code) AS c",
	    params, 4, NULL);
}

/* By way of a temporary table: PostgreSQL refuses COPY into a table with row-level security. */
bool
rollup_store(
    const struct rollup *rollup, struct job *job, const struct rollup_submission *submission)
{
	return job_exec(job,
		   "CREATE TEMP TABLE new_rollup (practice_code text, pod text,"
		   " treatment_function_code text, hrg text, attribution text, price_state text,"
		   " months_late smallint, activity bigint, cost_pence bigint) ON COMMIT DROP",
		   NULL, 0, NULL) &&
	       copy_cells(rollup, job) &&
	       (submission->carried_line > 0 ? insert_carried(job, submission)
					     : insert_cells(job, submission));
}
