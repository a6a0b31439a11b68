/* Sums of a submission's rows by everything that reports ask for; written with the rows. */
#ifndef PBC_SERVER_JOB_ROLLUP_H
#define PBC_SERVER_JOB_ROLLUP_H

#include <stdbool.h>
#include <stdint.h>

#include "server/domain/pbr.h"
#include "server/job/attribution.h"
#include "server/job/job.h"

struct rollup;

/* Texts are copied; at most 11 characters. */
struct rollup_row {
	const char *practice_code;
	const char *treatment_function; /* "" where there is none */
	const char *hrg;
	enum pbr_pod pod;
	enum attribution_kind attribution;
	enum pbr_state state;
	int months_late; /* how long after its own month it is posted */
	int64_t cost_pence;
};

struct rollup_submission {
	const char *submission_id;
	const char *provider_code;
	const char *month;    /* its first day */
	int64_t carried_line; /* its rows from this line on are counted in SQL; 0: there are none */
};

struct rollup *rollup_new(void);
void rollup_free(struct rollup *rollup);
void rollup_add(struct rollup *rollup, const struct rollup_row *row);
bool rollup_store(
    const struct rollup *rollup, struct job *job, const struct rollup_submission *submission);

#endif
