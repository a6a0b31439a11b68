/* Points of delivery, and what is outside the tariff. Codes are the NHS Data Dictionary's. */
#include <criterion/criterion.h>

#include "server/domain/pbr.h"
#include "tests/unit/server/domain/pbr_records.h"

static const struct pbr_rules bare_rules = {
    .child_below_years = 17,
    .short_stay_from_years = 19,
    .short_stay_below_days = 2,
    .commissioner_pays_mff = false,
};

static void
check_class(
    const struct pbr_record *record, enum pbr_pod pod, enum pbr_state state, const char *reason)
{
	struct pbr_class class;

	pbr_classify(record, &bare_rules, &class, NULL);
	cr_expect_eq(class.pod, pod, "pod %s", pbr_pod_name(class.pod));
	cr_expect_eq(class.state, state, "state %s", pbr_state_name(class.state));
	cr_expect_str_eq(class.reason, reason);
}

Test(pbr_class, spell_is_classified_by_method_classification_and_night)
{
	static const struct {
		const char *classification, *method;
		int stay_days;
		enum pbr_pod pod;
		enum pbr_state state;
		const char *reason;
	} cases[] = {
	    {"2", "11", 0, PBR_POD_DC, PBR_PRICED, ""},
	    {"2", "12", 1, PBR_POD_EL, PBR_PRICED, ""},
	    {"1", "13", 0, PBR_POD_EL, PBR_PRICED, ""},
	    {"1", "11", 5, PBR_POD_EL, PBR_PRICED, ""},
	    {"1", "21", 0, PBR_POD_NEL, PBR_PRICED, ""},
	    {"1", "25", 3, PBR_POD_NEL, PBR_PRICED, ""},
	    {"1", "28", 3, PBR_POD_NEL, PBR_PRICED, ""},
	    {"1", "2A", 3, PBR_POD_NEL, PBR_PRICED, ""},
	    {"1", "2D", 3, PBR_POD_NEL, PBR_PRICED, ""},
	    {"1", "2E", 3, PBR_POD_NONE, PBR_UNPRICED, "NO_POINT_OF_DELIVERY"},
	    {"1", "31", 2, PBR_POD_NELNE, PBR_PRICED, ""},
	    {"5", "32", 0, PBR_POD_NELNE, PBR_PRICED, ""},
	    {"1", "81", 4, PBR_POD_NELNE, PBR_PRICED, ""},
	    {"1", "83", 4, PBR_POD_NELNE, PBR_PRICED, ""},
	    {"1", "98", 4, PBR_POD_NONE, PBR_UNPRICED, "NO_POINT_OF_DELIVERY"},
	    {"5", "11", 0, PBR_POD_NONE, PBR_UNPRICED, "NO_POINT_OF_DELIVERY"},
	    {"3", "13", 0, PBR_POD_NONE, PBR_EXCLUDED, "REGULAR_ADMISSION"},
	    {"4", "13", 0, PBR_POD_NONE, PBR_EXCLUDED, "REGULAR_ADMISSION"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pbr_record record =
		    spell("FZ18K", cases[i].classification, cases[i].method, cases[i].stay_days);

		check_class(&record, cases[i].pod, cases[i].state, cases[i].reason);
	}
}

Test(pbr_class, outpatients_are_first_follow_up_or_procedure_and_must_have_attended)
{
	static const struct {
		const char *first, *attended, *hrg, *specialty;
		enum pbr_pod pod;
		enum pbr_state state;
		const char *reason;
	} cases[] = {
	    {"1", "5", "", "100", PBR_POD_OPFA, PBR_PRICED, ""},
	    {"2", "6", "", "100", PBR_POD_OPFUP, PBR_PRICED, ""},
	    {"1", "5", "WF01B", "100", PBR_POD_OPFA, PBR_PRICED, ""},
	    {"2", "5", "FZ60Z", "100", PBR_POD_OPPROC, PBR_PRICED, ""},
	    {"1", "2", "FZ60Z", "100", PBR_POD_OPFA, PBR_EXCLUDED, "NOT_ATTENDED"},
	    {"1", "3", "", "100", PBR_POD_OPFA, PBR_EXCLUDED, "NOT_ATTENDED"},
	    {"2", "4", "", "100", PBR_POD_OPFUP, PBR_EXCLUDED, "NOT_ATTENDED"},
	    {"2", "7", "", "100", PBR_POD_OPFUP, PBR_EXCLUDED, "NOT_ATTENDED"},
	    {"1", "5", "", "560", PBR_POD_OPFA, PBR_EXCLUDED, "NOT_CONSULTANT_LED"},
	    {"2", "5", "", "950", PBR_POD_OPFUP, PBR_EXCLUDED, "NOT_CONSULTANT_LED"},
	    {"1", "5", "", "", PBR_POD_OPFA, PBR_PRICED, ""},
	    {"3", "5", "", "100", PBR_POD_OPFA, PBR_EXCLUDED, "NOT_FACE_TO_FACE"},
	    {"4", "5", "", "100", PBR_POD_OPFUP, PBR_EXCLUDED, "NOT_FACE_TO_FACE"},
	    {"9", "5", "", "100", PBR_POD_NONE, PBR_UNPRICED, "NO_POINT_OF_DELIVERY"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pbr_record record = empty_record(PBR_DATASET_OP);

		record.first_attendance = cases[i].first;
		record.attended = cases[i].attended;
		record.hrg = cases[i].hrg;
		record.main_specialty = cases[i].specialty;
		record.treatment_function = "320";
		check_class(&record, cases[i].pod, cases[i].state, cases[i].reason);
	}
}

Test(pbr_class, attendance_is_looked_up_by_treatment_function_and_procedure_by_hrg)
{
	struct pbr_record record = empty_record(PBR_DATASET_OP);
	struct pbr_class class;

	record.first_attendance = "1";
	record.attended = "5";
	record.treatment_function = "320";
	record.hrg = "WF01B";
	pbr_classify(&record, &bare_rules, &class, NULL);
	cr_assert_eq(class.currency_type, PBR_CURRENCY_TFC);
	cr_assert_str_eq(class.currency, "320");
	record.hrg = "FZ60Z";
	pbr_classify(&record, &bare_rules, &class, NULL);
	cr_assert_eq(class.currency_type, PBR_CURRENCY_HRG);
	cr_assert_str_eq(class.currency, "FZ60Z");
}

Test(pbr_class, departments_one_to_three_are_emergency_attendances)
{
	struct pbr_record record = empty_record(PBR_DATASET_AE);

	record.hrg = "VB08Z";
	record.department_type = "01";
	check_class(&record, PBR_POD_AE, PBR_PRICED, "");
	record.department_type = "03";
	check_class(&record, PBR_POD_AE, PBR_PRICED, "");
	record.department_type = "04";
	check_class(&record, PBR_POD_AE, PBR_EXCLUDED, "WALK_IN_CENTRE");
	record.department_type = "99";
	check_class(&record, PBR_POD_AE, PBR_UNPRICED, "NO_POINT_OF_DELIVERY");
}

Test(pbr_class, child_is_below_the_rule_row_age)
{
	struct pbr_record record = spell("CA60B", "1", "11", 1);
	struct pbr_class class;

	record.age_years = 16;
	pbr_classify(&record, &bare_rules, &class, NULL);
	cr_assert_eq(class.age_band, PBR_AGE_CHILD);
	record.age_years = 17;
	pbr_classify(&record, &bare_rules, &class, NULL);
	cr_assert_eq(class.age_band, PBR_AGE_ADULT);
}

/* Both sides of every rule row that classifies: its code, the one beside it, and the other type. */
Test(pbr_class, exclusion_row_takes_codes_that_begin_so_and_leaves_a_local_price)
{
	static const struct pbr_exclusion exclusions[] = {
	    {PBR_CURRENCY_HRG, "SB", "CHEMOTHERAPY"},
	    {PBR_CURRENCY_HRG, "XD01Z", "HIGH_COST_DRUG"},
	    {PBR_CURRENCY_TFC, "7", "MENTAL_HEALTH"},
	};
	static const struct {
		const char *hrg, *treatment_function, *reason;
	} cases[] = {
	    {"SB97Z", "370", "CHEMOTHERAPY"}, {"SA97Z", "370", ""},
	    {"XD01Z", "100", "HIGH_COST_DRUG"}, {"XD02Z", "100", ""}, {"", "710", "MENTAL_HEALTH"},
	    {"", "670", ""}, {"FZ60Z", "710", ""}, /* a procedure is looked up by its HRG */
	};
	struct pbr_rules rules = bare_rules;
	struct pbr_class class;

	rules.exclusions = exclusions;
	rules.exclusion_count = sizeof(exclusions) / sizeof(exclusions[0]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pbr_record record = empty_record(PBR_DATASET_OP);

		record.first_attendance = "1";
		record.attended = "5";
		record.hrg = cases[i].hrg;
		record.treatment_function = cases[i].treatment_function;
		pbr_classify(&record, &rules, &class, NULL);
		cr_expect_str_eq(class.reason, cases[i].reason, "case %zu", i);
		cr_expect_eq(class.state, cases[i].reason[0] != '\0' ? PBR_EXCLUDED : PBR_PRICED);
		cr_expect(class.local, "a contract may price it");
		record.attended = "3";
		pbr_classify(&record, &rules, &class, NULL);
		cr_expect_str_eq(class.reason, "NOT_ATTENDED");
		cr_expect_not(class.local, "who did not come is never paid for");
	}
}

Test(pbr_class, ungroupable_record_is_unpriced_and_no_contract_can_price_it)
{
	static const struct {
		const char *hrg;
		bool ungroupable;
	} cases[] = {
	    {"UZ01Z", true}, {"U01", true}, {"U07", true}, {"UA01Z", false}, {"S22", false}};
	struct pbr_class class;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pbr_record record = spell(cases[i].hrg, "1", "11", 2);

		pbr_classify(&record, &bare_rules, &class, NULL);
		cr_expect_eq(class.pod, PBR_POD_EL);
		cr_expect_eq(class.state, cases[i].ungroupable ? PBR_UNPRICED : PBR_PRICED);
		cr_expect_str_eq(class.reason, cases[i].ungroupable ? "UNGROUPABLE" : "");
		cr_expect_eq(class.local, !cases[i].ungroupable);
	}
}

/* ADMINISTRATIVE CATEGORY: 02 is private, an amenity patient (03) is the NHS's. */
Test(pbr_class, private_patient_is_excluded_whatever_the_care_and_no_contract_can_price_it)
{
	static const char *const others[] = {"", "01", "03", "04", "98", "99"};
	struct pbr_record records[] = {spell("FZ18K", "1", "11", 2), spell("FZ18K", "3", "13", 0),
	    spell("UZ01Z", "1", "11", 2), empty_record(PBR_DATASET_OP),
	    empty_record(PBR_DATASET_AE)};
	struct pbr_rules rules = bare_rules;
	struct pbr_class class;

	rules.excludes_private = true;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		records[i].administrative_category = "02";
		pbr_classify(&records[i], &rules, &class, NULL);
		cr_expect_eq(class.state, PBR_EXCLUDED, "record %zu", i);
		cr_expect_str_eq(class.reason, "PRIVATE_PATIENT");
		cr_expect_not(class.local);
	}
	pbr_classify(&records[0], &rules, &class, NULL);
	cr_expect_eq(class.pod, PBR_POD_EL, "it is counted where it belongs");
	pbr_classify(&records[0], &bare_rules, &class, NULL);
	cr_expect_eq(class.state, PBR_PRICED, "without the rule it is like any other");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		records[0].administrative_category = others[i];
		pbr_classify(&records[0], &rules, &class, NULL);
		cr_expect_eq(class.state, PBR_PRICED, "category %s", others[i]);
	}
}

