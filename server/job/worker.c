/*
 * The claim loop. A run has two connections besides its lease's: one transaction holds the effect
 * and the operation's end, so that both commit or neither; the other only reads files. The control
 * connection claims, and records every end that has no effect.
 */
#include "server/job/worker.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/db/sync.h"
#include "server/job/job.h"
#include "server/job/lease.h"

struct worker {
	const struct worker_config *config;
	char name[128];
	struct sync_conn *control;
	struct sync_conn *db;
	struct sync_conn *files;
	struct lease *lease; /* of the current run, else NULL */
	bool closing;        /* interrupted: control still has to give the operation back */
};

/* One claimed operation; texts borrowed from rows. */
struct claim {
	struct sync_rows *rows;
	const char *commissioner;
	const char *operation_id;
	const char *kind;
	const char *attempt;
	int64_t attempt_number;
};

static bool
control_should_stop(void *arg)
{
	const struct worker *worker = arg;

	return worker->config->interrupted() && !worker->closing;
}

static bool
run_should_stop(void *arg)
{
	const struct worker *worker = arg;

	return worker->lease != NULL ? lease_should_stop(worker->lease)
				     : worker->config->interrupted();
}

static struct sync_conn *
connect_as(struct worker *worker, const char *name, bool (*should_stop)(void *arg))
{
	struct sync_config config = {.conninfo = worker->config->conninfo,
	    .name = name,
	    .reconnect_max_ms = WORKER_RECONNECT_MAX_MS,
	    .should_stop = should_stop,
	    .stop_arg = worker};
	struct status status = {0};

	return sync_connect(&config, &status);
}

static bool
is_retriable(const struct status *status)
{
	return status->code == STATUS_UNAVAILABLE || status->code == STATUS_ABORTED ||
	       status->code == STATUS_RESOURCE_EXHAUSTED;
}

