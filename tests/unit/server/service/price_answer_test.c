/*
 * From SQL's look-ups to the answer: which of them applies, what it is told to rest on, what
 * differs.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "server/service/price_answer.h"

#define RULE(name, value)                                                                  \
	"{\"name\":\"" name "\",\"value\":" value ",\"source\":\"guidance\",\"evidence\":" \
	"\"seen\"}"
#define RULES                                                                             \
	"\"rules\":[" RULE("OUTPATIENT_CHILD_BELOW_YEARS", "17") "," RULE(                \
	    "SHORT_STAY_MIN_AGE_YEARS", "19") "," RULE("SHORT_STAY_BELOW_DAYS",           \
	    "2") "," RULE("TOPUP_ON_LONG_STAY", "0") "," RULE("MFF_PAID_BY_COMMISSIONER", \
	    "1") "," RULE("SPELL_ROUNDED_TO_POUNDS", "0") "," RULE("TOPUP_CHILDREN_PPM",  \
	    "780000") "," RULE("PRIVATE_PATIENTS_EXCLUDED",                               \
	    "1") "," RULE("PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE",                        \
	    "1") "," RULE("AE_TYPE_3_LOWEST_BAND", "1") "]"
#define SPELL                                                                                   \
	"\"record\":{\"dataset\":\"APC\",\"age\":6,\"hrg\":\"FZ18K\",\"stay_days\":3,"          \
	"\"patient_classification\":\"1\",\"admission_method\":\"21\",\"specialised_service\":" \
	"\"23\",\"excluded_days\":null}"
#define ROW(pod, band, line, price)                                        \
	"{\"currency\":\"FZ18K\",\"currency_type\":\"HRG\",\"pod\":\"" pod \
	"\",\"age_band\":\"" band "\",\"line\":" line                      \
	",\"file_name\":\"t.csv\",\"price_pence\":" price                  \
	",\"short_stay_applies\":false,\"short_stay_price_pence\":1}"

/* The answer completed; *text is SQL's. */
static json_t *
complete(const char *text)
{
	json_error_t error;
	struct status status = {0};
	json_t *answer = json_loads(text, 0, &error);

	cr_assert_not_null(answer, "%s at %d", error.text, error.position);
	cr_assert(price_answer_complete(answer, &status), "%s", status.message);
	cr_expect_null(json_object_get(answer, "inputs"));
	return answer;
}

static const char *
text_at(const json_t *answer, const char *array, size_t index, const char *key)
{
	return json_string_value(
	    json_object_get(json_array_get(json_object_get(answer, array), index), key));
}

static json_int_t
price_at(const json_t *answer, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(answer, "price"), key));
}

/* Own age band before ALL, own point of delivery, whatever the order of the rows. */
Test(price_answer, takes_the_row_of_point_of_delivery_and_age_band)
{
	json_t *answer =
	    complete("{\"inputs\":{" SPELL ",\"mff_ppm\":1000000,\"tariff_rows\":[" ROW(
		"EL", "CHILD", "2", "136300") "," ROW("NEL", "ALL", "3", "197900") "," ROW("NEL",
		"CHILD", "4", "200000") "," ROW("NEL", "ADULT", "5", "300000") "]}," RULES "}");
	const json_t *row = json_object_get(answer, "tariff_row");

	cr_expect_eq(price_at(answer, "total_pence"), 200000);
	cr_expect_eq(json_integer_value(json_object_get(row, "line")), 4);
	cr_expect(
	    json_is_null(json_object_get(row, "short_stay_price_pence")), "it does not apply");
	cr_expect_str_eq(text_at(answer, "steps", 1, "source"), "t.csv, line 4");
	cr_expect_str_eq(text_at(answer, "steps", 2, "source"), "guidance (seen)");
	json_decref(answer);
}

