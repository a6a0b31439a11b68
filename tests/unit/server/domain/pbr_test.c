/* Pricing rules. Amounts come from hand-worked examples of the tariff rules, not from the code. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/money.h"
#include "server/domain/pbr.h"
#include "tests/unit/server/domain/pbr_records.h"

static const struct pbr_rules bare_rules = {
    .child_below_years = 17,
    .short_stay_from_years = 19,
    .short_stay_below_days = 2,
    .commissioner_pays_mff = false,
};
static const struct pbr_rules mff_rules = {
    .child_below_years = 17,
    .short_stay_from_years = 19,
    .short_stay_below_days = 2,
    .commissioner_pays_mff = true,
};
static const struct pbr_provider_terms no_terms = {0};

static struct pbr_tariff
tariff(int64_t price_pence, int trim_days, int64_t per_diem_pence)
{
	return (struct pbr_tariff){
	    price_pence, trim_days, per_diem_pence, false, PBR_NO_AMOUNT, PBR_NO_AMOUNT};
}

static struct pbr_price
price_of(const struct pbr_record *record, const struct pbr_tariff *row,
    const struct pbr_rules *rules, const struct pbr_provider_terms *terms)
{
	struct pbr_working working = {0};
	struct pbr_class class;
	struct pbr_price price;

	pbr_classify(record, rules, &class, &working);
	pbr_price(record, &class, row, rules, terms, &price, &working);
	cr_assert_eq(price.state == PBR_PRICED, price.reason[0] == '\0');
	if (price.state == PBR_PRICED) {
		cr_assert_eq(working.steps[working.count - 1].amount_pence, price.total_pence);
		cr_assert(price.mff_ppm > 0);
	} else {
		cr_assert_eq(price.total_pence, 0);
	}
	return price;
}

/* Example 1: cataract day case, 672 pounds at an MFF of 1.0648. */
Test(pbr, mff_multiplies_and_rounds_half_up_to_the_penny)
{
	struct pbr_record record = spell("BZ34C", "2", "11", 0);
	struct pbr_tariff row = tariff(67200, 5, 20000);
	struct pbr_provider_terms terms = {.mff_ppm = 1064800};

	cr_assert_eq(price_of(&record, &row, &mff_rules, &terms).total_pence, 71555);
	cr_assert_eq(price_of(&record, &row, &bare_rules, &terms).total_pence, 67200);
	cr_assert_eq(price_of(&record, &row, &bare_rules, &terms).mff_ppm, PPM);
}

/* Example 2: one HRG, three points of delivery, three prices. */
Test(pbr, price_is_of_the_point_of_delivery)
{
	struct pbr_record day_case = spell("FZ18K", "2", "11", 0);
	struct pbr_record inpatient = spell("FZ18K", "1", "11", 1);
	struct pbr_record emergency = spell("FZ18K", "1", "21", 3);
	struct pbr_tariff dc = tariff(122800, -1, PBR_NO_AMOUNT);
	struct pbr_tariff el = tariff(136300, 5, 20000);
	struct pbr_tariff nel = tariff(197900, 5, 20000);

	cr_assert_eq(price_of(&day_case, &dc, &bare_rules, &no_terms).total_pence, 122800);
	cr_assert_eq(price_of(&inpatient, &el, &bare_rules, &no_terms).total_pence, 136300);
	cr_assert_eq(price_of(&emergency, &nel, &bare_rules, &no_terms).total_pence, 197900);
}

/* Example 3: pneumonia, trim 14 days, 210 pounds a day. */
Test(pbr, long_stay_is_paid_strictly_beyond_the_trim_point)
{
	struct pbr_record record = spell("DZ11V", "1", "21", 21);
	struct pbr_tariff row = tariff(148600, 14, 21000);
	struct pbr_price price = price_of(&record, &row, &bare_rules, &no_terms);

	cr_assert_eq(price.total_pence, 295600);
	cr_assert_eq(price.excess_days, 7);
	cr_assert_eq(price.long_stay_pence, 147000);
	record.stay_days = 14;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 148600);
	record.stay_days = 15;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 169600);
}

Test(pbr, excluded_days_come_off_the_stay_and_never_below_nothing)
{
	struct pbr_record record = spell("DZ11V", "1", "21", 21);
	struct pbr_tariff row = tariff(148600, 14, 21000);

	record.excluded_days = 6;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 169600);
	record.excluded_days = 7;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 148600);
	record.excluded_days = 30;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 148600);
}

static struct pbr_tariff
pneumonia_with_short_stay(void)
{
	return (struct pbr_tariff){148600, 14, 21000, true, 104020, PBR_NO_AMOUNT};
}

