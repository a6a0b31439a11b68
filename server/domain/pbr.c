/* Payment by Results: point of delivery, spell price and their working. Pure. */
#include "server/domain/pbr.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/money.h"

static const char *const pod_names[PBR_POD_COUNT] = {
    [PBR_POD_NONE] = "",
    [PBR_POD_DC] = "DC",
    [PBR_POD_EL] = "EL",
    [PBR_POD_NEL] = "NEL",
    [PBR_POD_NELNE] = "NELNE",
    [PBR_POD_OPFA] = "OPFA",
    [PBR_POD_OPFUP] = "OPFUP",
    [PBR_POD_OPPROC] = "OPPROC",
    [PBR_POD_AE] = "AE",
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

static void add_step(struct pbr_working *working, const char *rule, int64_t amount_pence,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
add_step(
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

static void
set_class(
    struct pbr_class *class, enum pbr_pod pod, enum pbr_currency_type type, const char *currency)
{
	class->pod = pod;
	class->state = PBR_PRICED;
	class->reason = "";
	class->currency_type = type;
	class->currency = currency;
}

static void
refuse_class(struct pbr_class *class, enum pbr_state state, const char *reason)
{
	class->state = state;
	class->reason = reason;
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
classify_outpatient(const struct pbr_record *record, struct pbr_class *class)
{
	const char kind = record->first_attendance[0];
	const char attended = record->attended[0];

	if (kind == '1' || kind == '3')
		set_class(class, PBR_POD_OPFA, PBR_CURRENCY_TFC, record->treatment_function);
	else if (kind == '2' || kind == '4')
		set_class(class, PBR_POD_OPFUP, PBR_CURRENCY_TFC, record->treatment_function);
	else
		set_class(class, PBR_POD_NONE, PBR_CURRENCY_TFC, record->treatment_function);

	if (attended != '5' && attended != '6') {
		refuse_class(class, PBR_EXCLUDED, "NOT_ATTENDED");
	} else if (!is_consultant_led(record->main_specialty)) {
		refuse_class(class, PBR_EXCLUDED, "NOT_CONSULTANT_LED");
	} else if (is_procedure(record->hrg)) {
		/* Where an attendance and a procedure price both apply, the procedure is paid,
		 * once. */
		set_class(class, PBR_POD_OPPROC, PBR_CURRENCY_HRG, record->hrg);
	} else if (kind == '3' || kind == '4') {
		refuse_class(class, PBR_EXCLUDED, "NOT_FACE_TO_FACE");
	} else if (class->pod == PBR_POD_NONE) {
		refuse_class(class, PBR_UNPRICED, "NO_POINT_OF_DELIVERY");
	}
}

static void
classify_emergency_department(const struct pbr_record *record, struct pbr_class *class)
{
	const char *type = record->department_type;

	set_class(class, PBR_POD_AE, PBR_CURRENCY_AE, record->hrg);
	if (strcmp(type, "04") == 0)
		refuse_class(class, PBR_EXCLUDED, "WALK_IN_CENTRE");
	else if (strcmp(type, "01") != 0 && strcmp(type, "02") != 0 && strcmp(type, "03") != 0)
		refuse_class(class, PBR_UNPRICED, "NO_POINT_OF_DELIVERY");
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
		classify_emergency_department(record, class);
		break;
	}
	class->age_band =
	    record->age_years < rules->child_below_years ? PBR_AGE_CHILD : PBR_AGE_ADULT;
	if (class->state == PBR_PRICED)
		add_step(working, "POD", 0, "%s, currency %s, %s below %d years",
		    pbr_pod_name(class->pod), class->currency,
		    class->age_band == PBR_AGE_CHILD ? "child" : "not a child",
		    rules->child_below_years);
	else
		add_step(working, "POD", 0, "%s: %s", pbr_state_name(class->state), class->reason);
}

static void
refuse_price(struct pbr_price *price, struct pbr_working *working, const char *reason)
{
	*price = (struct pbr_price){.state = PBR_UNPRICED, .reason = reason};
	add_step(working, "NO_PRICE", 0, "%s", reason);
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

static bool
add_long_stay(const struct pbr_tariff *tariff, struct pbr_price *price, struct pbr_working *working)
{
	if (price->excess_days == 0)
		return true;
	if (__builtin_mul_overflow(
		price->excess_days, tariff->per_diem_pence, &price->long_stay_pence) ||
	    !money_add(price->total_pence, price->long_stay_pence, &price->total_pence))
		return false;
	add_step(working, "LONG_STAY", price->total_pence,
	    "%d days beyond the trim point of %d at %lld pence a day", price->excess_days,
	    tariff->trim_days, (long long)tariff->per_diem_pence);
	return true;
}

/* On the base alone: whether it also raises the long stay differed, and guidance of the period is
 * silent. */
static bool
add_top_up(int64_t paid_base_pence, int64_t top_up_ppm, struct pbr_price *price,
    struct pbr_working *working)
{
	int64_t top_up_pence;

	if (top_up_ppm == 0)
		return true;
	if (!money_mul_ppm(paid_base_pence, top_up_ppm, &top_up_pence) ||
	    !money_add(price->adjustment_pence, top_up_pence, &price->adjustment_pence) ||
	    !money_add(price->total_pence, top_up_pence, &price->total_pence))
		return false;
	add_step(working, "TOP_UP", price->total_pence, "base of %lld pence times %lld ppm",
	    (long long)paid_base_pence, (long long)top_up_ppm);
	return true;
}

static bool
apply_mff(const struct pbr_rules *rules, int64_t mff_ppm, struct pbr_price *price,
    struct pbr_working *working)
{
	int64_t before_pence = price->total_pence;

	price->mff_ppm = PPM;
	if (!rules->commissioner_pays_mff) {
		add_step(working, "MFF", before_pence, "paid centrally: not part of the price");
		return true;
	}
	if (!money_mul_ppm(before_pence, mff_ppm, &price->total_pence))
		return false;
	price->mff_ppm = mff_ppm;
	add_step(working, "MFF", price->total_pence, "%lld pence times %lld ppm",
	    (long long)before_pence, (long long)mff_ppm);
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
set_base(const struct pbr_tariff *tariff, bool short_stay, int stay_days, struct pbr_price *price,
    struct pbr_working *working)
{
	int64_t paid_pence = short_stay ? tariff->short_stay_price_pence : tariff->price_pence;

	price->base_pence = tariff->price_pence != PBR_NO_AMOUNT ? tariff->price_pence : paid_pence;
	price->adjustment_pence = paid_pence - price->base_pence;
	price->total_pence = paid_pence;
	if (short_stay)
		add_step(working, "SHORT_STAY", paid_pence,
		    "emergency stay of %d days: the short-stay price, no long stay", stay_days);
	else
		add_step(working, "BASE", paid_pence, "tariff price");
	return paid_pence;
}

void
pbr_price(const struct pbr_record *record, const struct pbr_class *class,
    const struct pbr_tariff *tariff, const struct pbr_rules *rules,
    const struct pbr_provider_terms *terms, struct pbr_price *price, struct pbr_working *working)
{
	int stay_days = record->stay_days - record->excluded_days;
	int64_t paid_base_pence;
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
	paid_base_pence = set_base(tariff, short_stay, stay_days, price, working);
	if (!add_long_stay(tariff, price, working) ||
	    !add_top_up(paid_base_pence, terms->top_up_ppm, price, working) ||
	    !apply_mff(rules, terms->mff_ppm, price, working))
		refuse_price(price, working, "AMOUNT_TOO_LARGE");
}

void
pbr_price_local(const struct pbr_class *class, int64_t local_price_pence, struct pbr_price *price,
    struct pbr_working *working)
{
	assert(class->state == PBR_PRICED);
	*price = (struct pbr_price){.state = PBR_PRICED,
	    .reason = "LOCAL_PRICE",
	    .base_pence = local_price_pence,
	    .mff_ppm = PPM,
	    .total_pence = local_price_pence};
	add_step(working, "LOCAL_PRICE", local_price_pence, "agreed in the contract for %s of %s",
	    pbr_pod_name(class->pod), class->currency);
}

bool
pbr_marginal_value(
    int64_t baseline_pence, int64_t actual_pence, int64_t marginal_ppm, int64_t *value_pence)
{
	int64_t above_pence;

	if (actual_pence <= baseline_pence) {
		*value_pence = actual_pence;
		return true;
	}
	return !__builtin_sub_overflow(actual_pence, baseline_pence, &above_pence) &&
	       money_mul_ppm(above_pence, marginal_ppm, &above_pence) &&
	       money_add(baseline_pence, above_pence, value_pence);
}

bool
pbr_follow_up_deduction(int64_t firsts, int64_t follow_ups, int64_t ratio_ppm,
    int64_t mean_price_pence, int64_t *deduction_pence)
{
	int64_t allowed_ppm, actual_ppm;

	if (__builtin_mul_overflow(firsts, ratio_ppm, &allowed_ppm) ||
	    __builtin_mul_overflow(follow_ups, (int64_t)PPM, &actual_ppm))
		return false;
	*deduction_pence = 0;
	if (actual_ppm <= allowed_ppm)
		return true;
	return money_mul_ppm(mean_price_pence, actual_ppm - allowed_ppm, deduction_pence);
}

const char *
pbr_pod_name(enum pbr_pod pod)
{
	return pod_names[pod];
}

bool
pbr_pod_parse(const char *name, enum pbr_pod *pod)
{
	int i;

	for (i = PBR_POD_NONE + 1; i < PBR_POD_COUNT; i++)
		if (strcmp(name, pod_names[i]) == 0) {
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