/* Example 6: 1,979 and 78 % of it are 3,522.62. */
Test(price_answer, pays_the_top_up_of_an_eligible_provider_and_names_its_source)
{
	json_t *answer =
	    complete("{\"inputs\":{" SPELL ",\"mff_ppm\":1000000,\"tariff_rows\":[" ROW("NEL",
		"ALL", "3", "197900") "],\"terms\":[{\"term\":\"TOP_UP\",\"code\":\"23\",\"pod\":"
				      "\"\",\"value\":780000,\"source\":\"list\"},{\"term\":"
				      "\"LOCAL\",\"code\":\"FZ18K\",\"pod\":\"EL\","
				      "\"value\":5,\"source\":\"other\"}]}," RULES "}");

	cr_expect_eq(price_at(answer, "total_pence"), 352262);
	cr_expect_str_eq(text_at(answer, "steps", 2, "rule"), "TOP_UP");
	cr_expect_str_eq(text_at(answer, "steps", 2, "source"), "list");
	cr_expect_str_eq(text_at(answer, "rules", 6, "step"), "TOP_UP");
	cr_expect_str_eq(text_at(answer, "rules", 4, "step"), "MFF");
	json_decref(answer);
}

Test(price_answer, a_contract_prices_what_the_tariff_excludes)
{
	static const char *const prices[] = {"",
	    "{\"pod\":\"NEL\",\"currency\":\"FZ18K\","
	    "\"price_pence\":90000,\"source\":\"contract 7\"}"};
	char text[2048];

	for (size_t i = 0; i < 2; i++) {
		json_t *answer;

		snprintf(text, sizeof(text),
		    "{\"inputs\":{" SPELL ",\"tariff_rows\":[" ROW(
			"NEL", "ALL", "3", "197900") "],\"local_prices\":[%s],\"exclusions\":[{"
						     "\"currency_type\":\"HRG\","
						     "\"code_prefix\":\"FZ\",\"reason\":\"TEST\","
						     "\"source\":\"list\"}]}," RULES "}",
		    prices[i]);
		answer = complete(text);
		cr_expect_eq(price_at(answer, "total_pence"), i == 0 ? 0 : 90000);
		cr_expect_str_eq(
		    json_string_value(json_object_get(json_object_get(answer, "price"), "reason")),
		    i == 0 ? "TEST" : "LOCAL_PRICE");
		cr_expect_str_eq(
		    text_at(answer, "steps", i, "source"), i == 0 ? "list" : "contract 7");
		json_decref(answer);
	}
}

#define VISIT                                                                                      \
	"\"record\":{\"dataset\":\"OP\",\"age\":40,\"hrg\":\"JC43B\",\"treatment_function_code\":" \
	"\"330\",\"first_attendance\":\"1\",\"attended\":\"5\"}"
#define VISIT_ROW(type, currency, pod, price)                                               \
	"{\"currency\":\"" currency "\",\"currency_type\":\"" type "\",\"pod\":\"" pod      \
	"\",\"age_band\":\"ALL\",\"line\":7,\"file_name\":\"t.csv\",\"price_pence\":" price \
	",\"short_stay_applies\":false}"

/* JC43B costs 120 pounds as a procedure where the tariff says so, the attendance 95. */
Test(price_answer, an_attendance_is_paid_where_the_procedure_has_no_price)
{
	static const struct {
		const char *procedure, *pod;
		json_int_t total_pence;
	} cases[] = {
	    {VISIT_ROW("HRG", "JC43B", "OPPROC", "12000"), "OPPROC", 12000},
	    {VISIT_ROW("HRG", "JC43B", "OPPROC", "null"), "OPFA", 9500},
	    {VISIT_ROW("HRG", "JC43B", "DC", "76900"), "OPFA", 9500},
	};
	char text[2048];

	for (size_t i = 0; i < 3; i++) {
		json_t *answer;

		snprintf(text, sizeof(text),
		    "{\"inputs\":{" VISIT ",\"mff_ppm\":1000000,\"tariff_rows\":[%s," VISIT_ROW(
			"TFC", "330", "OPFA", "9500") "]}," RULES "}",
		    cases[i].procedure);
		answer = complete(text);
		cr_expect_eq(price_at(answer, "total_pence"), cases[i].total_pence, "case %zu", i);
		cr_expect_str_eq(
		    json_string_value(json_object_get(json_object_get(answer, "price"), "pod")),
		    cases[i].pod);
		if (i > 0) {
			cr_expect_str_eq(text_at(answer, "steps", 1, "rule"), "ATTENDANCE");
			cr_expect_str_eq(text_at(answer, "steps", 1, "detail"),
			    "no procedure price for JC43B: OPFA, currency 330");
			cr_expect_str_eq(text_at(answer, "steps", 1, "source"), "guidance (seen)");
		}
		json_decref(answer);
	}
}

