/* Operations whose work is set-based and lives in SQL: calls it and passes its figures on. */
#include "server/job/kinds.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* text takes the operation's parameters and answers a result id and outcomes. */
static bool
run_in_sql(struct job *job, const char *text)
{
	char *job_params = json_dumps(job->params, JSON_COMPACT);
	const char *params[] = {job_params};
	struct sync_rows *rows;
	json_error_t error;
	json_t *outcomes;
	bool done;

	assert(job_params != NULL);
	done = job_tick(job, 0, 1) && job_exec(job, text, params, 1, &rows);
	free(job_params);
	if (!done)
		return false;
	snprintf(job->result_id, sizeof(job->result_id), "%s", sync_text(rows, 0, 0));
	outcomes = json_loads(sync_text(rows, 0, 1), 0, &error);
	sync_rows_free(rows);
	assert(json_is_array(outcomes));
	json_array_extend(job->outcomes, outcomes);
	json_decref(outcomes);
	return job_tick(job, 1, 1);
}

bool
settlement_run(struct job *job)
{
	return run_in_sql(job, "SELECT result_id, outcomes FROM job.settlement_run($1::jsonb)");
}

bool
restore_submission(struct job *job)
{
	return run_in_sql(job, "SELECT result_id, outcomes FROM job.restore_submission($1::jsonb)");
}
