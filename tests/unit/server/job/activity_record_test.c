/* Checks of one activity row: a sound row of each data set, then one field changed at a time. */
#include <criterion/criterion.h>
#include <string.h>

#include "server/job/activity_record.h"

#define NONE FAULT_COUNT

struct change {
	enum activity_column column;
	const char *value;
	enum fault fault; /* NONE: stays sound */
};

static month_t
month_of(const char *text)
{
	month_t month;

	cr_assert(month_parse(text, &month));
	return month;
}

/* As of a file of July 2017. */
static void
read_record(const char *const *fields, bool nameless, struct activity_record *record,
    struct fault_list *faults)
{
	const struct activity_months months = {.own = month_of("2017-07")};

	activity_record_read(fields, &months, nameless, record, faults);
}

static void
fill(const char *fields[ACTIVITY_COLUMNS], const char *dataset)
{
	int i;

	for (i = 0; i < ACTIVITY_COLUMNS; i++)
		fields[i] = "";
	fields[ACTIVITY_RECORD_ID] = "R1";
	fields[ACTIVITY_DATASET] = dataset;
	fields[ACTIVITY_PRACTICE] = "X00001";
	fields[ACTIVITY_NHS_NUMBER] = "9434765919";
	fields[ACTIVITY_SEX] = "2";
	fields[ACTIVITY_AGE] = "40";
}

static void
fill_spell(const char *fields[ACTIVITY_COLUMNS])
{
	fill(fields, "APC");
	fields[ACTIVITY_HRG] = "DZ11V";
	fields[ACTIVITY_CLASSIFICATION] = "1";
	fields[ACTIVITY_ADMISSION_METHOD] = "21";
	fields[ACTIVITY_ADMISSION_DATE] = "2017-06-28";
	fields[ACTIVITY_DISCHARGE_DATE] = "2017-07-03";
}

static void
fill_visit(const char *fields[ACTIVITY_COLUMNS])
{
	fill(fields, "OP");
	fields[ACTIVITY_TREATMENT_FUNCTION] = "130";
	fields[ACTIVITY_ATTENDANCE_DATE] = "2017-07-31";
	fields[ACTIVITY_FIRST_ATTENDANCE] = "1";
	fields[ACTIVITY_ATTENDED] = "5";
}

static void
fill_emergency(const char *fields[ACTIVITY_COLUMNS])
{
	fill(fields, "AE");
	fields[ACTIVITY_HRG] = "VB08Z";
	fields[ACTIVITY_ARRIVAL_DATE] = "2017-07-01";
	fields[ACTIVITY_DEPARTMENT_TYPE] = "01";
}

static void
check_changes(
    void (*sound)(const char *fields[ACTIVITY_COLUMNS]), const struct change *changes, size_t count)
{
	const char *fields[ACTIVITY_COLUMNS];
	struct activity_record record;
	size_t i;

	for (i = 0; i < count; i++) {
		struct fault_list faults = {.count = 0};

		sound(fields);
		fields[changes[i].column] = changes[i].value;
		read_record(fields, false, &record, &faults);
		if (changes[i].fault == NONE) {
			cr_expect_eq(faults.count, 0, "%s=%s",
			    activity_columns[changes[i].column].name, changes[i].value);
			continue;
		}
		cr_expect_eq(faults.count, 1, "%s=%s: %zu faults",
		    activity_columns[changes[i].column].name, changes[i].value, faults.count);
		cr_expect_eq(faults.faults[0], changes[i].fault, "%s=%s",
		    activity_columns[changes[i].column].name, changes[i].value);
		cr_expect_eq(faults.refused, fault_is_error(changes[i].fault));
	}
}

#define CHECK(sound, changes) check_changes(sound, changes, sizeof(changes) / sizeof((changes)[0]))

