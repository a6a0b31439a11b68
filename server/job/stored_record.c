/* Columns in the order of STORED_RECORD_COLUMNS. */
#include "server/job/stored_record.h"

#include <assert.h>

void
stored_record_read(const struct sync_rows *rows, int first, struct pbr_record *record)
{
	bool sound;

	*record = (struct pbr_record){.age_years = (int)sync_int64(rows, 0, first + 1),
	    .hrg = sync_text(rows, 0, first + 2),
	    .treatment_function = sync_text(rows, 0, first + 3),
	    .main_specialty = sync_text(rows, 0, first + 4),
	    .patient_classification = sync_text(rows, 0, first + 5),
	    .admission_method = sync_text(rows, 0, first + 6),
	    .stay_days = (int)sync_int64(rows, 0, first + 7),
	    .excluded_days = (int)sync_int64(rows, 0, first + 8),
	    .first_attendance = sync_text(rows, 0, first + 9),
	    .attended = sync_text(rows, 0, first + 10),
	    .department_type = sync_text(rows, 0, first + 11),
	    .specialised_service = sync_text(rows, 0, first + 12),
	    .administrative_category = sync_text(rows, 0, first + 13)};
	sound = pbr_dataset_parse(sync_text(rows, 0, first), &record->dataset);
	assert(sound);
}
