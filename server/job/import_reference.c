/*
 * import_practices, import_providers, import_populations, import_weightings: dated reference files.
 */
#include "server/job/kinds.h"

#include "server/job/sheet.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Runs a statement whose single answer or number of rows is how many rows were new. */
static bool
store(struct job *job, const char *statement)
{
	struct sync_rows *rows;
	int64_t stored;

	if (!job_exec(job, statement, NULL, 0, &rows))
		return false;
	stored = sync_rows_count(rows) > 0 ? sync_int64(rows, 0, 0) : sync_rows_affected(rows);
	sync_rows_free(rows);
	job_outcome_int(job, "new", stored);
	return true;
}

bool
import_practices(struct job *job)
{
	static const struct sheet_column columns[] = {
	    {"practice_code", SHEET_REQUIRED, SHEET_PRACTICE, NULL},
	    {"name", SHEET_REQUIRED, SHEET_WORDING, NULL},
	    {"commissioner_code", SHEET_REQUIRED, SHEET_ORGANISATION, NULL},
	    {"group_code", SHEET_OPTIONAL, SHEET_TEXT, NULL},
	    {"valid_from", SHEET_REQUIRED, SHEET_DATE, NULL},
	    {"valid_to", SHEET_OPTIONAL, SHEET_DATE, NULL},
	};
	static const struct sheet_check checks[] = {
	    {"s.valid_to < s.valid_from", "BAD_FIELD", "valid_to", "valid_to is before valid_from",
		SHEET_MEND},
	};
	static const struct sheet sheet = {.table = "practice_sheet",
	    .counted = "rows",
	    .columns = columns,
	    .column_count = COUNT(columns),
	    .key = "practice_code, valid_from",
	    .checks = checks,
	    .check_count = COUNT(checks)};

	return sheet_stage(job, &sheet, "upload_id") &&
	       store(job, "SELECT job.store_practices(json_agg(json_build_object('line', s.line,"
			  " 'practice_code', s.practice_code, 'name', s.name, 'member_of',"
			  " s.commissioner_code, 'group_code', coalesce(s.group_code, ''),"
			  " 'valid_from', s.valid_from, 'valid_to', s.valid_to))) FROM"
			  " pg_temp.practice_sheet s");
}

bool
import_providers(struct job *job)
{
	static const struct sheet_column columns[] = {
	    {"provider_code", SHEET_REQUIRED, SHEET_ORGANISATION, NULL},
	    {"name", SHEET_REQUIRED, SHEET_WORDING, NULL},
	    {"year", SHEET_OPTIONAL, SHEET_YEAR, NULL},
	    {"mff", SHEET_OPTIONAL, SHEET_FACTOR, NULL},
	    {"local", SHEET_REQUIRED, SHEET_FLAG, NULL},
	};
	static const struct sheet_check checks[] = {
	    {"(s.year IS NULL) <> (s.mff IS NULL)", "BAD_FIELD", "mff",
		"a market forces factor is of a year: fill in both or neither", SHEET_MEND},
	    {"s.mff NOT BETWEEN 1 AND 5000000", "BAD_FIELD", "mff",
		"mff is not a factor above 0 and up to 5", SHEET_MEND},
	};
	static const struct sheet sheet = {.table = "provider_sheet",
	    .counted = "rows",
	    .columns = columns,
	    .column_count = COUNT(columns),
	    .key = "provider_code, year",
	    .checks = checks,
	    .check_count = COUNT(checks)};

	return sheet_stage(job, &sheet, "upload_id") &&
	       store(job, "SELECT job.store_providers(json_agg(json_build_object('line', s.line,"
			  " 'provider_code', s.provider_code, 'name', s.name, 'local', s.local,"
			  " 'year', s.year, 'mff_ppm', s.mff))) FROM pg_temp.provider_sheet s");
}

#define UNKNOWN_PRACTICE                                                              \
	{                                                                             \
		"NOT EXISTS (SELECT FROM ledger.practice p"                           \
		" WHERE p.practice_code = s.practice_code)",                          \
		    "UNKNOWN_PRACTICE", "practice_code", "the practice is not known", \
		    "import it with: pbc practice import"                             \
	}

bool
import_populations(struct job *job)
{
	static const char *const sexes[] = {"0", "1", "2", "9", NULL};
	static const struct sheet_column columns[] = {
	    {"practice_code", SHEET_REQUIRED, SHEET_PRACTICE, NULL},
	    {"year", SHEET_REQUIRED, SHEET_YEAR, NULL},
	    {"sex", SHEET_REQUIRED, SHEET_TEXT, sexes},
	    {"age_band", SHEET_REQUIRED, SHEET_TEXT, NULL},
	    {"patients", SHEET_REQUIRED, SHEET_COUNT, NULL},
	};
	static const struct sheet_check checks[] = {
	    UNKNOWN_PRACTICE,
	    {"EXISTS (SELECT FROM ledger.population p WHERE p.practice_code = s.practice_code"
	     " AND p.year = s.year AND p.sex = s.sex AND p.age_band = s.age_band"
	     " AND p.patients <> s.patients)",
		"POPULATION_DIFFERS", "patients", "another number was loaded for it before",
		"populations of a year stay as they were loaded"},
	};
	static const struct sheet sheet = {.table = "population_sheet",
	    .counted = "rows",
	    .columns = columns,
	    .column_count = COUNT(columns),
	    .key = "practice_code, year, sex, age_band",
	    .checks = checks,
	    .check_count = COUNT(checks)};

	return sheet_stage(job, &sheet, "upload_id") &&
	       store(job,
		   "INSERT INTO ledger.population (commissioner_code, practice_code, year, sex,"
		   " age_band, patients) SELECT current_setting('pbc.commissioner'), practice_code,"
		   " year, sex, age_band, patients FROM pg_temp.population_sheet ON CONFLICT DO"
		   " NOTHING");
}

bool
import_weightings(struct job *job)
{
	static const struct sheet_column columns[] = {
	    {"practice_code", SHEET_REQUIRED, SHEET_PRACTICE, NULL},
	    {"year", SHEET_REQUIRED, SHEET_YEAR, NULL},
	    {"weighted_population", SHEET_REQUIRED, SHEET_THOUSANDTHS, NULL},
	};
	static const struct sheet_check checks[] = {
	    UNKNOWN_PRACTICE,
	    {"EXISTS (SELECT FROM ledger.weighted_population p"
	     " WHERE p.practice_code = s.practice_code AND p.year = s.year"
	     " AND p.weighted_patients_milli <> s.weighted_population)",
		"WEIGHTING_DIFFERS", "weighted_population",
		"another number was loaded for it before",
		"weightings of a year stay as they were loaded"},
	};
	static const struct sheet sheet = {.table = "weighting_sheet",
	    .counted = "rows",
	    .columns = columns,
	    .column_count = COUNT(columns),
	    .key = "practice_code, year",
	    .checks = checks,
	    .check_count = COUNT(checks)};

	return sheet_stage(job, &sheet, "upload_id") &&
	       store(job,
		   "INSERT INTO ledger.weighted_population (commissioner_code, practice_code, year,"
		   " weighted_patients_milli) SELECT current_setting('pbc.commissioner'),"
		   " practice_code, year, weighted_population"
		   " FROM pg_temp.weighting_sheet ON CONFLICT DO NOTHING");
}
