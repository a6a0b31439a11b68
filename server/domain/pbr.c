/* Payment by Results: the price of a record, stage by stage, with its working. Pure. */
#include "server/domain/pbr.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/money.h"
#include "server/domain/pbr_internal.h"

void
pbr_add_step(
    struct pbr_working *working, const char *rule, int64_t amount_pence, const char *format, ...)
{
	struct pbr_step *step;
	va_list args;

	if (working == NULL)
		return;
	assert(working->count < PBR_STEPS_MAX);
	step = &working->steps[working->count++];
	step->rule = rule;
	step->amount_pence = amount_pence;
	va_start(args, format);
	vsnprintf(step->detail, sizeof(step->detail), format, args);
	va_end(args);
}

/* A step whose detail has one amount, in pounds. */
static void
add_money_step(struct pbr_working *working, const char *rule, int64_t amount_pence,
    const char *before, int64_t told_pence, const char *after)
{
	char pounds[32];

	if (working == NULL)
		return;
	money_format(told_pence, pounds);
	pbr_add_step(working, rule, amount_pence, "%s%s%s", before, pounds, after);
}

static void
add_factor_step(struct pbr_working *working, const char *rule, int64_t amount_pence,
    int64_t told_pence, int64_t factor_ppm)
{
	char factor[40] = " times ";

	if (working == NULL)
		return;
	ppm_format(factor_ppm, factor + strlen(factor));
	add_money_step(working, rule, amount_pence, "", told_pence, factor);
}

static void
refuse_price(struct pbr_price *price, struct pbr_working *working, const char *reason)
{
	*price = (struct pbr_price){.state = PBR_UNPRICED, .reason = reason};
	pbr_add_step(working, "NO_PRICE", PBR_NO_AMOUNT, "%s", reason);
}

static bool
is_short_stay(const struct pbr_record *record, const struct pbr_class *class,
    const struct pbr_tariff *tariff, const struct pbr_rules *rules, int stay_days)
{
	return class->pod == PBR_POD_NEL && tariff->short_stay_applies &&
	       record->age_years >= rules->short_stay_from_years &&
	       stay_days < rules->short_stay_below_days;
}

/* Days strictly beyond the trim point; a stay of exactly the trim pays the base alone. */
static int
count_excess_days(const struct pbr_class *class, const struct pbr_tariff *tariff, int stay_days)
{
	bool inpatient =
	    class->pod == PBR_POD_EL || class->pod == PBR_POD_NEL || class->pod == PBR_POD_NELNE;

	if (!inpatient || tariff->trim_days < 0 || stay_days <= tariff->trim_days)
		return 0;
	return stay_days - tariff->trim_days;
}

static void
tell_long_stay(
    const struct pbr_tariff *tariff, const struct pbr_price *price, struct pbr_working *working)
{
	char days[80];

	if (working == NULL)
		return;
	snprintf(days, sizeof(days), "%d days beyond the trim point of %d at ", price->excess_days,
	    tariff->trim_days);
	add_money_step(
	    working, "LONG_STAY", price->total_pence, days, tariff->per_diem_pence, " a day");
}

static bool
add_long_stay(const struct pbr_tariff *tariff, struct pbr_price *price, struct pbr_working *working)
{
	if (price->excess_days == 0)
		return true;
	if (__builtin_mul_overflow(
		price->excess_days, tariff->per_diem_pence, &price->long_stay_pence) ||
	    !money_add(price->total_pence, price->long_stay_pence, &price->total_pence))
		return false;
	tell_long_stay(tariff, price, working);
	return true;
}

/* A share of the base that is paid, and of the long stay where the rules say so. */
static bool
add_top_up(int64_t paid_base_pence, const struct pbr_rules *rules, int64_t top_up_ppm,
    struct pbr_price *price, struct pbr_working *working)
{
	int64_t share_of_pence = paid_base_pence;
	int64_t top_up_pence;

