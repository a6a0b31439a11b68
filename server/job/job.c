/* What every kind of operation uses: parameters, progress, outcomes. */
#include "server/job/job.h"

#include <assert.h>
#include <stdio.h>
#include <uuid/uuid.h>

#include "server/job/lease.h"

const char *
job_param_text(const struct job *job, const char *name)
{
	const char *text = json_string_value(json_object_get(job->params, name));

	return text != NULL ? text : "";
}

int64_t
job_param_int(const struct job *job, const char *name)
{
	return json_integer_value(json_object_get(job->params, name));
}

bool
job_param_has(const struct job *job, const char *name)
{
	const json_t *value = json_object_get(job->params, name);

	return value != NULL && !json_is_null(value);
}

bool
job_tick(struct job *job, int64_t done, int64_t total)
{
	lease_progress(job->lease, done, total);
	if (!lease_should_stop(job->lease))
		return true;
	return status_set(
	    &job->status, STATUS_CANCELLED, "STOPPED", NULL, NULL, "the operation was stopped");
}

void
job_outcome_text(struct job *job, const char *name, const char *value)
{
	int failed;

	failed = json_array_append_new(
	    job->outcomes, json_pack("{s:s, s:s}", "name", name, "value", value));
	assert(failed == 0);
}

void
job_outcome_int(struct job *job, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	job_outcome_text(job, name, text);
}

void
job_outcome_code(struct job *job, const char *name, int64_t value, const char *detail)
{
	json_t *outcome;

	job_outcome_int(job, name, value);
	outcome = json_array_get(job->outcomes, json_array_size(job->outcomes) - 1);
	json_object_set_new(outcome, "detail", json_string(detail));
}

void
job_new_id(char id[JOB_ID_SIZE])
{
	uuid_t uuid;

	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, id);
}

bool
job_exec(struct job *job, const char *text, const char *const *params, int count,
    struct sync_rows **rows)
{
	return sync_exec(job->db, text, params, count, rows, &job->status);
}

bool
job_check_provider(struct job *job, const char *provider_code)
{
	struct sync_rows *rows;
	bool known;

	if (!job_exec(job, "SELECT FROM ledger.provider WHERE provider_code = $1", &provider_code,
		1, &rows))
		return false;
	known = sync_rows_count(rows) > 0;
	sync_rows_free(rows);
	return known ||
	       status_set(&job->status, STATUS_NOT_FOUND, "PROVIDER_NOT_FOUND", "provider_code",
		   "import it with: pbc provider import", "no provider %s", provider_code);
}

bool
job_enter(struct job *job, struct sync_conn *conn)
{
	const char *params[] = {job->commissioner, job->operation_id, job->worker, job->attempt};

	return sync_begin(conn, &job->status) &&
	       sync_exec(conn, "SELECT job.enter($1, $2, $3, $4)", params, 4, NULL, &job->status);
}

bool
job_apart(struct job *job, const char *text, const char *const *params, int count)
{
	sync_rollback(job->files);
	return sync_exec(job->files, text, params, count, NULL, &job->status) &&
	       job_enter(job, job->files);
}
