/* Payment by Results: the point of delivery of a record and what is outside the tariff. Pure. */
#include "server/domain/pbr.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "server/domain/pbr_internal.h"

const char *const pbr_pod_words[PBR_POD_COUNT] = {
    [PBR_POD_DC - 1] = "DC",
    [PBR_POD_EL - 1] = "EL",
    [PBR_POD_NEL - 1] = "NEL",
    [PBR_POD_NELNE - 1] = "NELNE",
    [PBR_POD_OPFA - 1] = "OPFA",
    [PBR_POD_OPFUP - 1] = "OPFUP",
    [PBR_POD_OPPROC - 1] = "OPPROC",
    [PBR_POD_AE - 1] = "AE",
};

static const char *const dataset_names[] = {
    [PBR_DATASET_APC] = "APC",
    [PBR_DATASET_OP] = "OP",
    [PBR_DATASET_AE] = "AE",
};

static const char *const state_names[] = {
    [PBR_PRICED] = "priced",
    [PBR_EXCLUDED] = "excluded",
    [PBR_UNPRICED] = "unpriced",
};

enum admission { ADMISSION_UNKNOWN, ADMISSION_ELECTIVE, ADMISSION_EMERGENCY, ADMISSION_OTHER };

/* ADMISSION METHOD of the NHS Data Dictionary; 2A to 2D replaced 28. 98 and 99 say nothing. */
static const struct {
	char code[3];
	enum admission admission;
} admission_methods[] = {
    {"11", ADMISSION_ELECTIVE},
    {"12", ADMISSION_ELECTIVE},
    {"13", ADMISSION_ELECTIVE},
    {"21", ADMISSION_EMERGENCY},
    {"22", ADMISSION_EMERGENCY},
    {"23", ADMISSION_EMERGENCY},
    {"24", ADMISSION_EMERGENCY},
    {"25", ADMISSION_EMERGENCY},
    {"28", ADMISSION_EMERGENCY},
    {"2A", ADMISSION_EMERGENCY},
    {"2B", ADMISSION_EMERGENCY},
    {"2C", ADMISSION_EMERGENCY},
    {"2D", ADMISSION_EMERGENCY},
    {"31", ADMISSION_OTHER},
    {"32", ADMISSION_OTHER},
    {"81", ADMISSION_OTHER},
    {"82", ADMISSION_OTHER},
    {"83", ADMISSION_OTHER},
};

static void
set_class(
    struct pbr_class *class, enum pbr_pod pod, enum pbr_currency_type type, const char *currency)
{
	class->pod = pod;
	class->state = PBR_PRICED;
	class->reason = "";
	class->local = true;
	class->lowest_band = false;
	class->currency_type = type;
	class->currency = currency;
}

static void
refuse_class(struct pbr_class *class, enum pbr_state state, const char *reason)
{
	class->state = state;
	class->reason = reason;
	class->local = false;
}

static enum admission
admission_of_method(const char *method)
{
	size_t i;

	for (i = 0; i < sizeof(admission_methods) / sizeof(admission_methods[0]); i++)
		if (strcmp(method, admission_methods[i].code) == 0)
			return admission_methods[i].admission;
	return ADMISSION_UNKNOWN;
}

static void
classify_spell(const struct pbr_record *record, struct pbr_class *class)
{
	const char kind = record->patient_classification[0];
	enum pbr_pod pod = PBR_POD_NONE;

	switch (admission_of_method(record->admission_method)) {
	case ADMISSION_ELECTIVE:
		if (kind == '2' && record->stay_days == 0)
			pod = PBR_POD_DC;
		else if (kind == '1' || kind == '2')
			pod = PBR_POD_EL;
		break;
	case ADMISSION_EMERGENCY:
		pod = PBR_POD_NEL;
		break;
	case ADMISSION_OTHER:
		pod = PBR_POD_NELNE;
		break;
	case ADMISSION_UNKNOWN:
		break;
	}
	set_class(class, pod, PBR_CURRENCY_HRG, record->hrg);
	if (kind == '3' || kind == '4') {
		class->pod = PBR_POD_NONE;
		refuse_class(class, PBR_EXCLUDED, "REGULAR_ADMISSION");
	} else if (pod == PBR_POD_NONE) {
		refuse_class(class, PBR_UNPRICED, "NO_POINT_OF_DELIVERY");
	}
}