	if (top_up_ppm == 0)
		return true;
	if (rules->top_up_on_long_stay)
		share_of_pence = price->total_pence;
	if (!money_mul_ppm(share_of_pence, top_up_ppm, &top_up_pence) ||
	    !money_add(price->adjustment_pence, top_up_pence, &price->adjustment_pence) ||
	    !money_add(price->total_pence, top_up_pence, &price->total_pence))
		return false;
	add_factor_step(working, "TOP_UP", price->total_pence, share_of_pence, top_up_ppm);
	return true;
}

static bool
add_term(const char *rule, int64_t term_pence, struct pbr_price *price, struct pbr_working *working)
{
	if (term_pence == 0)
		return true;
	if (!money_add(price->adjustment_pence, term_pence, &price->adjustment_pence) ||
	    !money_add(price->total_pence, term_pence, &price->total_pence))
		return false;
	add_money_step(
	    working, rule, price->total_pence, "", term_pence, " by the provider's terms");
	return true;
}

static bool
apply_mff(const struct pbr_rules *rules, int64_t mff_ppm, struct pbr_price *price,
    struct pbr_working *working)
{
	int64_t before_pence = price->total_pence;

	price->mff_ppm = PPM;
	if (!rules->commissioner_pays_mff) {
		pbr_add_step(working, "MFF", before_pence, "paid centrally: not part of the price");
		return true;
	}
	if (!money_mul_ppm(before_pence, mff_ppm, &price->total_pence))
		return false;
	price->mff_ppm = mff_ppm;
	add_factor_step(working, "MFF", price->total_pence, before_pence, mff_ppm);
	return true;
}

/* The last stage, of spells only. Half a pound goes up, as half a penny does. */
static bool
round_to_pounds(const struct pbr_record *record, const struct pbr_rules *rules,
    struct pbr_price *price, struct pbr_working *working)
{
	int64_t before_pence = price->total_pence;

	if (!rules->rounds_to_pounds || record->dataset != PBR_DATASET_APC)
		return true;
	if (!money_add(before_pence, PENCE_PER_POUND / 2, &price->total_pence))
		return false;
	price->total_pence -= price->total_pence % PENCE_PER_POUND;
	add_money_step(working, "ROUND", price->total_pence, "", before_pence, " to whole pounds");
	return true;
}

/* The reason why the row gives no price to this stay; NULL when it does. */
static const char *
find_gap(const struct pbr_tariff *tariff, bool short_stay, int excess_days,
    const struct pbr_rules *rules, int64_t mff_ppm)
{
	if (short_stay && tariff->short_stay_price_pence == PBR_NO_AMOUNT)
		return "NO_SHORT_STAY_PRICE";
	if (!short_stay && tariff->price_pence == PBR_NO_AMOUNT)
		return "NO_TARIFF_PRICE";
	if (excess_days > 0 && tariff->per_diem_pence == PBR_NO_AMOUNT)
		return "NO_LONG_STAY_PRICE";
	if (rules->commissioner_pays_mff && mff_ppm == 0)
		return "NO_MARKET_FORCES_FACTOR";
	return NULL;
}

/* Sets base and adjustment; returns the base that is paid. */
static int64_t
set_base(const struct pbr_tariff *tariff, bool short_stay, struct pbr_price *price,
    struct pbr_working *working)
{
	int64_t paid_pence = short_stay ? tariff->short_stay_price_pence : tariff->price_pence;

	price->base_pence = tariff->price_pence != PBR_NO_AMOUNT ? tariff->price_pence : paid_pence;
	price->adjustment_pence = paid_pence - price->base_pence;
	price->total_pence = paid_pence;
	if (short_stay)
		add_money_step(working, "SHORT_STAY", paid_pence,
		    "the tariff's short-stay price instead of ", price->base_pence,
		    "; no long stay");
	else
		pbr_add_step(working, "BASE", paid_pence, "tariff price");
	return paid_pence;
}

