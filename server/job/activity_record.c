/* Field by field checks of an activity row. Code lists are those of the NHS Data Dictionary. */
#include "server/job/activity_record.h"

#include <string.h>

#include "common/codes.h"
#include "common/money.h"

#define AGE_MAX_YEARS 130
#define TEXT_MAX 50

/* Columns of one data set only may be missing from a file without it, so the rows decide. */
const struct csv_column activity_columns[ACTIVITY_COLUMNS] = {
    [ACTIVITY_RECORD_ID] = {"record_id", CSV_MANDATORY},
    [ACTIVITY_DATASET] = {"dataset", CSV_MANDATORY},
    [ACTIVITY_PRACTICE] = {"practice_code", CSV_MANDATORY},
    [ACTIVITY_COMMISSIONER] = {"commissioner_code", CSV_OPTIONAL},
    [ACTIVITY_NHS_NUMBER] = {"nhs_number", CSV_OPTIONAL},
    [ACTIVITY_LOCAL_PATIENT_ID] = {"local_patient_id", CSV_OPTIONAL},
    [ACTIVITY_SEX] = {"sex", CSV_MANDATORY},
    [ACTIVITY_AGE] = {"age", CSV_MANDATORY},
    [ACTIVITY_SITE] = {"site_code", CSV_OPTIONAL},
    [ACTIVITY_MAIN_SPECIALTY] = {"main_specialty_code", CSV_OPTIONAL},
    [ACTIVITY_TREATMENT_FUNCTION] = {"treatment_function_code", CSV_OPTIONAL},
    [ACTIVITY_HRG] = {"hrg", CSV_OPTIONAL},
    [ACTIVITY_DIAGNOSIS] = {"primary_diagnosis", CSV_OPTIONAL},
    [ACTIVITY_PROCEDURE] = {"primary_procedure", CSV_OPTIONAL},
    [ACTIVITY_CLASSIFICATION] = {"patient_classification", CSV_OPTIONAL},
    [ACTIVITY_ADMISSION_METHOD] = {"admission_method", CSV_OPTIONAL},
    [ACTIVITY_ADMISSION_DATE] = {"admission_date", CSV_OPTIONAL},
    [ACTIVITY_DISCHARGE_DATE] = {"discharge_date", CSV_OPTIONAL},
    [ACTIVITY_DISCHARGE_METHOD] = {"discharge_method", CSV_OPTIONAL},
    [ACTIVITY_EXCLUDED_DAYS] = {"excluded_days", CSV_OPTIONAL},
    [ACTIVITY_SPECIALISED_SERVICE] = {"specialised_service", CSV_OPTIONAL},
    [ACTIVITY_ATTENDANCE_DATE] = {"attendance_date", CSV_OPTIONAL},
    [ACTIVITY_FIRST_ATTENDANCE] = {"first_attendance", CSV_OPTIONAL},
    [ACTIVITY_ATTENDED] = {"attended", CSV_OPTIONAL},
    [ACTIVITY_REFERRAL_SOURCE] = {"referral_source", CSV_OPTIONAL},
    [ACTIVITY_ARRIVAL_DATE] = {"arrival_date", CSV_OPTIONAL},
    [ACTIVITY_DEPARTMENT_TYPE] = {"ae_department_type", CSV_OPTIONAL},
    [ACTIVITY_DISPOSAL] = {"ae_disposal", CSV_OPTIONAL},
    [ACTIVITY_PRIOR_APPROVAL] = {"prior_approval", CSV_OPTIONAL},
    [ACTIVITY_ADMINISTRATIVE_CATEGORY] = {"administrative_category", CSV_OPTIONAL},
    [ACTIVITY_PROVIDER_PRICE] = {"provider_price", CSV_OPTIONAL},
    [ACTIVITY_NET_CHANGE] = {"net_change", CSV_OPTIONAL},
};

