/*
 * Where the rows of an import go: a binary COPY straight into the month's partition, people into
 * schema patient, sums into rollups, faults beside the file's lines.
 */
#ifndef PBC_SERVER_JOB_ACTIVITY_STORE_H
#define PBC_SERVER_JOB_ACTIVITY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/csv.h"
#include "common/date.h"
#include "server/job/activity_record.h"
#include "server/job/attribution.h"
#include "server/job/job.h"
#include "server/job/pricebook.h"
#include "server/job/pseudonym.h"

struct activity_store;

struct activity_target {
	const char *provider_code;
	const char *submission_id;
	month_t month;
};

/* An accepted row. */
struct activity_row {
	int64_t line;
	const struct activity_record *record;
	const uint8_t *patient_key; /* pseudonym; NULL of a restricted record */
	const char *responsible;    /* PCT; "" if nobody's */
	enum attribution_kind attribution;
	const struct quote *quote;
	const char *tariff_id; /* of the quote; outlives the store */
};

/* The columns from base_pence to total_pence, all NULL unless the record is priced. */
#define ACTIVITY_STORE_AMOUNTS 6
void activity_store_amounts(struct sync_copy *copy, const struct pbr_price *price);
/* Makes the month's partition, committed at once: before anything is locked. */
bool activity_store_prepare(struct job *job, month_t month);

/* The target's texts outlive it. */
struct activity_store *activity_store_new(struct job *job, const struct activity_target *target);
/*
 * Asks what job->files can answer while job->db is used, for a file of file_bytes. job->files is
 * not to be used for anything else until activity_store_open. False with job->status set.
 */
bool activity_store_ask(struct activity_store *store, int64_t file_bytes);
/* Takes the answers and begins the copy. False with job->status set. */
bool activity_store_open(struct activity_store *store);
/*
 * The pseudonym of the record's patient, NULL without any number; valid until the next call. False
 * as below.
 */
bool activity_store_patient(struct activity_store *store, const struct activity_record *record,
    const uint8_t **patient_key);
/* Each returns false to stop the reading; activity_store_end_rows then tells why. */
bool activity_store_row(struct activity_store *store, const struct activity_row *row);
bool activity_store_faults(
    struct activity_store *store, const struct csv_row *row, const struct fault_list *faults);
/* Between two rows job->db can be used for something else. False with job->status set. */
bool activity_store_pause(struct activity_store *store);
bool activity_store_resume(struct activity_store *store);
/* Ends the rows and their faults. False with job->status set. */
bool activity_store_end_rows(struct activity_store *store);
/*
 * After activity_store_end_rows: writes everything else. The submission's rows from carried_line on
 * came another way; 0 if none did. False with job->status set.
 */
bool activity_store_close(struct activity_store *store, int64_t carried_line);
/* Also gives up what was not closed. NULL is allowed. */
void activity_store_free(struct activity_store *store);

#endif
