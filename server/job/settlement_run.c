/* settlement_run: matching is set-based and lives in SQL; this calls it and passes its figures on.
 */
#include "server/job/kinds.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

bool
settlement_run(struct job *job)
{
	char *text = json_dumps(job->params, JSON_COMPACT);
	const char *params[] = {text};
	struct sync_rows *rows;
	json_error_t error;
	json_t *outcomes;
	bool done;

	assert(text != NULL);
	done = job_tick(job, 0, 1) &&
	       job_exec(job, "SELECT result_id, outcomes FROM job.settlement_run($1::jsonb)",
		   params, 1, &rows);
	free(text);
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
