/*
 * Payment by Results: the point of delivery and the price of one record, from values alone. One
 * record is one spell, one outpatient attendance or one A&E attendance.
 *
 * Two steps, so that the caller owns the look-up between them: pbr_classify says what to look up,
 * pbr_price applies the tariff row that was found; pbr_fall_back may say what else to look up when
 * there is none. What guidance changed from year to year comes in as struct pbr_rules, read from
 * the dated rule table.
 *
 * A record that has no price is excluded or unpriced with a reason word; it is never priced at 0.
 */
#ifndef PBC_SERVER_DOMAIN_PBR_H
#define PBC_SERVER_DOMAIN_PBR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pbr_dataset { PBR_DATASET_APC, PBR_DATASET_OP, PBR_DATASET_AE };

enum pbr_pod {
	PBR_POD_NONE,   /* cannot be derived */
	PBR_POD_DC,     /* day case */
	PBR_POD_EL,     /* elective inpatient */
	PBR_POD_NEL,    /* non-elective emergency */
	PBR_POD_NELNE,  /* non-elective other: maternity, birth, transfer */
	PBR_POD_OPFA,   /* outpatient first attendance */
	PBR_POD_OPFUP,  /* outpatient follow-up */
	PBR_POD_OPPROC, /* outpatient procedure */
	PBR_POD_AE,     /* A&E attendance */
	PBR_POD_COUNT,
};

enum pbr_currency_type { PBR_CURRENCY_HRG, PBR_CURRENCY_TFC, PBR_CURRENCY_AE };
enum pbr_age_band { PBR_AGE_ALL, PBR_AGE_ADULT, PBR_AGE_CHILD };

enum pbr_state {
	PBR_PRICED,
	PBR_EXCLUDED, /* counted, never paid by tariff */
	PBR_UNPRICED, /* should have a price and has none */
};

/* What the tariff of the year leaves out: every HRG, or treatment function, that begins so. */
struct pbr_exclusion {
	enum pbr_currency_type currency_type;
	char code_prefix[6];
	char reason[32];
};

/* Dated rules, as they stand on the record's day. Names are those of table ref.rule. */
struct pbr_rules {
	int child_below_years;      /* OUTPATIENT_CHILD_BELOW_YEARS: the tariff's age band CHILD */
	bool excludes_private;      /* PRIVATE_PATIENTS_EXCLUDED: by administrative category */
	bool procedure_falls_back;  /* PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE: of outpatients */
	int short_stay_from_years;  /* SHORT_STAY_MIN_AGE_YEARS: short-stay price from this age */
	int short_stay_below_days;  /* SHORT_STAY_BELOW_DAYS: and for stays below this */
	bool type_3_lowest_band;    /* AE_TYPE_3_LOWEST_BAND: such departments are paid no more */
	bool commissioner_pays_mff; /* MFF_PAID_BY_COMMISSIONER: else centrally, no part of it */
	bool top_up_on_long_stay;   /* TOPUP_ON_LONG_STAY: a top-up is a share of that too */
	bool rounds_to_pounds;      /* SPELL_ROUNDED_TO_POUNDS: the final price of a spell */
	const struct pbr_exclusion *exclusions; /* borrowed, of ref.tariff_exclusion */
	size_t exclusion_count;
};

/* The rules in the order of the chain. */
enum pbr_rule {
	PBR_RULE_CHILD_BELOW_YEARS,
	PBR_RULE_EXCLUDES_PRIVATE,
	PBR_RULE_PROCEDURE_FALLS_BACK,
	PBR_RULE_SHORT_STAY_FROM_YEARS,
	PBR_RULE_SHORT_STAY_BELOW_DAYS,
	PBR_RULE_TYPE_3_LOWEST_BAND,
	PBR_RULE_TOP_UP_ON_LONG_STAY,
	PBR_RULE_COMMISSIONER_PAYS_MFF,
	PBR_RULE_ROUNDS_TO_POUNDS,
	PBR_RULE_COUNT,
};

/* A rule's row in ref.rule, and the step of the working that it governs. */
struct pbr_rule_name {
	const char *name;
	const char *step;
};
extern const struct pbr_rule_name pbr_rule_names[PBR_RULE_COUNT];

/* Texts are copied; ones that are too long are a bug. */
void pbr_exclusion_set(struct pbr_exclusion *exclusion, enum pbr_currency_type currency_type,
    const char *code_prefix, const char *reason);

/* values by enum pbr_rule. exclusions are left as they are. */
void pbr_rules_set(struct pbr_rules *rules, const int64_t values[PBR_RULE_COUNT]);

/*
 * Texts are borrowed, never NULL, "" where the data set has none. Codes are the NHS Data
 * Dictionary's.
 */
struct pbr_record {
	enum pbr_dataset dataset;
	int age_years;
	const char *hrg; /* as grouped by the provider; the A&E currency for A&E */
	const char *treatment_function;
	const char *main_specialty;
	const char *patient_classification;
	const char *admission_method;
	int stay_days;     /* discharge minus admission; 0 is the same day */
	int excluded_days; /* critical care and other days outside the spell's tariff */
	const char *first_attendance;
	const char *attended;
	const char *department_type;
	const char *administrative_category; /* "" where the provider does not say */
	const char *specialised_service; /* says which top-up; for the caller's look-up of terms */
};

struct pbr_class {
	enum pbr_pod pod;
	enum pbr_state state; /* PBR_PRICED here means: look it up */
	const char *reason;   /* a word, static or of the rules; "" when it is to be looked up */
	bool local;           /* a price that the contract agrees counts; PBR_PRICED is, too */
	bool lowest_band;     /* of A&E: paid no more than the day's cheapest group */
	enum pbr_currency_type currency_type;
	const char *currency;       /* the record's own text, borrowed; "" if none */
	enum pbr_age_band age_band; /* ADULT or CHILD: look for this band first, then for ALL */
};