/* A department of type 3 is paid no more than the day's cheapest group; returns what is paid. */
static int64_t
hold_to_lowest_band(const struct pbr_class *class, const struct pbr_tariff *tariff,
    int64_t paid_pence, struct pbr_price *price, struct pbr_working *working)
{
	if (!class->lowest_band || tariff->lowest_band_pence == PBR_NO_AMOUNT ||
	    tariff->lowest_band_pence >= paid_pence)
		return paid_pence;
	price->adjustment_pence = tariff->lowest_band_pence - paid_pence;
	price->total_pence = tariff->lowest_band_pence;
	add_money_step(working, "LOWEST_BAND", price->total_pence,
	    "a department of type 3 is paid the lowest band instead of ", paid_pence, "");
	return price->total_pence;
}

/* False when an amount passes 64 bits. A price that terms take below nothing goes no further. */
static bool
run_stages(const struct pbr_record *record, const struct pbr_class *class,
    const struct pbr_tariff *tariff, const struct pbr_rules *rules,
    const struct pbr_provider_terms *terms, bool short_stay, struct pbr_price *price,
    struct pbr_working *working)
{
	int64_t paid_base_pence = set_base(tariff, short_stay, price, working);

	paid_base_pence = hold_to_lowest_band(class, tariff, paid_base_pence, price, working);
	if (!add_long_stay(tariff, price, working) ||
	    !add_top_up(paid_base_pence, rules, terms->top_up_ppm, price, working) ||
	    !add_term("UNBUNDLED", terms->unbundled_pence, price, working) ||
	    !add_term("LOCAL_ADJUSTMENT", terms->local_pence, price, working))
		return false;
	return price->total_pence < 0 || (apply_mff(rules, terms->mff_ppm, price, working) &&
					     round_to_pounds(record, rules, price, working));
}

void
pbr_price(const struct pbr_record *record, const struct pbr_class *class,
    const struct pbr_tariff *tariff, const struct pbr_rules *rules,
    const struct pbr_provider_terms *terms, struct pbr_price *price, struct pbr_working *working)
{
	int stay_days = record->stay_days - record->excluded_days;
	const char *gap;
	bool short_stay;

	if (class->state != PBR_PRICED) {
		*price = (struct pbr_price){.state = class->state, .reason = class->reason};
		return;
	}
	if (tariff == NULL) {
		refuse_price(price, working, "NOT_IN_TARIFF");
		return;
	}
	if (stay_days < 0)
		stay_days = 0;
	short_stay = is_short_stay(record, class, tariff, rules, stay_days);
	*price = (struct pbr_price){.state = PBR_PRICED, .reason = ""};
	price->excess_days = short_stay ? 0 : count_excess_days(class, tariff, stay_days);
	gap = find_gap(tariff, short_stay, price->excess_days, rules, terms->mff_ppm);
	if (gap != NULL) {
		refuse_price(price, working, gap);
		return;
	}
	if (!run_stages(record, class, tariff, rules, terms, short_stay, price, working) ||
	    price->total_pence > PBR_AMOUNT_MAX_PENCE)
		refuse_price(price, working, "AMOUNT_TOO_LARGE");
	else if (price->total_pence < 0)
		refuse_price(price, working, "BELOW_NOTHING");
}

void
pbr_price_local(const struct pbr_class *class, int64_t local_price_pence, struct pbr_price *price,
    struct pbr_working *working)
{
	assert(class->local);
	if (local_price_pence > PBR_AMOUNT_MAX_PENCE) {
		refuse_price(price, working, "AMOUNT_TOO_LARGE");
		return;
	}
	*price = (struct pbr_price){.state = PBR_PRICED,
	    .reason = "LOCAL_PRICE",
	    .base_pence = local_price_pence,
	    .mff_ppm = PPM,
	    .total_pence = local_price_pence};
	pbr_add_step(working, "LOCAL_PRICE", local_price_pence,
	    "agreed in the contract for %s of %s", pbr_pod_name(class->pod), class->currency);
}