Test(pbr_class, procedure_falls_back_to_its_attendance_where_the_rule_row_says_so)
{
	static const struct {
		const char *first, *treatment_function;
		enum pbr_pod pod;
		enum pbr_state state;
		const char *reason;
	} cases[] = {
	    {"1", "330", PBR_POD_OPFA, PBR_PRICED, ""},
	    {"2", "330", PBR_POD_OPFUP, PBR_PRICED, ""},
	    {"3", "330", PBR_POD_OPFA, PBR_EXCLUDED, "NOT_FACE_TO_FACE"},
	    {"9", "330", PBR_POD_NONE, PBR_UNPRICED, "NO_POINT_OF_DELIVERY"},
	    {"1", "710", PBR_POD_OPFA, PBR_EXCLUDED, "MENTAL_HEALTH"},
	};
	static const struct pbr_exclusion exclusion = {PBR_CURRENCY_TFC, "7", "MENTAL_HEALTH"};
	struct pbr_rules rules = bare_rules;
	struct pbr_class class;

	rules.exclusions = &exclusion;
	rules.exclusion_count = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pbr_record record = empty_record(PBR_DATASET_OP);

		record.first_attendance = cases[i].first;
		record.attended = "5";
		record.hrg = "JC43B";
		record.treatment_function = cases[i].treatment_function;
		rules.procedure_falls_back = false;
		pbr_classify(&record, &rules, &class, NULL);
		cr_expect_not(pbr_fall_back(&record, &rules, &class, NULL));
		cr_expect_eq(class.pod, PBR_POD_OPPROC, "without the rule it stays a procedure");
		rules.procedure_falls_back = true;
		cr_assert(pbr_fall_back(&record, &rules, &class, NULL));
		cr_expect_eq(class.pod, cases[i].pod, "case %zu", i);
		cr_expect_eq(class.state, cases[i].state, "case %zu", i);
		cr_expect_str_eq(class.reason, cases[i].reason);
		cr_expect_eq(class.currency_type, PBR_CURRENCY_TFC);
		cr_expect_str_eq(class.currency, cases[i].treatment_function);
		cr_expect_not(pbr_fall_back(&record, &rules, &class, NULL), "and only once");
	}
}

