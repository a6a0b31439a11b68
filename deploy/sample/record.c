/* Activity rows from events. */
#include "deploy/sample/record.h"

#include <stdio.h>
#include <string.h>

#include "common/money.h"

const char *const record_column_names[RECORD_COLUMNS] = {
    [RECORD_ID] = "record_id",
    [RECORD_DATASET] = "dataset",
    [RECORD_PRACTICE] = "practice_code",
    [RECORD_COMMISSIONER] = "commissioner_code",
    [RECORD_NHS_NUMBER] = "nhs_number",
    [RECORD_LOCAL_PATIENT_ID] = "local_patient_id",
    [RECORD_SEX] = "sex",
    [RECORD_AGE] = "age",
    [RECORD_SITE] = "site_code",
    [RECORD_MAIN_SPECIALTY] = "main_specialty_code",
    [RECORD_TREATMENT_FUNCTION] = "treatment_function_code",
    [RECORD_HRG] = "hrg",
    [RECORD_DIAGNOSIS] = "primary_diagnosis",
    [RECORD_PROCEDURE] = "primary_procedure",
    [RECORD_CLASSIFICATION] = "patient_classification",
    [RECORD_ADMISSION_METHOD] = "admission_method",
    [RECORD_ADMISSION_DATE] = "admission_date",
    [RECORD_DISCHARGE_DATE] = "discharge_date",
    [RECORD_DISCHARGE_METHOD] = "discharge_method",
    [RECORD_EXCLUDED_DAYS] = "excluded_days",
    [RECORD_SPECIALISED_SERVICE] = "specialised_service",
    [RECORD_ATTENDANCE_DATE] = "attendance_date",
    [RECORD_FIRST_ATTENDANCE] = "first_attendance",
    [RECORD_ATTENDED] = "attended",
    [RECORD_REFERRAL_SOURCE] = "referral_source",
    [RECORD_ARRIVAL_DATE] = "arrival_date",
    [RECORD_DEPARTMENT_TYPE] = "ae_department_type",
    [RECORD_DISPOSAL] = "ae_disposal",
    [RECORD_PRIOR_APPROVAL] = "prior_approval",
    [RECORD_PROVIDER_PRICE] = "provider_price",
};

static void
set(struct record *record, enum record_column column, const char *text)
{
	snprintf(record->field[column], sizeof(record->field[column]), "%s", text);
}

static void
set_number(struct record *record, enum record_column column, int number)
{
	snprintf(record->field[column], sizeof(record->field[column]), "%d", number);
}

void
record_set_date(struct record *record, enum record_column column, date_t date)
{
	char text[11];

	date_format(date, text);
	set(record, column, text);
}

static void
fill_spell(struct record *record, const struct pathway_event *event)
{
	const struct casemix_spell *spell = event->spell;

	set(record, RECORD_DATASET, "APC");
	set(record, RECORD_MAIN_SPECIALTY, spell->treatment_function);
	set(record, RECORD_TREATMENT_FUNCTION, spell->treatment_function);
	set(record, RECORD_HRG, spell->hrg);
	set(record, RECORD_DIAGNOSIS, spell->diagnosis);
	set(record, RECORD_PROCEDURE, spell->procedure);
	set(record, RECORD_CLASSIFICATION, event->pod == CASEMIX_DC ? "2" : "1");
	set(record, RECORD_ADMISSION_METHOD, event->admission_method);
	record_set_date(record, RECORD_ADMISSION_DATE, event->start);
	record_set_date(record, RECORD_DISCHARGE_DATE, event->end);
	set(record, RECORD_DISCHARGE_METHOD, event->discharge_method);
	set_number(record, RECORD_EXCLUDED_DAYS, event->excluded_days);
	record->item.currency = spell->hrg;
	record->item.stay_days = event->end - event->start - event->excluded_days;
}

static void
fill_visit(struct record *record, const struct pathway_event *event)
{
	const struct casemix_clinic *clinic = event->clinic;
	bool seen = event->attended[0] == '5' || event->attended[0] == '6';

	set(record, RECORD_DATASET, "OP");
	set(record, RECORD_MAIN_SPECIALTY, clinic->treatment_function);
	set(record, RECORD_TREATMENT_FUNCTION, clinic->treatment_function);
	record_set_date(record, RECORD_ATTENDANCE_DATE, event->start);
	if (event->by_telephone)
		set(record, RECORD_FIRST_ATTENDANCE, event->follow_up ? "4" : "3");
	else
		set(record, RECORD_FIRST_ATTENDANCE, event->follow_up ? "2" : "1");
	set(record, RECORD_ATTENDED, event->attended);
	set(record, RECORD_REFERRAL_SOURCE, event->follow_up ? "01" : "03");
	record->item.currency = clinic->treatment_function;
	if (event->procedure) {
		set(record, RECORD_HRG, clinic->procedure_hrg);
		set(record, RECORD_PROCEDURE, clinic->procedure);
		record->item.currency = clinic->procedure_hrg;
	}
	/* Not attended is never priced; by telephone has no mandatory price. */
	record->payable = seen && !event->by_telephone;
}

