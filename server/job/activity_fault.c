/* The codes, which client/docs/activity-file.md repeats for people; a test compares the two. */
#include "server/job/activity_fault.h"

static const struct fault_text texts[FAULT_COUNT] = {
    [FAULT_RECORD_ID] = {"E101", "record_id", "must have 1 to 35 characters"},
    [FAULT_RECORD_ID_TWICE] = {"E102", "record_id", "is that of an earlier line of this file"},
    [FAULT_DATASET] = {"E103", "dataset", "must be APC, OP or AE"},
    [FAULT_PRACTICE_FORM] = {"E104", "practice_code", "must be a letter and five digits"},
    [FAULT_PRACTICE_UNKNOWN] = {"E105", "practice_code", "is not a known practice"},
    [FAULT_COMMISSIONER] = {"E106", "commissioner_code", "must be a code of 3 to 5 characters"},
    [FAULT_NO_PATIENT] = {"E107", "nhs_number", "one of nhs_number and local_patient_id is needed"},
    [FAULT_NHS_NUMBER] = {"E108", "nhs_number",
	"must be ten digits of which the last is the check digit"},
    [FAULT_LOCAL_PATIENT_ID] = {"E109", "local_patient_id", "must have at most 35 characters"},
    [FAULT_SEX] = {"E110", "sex", "must be 0, 1, 2 or 9"},
    [FAULT_AGE] = {"E111", "age", "must be completed years from 0 to 130"},
    [FAULT_TREATMENT_FUNCTION] = {"E112", "treatment_function_code",
	"must be three digits; outpatients need it"},
    [FAULT_HRG] = {"E113", "hrg", "must be a group such as HN22E; APC and AE need it"},
    [FAULT_CLASSIFICATION] = {"E114", "patient_classification", "must be 1 to 5, 8 or 9"},
    [FAULT_ADMISSION_METHOD] = {"E115", "admission_method",
	"must be a code of the NHS Data Dictionary"},
    [FAULT_ADMISSION_DATE] = {"E116", "admission_date", "must be a date such as 2017-07-31"},
    [FAULT_DISCHARGE_DATE] = {"E117", "discharge_date", "must be a date such as 2017-07-31"},
    [FAULT_DISCHARGE_FIRST] = {"E118", "discharge_date", "is before the admission"},
    [FAULT_STAY] = {"E119", "admission_date", "is more than ten years before the discharge"},
    [FAULT_EXCLUDED_DAYS] = {"E120", "excluded_days",
	"must be a whole number, not more than the days of the stay"},
    [FAULT_ATTENDANCE_DATE] = {"E121", "attendance_date", "must be a date such as 2017-07-31"},
    [FAULT_FIRST_ATTENDANCE] = {"E122", "first_attendance", "must be 1 to 4, 9 or X"},
    [FAULT_ATTENDED] = {"E123", "attended", "must be 2 to 7 or 9"},
    [FAULT_ARRIVAL_DATE] = {"E124", "arrival_date", "must be a date such as 2017-07-31"},
    [FAULT_DEPARTMENT_TYPE] = {"E125", "ae_department_type", "must be 01 to 04 or 99"},
    [FAULT_DISCHARGE_OUTSIDE] = {"E126", "discharge_date", "is not in the month of the file"},
    [FAULT_ATTENDANCE_OUTSIDE] = {"E127", "attendance_date", "is not in the month of the file"},
    [FAULT_ARRIVAL_OUTSIDE] = {"E128", "arrival_date", "is not in the month of the file"},
    [FAULT_PROVIDER_PRICE] = {"E129", "provider_price",
	"must be pounds such as 1234.50, 1,000 million at most"},
    [FAULT_TOO_LONG] = {"E130", "prior_approval", "must have at most 50 characters"},
    [FAULT_NET_CHANGE] = {"E131", "net_change", "must be I, U or D in a file of changes"},
    [FAULT_STANDS] = {"E132", "record_id", "stands already, so it cannot be inserted"},
    [FAULT_STANDS_NOT] = {"E133", "record_id",
	"does not stand, so it can be neither updated nor deleted"},
    [FAULT_ADMINISTRATIVE_CATEGORY] = {"E134", "administrative_category",
	"must be 01 to 04, 98 or 99"},
    [FAULT_DISCHARGE_NOT_FROZEN] = {"E135", "discharge_date",
	"is not in an earlier month that is frozen"},
    [FAULT_ATTENDANCE_NOT_FROZEN] = {"E136", "attendance_date",
	"is not in an earlier month that is frozen"},
    [FAULT_ARRIVAL_NOT_FROZEN] = {"E137", "arrival_date",
	"is not in an earlier month that is frozen"},
    [FAULT_RECORD_ID_NAMES] = {"E138", "record_id", "holds the patient's NHS number"},
    [FAULT_PRIOR_APPROVAL_NAMES] = {"E139", "prior_approval", "holds the patient's NHS number"},
    [FAULT_OTHER_DATASET] = {"E140", "dataset", "is not the data set that the file is of"},
    [FAULT_NOT_OURS] = {"W201", "practice_code",
	"was another PCT's on that day: kept, and no cost of ours"},
    [FAULT_NOT_REGISTERED] = {"W202", "practice_code",
	"names no practice: the stated commissioner decides whose it is"},
    [FAULT_COMMISSIONER_DIFFERS] = {"W203", "commissioner_code",
	"is not the PCT of the practice on that day, which counts"},
    [FAULT_UNPRICED] = {"W204", "hrg", "no price was found"},
    [FAULT_TOP_UP] = {"W205", "specialised_service",
	"is kept; no top-up is paid without a provider's eligibility on record"},
    [FAULT_DIAGNOSIS] = {"W206", "primary_diagnosis", "is not an ICD-10 code"},
    [FAULT_PROCEDURE] = {"W207", "primary_procedure", "is not an OPCS-4 code"},
    [FAULT_SITE] = {"W208", "site_code", "is not a site code"},
    [FAULT_MAIN_SPECIALTY] = {"W209", "main_specialty_code", "is not three digits"},
    [FAULT_DISCHARGE_METHOD] = {"W210", "discharge_method", "is not 1 to 5, 8 or 9"},
    [FAULT_REFERRAL_SOURCE] = {"W211", "referral_source", "is not two digits"},
    [FAULT_DISPOSAL] = {"W212", "ae_disposal", "is not two digits"},
    [FAULT_PRACTICE_CLOSED] = {"W213", "practice_code",
	"was in no PCT on that day, closed or not yet open: kept, and no cost of ours"},
    [FAULT_SPELL_TWICE] = {"W214", "admission_date",
	"this stay is on record from another provider too"},
    [FAULT_SPELL_OVERLAPS] = {"W215", "admission_date",
	"the stay overlaps one of the same patient at another provider"},
    [FAULT_STANDS_OFTEN] = {"W216", "record_id",
	"stands in more than one month, and every row of it is taken back"},
};

const struct fault_text *
fault_text(enum fault fault)
{
	return &texts[fault];
}

bool
fault_is_error(enum fault fault)
{
	return fault < FAULT_NOT_OURS;
}

void
fault_add(struct fault_list *list, enum fault fault)
{
	list->refused = list->refused || fault_is_error(fault);
	if (list->count < FAULTS_MAX)
		list->faults[list->count++] = fault;
}
