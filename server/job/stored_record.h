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

/*
 * A query for columns of what counts now of our patients, of days from $1 until $2, both first days
 * of months: rows of the months' own submissions, and of adjustments that were posted since. What a
 * row counts is a.quantity, by which every sum has to multiply.
 */
#define STORED_RECORD_QUERY(columns)                                           \
	"SELECT " columns " FROM ledger.provider_month m"                      \
	" JOIN ledger.activity a ON a.commissioner_code = m.commissioner_code" \
	" AND a.period = m.period AND a.submission_id = m.submission_id"       \
	" WHERE m.period >= $1::date AND m.period < $2::date"                  \
	" AND a.period >= $1::date AND a.period < $2::date AND a.ours"         \
	" UNION ALL SELECT " columns " FROM ledger.submission s"               \
	" JOIN ledger.activity a ON a.commissioner_code = s.commissioner_code" \
	" AND a.period = s.period AND a.submission_id = s.submission_id"       \
	" WHERE s.phase = 'adjustment' AND s.period > $1::date"                \
	" AND a.period > $1::date AND a.activity_date >= $1::date"             \
	" AND a.activity_date < $2::date AND a.ours"

/* From the only row of rows, whose columns begin at first. The record borrows the row's texts. */
void stored_record_read(const struct sync_rows *rows, int first, struct pbr_record *record);

#endif