/* Examples 4 and 5: the 70 % band; above the baseline 30 % of it; a child of 12 pays in full. */
Test(pbr, short_stay_needs_emergency_age_and_stay)
{
	struct pbr_record record = spell("DZ11V", "1", "21", 1);
	struct pbr_tariff row = pneumonia_with_short_stay();
	struct pbr_price price;
	int64_t above_baseline;

	record.age_years = 67;
	price = price_of(&record, &row, &bare_rules, &no_terms);
	cr_assert_eq(price.total_pence, 104020);
	cr_assert_eq(price.base_pence + price.adjustment_pence, 104020);
	cr_assert_eq(price.base_pence, 148600);
	cr_assert(pbr_marginal_value(0, price.total_pence, 300000, &above_baseline));
	cr_assert_eq(above_baseline, 31206);

	record.stay_days = 2;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 148600);
	record.stay_days = 1;
	record.age_years = 19;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 104020);
	record.age_years = 18;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 148600);
	record.age_years = 12;
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 148600);
	record.age_years = 67;
	record.admission_method = "31";
	cr_assert_eq(price_of(&record, &row, &bare_rules, &no_terms).total_pence, 148600);
}

/* Example 6: children's top-up of 78 % on 1,979 pounds. */
Test(pbr, top_up_is_a_share_of_the_base)
{
	struct pbr_record record = spell("FZ18K", "1", "21", 3);
	struct pbr_tariff row = tariff(197900, 5, 20000);
	struct pbr_provider_terms terms = {.top_up_ppm = 780000};
	struct pbr_price price = price_of(&record, &row, &bare_rules, &terms);

	cr_assert_eq(price.total_pence, 352262);
	cr_assert_eq(price.adjustment_pence, 154362);
}

/* Base 1,979 and 2 days at 200: 78 % of the base is 1,543.62, of both 1,855.62. */
Test(pbr, top_up_is_a_share_of_the_long_stay_only_where_the_rule_row_says_so)
{
	struct pbr_record record = spell("FZ18K", "1", "21", 7);
	struct pbr_tariff row = tariff(197900, 5, 20000);
	struct pbr_provider_terms terms = {.top_up_ppm = 780000};
	struct pbr_rules rules = bare_rules;

	cr_assert_eq(price_of(&record, &row, &rules, &terms).total_pence, 392262);
	rules.top_up_on_long_stay = true;
	cr_assert_eq(price_of(&record, &row, &rules, &terms).total_pence, 423462);
}

/* (1,000 - 150.50 + 20) x 1.1 = 956.45: what others provide comes off before the MFF. */
Test(pbr, unbundled_and_local_adjustments_come_before_the_mff)
{
	struct pbr_record record = spell("HN12F", "1", "11", 3);
	struct pbr_tariff row = tariff(100000, 6, 20000);
	struct pbr_provider_terms terms = {
	    .mff_ppm = 1100000, .unbundled_pence = -15050, .local_pence = 2000};
	struct pbr_price price = price_of(&record, &row, &mff_rules, &terms);

	cr_assert_eq(price.total_pence, 95645);
	cr_assert_eq(price.base_pence, 100000);
	cr_assert_eq(price.adjustment_pence, -13050);
}

Test(pbr, adjustment_may_take_a_price_to_nothing_but_not_below)
{
	struct pbr_record record = spell("HN12F", "1", "11", 3);
	struct pbr_tariff row = tariff(100000, 6, 20000);
	struct pbr_provider_terms terms = {.mff_ppm = 1100000, .unbundled_pence = -100000};
	struct pbr_price price = price_of(&record, &row, &mff_rules, &terms);

	cr_assert_eq(price.state, PBR_PRICED);
	cr_assert_eq(price.total_pence, 0);
	terms.unbundled_pence = -100001;
	cr_assert_str_eq(price_of(&record, &row, &mff_rules, &terms).reason, "BELOW_NOTHING");
}

/* 672 x 1.0648 = 715.55 rounds to 716; 1,000.49 to 1,000; 1,000.50 to 1,001. */
Test(pbr, final_price_of_a_spell_is_whole_pounds_where_the_rule_row_says_so)
{
	struct pbr_record record = spell("BZ34C", "2", "11", 0);
	struct pbr_record attendance = empty_record(PBR_DATASET_AE);
	struct pbr_tariff row = tariff(67200, 5, 20000);
	struct pbr_provider_terms terms = {.mff_ppm = 1064800};
	struct pbr_rules rules = mff_rules;

	rules.rounds_to_pounds = true;
	cr_assert_eq(price_of(&record, &row, &rules, &terms).total_pence, 71600);
	rules.commissioner_pays_mff = false;
	row.price_pence = 100049;
	cr_assert_eq(price_of(&record, &row, &rules, &terms).total_pence, 100000);
	row.price_pence = 100050;
	cr_assert_eq(price_of(&record, &row, &rules, &terms).total_pence, 100100);
	attendance.hrg = "VB08Z";
	attendance.department_type = "01";
	cr_assert_eq(price_of(&attendance, &row, &rules, &terms).total_pence, 100050);
}