Test(price_answer, names_the_rule_of_the_lowest_band_and_of_a_private_patient)
{
	json_t *answer = complete(
	    "{\"inputs\":{\"record\":{\"dataset\":\"AE\",\"age\":40,\"hrg\":\"VB08Z\","
	    "\"ae_department_type\":\"03\"},\"mff_ppm\":1000000,\"lowest_band_pence\":5700,"
	    "\"tariff_rows\":[" VISIT_ROW("AE", "VB08Z", "AE", "8000") "]}," RULES "}");

	cr_expect_eq(price_at(answer, "total_pence"), 5700);
	cr_expect_str_eq(text_at(answer, "steps", 2, "rule"), "LOWEST_BAND");
	cr_expect_str_eq(text_at(answer, "steps", 2, "source"), "guidance (seen)");
	json_decref(answer);
	answer = complete(
	    "{\"inputs\":{\"record\":{\"dataset\":\"AE\",\"age\":40,\"hrg\":\"VB08Z\","
	    "\"ae_department_type\":\"03\",\"administrative_category\":\"02\"}}," RULES "}");
	cr_expect_str_eq(
	    json_string_value(json_object_get(json_object_get(answer, "price"), "reason")),
	    "PRIVATE_PATIENT");
	cr_expect_str_eq(text_at(answer, "steps", 0, "rule"), "PRIVATE_PATIENT");
	cr_expect_str_eq(text_at(answer, "steps", 0, "source"), "guidance (seen)");
	json_decref(answer);
}

Test(price_answer, tells_whether_the_stored_price_is_the_same)
{
	static const struct {
		const char *total, *difference;
	} cases[] = {
	    {"197900", ""},
	    {"197901", "total_pence is stored as 197901 and now is 197900"},
	};
	char text[2048];

	for (size_t i = 0; i < 2; i++) {
		json_t *answer;

		snprintf(text, sizeof(text),
		    "{\"inputs\":{" SPELL
		    ",\"mff_ppm\":1000000,\"tariff_rows\":[" ROW("NEL", "ALL", "3",
			"197900") "]},\"stored\":{\"pod\":\"NEL\",\"state\":\"priced\",\"reason\":"
				  "null,"
				  "\"base_pence\":197900,\"excess_days\":0,\"long_stay_pence\":0,"
				  "\"adjustment_pence\":0,\"mff_ppm\":1000000,\"tariff_line\":3,"
				  "\"total_pence\":%s}," RULES "}",
		    cases[i].total);
		answer = complete(text);
		cr_expect_eq(json_is_true(json_object_get(answer, "agrees")), i == 0);
		cr_expect_str_eq(
		    json_string_value(json_object_get(answer, "difference")), cases[i].difference);
		cr_expect_null(json_object_get(answer, "stored"));
		json_decref(answer);
	}
}

/* SQL and the chain have drifted apart: no price is better than a wrong one. */
Test(price_answer, inputs_that_are_not_whole_are_an_internal_error)
{
	static const char *const texts[] = {
	    "{\"inputs\":{" SPELL "},\"rules\":[" RULE("SHORT_STAY_BELOW_DAYS", "2") "]}",
	    "{\"inputs\":{\"record\":{\"dataset\":\"MH\",\"age\":6}}," RULES "}",
	    "{\"inputs\":{\"record\":{\"age\":6}}," RULES "}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct status status = {0};
		json_t *answer = json_loads(texts[i], 0, NULL);

		cr_assert_not_null(answer, "case %zu", i);
		cr_expect_not(price_answer_complete(answer, &status), "case %zu", i);
		cr_expect_eq(status.code, STATUS_INTERNAL);
		json_decref(answer);
	}
}