Test(activity_record, fields_of_every_data_set)
{
	static const struct change changes[] = {
	    {ACTIVITY_RECORD_ID, "", FAULT_RECORD_ID},
	    {ACTIVITY_RECORD_ID, "12345678901234567890123456789012345", NONE},
	    {ACTIVITY_RECORD_ID, "123456789012345678901234567890123456", FAULT_RECORD_ID},
	    /* That of the row's own patient is 9434765919. */
	    {ACTIVITY_RECORD_ID, "RXA-9434765919-1", FAULT_RECORD_ID_NAMES},
	    {ACTIVITY_RECORD_ID, "RXA-4010232137-1", NONE},
	    {ACTIVITY_PRIOR_APPROVAL, "PA/9434765919", FAULT_PRIOR_APPROVAL_NAMES},
	    {ACTIVITY_PRIOR_APPROVAL, "PA/4010232137", NONE},
	    {ACTIVITY_DATASET, "apc", FAULT_DATASET},
	    {ACTIVITY_PRACTICE, "X0001", FAULT_PRACTICE_FORM},
	    {ACTIVITY_PRACTICE, "V81999", NONE},
	    {ACTIVITY_COMMISSIONER, "5XZ", NONE},
	    {ACTIVITY_COMMISSIONER, "5x", FAULT_COMMISSIONER},
	    {ACTIVITY_NHS_NUMBER, "", FAULT_NO_PATIENT},
	    {ACTIVITY_NHS_NUMBER, "9434765918", FAULT_NHS_NUMBER},
	    {ACTIVITY_NHS_NUMBER, "943 476 5919", FAULT_NHS_NUMBER},
	    {ACTIVITY_LOCAL_PATIENT_ID, "123456789012345678901234567890123456",
		FAULT_LOCAL_PATIENT_ID},
	    {ACTIVITY_SEX, "9", NONE},
	    {ACTIVITY_SEX, "3", FAULT_SEX},
	    {ACTIVITY_SEX, "", FAULT_SEX},
	    {ACTIVITY_AGE, "0", NONE},
	    {ACTIVITY_AGE, "130", NONE},
	    {ACTIVITY_AGE, "131", FAULT_AGE},
	    {ACTIVITY_AGE, "-1", FAULT_AGE},
	    {ACTIVITY_AGE, "4.5", FAULT_AGE},
	    {ACTIVITY_PROVIDER_PRICE, "1234.5", NONE},
	    {ACTIVITY_PROVIDER_PRICE, "1,234.50", FAULT_PROVIDER_PRICE},
	    {ACTIVITY_PROVIDER_PRICE, "1000000000.00", NONE},
	    {ACTIVITY_PROVIDER_PRICE, "1000000000.01", FAULT_PROVIDER_PRICE},
	    {ACTIVITY_PROVIDER_PRICE, "-1000000000.00", NONE},
	    {ACTIVITY_PROVIDER_PRICE, "-1000000000.01", FAULT_PROVIDER_PRICE},
	    {ACTIVITY_MAIN_SPECIALTY, "12", FAULT_MAIN_SPECIALTY},
	    {ACTIVITY_SITE, "rxa", FAULT_SITE},
	    {ACTIVITY_ADMINISTRATIVE_CATEGORY, "01", NONE},
	    {ACTIVITY_ADMINISTRATIVE_CATEGORY, "02", NONE},
	    {ACTIVITY_ADMINISTRATIVE_CATEGORY, "99", NONE},
	    {ACTIVITY_ADMINISTRATIVE_CATEGORY, "2", FAULT_ADMINISTRATIVE_CATEGORY},
	    {ACTIVITY_ADMINISTRATIVE_CATEGORY, "05", FAULT_ADMINISTRATIVE_CATEGORY},
	};

	CHECK(fill_visit, changes);
}