/* Example 7: baseline 10.000m, actual 10.600m, 30 % above. */
Test(pbr, marginal_rate_pays_a_share_above_the_baseline_and_actual_below)
{
	int64_t value;

	cr_assert(pbr_marginal_value(1000000000, 1060000000, 300000, &value));
	cr_assert_eq(value, 1018000000);
	cr_assert(pbr_marginal_value(1000000000, 1000000000, 300000, &value));
	cr_assert_eq(value, 1000000000);
	cr_assert(pbr_marginal_value(1000000000, 990000000, 300000, &value));
	cr_assert_eq(value, 990000000);
	cr_assert_not(pbr_marginal_value(INT64_MIN, INT64_MAX, PPM, &value));
}

/* Example 8: 1 to 2.0, 1,000 firsts, 2,300 follow-ups at 80 pounds. */
Test(pbr, follow_ups_beyond_the_ratio_are_deducted_at_the_mean_price)
{
	int64_t deduction;

	cr_assert(pbr_follow_up_deduction(1000, 2300, 2000000, 8000, &deduction));
	cr_assert_eq(deduction, 2400000);
	cr_assert(pbr_follow_up_deduction(1000, 2000, 2000000, 8000, &deduction));
	cr_assert_eq(deduction, 0);
	cr_assert_not(pbr_follow_up_deduction(INT64_MAX, 1, 2000000, 8000, &deduction));
}

/* Example 9: an attendance that ends in admission is paid beside the spell. */
Test(pbr, attendance_before_an_admission_is_priced_too)
{
	struct pbr_record attendance = empty_record(PBR_DATASET_AE);
	struct pbr_record admission = spell("DZ11V", "1", "21", 5);
	struct pbr_tariff standard = tariff(8000, -1, PBR_NO_AMOUNT);
	struct pbr_tariff pneumonia = tariff(148600, 14, 21000);

	attendance.hrg = "VB08Z";
	attendance.department_type = "01";
	cr_assert_eq(price_of(&attendance, &standard, &bare_rules, &no_terms).total_pence, 8000);
	cr_assert_eq(price_of(&admission, &pneumonia, &bare_rules, &no_terms).total_pence, 148600);
}

/* 80 pounds by its own group, 57 in the lowest band: the 2008/09 order of magnitude. */
Test(pbr, department_of_type_3_is_held_to_the_lowest_band)
{
	static const struct {
		const char *type;
		bool rule;
		int64_t lowest_pence, total_pence;
	} cases[] = {
	    {"03", true, 5700, 5700},
	    {"03", true, 8000, 8000},
	    {"03", true, PBR_NO_AMOUNT, 8000},
	    {"03", false, 5700, 8000},
	    {"01", true, 5700, 8000},
	    {"02", true, 5700, 8000},
	};
	struct pbr_record attendance = empty_record(PBR_DATASET_AE);
	struct pbr_tariff standard = tariff(8000, -1, PBR_NO_AMOUNT);
	struct pbr_rules rules = bare_rules;

	attendance.hrg = "VB08Z";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pbr_price price;

		attendance.department_type = cases[i].type;
		rules.type_3_lowest_band = cases[i].rule;
		standard.lowest_band_pence = cases[i].lowest_pence;
		price = price_of(&attendance, &standard, &rules, &no_terms);
		cr_expect_eq(price.total_pence, cases[i].total_pence, "case %zu", i);
		cr_expect_eq(price.base_pence, 8000);
		cr_expect_eq(price.adjustment_pence, cases[i].total_pence - 8000);
	}
}

/* 57 pounds at a factor of 1.1, and 2 pounds by agreement before it. */
Test(pbr, what_comes_after_the_lowest_band_rests_on_it)
{
	struct pbr_record attendance = empty_record(PBR_DATASET_AE);
	struct pbr_tariff standard = tariff(8000, -1, PBR_NO_AMOUNT);
	struct pbr_provider_terms terms = {.mff_ppm = 1100000, .local_pence = 200};
	struct pbr_rules rules = mff_rules;

	attendance.hrg = "VB08Z";
	attendance.department_type = "03";
	rules.type_3_lowest_band = true;
	standard.lowest_band_pence = 5700;
	cr_assert_eq(price_of(&attendance, &standard, &rules, &terms).total_pence, 6490);
}