/* True if text is one of the codes of the list, each length characters, one after another. */
static bool
is_code(const char *text, const char *list, size_t length)
{
	if (strlen(text) != length)
		return false;
	for (; *list != '\0'; list += length)
		if (memcmp(text, list, length) == 0)
			return true;
	return false;
}

static bool
is_digits(const char *text, size_t length)
{
	return strspn(text, "0123456789") == length && text[length] == '\0';
}

/* At most four digits. */
static bool
read_small_number(const char *text, int *number)
{
	size_t i, length = strlen(text);

	if (length == 0 || length > 4 || !is_digits(text, length))
		return false;
	*number = 0;
	for (i = 0; i < length; i++)
		*number = *number * 10 + (text[i] - '0');
	return true;
}

static void
require(struct fault_list *faults, bool sound, enum fault fault)
{
	if (!sound)
		fault_add(faults, fault);
}

/* Both are shown to people who may not know the patient. Ten other digits may be anything. */
static void
check_references(const char *const *fields, const char *nhs_number, struct fault_list *faults)
{
	require(
	    faults, strstr(fields[ACTIVITY_RECORD_ID], nhs_number) == NULL, FAULT_RECORD_ID_NAMES);
	require(faults, strstr(fields[ACTIVITY_PRIOR_APPROVAL], nhs_number) == NULL,
	    FAULT_PRIOR_APPROVAL_NAMES);
}

static void
check_identity(const char *const *fields, struct fault_list *faults)
{
	const char *nhs_number = fields[ACTIVITY_NHS_NUMBER];
	const char *local_id = fields[ACTIVITY_LOCAL_PATIENT_ID];

	if (nhs_number[0] == '\0')
		require(faults, local_id[0] != '\0', FAULT_NO_PATIENT);
	else if (nhs_number_valid(nhs_number))
		check_references(fields, nhs_number, faults);
	else
		fault_add(faults, FAULT_NHS_NUMBER);
	require(faults, strlen(local_id) <= ACTIVITY_RECORD_ID_MAX, FAULT_LOCAL_PATIENT_ID);
}

static void
check_patient(const char *const *fields, struct activity_record *record, struct fault_list *faults)
{
	require(faults, is_code(fields[ACTIVITY_SEX], "0129", 1), FAULT_SEX);
	require(faults,
	    read_small_number(fields[ACTIVITY_AGE], &record->pbr.age_years) &&
		record->pbr.age_years <= AGE_MAX_YEARS,
	    FAULT_AGE);
}

static void
check_all(const char *const *fields, struct activity_record *record, struct fault_list *faults)
{
	size_t id_length = strlen(fields[ACTIVITY_RECORD_ID]);
	const char *commissioner = fields[ACTIVITY_COMMISSIONER];
	const char *treatment_function = fields[ACTIVITY_TREATMENT_FUNCTION];
	const char *category = fields[ACTIVITY_ADMINISTRATIVE_CATEGORY];

	require(faults, id_length > 0 && id_length <= ACTIVITY_RECORD_ID_MAX, FAULT_RECORD_ID);
	require(faults, ods_practice_valid(fields[ACTIVITY_PRACTICE]), FAULT_PRACTICE_FORM);
	require(faults, commissioner[0] == '\0' || ods_organisation_valid(commissioner),
	    FAULT_COMMISSIONER);
	check_patient(fields, record, faults);
	if (treatment_function[0] != '\0' || record->pbr.dataset == PBR_DATASET_OP)
		require(faults, is_digits(treatment_function, 3), FAULT_TREATMENT_FUNCTION);
	if (fields[ACTIVITY_HRG][0] != '\0' || record->pbr.dataset != PBR_DATASET_OP)
		require(faults, hrg_valid(fields[ACTIVITY_HRG]), FAULT_HRG);
	require(faults, strlen(fields[ACTIVITY_PRIOR_APPROVAL]) <= TEXT_MAX, FAULT_TOO_LONG);
	require(faults, category[0] == '\0' || is_code(category, "010203049899", 2),
	    FAULT_ADMINISTRATIVE_CATEGORY);
}

