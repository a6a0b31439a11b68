/* What a row of the ledger is priced by, read back from its table. */
#ifndef PBC_SERVER_JOB_STORED_RECORD_H
#define PBC_SERVER_JOB_STORED_RECORD_H

#include "server/db/sync.h"
#include "server/domain/pbr.h"

/* Columns of ledger.activity a, for a query's list. */
#define STORED_RECORD_COLUMNS                                                                  \
	"a.dataset, a.age, a.hrg, a.treatment_function_code, a.main_specialty_code,"           \
	" a.patient_classification, a.admission_method, coalesce(a.length_of_stay_days, 0),"   \
	" coalesce(a.excluded_days, 0), a.first_attendance, a.attended, a.ae_department_type," \
	" a.specialised_service, a.administrative_category"
#define STORED_RECORD_COLUMN_COUNT 14

/* From the only row of rows, whose columns begin at first. The record borrows the row's texts. */
void stored_record_read(const struct sync_rows *rows, int first, struct pbr_record *record);

#endif
