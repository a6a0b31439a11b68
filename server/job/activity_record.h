/*
 * One row of an activity file: its columns, its values, and what is wrong with them by themselves.
 */
#ifndef PBC_SERVER_JOB_ACTIVITY_RECORD_H
#define PBC_SERVER_JOB_ACTIVITY_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/csv.h"
#include "common/date.h"
#include "server/domain/pbr.h"
#include "server/job/activity_fault.h"

enum activity_column {
	ACTIVITY_RECORD_ID,
	ACTIVITY_DATASET,
	ACTIVITY_PRACTICE,
	ACTIVITY_COMMISSIONER,
	ACTIVITY_NHS_NUMBER,
	ACTIVITY_LOCAL_PATIENT_ID,
	ACTIVITY_SEX,
	ACTIVITY_AGE,
	ACTIVITY_SITE,
	ACTIVITY_MAIN_SPECIALTY,
	ACTIVITY_TREATMENT_FUNCTION,
	ACTIVITY_HRG,
	ACTIVITY_DIAGNOSIS,
	ACTIVITY_PROCEDURE,
	ACTIVITY_CLASSIFICATION,
	ACTIVITY_ADMISSION_METHOD,
	ACTIVITY_ADMISSION_DATE,
	ACTIVITY_DISCHARGE_DATE,
	ACTIVITY_DISCHARGE_METHOD,
	ACTIVITY_EXCLUDED_DAYS,
	ACTIVITY_SPECIALISED_SERVICE,
	ACTIVITY_ATTENDANCE_DATE,
	ACTIVITY_FIRST_ATTENDANCE,
	ACTIVITY_ATTENDED,
	ACTIVITY_REFERRAL_SOURCE,
	ACTIVITY_ARRIVAL_DATE,
	ACTIVITY_DEPARTMENT_TYPE,
	ACTIVITY_DISPOSAL,
	ACTIVITY_PRIOR_APPROVAL,
	ACTIVITY_ADMINISTRATIVE_CATEGORY,
	ACTIVITY_PROVIDER_PRICE,
	ACTIVITY_NET_CHANGE,
	ACTIVITY_COLUMNS,
};

extern const struct csv_column activity_columns[ACTIVITY_COLUMNS];

#define ACTIVITY_RECORD_ID_MAX 35
#define ACTIVITY_STAY_MAX_DAYS 3653 /* ten years */

/*
 * The months that a file's records may be of. Without adjusts it is the file's own; an adjustment
 * has those of months that are frozen, all of them before its own.
 */
struct activity_months {
	month_t own;
	bool adjusts;
	const month_t *frozen;
	size_t frozen_count;
};

/* Borrows the row's fields. */
struct activity_record {
	const char *const *fields; /* by enum activity_column */
	struct pbr_record pbr;
	date_t admission_date; /* DATE_NONE but for APC */
	date_t activity_date;  /* discharge, attendance or arrival */
	bool has_provider_price;
	int64_t provider_price_pence;
};

/*
 * Reads the fields and adds the faults that the row shows by itself: form, mandatory fields of its
 * data set, a day outside the file's months. A nameless row has lost its identifiers and needs
 * none. The record may be used only if no error was added.
 */
void activity_record_read(const char *const *fields, const struct activity_months *months,
    bool nameless, struct activity_record *record, struct fault_list *faults);

#endif