static void
fill_attendance(struct record *record, const struct pathway_event *event)
{
	set(record, RECORD_DATASET, "AE");
	set(record, RECORD_HRG, event->attendance->hrg);
	record_set_date(record, RECORD_ARRIVAL_DATE, event->start);
	set(record, RECORD_DEPARTMENT_TYPE, "01");
	set(record, RECORD_DISPOSAL, event->disposal);
	record->item.currency = event->attendance->hrg;
}

static void
fill_person(struct record *record, uint64_t index, const struct world_person *person,
    const struct pathway_event *event)
{
	char text[24];

	/* One in forty is known to the hospital only by its own number. */
	if (index % 40 != 7)
		set(record, RECORD_NHS_NUMBER, person->nhs_number);
	snprintf(text, sizeof(text), "%s-P%06u", world_providers[event->provider].code,
	    (unsigned int)(index % WORLD_PEOPLE_MAX));
	set(record, RECORD_LOCAL_PATIENT_ID, text);
	text[0] = person->sex;
	text[1] = '\0';
	set(record, RECORD_SEX, text);
	record->item.age_years = world_person_age(person, event->start);
	set_number(record, RECORD_AGE, record->item.age_years);
}

void
record_make(const struct record_context *context, uint64_t person_index,
    const struct world_person *person, const struct pathway_event *event, const char *practice_code,
    const char *record_id, struct record *record)
{
	const struct world_provider *provider = &world_providers[event->provider];

	memset(record, 0, sizeof(*record));
	record->payable = true;
	record->item.pod = event->pod;
	record->mff_ppm = provider->mff_ppm[context->year];
	set(record, RECORD_ID, record_id);
	set(record, RECORD_PRACTICE, practice_code);
	set(record, RECORD_COMMISSIONER, WORLD_COMMISSIONER);
	snprintf(
	    record->field[RECORD_SITE], sizeof(record->field[RECORD_SITE]), "%s01", provider->code);
	fill_person(record, person_index, person, event);
	switch (event->dataset) {
	case PATHWAY_APC:
		fill_spell(record, event);
		break;
	case PATHWAY_OP:
		fill_visit(record, event);
		break;
	case PATHWAY_AE:
		fill_attendance(record, event);
		break;
	}
	record_price(context, record);
}

int64_t
record_price_as(const struct record_context *context, const struct record *record,
    enum tariff_year year, const char *hrg)
{
	struct tariff_item item = record->item;

	if (hrg != NULL)
		item.currency = hrg;
	/* Local prices belong to a contract, and the year of history has none on file. */
	if (strcmp(item.currency, CASEMIX_LOCAL_FUNCTION) == 0 && year == TARIFF_2017)
		return item.pod == CASEMIX_OPFA ? CASEMIX_LOCAL_FIRST_PENCE
						: CASEMIX_LOCAL_FOLLOW_UP_PENCE;
	return tariff_price(context->tariff, year, &item, record->mff_ppm);
}

void
record_state_price(struct record *record, int64_t pence)
{
	char text[32];

	record->stated_pence = pence;
	money_format(pence, text);
	set(record, RECORD_PROVIDER_PRICE, text);
}

void
record_price(const struct record_context *context, struct record *record)
{
	int64_t pence = TARIFF_NO_PRICE;

	if (record->payable)
		pence = record_price_as(context, record, context->year, NULL);
	record->payable = pence != TARIFF_NO_PRICE;
	record->right_pence = record->payable ? pence : 0;
	if (record->payable)
		record_state_price(record, pence);
}

void
record_header(struct out_file *out)
{
	int column;

	for (column = 0; column < RECORD_COLUMNS; column++)
		out_text(out, record_column_names[column]);
	out_row_end(out);
	out->rows = 0;
}

void
record_write(const struct record *record, struct out_file *out)
{
	int column;

	for (column = 0; column < RECORD_COLUMNS; column++)
		out_text(out, record->field[column]);
	out_row_end(out);
}
