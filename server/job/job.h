/*
 * One run of one operation, as its kind sees it: connections that already act for the person who
 * asked, parameters, and where to put the outcome. The worker owns it; a kind never commits.
 */
#ifndef PBC_SERVER_JOB_JOB_H
#define PBC_SERVER_JOB_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "common/status.h"
#include "server/db/sync.h"

struct lease;
struct pseudonym;

#define JOB_ID_SIZE 37 /* a UUID and NUL */

struct job {
	struct sync_conn *db;    /* in the transaction of the effect, which the worker ends */
	struct sync_conn *files; /* in a transaction of its own, to read uploads while db copies */
	struct lease *lease;
	const struct pseudonym *pseudonym;
	const char *commissioner;
	const char *operation_id;
	const char *worker; /* with attempt: the fence of this run */
	const char *attempt;
	const json_t *params;
	bool validate_only; /* the worker rolls back; a kind runs as always */
	json_t *outcomes;   /* [{"name": ..., "value": ...}] in the order to print */
	char result_id[JOB_ID_SIZE];
	struct status status; /* why run returned false; texts never hold a patient's identifier */
};

struct job_kind {
	const char *name; /* as in job.operation.kind */
	const char *progress_unit;
	bool (*run)(struct job *job);
	bool reference; /* checks what it stores against what others store: in turn */
};

/* NULL for a kind that this program does not know. */
const struct job_kind *job_kind_find(const char *name);

/* Parameters: "" and 0 when absent. Borrowed. */
const char *job_param_text(const struct job *job, const char *name);
int64_t job_param_int(const struct job *job, const char *name);
/* For what is something else when absent than when 0. */
bool job_param_has(const struct job *job, const char *name);

/* How many records of the ledger a run takes between two calls of job_tick. */
#define JOB_TICK_RECORDS 1024
/*
 * Shows progress; false with the status set when the run is to stop (asked, or its lease lost).
 * Cheap.
 */
bool job_tick(struct job *job, int64_t done, int64_t total);

void job_outcome_text(struct job *job, const char *name, const char *value);
void job_outcome_int(struct job *job, const char *name, int64_t value);
/* Of a name that is a code; detail says what it means. */
void job_outcome_code(struct job *job, const char *name, int64_t value, const char *detail);

/* A new random UUID as text. */
void job_new_id(char id[JOB_ID_SIZE]);

/* Begins a transaction on conn that acts for the person who asked, while the lease is ours. */
bool job_enter(struct job *job, struct sync_conn *conn);

/*
 * One statement of its own transaction, committed at once, on job->files: for what has to be there
 * before the effect's transaction needs it and does no harm if that fails. No tenant is set.
 */
bool job_apart(struct job *job, const char *text, const char *const *params, int count);

/* False with job->status set: PROVIDER_NOT_FOUND, of the field provider_code. */
bool job_check_provider(struct job *job, const char *provider_code);

/* One statement on job->db with text parameters. rows may be NULL. */
bool job_exec(struct job *job, const char *text, const char *const *params, int count,
    struct sync_rows **rows);

#endif
