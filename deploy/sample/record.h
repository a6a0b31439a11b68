/* One row of an activity file: its columns as text, and what the provider is owed for it. */
#ifndef PBC_DEPLOY_SAMPLE_RECORD_H
#define PBC_DEPLOY_SAMPLE_RECORD_H

#include "deploy/sample/out.h"
#include "deploy/sample/pathway.h"
#include "deploy/sample/tariff.h"
#include "deploy/sample/world.h"

enum record_column {
	RECORD_ID,
	RECORD_DATASET,
	RECORD_PRACTICE,
	RECORD_COMMISSIONER,
	RECORD_NHS_NUMBER,
	RECORD_LOCAL_PATIENT_ID,
	RECORD_SEX,
	RECORD_AGE,
	RECORD_SITE,
	RECORD_MAIN_SPECIALTY,
	RECORD_TREATMENT_FUNCTION,
	RECORD_HRG,
	RECORD_DIAGNOSIS,
	RECORD_PROCEDURE,
	RECORD_CLASSIFICATION,
	RECORD_ADMISSION_METHOD,
	RECORD_ADMISSION_DATE,
	RECORD_DISCHARGE_DATE,
	RECORD_DISCHARGE_METHOD,
	RECORD_EXCLUDED_DAYS,
	RECORD_SPECIALISED_SERVICE,
	RECORD_ATTENDANCE_DATE,
	RECORD_FIRST_ATTENDANCE,
	RECORD_ATTENDED,
	RECORD_REFERRAL_SOURCE,
	RECORD_ARRIVAL_DATE,
	RECORD_DEPARTMENT_TYPE,
	RECORD_DISPOSAL,
	RECORD_PRIOR_APPROVAL,
	RECORD_PROVIDER_PRICE,
	RECORD_COLUMNS,
};

/* The columns' names in the file. */
extern const char *const record_column_names[RECORD_COLUMNS];

struct record {
	char field[RECORD_COLUMNS][40];
	struct tariff_item item; /* currency points into field[] or a table */
	int64_t mff_ppm;
	int64_t right_pence;  /* by the price of the HRG as stated; 0 when not payable */
	int64_t stated_pence; /* what the provider says */
	bool payable;
};

struct record_context {
	const struct world *world;
	const struct tariff *tariff;
	enum tariff_year year;
};

/* A right record of an event. practice_code is the person's on the day. */
void record_make(const struct record_context *context, uint64_t person_index,
    const struct world_person *person, const struct pathway_event *event, const char *practice_code,
    const char *record_id, struct record *record);

/* Prices the record's currency and states that price. */
void record_price(const struct record_context *context, struct record *record);
/* What the same record costs in a year, or with another HRG; TARIFF_NO_PRICE if it has no price. */
int64_t record_price_as(const struct record_context *context, const struct record *record,
    enum tariff_year year, const char *hrg);

void record_set_date(struct record *record, enum record_column column, date_t date);
void record_state_price(struct record *record, int64_t pence);
void record_header(struct out_file *out);
void record_write(const struct record *record, struct out_file *out);

#endif
