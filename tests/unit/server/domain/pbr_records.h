/* Records that the tests of pbr start from. */
#ifndef PBC_TESTS_UNIT_SERVER_DOMAIN_PBR_RECORDS_H
#define PBC_TESTS_UNIT_SERVER_DOMAIN_PBR_RECORDS_H

#include "server/domain/pbr.h"

static inline struct pbr_record
empty_record(enum pbr_dataset dataset)
{
	return (struct pbr_record){.dataset = dataset,
	    .age_years = 40,
	    .hrg = "",
	    .treatment_function = "",
	    .main_specialty = "",
	    .patient_classification = "",
	    .admission_method = "",
	    .first_attendance = "",
	    .attended = "",
	    .department_type = "",
	    .administrative_category = "",
	    .specialised_service = ""};
}

static inline struct pbr_record
spell(const char *hrg, const char *classification, const char *method, int stay_days)
{
	struct pbr_record record = empty_record(PBR_DATASET_APC);

	record.hrg = hrg;
	record.patient_classification = classification;
	record.admission_method = method;
	record.stay_days = stay_days;
	return record;
}

#endif