Test(activity_record, fields_of_spells)
{
	static const struct change changes[] = {
	    {ACTIVITY_HRG, "H80", NONE},
	    {ACTIVITY_HRG, "", FAULT_HRG},
	    {ACTIVITY_HRG, "DZ11", FAULT_HRG},
	    {ACTIVITY_CLASSIFICATION, "5", NONE},
	    {ACTIVITY_CLASSIFICATION, "6", FAULT_CLASSIFICATION},
	    {ACTIVITY_ADMISSION_METHOD, "2D", NONE},
	    {ACTIVITY_ADMISSION_METHOD, "2E", FAULT_ADMISSION_METHOD},
	    /* Two codes that stand side by side in a list do not make a third. */
	    {ACTIVITY_ADMISSION_METHOD, "12", NONE},
	    {ACTIVITY_ADMISSION_METHOD, "22", NONE},
	    {ACTIVITY_ADMISSION_METHOD, "14", FAULT_ADMISSION_METHOD},
	    {ACTIVITY_ADMISSION_DATE, "28/06/2017", FAULT_ADMISSION_DATE},
	    {ACTIVITY_ADMISSION_DATE, "2017-07-03", NONE},
	    {ACTIVITY_ADMISSION_DATE, "2017-07-04", FAULT_DISCHARGE_FIRST},
	    {ACTIVITY_ADMISSION_DATE, "2007-07-03", NONE},
	    {ACTIVITY_ADMISSION_DATE, "2007-07-02", FAULT_STAY},
	    {ACTIVITY_DISCHARGE_DATE, "", FAULT_DISCHARGE_DATE},
	    {ACTIVITY_DISCHARGE_DATE, "2017-06-30", FAULT_DISCHARGE_OUTSIDE},
	    {ACTIVITY_DISCHARGE_DATE, "2017-07-31", NONE},
	    {ACTIVITY_DISCHARGE_DATE, "2017-08-01", FAULT_DISCHARGE_OUTSIDE},
	    {ACTIVITY_EXCLUDED_DAYS, "6", NONE},
	    {ACTIVITY_EXCLUDED_DAYS, "7", FAULT_EXCLUDED_DAYS},
	    {ACTIVITY_EXCLUDED_DAYS, "x", FAULT_EXCLUDED_DAYS},
	    {ACTIVITY_DIAGNOSIS, "J189", NONE},
	    {ACTIVITY_DIAGNOSIS, "189J", FAULT_DIAGNOSIS},
	    {ACTIVITY_PROCEDURE, "W371", NONE},
	    {ACTIVITY_PROCEDURE, "371", FAULT_PROCEDURE},
	    {ACTIVITY_DISCHARGE_METHOD, "6", FAULT_DISCHARGE_METHOD},
	};

	CHECK(fill_spell, changes);
}

Test(activity_record, fields_of_outpatients)
{
	static const struct change changes[] = {
	    {ACTIVITY_TREATMENT_FUNCTION, "", FAULT_TREATMENT_FUNCTION},
	    {ACTIVITY_TREATMENT_FUNCTION, "13A", FAULT_TREATMENT_FUNCTION},
	    {ACTIVITY_HRG, "", NONE},
	    {ACTIVITY_HRG, "FZ60Z", NONE},
	    {ACTIVITY_FIRST_ATTENDANCE, "X", NONE},
	    {ACTIVITY_FIRST_ATTENDANCE, "5", FAULT_FIRST_ATTENDANCE},
	    {ACTIVITY_ATTENDED, "7", NONE},
	    {ACTIVITY_ATTENDED, "1", FAULT_ATTENDED},
	    {ACTIVITY_ATTENDANCE_DATE, "2017-02-29", FAULT_ATTENDANCE_DATE},
	    {ACTIVITY_ATTENDANCE_DATE, "2017-08-01", FAULT_ATTENDANCE_OUTSIDE},
	    {ACTIVITY_REFERRAL_SOURCE, "3", FAULT_REFERRAL_SOURCE},
	};

	CHECK(fill_visit, changes);
}

Test(activity_record, fields_of_emergency_attendances)
{
	static const struct change changes[] = {
	    {ACTIVITY_HRG, "", FAULT_HRG},
	    {ACTIVITY_DEPARTMENT_TYPE, "04", NONE},
	    {ACTIVITY_DEPARTMENT_TYPE, "1", FAULT_DEPARTMENT_TYPE},
	    {ACTIVITY_ARRIVAL_DATE, "", FAULT_ARRIVAL_DATE},
	    {ACTIVITY_ARRIVAL_DATE, "2017-06-30", FAULT_ARRIVAL_OUTSIDE},
	    {ACTIVITY_DISPOSAL, "1", FAULT_DISPOSAL},
	};

	CHECK(fill_emergency, changes);
}