#define PBR_NO_AMOUNT INT64_MIN

/*
 * No record costs more than 1,000 million pounds, so that no sum of the records of a file, or of a
 * year, passes 64 bits.
 */
#define PBR_AMOUNT_MAX_PENCE INT64_C(100000000000)

/* One row of a year's tariff. Absent amounts are PBR_NO_AMOUNT, an absent trim is -1. */
struct pbr_tariff {
	int64_t price_pence;
	int trim_days;
	int64_t per_diem_pence;
	bool short_stay_applies;
	int64_t short_stay_price_pence;
	int64_t lowest_band_pence; /* the day's least A&E price above 0, for class.lowest_band */
};

/* What the provider adds to a price. */
struct pbr_provider_terms {
	int64_t mff_ppm;         /* 0 when the provider has none for the year */
	int64_t top_up_ppm;      /* for a specialised service it is eligible for; else 0 */
	int64_t unbundled_pence; /* elements that others provide: mostly negative */
	int64_t local_pence;     /* agreed on top of the tariff, or off it */
};

/*
 * Unless priced all amounts are 0. base + long stay + adjustment, times MFF, is the total (then in
 * whole pounds, where the rules say so).
 */
struct pbr_price {
	enum pbr_state state;
	/* The class's, or static; "" for a tariff price, LOCAL_PRICE for an agreed one. */
	const char *reason;
	/* Full tariff price of the row; short-stay price where it has no other. */
	int64_t base_pence;
	int excess_days;
	int64_t long_stay_pence;
	/* Short stay or lowest band against the full price, top-up, what terms add. */
	int64_t adjustment_pence;
	int64_t mff_ppm; /* applied; PPM when paid centrally */
	int64_t total_pence;
};

#define PBR_STEPS_MAX 9
#define PBR_DETAIL_SIZE 120

struct pbr_step {
	const char *rule;             /* static word: POD, BASE, ..., as in README.md */
	char detail[PBR_DETAIL_SIZE]; /* the inputs in words and figures */
	int64_t amount_pence;         /* after this step; PBR_NO_AMOUNT while it has no price */
};

/* How a price came about, step by step. Zero-initialise before pbr_classify. */
struct pbr_working {
	struct pbr_step steps[PBR_STEPS_MAX];
	size_t count;
};

/* Point of delivery and currency by the record's own codes. working may be NULL. */
void pbr_classify(const struct pbr_record *record, const struct pbr_rules *rules,
    struct pbr_class *class, struct pbr_working *working);

/*
 * An outpatient procedure without a local price whose tariff row is missing or blank is an
 * attendance, where the rules say so: *class becomes that, to be looked up anew. False, with
 * nothing changed, of any other class. working may be NULL.
 */
bool pbr_fall_back(const struct pbr_record *record, const struct pbr_rules *rules,
    struct pbr_class *class, struct pbr_working *working);

/*
 * The stages in the order of SUS: base, short-stay or lowest-band price, long stay, top-up,
 * unbundled and local adjustment, MFF, rounding; each rounded half up to the penny. What a contract
 * does to the sums of many records (marginal rate, caps) comes after, below. tariff is NULL when
 * the year has no row for the class. Of the record only dataset, age_years, stay_days and
 * excluded_days are read. working may be NULL.
 */
void pbr_price(const struct pbr_record *record, const struct pbr_class *class,
    const struct pbr_tariff *tariff, const struct pbr_rules *rules,
    const struct pbr_provider_terms *terms, struct pbr_price *price, struct pbr_working *working);

/*
 * A price agreed in the contract for the class's point of delivery and currency: the whole price.
 * working may be NULL.
 */
void pbr_price_local(const struct pbr_class *class, int64_t local_price_pence,
    struct pbr_price *price, struct pbr_working *working);

/*
 * What a contract with a marginal rate pays: in full up to its baseline, marginal_ppm of what lies
 * above, the actual value when that is below. False on overflow.
 */
bool pbr_marginal_value(
    int64_t baseline_pence, int64_t actual_pence, int64_t marginal_ppm, int64_t *value_pence);

/*
 * Deduction for follow-ups beyond ratio_ppm per first attendance, at the mean follow-up price; the
 * part of an attendance counts. 0 within the ratio. False on overflow.
 */
bool pbr_follow_up_deduction(int64_t firsts, int64_t follow_ups, int64_t ratio_ppm,
    int64_t mean_price_pence, int64_t *deduction_pence);

/* The words of all but PBR_POD_NONE, in its order and ended by NULL. */
extern const char *const pbr_pod_words[PBR_POD_COUNT];
/* "DC", ...; "" for PBR_POD_NONE. Static storage. */
const char *pbr_pod_name(enum pbr_pod pod);
/* "APC", "OP", "AE". Static storage. */
const char *pbr_dataset_name(enum pbr_dataset dataset);
/* False for a word that is no data set. */
bool pbr_dataset_parse(const char *name, enum pbr_dataset *dataset);
/* HRG of any word that is not TFC or AE. */
enum pbr_currency_type pbr_currency_type_of(const char *word);
/* ALL of any word that is not ADULT or CHILD. */
enum pbr_age_band pbr_age_band_of(const char *word);
/* False for a word that is no point of delivery. */
bool pbr_pod_parse(const char *name, enum pbr_pod *pod);
/* "priced", "excluded", "unpriced". */
const char *pbr_state_name(enum pbr_state state);

#endif