/* MAIN SPECIALTY CODE 560 (midwife episode) and the 900s are not led by a consultant. */
static bool
is_consultant_led(const char *main_specialty)
{
	return strcmp(main_specialty, "560") != 0 && main_specialty[0] != '9';
}

/* A WF group is an attendance without a procedure. */
static bool
is_procedure(const char *hrg)
{
	return hrg[0] != '\0' && strncmp(hrg, "WF", 2) != 0;
}

static void
set_attendance(const struct pbr_record *record, struct pbr_class *class)
{
	const char kind = record->first_attendance[0];

	if (kind == '1' || kind == '3')
		set_class(class, PBR_POD_OPFA, PBR_CURRENCY_TFC, record->treatment_function);
	else if (kind == '2' || kind == '4')
		set_class(class, PBR_POD_OPFUP, PBR_CURRENCY_TFC, record->treatment_function);
	else
		set_class(class, PBR_POD_NONE, PBR_CURRENCY_TFC, record->treatment_function);
}

/* What an attendance without a procedure is refused for. */
static void
refuse_attendance(const struct pbr_record *record, struct pbr_class *class)
{
	const char kind = record->first_attendance[0];

	if (kind == '3' || kind == '4')
		refuse_class(class, PBR_EXCLUDED, "NOT_FACE_TO_FACE");
	else if (class->pod == PBR_POD_NONE)
		refuse_class(class, PBR_UNPRICED, "NO_POINT_OF_DELIVERY");
}

static void
classify_outpatient(const struct pbr_record *record, struct pbr_class *class)
{
	const char attended = record->attended[0];

	set_attendance(record, class);
	if (attended != '5' && attended != '6') {
		refuse_class(class, PBR_EXCLUDED, "NOT_ATTENDED");
	} else if (!is_consultant_led(record->main_specialty)) {
		refuse_class(class, PBR_EXCLUDED, "NOT_CONSULTANT_LED");
	} else if (is_procedure(record->hrg)) {
		/*
		 * Where an attendance and a procedure price both apply, the procedure is paid,
		 * once.
		 */
		set_class(class, PBR_POD_OPPROC, PBR_CURRENCY_HRG, record->hrg);
	} else {
		refuse_attendance(record, class);
	}
}

static void
classify_emergency_department(
    const struct pbr_record *record, const struct pbr_rules *rules, struct pbr_class *class)
{
	const char *type = record->department_type;

	set_class(class, PBR_POD_AE, PBR_CURRENCY_AE, record->hrg);
	class->lowest_band = rules->type_3_lowest_band && strcmp(type, "03") == 0;
	if (strcmp(type, "04") == 0)
		refuse_class(class, PBR_EXCLUDED, "WALK_IN_CENTRE");
	else if (strcmp(type, "01") != 0 && strcmp(type, "02") != 0 && strcmp(type, "03") != 0)
		refuse_class(class, PBR_UNPRICED, "NO_POINT_OF_DELIVERY");
}

/* UZ01Z of HRG4, U01 to U07 of HRG v3.5: the grouper could not make sense of the record. */
static bool
is_ungroupable(const struct pbr_class *class)
{
	const char *code = class->currency;

	return class->currency_type != PBR_CURRENCY_TFC && code[0] == 'U' &&
	       (code[1] == 'Z' || (code[1] == '0' && strlen(code) == 3));
}

static const struct pbr_exclusion *
find_exclusion(const struct pbr_class *class, const struct pbr_rules *rules)
{
	for (size_t i = 0; i < rules->exclusion_count; i++) {
		const struct pbr_exclusion *row = &rules->exclusions[i];

		if (row->currency_type == class->currency_type &&
		    strncmp(class->currency, row->code_prefix, strlen(row->code_prefix)) == 0)
			return row;
	}
	return NULL;
}