Test(activity_record, sound_row_is_read_into_values)
{
	const char *fields[ACTIVITY_COLUMNS];
	struct fault_list faults = {.count = 0};
	struct activity_record record;

	fill_spell(fields);
	fields[ACTIVITY_EXCLUDED_DAYS] = "2";
	fields[ACTIVITY_PROVIDER_PRICE] = "1486.00";
	read_record(fields, false, &record, &faults);
	cr_assert_eq(faults.count, 0);
	cr_assert_eq(record.pbr.stay_days, 5);
	cr_assert_eq(record.pbr.excluded_days, 2);
	cr_assert_eq(record.pbr.age_years, 40);
	cr_assert_eq(record.activity_date, date_from_civil(2017, 7, 3));
	cr_assert(record.has_provider_price);
	cr_assert_eq(record.provider_price_pence, 148600);
	fields[ACTIVITY_PROVIDER_PRICE] = "";
	read_record(fields, false, &record, &faults);
	cr_assert_not(record.has_provider_price, "empty is not zero");
}

Test(activity_record, row_that_lost_its_identifiers_needs_none)
{
	const char *fields[ACTIVITY_COLUMNS];
	struct fault_list faults = {.count = 0};
	struct activity_record record;

	fill_visit(fields);
	fields[ACTIVITY_NHS_NUMBER] = "";
	read_record(fields, true, &record, &faults);
	cr_expect_eq(faults.count, 0);
	read_record(fields, false, &record, &faults);
	cr_assert_eq(faults.count, 1);
	cr_expect_eq(faults.faults[0], FAULT_NO_PATIENT);
}

/* The months before an adjustment's that are frozen, and no other. */
Test(activity_record, an_adjustment_has_records_of_frozen_months)
{
	const month_t frozen[] = {month_of("2017-04"), month_of("2017-06")};
	const struct activity_months months = {
	    .own = month_of("2017-08"), .adjusts = true, .frozen = frozen, .frozen_count = 2};
	static const struct {
		void (*fill)(const char *fields[ACTIVITY_COLUMNS]);
		enum activity_column column;
		enum fault fault;
	} datasets[] = {
	    {fill_spell, ACTIVITY_DISCHARGE_DATE, FAULT_DISCHARGE_NOT_FROZEN},
	    {fill_visit, ACTIVITY_ATTENDANCE_DATE, FAULT_ATTENDANCE_NOT_FROZEN},
	    {fill_emergency, ACTIVITY_ARRIVAL_DATE, FAULT_ARRIVAL_NOT_FROZEN},
	};
	static const struct {
		const char *day;
		bool sound;
	} days[] = {
	    {"2017-03-31", false},
	    {"2017-04-01", true},
	    {"2017-04-30", true},
	    {"2017-05-01", false},
	    {"2017-06-30", true},
	    {"2017-07-01", false},
	    {"2017-08-01", false},
	};
	const char *fields[ACTIVITY_COLUMNS];
	struct activity_record record;

	for (size_t i = 0; i < sizeof(datasets) / sizeof(datasets[0]); i++)
		for (size_t j = 0; j < sizeof(days) / sizeof(days[0]); j++) {
			struct fault_list faults = {.count = 0};

			datasets[i].fill(fields);
			fields[ACTIVITY_ADMISSION_DATE] = "2017-03-01";
			fields[datasets[i].column] = days[j].day;
			activity_record_read(fields, &months, false, &record, &faults);
			cr_expect_eq(faults.refused, !days[j].sound, "%s", days[j].day);
			if (!days[j].sound)
				cr_expect_eq(faults.faults[0], datasets[i].fault);
		}
}
