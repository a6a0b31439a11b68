/* import_tariff: a year's price list comes into force for the PCT. */
#include "server/job/kinds.h"

#include <stdio.h>
#include <string.h>

#include "server/job/tariff_file.h"

/* Makes it the tariff that this PCT prices the year with, if it is not already. */
static bool
put_in_force(struct job *job, const char *tariff_id, const char *year)
{
	const char *params[] = {year, tariff_id};
	struct sync_rows *rows;

	if (!job_exec(job,
		"INSERT INTO ledger.tariff_in_force (commissioner_code, year, version, tariff_id,"
		" organisation_code, user_id, recorded_at) SELECT"
		" current_setting('pbc.commissioner'), $1::integer, coalesce(max(f.version), 0) +"
		" 1, $2::uuid, current_setting('pbc.organisation'), current_setting('pbc.user'),"
		" clock_timestamp() FROM ledger.tariff_in_force f WHERE f.year = $1::integer HAVING"
		" (array_agg(f.tariff_id ORDER BY f.version DESC))[1] IS DISTINCT FROM $2::uuid",
		params, 2, &rows))
		return false;
	if (sync_rows_affected(rows) == 0)
		job_outcome_text(job, "duplicate_of", tariff_id);
	sync_rows_free(rows);
	return true;
}

/* Months that were priced before it came into force: pbc tariff apply prices them again. */
static bool
tell_stale_months(struct job *job, const char *year)
{
	struct sync_rows *rows;

	if (!job_exec(job, "SELECT count(*) FROM job.stale_months($1::integer)", &year, 1, &rows))
		return false;
	if (sync_int64(rows, 0, 0) > 0)
		job_outcome_int(job, "months_on_other_tariff", sync_int64(rows, 0, 0));
	sync_rows_free(rows);
	return true;
}

bool
import_tariff(struct job *job)
{
	int year = (int)job_param_int(job, "year");
	char tariff_id[JOB_ID_SIZE], year_text[12];

	snprintf(year_text, sizeof(year_text), "%d", year);
	if (!tariff_file_store(job, year, tariff_id) || !put_in_force(job, tariff_id, year_text))
		return false;
	memcpy(job->result_id, tariff_id, JOB_ID_SIZE);
	return tell_stale_months(job, year_text);
}