/*
 * What has a point of delivery and still no tariff: counted, and paid where a contract prices it.
 */
static void
apply_scope(const struct pbr_rules *rules, struct pbr_class *class)
{
	const struct pbr_exclusion *exclusion = find_exclusion(class, rules);

	if (is_ungroupable(class)) {
		refuse_class(class, PBR_UNPRICED, "UNGROUPABLE");
	} else if (exclusion != NULL) {
		refuse_class(class, PBR_EXCLUDED, exclusion->reason);
		class->local = true;
	}
}

/* ADMINISTRATIVE CATEGORY of the NHS Data Dictionary. An amenity patient, 03, is the NHS's. */
static bool
is_private(const struct pbr_record *record)
{
	return strcmp(record->administrative_category, "02") == 0;
}

void
pbr_classify(const struct pbr_record *record, const struct pbr_rules *rules,
    struct pbr_class *class, struct pbr_working *working)
{
	switch (record->dataset) {
	case PBR_DATASET_APC:
		classify_spell(record, class);
		break;
	case PBR_DATASET_OP:
		classify_outpatient(record, class);
		break;
	case PBR_DATASET_AE:
		classify_emergency_department(record, rules, class);
		break;
	}
	if (rules->excludes_private && is_private(record)) {
		refuse_class(class, PBR_EXCLUDED, "PRIVATE_PATIENT");
		pbr_add_step(working, "PRIVATE_PATIENT", PBR_NO_AMOUNT,
		    "administrative category %s", record->administrative_category);
	}
	if (class->state == PBR_PRICED)
		apply_scope(rules, class);
	class->age_band =
	    record->age_years < rules->child_below_years ? PBR_AGE_CHILD : PBR_AGE_ADULT;
	if (class->state == PBR_PRICED)
		pbr_add_step(working, "POD", PBR_NO_AMOUNT, "%s, currency %s, %s below %d years",
		    pbr_pod_name(class->pod), class->currency,
		    class->age_band == PBR_AGE_CHILD ? "child" : "not a child",
		    rules->child_below_years);
	else
		pbr_add_step(working, "POD", PBR_NO_AMOUNT, "%s %s, %s: %s",
		    pbr_pod_name(class->pod), class->currency, pbr_state_name(class->state),
		    class->reason);
}

bool
pbr_fall_back(const struct pbr_record *record, const struct pbr_rules *rules,
    struct pbr_class *class, struct pbr_working *working)
{
	bool refused;

	if (!rules->procedure_falls_back || class->state != PBR_PRICED ||
	    class->pod != PBR_POD_OPPROC)
		return false;
	set_attendance(record, class);
	refuse_attendance(record, class);
	if (class->state == PBR_PRICED)
		apply_scope(rules, class);
	refused = class->state != PBR_PRICED;
	pbr_add_step(working, "ATTENDANCE", PBR_NO_AMOUNT,
	    "no procedure price for %s: %s, currency %s%s%s", record->hrg, pbr_pod_name(class->pod),
	    class->currency, refused ? ", " : "", class->reason);
	return true;
}

const struct pbr_rule_name pbr_rule_names[PBR_RULE_COUNT] = {
    [PBR_RULE_CHILD_BELOW_YEARS] = {"OUTPATIENT_CHILD_BELOW_YEARS", "POD"},
    [PBR_RULE_EXCLUDES_PRIVATE] = {"PRIVATE_PATIENTS_EXCLUDED", "PRIVATE_PATIENT"},
    [PBR_RULE_PROCEDURE_FALLS_BACK] = {"PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE", "ATTENDANCE"},
    [PBR_RULE_SHORT_STAY_FROM_YEARS] = {"SHORT_STAY_MIN_AGE_YEARS", "SHORT_STAY"},
    [PBR_RULE_SHORT_STAY_BELOW_DAYS] = {"SHORT_STAY_BELOW_DAYS", "SHORT_STAY"},
    [PBR_RULE_TYPE_3_LOWEST_BAND] = {"AE_TYPE_3_LOWEST_BAND", "LOWEST_BAND"},
    [PBR_RULE_TOP_UP_ON_LONG_STAY] = {"TOPUP_ON_LONG_STAY", "TOP_UP"},
    [PBR_RULE_COMMISSIONER_PAYS_MFF] = {"MFF_PAID_BY_COMMISSIONER", "MFF"},
    [PBR_RULE_ROUNDS_TO_POUNDS] = {"SPELL_ROUNDED_TO_POUNDS", "ROUND"},
};