Test(pbr, what_the_tariff_leaves_blank_is_unpriced_never_nothing)
{
	struct pbr_record record = spell("DZ11V", "1", "21", 15);
	struct pbr_tariff no_price = tariff(PBR_NO_AMOUNT, 14, 21000);
	struct pbr_tariff no_per_diem = tariff(148600, 14, PBR_NO_AMOUNT);
	struct pbr_tariff no_short_stay = {148600, 14, 21000, true, PBR_NO_AMOUNT, PBR_NO_AMOUNT};
	struct pbr_tariff free_row = tariff(0, 14, 21000);

	cr_assert_str_eq(price_of(&record, NULL, &bare_rules, &no_terms).reason, "NOT_IN_TARIFF");
	cr_assert_str_eq(
	    price_of(&record, &no_price, &bare_rules, &no_terms).reason, "NO_TARIFF_PRICE");
	cr_assert_str_eq(
	    price_of(&record, &no_per_diem, &bare_rules, &no_terms).reason, "NO_LONG_STAY_PRICE");
	record.stay_days = 14;
	cr_assert_eq(price_of(&record, &no_per_diem, &bare_rules, &no_terms).total_pence, 148600);
	record.stay_days = 1;
	cr_assert_str_eq(price_of(&record, &no_short_stay, &bare_rules, &no_terms).reason,
	    "NO_SHORT_STAY_PRICE");
	cr_assert_str_eq(
	    price_of(&record, &free_row, &mff_rules, &no_terms).reason, "NO_MARKET_FORCES_FACTOR");
	cr_assert_eq(price_of(&record, &free_row, &bare_rules, &no_terms).state, PBR_PRICED);
}

Test(pbr, more_than_a_thousand_million_pounds_is_unpriced)
{
	struct pbr_record record = spell("DZ11V", "1", "21", 14);
	struct pbr_tariff most = tariff(100000000000, 14, PBR_NO_AMOUNT);
	struct pbr_tariff beyond = tariff(100000000001, 14, PBR_NO_AMOUNT);
	struct pbr_tariff beyond_64_bits = tariff(148600, 14, INT64_MAX / 2);

	cr_assert_eq(price_of(&record, &most, &bare_rules, &no_terms).total_pence, 100000000000);
	cr_assert_str_eq(
	    price_of(&record, &beyond, &bare_rules, &no_terms).reason, "AMOUNT_TOO_LARGE");
	record.stay_days = 1000;
	cr_assert_str_eq(
	    price_of(&record, &beyond_64_bits, &bare_rules, &no_terms).reason, "AMOUNT_TOO_LARGE");
}

Test(pbr, excluded_record_has_its_class_reason_and_no_amount)
{
	struct pbr_record record = spell("LA08E", "3", "13", 0);
	struct pbr_tariff row = tariff(148600, 14, 21000);
	struct pbr_price price = price_of(&record, &row, &bare_rules, &no_terms);

	cr_assert_eq(price.state, PBR_EXCLUDED);
	cr_assert_str_eq(price.reason, "REGULAR_ADMISSION");
}

Test(pbr, local_price_is_the_whole_price)
{
	struct pbr_record record = spell("DZ11V", "1", "21", 30);
	struct pbr_class class;
	struct pbr_price price;

	pbr_classify(&record, &mff_rules, &class, NULL);
	pbr_price_local(&class, 90000, &price, NULL);
	cr_assert_eq(price.state, PBR_PRICED);
	cr_assert_eq(price.total_pence, 90000);
	cr_assert_eq(price.mff_ppm, PPM);
	cr_assert_str_eq(price.reason, "LOCAL_PRICE");
}

Test(pbr, working_names_each_rule_in_order)
{
	static const char *const rules[] = {
	    "POD", "BASE", "LONG_STAY", "TOP_UP", "UNBUNDLED", "LOCAL_ADJUSTMENT", "MFF", "ROUND"};
	struct pbr_rules all_rules = mff_rules;
	struct pbr_record record = spell("DZ11V", "1", "21", 16);
	struct pbr_tariff row = tariff(100000, 14, 20000);
	struct pbr_provider_terms terms = {.mff_ppm = 1100000,
	    .top_up_ppm = 500000,
	    .unbundled_pence = -5050,
	    .local_pence = 1000};
	struct pbr_working working = {0};
	struct pbr_class class;
	struct pbr_price price;
	size_t i;

	all_rules.rounds_to_pounds = true;
	pbr_classify(&record, &all_rules, &class, &working);
	pbr_price(&record, &class, &row, &all_rules, &terms, &price, &working);
	cr_assert_eq(working.count, 8);
	for (i = 0; i < working.count; i++)
		cr_assert_str_eq(working.steps[i].rule, rules[i]);
	/* (1,000 + 2 x 200 + 500 - 50.50 + 10) x 1.1 = 2,045.45 pounds: 2,045. */
	cr_assert_eq(price.total_pence, 204500);
	cr_assert_str_eq(
	    working.steps[2].detail, "2 days beyond the trim point of 14 at 200.00 a day");
	cr_assert_str_eq(working.steps[6].detail, "1859.50 times 1.1");
}