static void
check_price(const char *price, struct activity_record *record, struct fault_list *faults)
{
	int64_t pence;

	record->has_provider_price = price[0] != '\0';
	if (!record->has_provider_price)
		return;
	if (money_parse(price, &pence) && pence <= PBR_AMOUNT_MAX_PENCE &&
	    pence >= -PBR_AMOUNT_MAX_PENCE)
		record->provider_price_pence = pence;
	else
		fault_add(faults, FAULT_PROVIDER_PRICE);
}

/* What is kept though it is doubtful: nothing of this prices or attributes the record. */
static void
check_doubtful(const char *const *fields, struct fault_list *faults)
{
	const char *diagnosis = fields[ACTIVITY_DIAGNOSIS];
	const char *procedure = fields[ACTIVITY_PROCEDURE];
	const char *site = fields[ACTIVITY_SITE];
	const char *specialty = fields[ACTIVITY_MAIN_SPECIALTY];
	const char *method = fields[ACTIVITY_DISCHARGE_METHOD];
	const char *source = fields[ACTIVITY_REFERRAL_SOURCE];
	const char *disposal = fields[ACTIVITY_DISPOSAL];

	require(faults, diagnosis[0] == '\0' || icd10_valid(diagnosis), FAULT_DIAGNOSIS);
	require(faults, procedure[0] == '\0' || opcs4_valid(procedure), FAULT_PROCEDURE);
	require(faults, site[0] == '\0' || ods_organisation_valid(site), FAULT_SITE);
	require(faults, specialty[0] == '\0' || is_digits(specialty, 3), FAULT_MAIN_SPECIALTY);
	require(faults, method[0] == '\0' || is_code(method, "1234589", 1), FAULT_DISCHARGE_METHOD);
	require(faults, source[0] == '\0' || is_digits(source, 2), FAULT_REFERRAL_SOURCE);
	require(faults, disposal[0] == '\0' || is_digits(disposal, 2), FAULT_DISPOSAL);
}

static void
check_stay(const char *const *fields, struct activity_record *record, struct fault_list *faults)
{
	bool admitted = date_parse(fields[ACTIVITY_ADMISSION_DATE], &record->admission_date);
	bool discharged = date_parse(fields[ACTIVITY_DISCHARGE_DATE], &record->activity_date);
	int stay_days;

	require(faults, admitted, FAULT_ADMISSION_DATE);
	require(faults, discharged, FAULT_DISCHARGE_DATE);
	if (!admitted || !discharged)
		return;
	stay_days = record->activity_date - record->admission_date;
	require(faults, stay_days >= 0, FAULT_DISCHARGE_FIRST);
	require(faults, stay_days <= ACTIVITY_STAY_MAX_DAYS, FAULT_STAY);
	record->pbr.stay_days = stay_days;
	if (fields[ACTIVITY_EXCLUDED_DAYS][0] != '\0')
		/* The days of admission and discharge count both: a stay of one night has two. */
		require(faults,
		    read_small_number(fields[ACTIVITY_EXCLUDED_DAYS], &record->pbr.excluded_days) &&
			record->pbr.excluded_days <= stay_days + 1,
		    FAULT_EXCLUDED_DAYS);
}

static void
check_spell(const char *const *fields, struct activity_record *record, struct fault_list *faults)
{
	require(
	    faults, is_code(fields[ACTIVITY_CLASSIFICATION], "1234589", 1), FAULT_CLASSIFICATION);
	require(faults,
	    is_code(fields[ACTIVITY_ADMISSION_METHOD],
		"111213212223242528"
		"2A2B2C2D"
		"31328182838489"
		"9899",
		2),
	    FAULT_ADMISSION_METHOD);
	check_stay(fields, record, faults);
}