Test(pbr_class, nothing_but_a_procedure_falls_back)
{
	static const struct pbr_exclusion exclusion = {PBR_CURRENCY_HRG, "SB", "CHEMOTHERAPY"};
	struct pbr_record records[] = {spell("FZ18K", "1", "11", 2), empty_record(PBR_DATASET_OP),
	    empty_record(PBR_DATASET_OP)};
	struct pbr_rules rules = bare_rules;
	struct pbr_class class;

	rules.procedure_falls_back = true;
	rules.exclusions = &exclusion;
	rules.exclusion_count = 1;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		records[i].first_attendance = "1";
		records[i].attended = "5";
		records[i].treatment_function = "330";
		if (i == 2)
			records[i].hrg = "SB97Z"; /* excluded: priced locally or not at all */
		pbr_classify(&records[i], &rules, &class, NULL);
		cr_expect_not(pbr_fall_back(&records[i], &rules, &class, NULL), "record %zu", i);
	}
}

/* The order of the names is the order of the values. */
Test(pbr_class, rule_rows_become_the_rules_of_their_name)
{
	static const struct {
		const char *name, *step;
	} wanted[PBR_RULE_COUNT] = {
	    {"OUTPATIENT_CHILD_BELOW_YEARS", "POD"},
	    {"PRIVATE_PATIENTS_EXCLUDED", "PRIVATE_PATIENT"},
	    {"PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE", "ATTENDANCE"},
	    {"SHORT_STAY_MIN_AGE_YEARS", "SHORT_STAY"},
	    {"SHORT_STAY_BELOW_DAYS", "SHORT_STAY"},
	    {"AE_TYPE_3_LOWEST_BAND", "LOWEST_BAND"},
	    {"TOPUP_ON_LONG_STAY", "TOP_UP"},
	    {"MFF_PAID_BY_COMMISSIONER", "MFF"},
	    {"SPELL_ROUNDED_TO_POUNDS", "ROUND"},
	};
	static const int64_t values[PBR_RULE_COUNT] = {17, 1, 0, 19, 2, 1, 1, 0, 1};
	struct pbr_rules rules = {0};

	for (size_t i = 0; i < PBR_RULE_COUNT; i++) {
		cr_expect_str_eq(pbr_rule_names[i].name, wanted[i].name);
		cr_expect_str_eq(pbr_rule_names[i].step, wanted[i].step);
	}
	pbr_rules_set(&rules, values);
	cr_expect_eq(rules.child_below_years, 17);
	cr_expect(rules.excludes_private);
	cr_expect_not(rules.procedure_falls_back);
	cr_expect_eq(rules.short_stay_from_years, 19);
	cr_expect_eq(rules.short_stay_below_days, 2);
	cr_expect(rules.type_3_lowest_band);
	cr_expect(rules.top_up_on_long_stay);
	cr_expect_not(rules.commissioner_pays_mff);
	cr_expect(rules.rounds_to_pounds);
}

Test(pbr_class, pod_names_read_back)
{
	enum pbr_pod pod;
	int i;

	for (i = PBR_POD_NONE + 1; i < PBR_POD_COUNT; i++) {
		cr_assert(pbr_pod_parse(pbr_pod_name((enum pbr_pod)i), &pod));
		cr_assert_eq((int)pod, i);
	}
	cr_assert_not(pbr_pod_parse("", &pod));
	cr_assert_not(pbr_pod_parse("NELST", &pod));
}

Test(pbr_class, words_of_the_tariff_file_read_as_their_type_and_band)
{
	cr_assert_eq(pbr_currency_type_of("HRG"), PBR_CURRENCY_HRG);
	cr_assert_eq(pbr_currency_type_of("TFC"), PBR_CURRENCY_TFC);
	cr_assert_eq(pbr_currency_type_of("AE"), PBR_CURRENCY_AE);
	cr_assert_eq(pbr_age_band_of("ALL"), PBR_AGE_ALL);
	cr_assert_eq(pbr_age_band_of("ADULT"), PBR_AGE_ADULT);
	cr_assert_eq(pbr_age_band_of("CHILD"), PBR_AGE_CHILD);
}