void
pbr_exclusion_set(struct pbr_exclusion *exclusion, enum pbr_currency_type currency_type,
    const char *code_prefix, const char *reason)
{
	assert(strlen(code_prefix) < sizeof(exclusion->code_prefix));
	assert(strlen(reason) < sizeof(exclusion->reason));
	exclusion->currency_type = currency_type;
	snprintf(exclusion->code_prefix, sizeof(exclusion->code_prefix), "%s", code_prefix);
	snprintf(exclusion->reason, sizeof(exclusion->reason), "%s", reason);
}

void
pbr_rules_set(struct pbr_rules *rules, const int64_t values[PBR_RULE_COUNT])
{
	rules->child_below_years = (int)values[PBR_RULE_CHILD_BELOW_YEARS];
	rules->excludes_private = values[PBR_RULE_EXCLUDES_PRIVATE] != 0;
	rules->procedure_falls_back = values[PBR_RULE_PROCEDURE_FALLS_BACK] != 0;
	rules->short_stay_from_years = (int)values[PBR_RULE_SHORT_STAY_FROM_YEARS];
	rules->short_stay_below_days = (int)values[PBR_RULE_SHORT_STAY_BELOW_DAYS];
	rules->type_3_lowest_band = values[PBR_RULE_TYPE_3_LOWEST_BAND] != 0;
	rules->top_up_on_long_stay = values[PBR_RULE_TOP_UP_ON_LONG_STAY] != 0;
	rules->commissioner_pays_mff = values[PBR_RULE_COMMISSIONER_PAYS_MFF] != 0;
	rules->rounds_to_pounds = values[PBR_RULE_ROUNDS_TO_POUNDS] != 0;
}

const char *
pbr_pod_name(enum pbr_pod pod)
{
	return pod == PBR_POD_NONE ? "" : pbr_pod_words[pod - 1];
}

const char *
pbr_dataset_name(enum pbr_dataset dataset)
{
	return dataset_names[dataset];
}

bool
pbr_dataset_parse(const char *name, enum pbr_dataset *dataset)
{
	size_t i;

	for (i = 0; i < sizeof(dataset_names) / sizeof(dataset_names[0]); i++)
		if (strcmp(name, dataset_names[i]) == 0) {
			*dataset = (enum pbr_dataset)i;
			return true;
		}
	return false;
}

enum pbr_currency_type
pbr_currency_type_of(const char *word)
{
	if (strcmp(word, "TFC") == 0)
		return PBR_CURRENCY_TFC;
	return strcmp(word, "AE") == 0 ? PBR_CURRENCY_AE : PBR_CURRENCY_HRG;
}

enum pbr_age_band
pbr_age_band_of(const char *word)
{
	if (strcmp(word, "ADULT") == 0)
		return PBR_AGE_ADULT;
	return strcmp(word, "CHILD") == 0 ? PBR_AGE_CHILD : PBR_AGE_ALL;
}

bool
pbr_pod_parse(const char *name, enum pbr_pod *pod)
{
	int i;

	for (i = PBR_POD_NONE + 1; i < PBR_POD_COUNT; i++)
		if (strcmp(name, pbr_pod_name((enum pbr_pod)i)) == 0) {
			*pod = (enum pbr_pod)i;
			return true;
		}
	return false;
}

const char *
pbr_state_name(enum pbr_state state)
{
	return state_names[state];
}
