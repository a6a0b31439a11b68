/*
 * What can be wrong with a row of an activity file. Codes are API: documented in
 * client/docs/activity-file.md, never reused. E refuses the row, W keeps it. Messages never hold a
 * value of the row.
 */
#ifndef PBC_SERVER_JOB_ACTIVITY_FAULT_H
#define PBC_SERVER_JOB_ACTIVITY_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum fault {
	FAULT_RECORD_ID,
	FAULT_RECORD_ID_TWICE,
	FAULT_DATASET,
	FAULT_PRACTICE_FORM,
	FAULT_PRACTICE_UNKNOWN,
	FAULT_COMMISSIONER,
	FAULT_NO_PATIENT,
	FAULT_NHS_NUMBER,
	FAULT_LOCAL_PATIENT_ID,
	FAULT_SEX,
	FAULT_AGE,
	FAULT_TREATMENT_FUNCTION,
	FAULT_HRG,
	FAULT_CLASSIFICATION,
	FAULT_ADMISSION_METHOD,
	FAULT_ADMISSION_DATE,
	FAULT_DISCHARGE_DATE,
	FAULT_DISCHARGE_FIRST,
	FAULT_STAY,
	FAULT_EXCLUDED_DAYS,
	FAULT_ATTENDANCE_DATE,
	FAULT_FIRST_ATTENDANCE,
	FAULT_ATTENDED,
	FAULT_ARRIVAL_DATE,
	FAULT_DEPARTMENT_TYPE,
	FAULT_DISCHARGE_OUTSIDE,
	FAULT_ATTENDANCE_OUTSIDE,
	FAULT_ARRIVAL_OUTSIDE,
	FAULT_PROVIDER_PRICE,
	FAULT_TOO_LONG,
	FAULT_NET_CHANGE,
	FAULT_STANDS,
	FAULT_STANDS_NOT,
	FAULT_ADMINISTRATIVE_CATEGORY,
	FAULT_DISCHARGE_NOT_FROZEN,
	FAULT_ATTENDANCE_NOT_FROZEN,
	FAULT_ARRIVAL_NOT_FROZEN,
	FAULT_RECORD_ID_NAMES,
	FAULT_PRIOR_APPROVAL_NAMES,
	FAULT_OTHER_DATASET,
	/* From here on warnings. */
	FAULT_NOT_OURS,
	FAULT_NOT_REGISTERED,
	FAULT_COMMISSIONER_DIFFERS,
	FAULT_UNPRICED,
	FAULT_TOP_UP,
	FAULT_DIAGNOSIS,
	FAULT_PROCEDURE,
	FAULT_SITE,
	FAULT_MAIN_SPECIALTY,
	FAULT_DISCHARGE_METHOD,
	FAULT_REFERRAL_SOURCE,
	FAULT_DISPOSAL,
	FAULT_PRACTICE_CLOSED,
	FAULT_SPELL_TWICE,
	FAULT_SPELL_OVERLAPS,
	FAULT_STANDS_OFTEN,
	FAULT_COUNT,
};

struct fault_text {
	const char *code;    /* E101, W201 */
	const char *column;  /* of the file */
	const char *message; /* a sentence without its capital and stop */
};

const struct fault_text *fault_text(enum fault fault);
bool fault_is_error(enum fault fault);

#define FAULTS_MAX 16

/* The faults of one row in the order they were found; beyond the limit they are dropped. */
struct fault_list {
	enum fault faults[FAULTS_MAX];
	size_t count;
	bool refused;       /* one of them is an error */
	const char *places; /* of FAULT_STANDS_OFTEN: months and rows, which end its message;
			       borrowed until the rejects are stored */
};

void fault_add(struct fault_list *list, enum fault fault);

#endif