/* On the run's own transaction, or on control. state is succeeded, failed or cancelled. */
static bool
finish(struct sync_conn *conn, const struct worker *worker, const struct claim *claim,
    const char *state, const struct job *job, struct status *status)
{
	char *outcomes = json_dumps(job->outcomes, JSON_COMPACT);
	bool failed = strcmp(state, "failed") == 0;
	char code[12];
	const char *params[] = {claim->commissioner, claim->operation_id, worker->name,
	    claim->attempt, state, job->result_id[0] != '\0' ? job->result_id : NULL, outcomes,
	    failed ? job->status.message : NULL, failed ? job->status.hint : NULL,
	    failed ? code : NULL, failed ? job->status.reason : NULL};
	bool done;

	snprintf(code, sizeof(code), "%d", (int)job->status.code);
	assert(outcomes != NULL);
	done = sync_exec(conn, "SELECT job.finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	    params, 11, NULL, status);
	free(outcomes);
	return done;
}

static void
give_back(struct worker *worker, const struct claim *claim, const struct status *why)
{
	int64_t attempt = claim->attempt_number;
	int delay = attempt < 6 ? 1 << attempt : WORKER_RETRY_MAX_SECONDS;
	char delay_text[12];
	bool polite = why == NULL;
	const char *params[] = {claim->commissioner, claim->operation_id, worker->name,
	    claim->attempt, polite ? "0" : delay_text, polite ? "false" : "true",
	    polite ? NULL : why->message};
	struct status status = {0};

	snprintf(delay_text, sizeof(delay_text), "%d", delay);
	if (!sync_exec(worker->control, "SELECT job.release($1, $2, $3, $4, $5, $6, $7)", params, 7,
		NULL, &status))
		log_write(LOG_LEVEL_WARN, "operation_not_given_back", "operation",
		    claim->operation_id, "detail", status.message, NULL);
}

/* What happens to an operation whose run left no effect. */
static void
settle_failure(struct worker *worker, const struct claim *claim, struct job *job)
{
	enum lease_state state = lease_state(worker->lease);
	bool cancelled = state == LEASE_CANCEL_ASKED;
	struct status status = {0};

	log_write(LOG_LEVEL_INFO, "operation_ended_without_effect", "operation",
	    claim->operation_id, "kind", claim->kind, "code", status_code_name(job->status.code),
	    "reason", job->status.reason, NULL);
	if (state == LEASE_LOST)
		return;
	if (!cancelled && worker->config->interrupted()) {
		worker->closing = true;
		give_back(worker, claim, NULL);
	} else if (!cancelled && is_retriable(&job->status)) {
		give_back(worker, claim, &job->status);
	} else if (!finish(worker->control, worker, claim, cancelled ? "cancelled" : "failed", job,
		       &status)) {
		log_write(LOG_LEVEL_ERROR, "operation_end_not_recorded", "operation",
		    claim->operation_id, "detail", status.message, NULL);
	}
}

static bool
wait_turn(struct job *job)
{
	return job_exec(job, "SELECT job.lock_reference()", NULL, 0, NULL);
}

/* Both transactions; true when the effect is committed, or rolled back on purpose and reported. */
static bool
run_kind(
    struct worker *worker, const struct claim *claim, const struct job_kind *kind, struct job *job)
{
	if (!job_enter(job, job->db) || !job_enter(job, job->files) ||
	    (kind->reference && !wait_turn(job)) || !kind->run(job))
		return false;
	if (job->validate_only) {
		sync_rollback(worker->db);
		job->result_id[0] = '\0';
		return finish(worker->control, worker, claim, "succeeded", job, &job->status);
	}
	return finish(worker->db, worker, claim, "succeeded", job, &job->status) &&
	       sync_commit(worker->db, &job->status);
}

static void
heal(struct sync_conn *conn, const struct status *failure)
{
	struct status status = {0};

	sync_rollback(conn);
	if (failure->code == STATUS_UNAVAILABLE)
		sync_reconnect(conn, &status);
}

static void
run_claim(struct worker *worker, const struct claim *claim, json_t *params)
{
	const struct job_kind *kind = job_kind_find(claim->kind);
	struct lease_claim lease_claim = {claim->commissioner, claim->operation_id, worker->name,
	    claim->attempt, kind != NULL ? kind->progress_unit : ""};
	struct job job = {.db = worker->db,
	    .files = worker->files,
	    .pseudonym = worker->config->pseudonym,
	    .commissioner = claim->commissioner,
	    .operation_id = claim->operation_id,
	    .worker = worker->name,
	    .attempt = claim->attempt,
	    .params = params,
	    .validate_only = json_is_true(json_object_get(params, "validate_only")),
	    .outcomes = json_array()};
	bool done;

	log_write(LOG_LEVEL_INFO, "operation_started", "operation", claim->operation_id, "kind",
	    claim->kind, "attempt", claim->attempt, NULL);
	worker->lease =
	    lease_start(worker->config->conninfo, &lease_claim, worker->config->interrupted);
	job.lease = worker->lease;
	if (kind != NULL)
		done = run_kind(worker, claim, kind, &job);
	else
		done = status_set(&job.status, STATUS_UNIMPLEMENTED, "UNKNOWN_KIND", NULL,
		    "start the pbc-jobd of this version",
		    "this pbc-jobd cannot run operations of kind %s", claim->kind);
	heal(worker->files, &job.status);
	heal(worker->db, &job.status);
	if (done)
		log_write(
		    LOG_LEVEL_INFO, "operation_succeeded", "operation", claim->operation_id, NULL);
	else
		settle_failure(worker, claim, &job);
	lease_end(worker->lease);
	worker->lease = NULL;
	json_decref(job.outcomes);
}

/* Runs one operation. False when none waits or the database is away. */
static bool
claim_one(struct worker *worker)
{
	char lease_seconds[12], attempts_max[12];
	const char *params[] = {worker->name, lease_seconds, attempts_max};
	struct status status = {0};
	struct claim claim = {0};
	json_error_t error;
	json_t *operation_params;

	snprintf(lease_seconds, sizeof(lease_seconds), "%d", LEASE_SECONDS);
	snprintf(attempts_max, sizeof(attempts_max), "%d", WORKER_ATTEMPTS_MAX);
	if (!sync_exec(worker->control,
		"SELECT commissioner_code, operation_id, kind, attempt, params"
		" FROM job.claim($1, $2, $3)",
		params, 3, &claim.rows, &status))
		return false;
	if (sync_rows_count(claim.rows) == 0) {
		sync_rows_free(claim.rows);
		return false;
	}
	claim.commissioner = sync_text(claim.rows, 0, 0);
	claim.operation_id = sync_text(claim.rows, 0, 1);
	claim.kind = sync_text(claim.rows, 0, 2);
	claim.attempt = sync_text(claim.rows, 0, 3);
	claim.attempt_number = sync_int64(claim.rows, 0, 3);
	operation_params = json_loads(sync_text(claim.rows, 0, 4), 0, &error);
	assert(operation_params != NULL);
	run_claim(worker, &claim, operation_params);
	json_decref(operation_params);
	sync_rows_free(claim.rows);
	return true;
}

/* Without it new operations are found by the poll, only later. */
static void
listen_for_jobs(struct worker *worker)
{
	struct status status = {0};

	if (!sync_listen(worker->control, "pbc", &status))
		log_write(LOG_LEVEL_WARN, "not_listening", "detail", status.message, NULL);
}

static void
wait_for_job(struct worker *worker)
{
	char payload[SYNC_PAYLOAD_LIMIT];
	struct status status = {0};
	enum sync_wait wait;

	do
		wait = sync_wait(worker->control, WORKER_POLL_MS, payload);
	while (wait == SYNC_WAIT_NOTIFIED && strcmp(payload, "job") != 0);
	if (wait == SYNC_WAIT_LOST && sync_reconnect(worker->control, &status))
		listen_for_jobs(worker);
}

static void
name_worker(struct worker *worker)
{
	char host[64] = "";
	char id[JOB_ID_SIZE];

	gethostname(host, sizeof(host) - 1);
	job_new_id(id);
	snprintf(worker->name, sizeof(worker->name), "%s:%d:%.8s", host, (int)getpid(), id);
}

/* A database that is away is for the claim to find out. */
static bool
schema_fits(struct worker *worker)
{
	struct status status = {0};

	if (sync_schema_fits(worker->control, PBC_SCHEMA_CHANGE, &status) ||
	    status.code != STATUS_FAILED_PRECONDITION)
		return true;
	log_write(LOG_LEVEL_ERROR, "database_unusable", "detail", status.message, "hint",
	    status.hint, NULL);
	return false;
}

bool
worker_run(const struct worker_config *config)
{
	struct worker worker = {.config = config};
	bool fits = true;

	name_worker(&worker);
	worker.control = connect_as(&worker, "pbc-jobd", control_should_stop);
	worker.db = connect_as(&worker, "pbc-jobd run", run_should_stop);
	worker.files = connect_as(&worker, "pbc-jobd files", run_should_stop);
	if (worker.control != NULL && worker.db != NULL && worker.files != NULL &&
	    (fits = schema_fits(&worker))) {
		listen_for_jobs(&worker);
		log_write(LOG_LEVEL_INFO, "ready", "worker", worker.name, NULL);
		/* Each time: a database is brought to another version while its programs run. */
		while (!config->interrupted() && (fits = schema_fits(&worker)))
			if (!claim_one(&worker)) {
				if (config->once)
					break;
				wait_for_job(&worker);
			}
	}
	sync_close(worker.control);
	sync_close(worker.db);
	sync_close(worker.files);
	return fits;
}