static void
check_attendance(
    const char *const *fields, struct activity_record *record, struct fault_list *faults)
{
	require(faults, is_code(fields[ACTIVITY_FIRST_ATTENDANCE], "12349X", 1),
	    FAULT_FIRST_ATTENDANCE);
	require(faults, is_code(fields[ACTIVITY_ATTENDED], "2345679", 1), FAULT_ATTENDED);
	require(faults, date_parse(fields[ACTIVITY_ATTENDANCE_DATE], &record->activity_date),
	    FAULT_ATTENDANCE_DATE);
}

static void
check_emergency(
    const char *const *fields, struct activity_record *record, struct fault_list *faults)
{
	require(faults, is_code(fields[ACTIVITY_DEPARTMENT_TYPE], "0102030499", 2),
	    FAULT_DEPARTMENT_TYPE);
	require(faults, date_parse(fields[ACTIVITY_ARRIVAL_DATE], &record->activity_date),
	    FAULT_ARRIVAL_DATE);
}

static bool
months_allow(const struct activity_months *months, month_t month)
{
	size_t i;

	if (!months->adjusts)
		return month == months->own;
	for (i = 0; i < months->frozen_count; i++)
		if (months->frozen[i] == month)
			return true;
	return false;
}

static void
check_month(const struct activity_record *record, const struct activity_months *months,
    struct fault_list *faults)
{
	static const enum fault outside[] = {
	    [PBR_DATASET_APC] = FAULT_DISCHARGE_OUTSIDE,
	    [PBR_DATASET_OP] = FAULT_ATTENDANCE_OUTSIDE,
	    [PBR_DATASET_AE] = FAULT_ARRIVAL_OUTSIDE,
	};
	static const enum fault not_frozen[] = {
	    [PBR_DATASET_APC] = FAULT_DISCHARGE_NOT_FROZEN,
	    [PBR_DATASET_OP] = FAULT_ATTENDANCE_NOT_FROZEN,
	    [PBR_DATASET_AE] = FAULT_ARRIVAL_NOT_FROZEN,
	};

	if (record->activity_date != DATE_NONE)
		require(faults, months_allow(months, month_of_date(record->activity_date)),
		    (months->adjusts ? not_frozen : outside)[record->pbr.dataset]);
}

void
activity_record_read(const char *const *fields, const struct activity_months *months, bool nameless,
    struct activity_record *record, struct fault_list *faults)
{
	*record = (struct activity_record){.fields = fields,
	    .admission_date = DATE_NONE,
	    .activity_date = DATE_NONE,
	    .pbr = {.hrg = fields[ACTIVITY_HRG],
		.treatment_function = fields[ACTIVITY_TREATMENT_FUNCTION],
		.main_specialty = fields[ACTIVITY_MAIN_SPECIALTY],
		.patient_classification = fields[ACTIVITY_CLASSIFICATION],
		.admission_method = fields[ACTIVITY_ADMISSION_METHOD],
		.first_attendance = fields[ACTIVITY_FIRST_ATTENDANCE],
		.attended = fields[ACTIVITY_ATTENDED],
		.department_type = fields[ACTIVITY_DEPARTMENT_TYPE],
		.administrative_category = fields[ACTIVITY_ADMINISTRATIVE_CATEGORY],
		.specialised_service = fields[ACTIVITY_SPECIALISED_SERVICE]}};
	/* First: it is in the sender's control total whatever else is wrong with the row. */
	check_price(fields[ACTIVITY_PROVIDER_PRICE], record, faults);
	if (!pbr_dataset_parse(fields[ACTIVITY_DATASET], &record->pbr.dataset)) {
		fault_add(faults, FAULT_DATASET);
		return;
	}
	if (!nameless)
		check_identity(fields, faults);
	check_all(fields, record, faults);
	switch (record->pbr.dataset) {
	case PBR_DATASET_APC:
		check_spell(fields, record, faults);
		break;
	case PBR_DATASET_OP:
		check_attendance(fields, record, faults);
		break;
	case PBR_DATASET_AE:
		check_emergency(fields, record, faults);
		break;
	}
	check_month(record, months, faults);
	check_doubtful(fields, faults);
}
