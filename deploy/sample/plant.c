/* Planted errors and their truth file. */
#include "deploy/sample/plant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const plant_kind_names[PLANT_KINDS] = {
    [PLANT_NONE] = "none",
    [PLANT_WRONG_HRG] = "wrong_hrg",
    [PLANT_WRONG_PRICE] = "wrong_price",
    [PLANT_PRACTICE_NOT_OURS] = "practice_not_ours",
    [PLANT_COMMISSIONER_MISSTATED] = "commissioner_misstated",
    [PLANT_DUPLICATE_RECORD] = "duplicate_record",
    [PLANT_DUPLICATE_EVENT] = "duplicate_event",
    [PLANT_BAD_CHECK_DIGIT] = "bad_check_digit",
    [PLANT_UNKNOWN_PRACTICE] = "unknown_practice",
    [PLANT_OUTSIDE_PERIOD] = "outside_period",
    [PLANT_WRONG_DIAGNOSIS] = "wrong_diagnosis",
};

/* Of all rows; a wrong HRG and a wrong diagnosis of spells only. The others are sample choices. */
static const uint32_t rates_ppm[PLANT_KINDS] = {
    [PLANT_WRONG_HRG] = 85000,
    [PLANT_WRONG_PRICE] = 12000,
    [PLANT_PRACTICE_NOT_OURS] = 3000,
    [PLANT_COMMISSIONER_MISSTATED] = 2000,
    [PLANT_DUPLICATE_RECORD] = 2000,
    [PLANT_DUPLICATE_EVENT] = 1000,
    [PLANT_BAD_CHECK_DIGIT] = 2000,
    [PLANT_UNKNOWN_PRACTICE] = 2000,
    [PLANT_OUTSIDE_PERIOD] = 1500,
    [PLANT_WRONG_DIAGNOSIS] = 140000,
};

#define NET_TARGET_PER_MILLE 1
#define NEIGHBOURS 10
#define UNKNOWN_PRACTICE "Z98999"

/* The column that was spoilt, what it should say, and what the error is worth. */
struct planted {
	enum record_column column;
	char right[40];
	int64_t effect_pence;
};

void
plant_open(struct plant *plant, const struct record_context *context, const char *directory)
{
	memset(plant, 0, sizeof(*plant));
	plant->context = context;
	prng_start(&plant->prng, context->world->seed, PRNG_PLANT, context->year);
	out_open(&plant->truth, directory, "truth/activity-%s.csv",
	    context->year == TARIFF_2016 ? "2016-17" : "2017-18");
	out_header(&plant->truth, "provider_code,period,record_id,kind,column,right,stated,effect");
}

static bool
is_spell(const struct record *record)
{
	return strcmp(record->field[RECORD_DATASET], "APC") == 0;
}

/* Whether the errors of a kind have taken too little so far: the next one should go up. */
static bool
below_target(const struct plant *plant, enum plant_kind kind, int64_t right_pence)
{
	return plant->tally[kind].net_pence < right_pence * NET_TARGET_PER_MILLE / 1000;
}

/* 0 when the record costs the same, or nothing, with this HRG. */
static int64_t
recode_effect(const struct plant *plant, const struct record *record, const char *hrg)
{
	int64_t pence = record_price_as(plant->context, record, plant->context->year, hrg);

	return pence == TARIFF_NO_PRICE ? 0 : pence - record->right_pence;
}

/*
 * One of the nearest HRGs of the chapter that changes the price, in the direction that brings the
 * net error nearer to its target; where only the other direction is to be had, the one that costs
 * least.
 */
static const char *
choose_hrg(const struct plant *plant, struct prng *prng, const struct record *record)
{
	bool higher = below_target(plant, PLANT_WRONG_HRG, plant->right_spells_pence);
	const char *wanted[2 * NEIGHBOURS];
	uint32_t count = 0;
	const char *least = NULL;
	int64_t least_pence = INT64_MAX;
	int direction, step;

	for (direction = -1; direction <= 1; direction += 2) {
		const char *hrg = record->field[RECORD_HRG];

		for (step = 0; step < NEIGHBOURS && hrg != NULL; step++) {
			int64_t effect;

			hrg = tariff_neighbour(
			    plant->context->tariff, hrg, record->item.pod, direction);
			effect = hrg != NULL ? recode_effect(plant, record, hrg) : 0;
			if (effect != 0 && (effect > 0) == higher)
				wanted[count++] = hrg;
			if (effect != 0 && llabs(effect) < least_pence) {
				least = hrg;
				least_pence = llabs(effect);
			}
		}
	}
	return count > 0 ? wanted[prng_below(prng, count)] : least;
}

bool
plant_recode(const struct plant *plant, struct prng *prng, struct record *record)
{
	const char *hrg;

	if (!is_spell(record) || !record->payable)
		return false;
	hrg = choose_hrg(plant, prng, record);
	if (hrg == NULL)
		return false;
	snprintf(record->field[RECORD_HRG], sizeof(record->field[RECORD_HRG]), "%s", hrg);
	record->item.currency = hrg;
	record_price(plant->context, record);
	return true;
}

static bool
spoil_hrg(struct plant *plant, struct record *record, struct planted *planted)
{
	int64_t before = record->right_pence;

	if (!plant_recode(plant, &plant->prng, record))
		return false;
	planted->column = RECORD_HRG;
	planted->effect_pence = record->stated_pence - before;
	return true;
}

static bool
spoil_price(struct plant *plant, struct record *record, struct planted *planted)
{
	int64_t change = record->right_pence * prng_between(&plant->prng, 20, 250) / 1000;

	if (!record->payable || change == 0)
		return false;
	if (!below_target(plant, PLANT_WRONG_PRICE, plant->right_pence))
		change = -change;
	record_state_price(record, record->right_pence + change);
	planted->column = RECORD_PROVIDER_PRICE;
	planted->effect_pence = change;
	return true;
}

static bool
spoil_text(
    struct record *record, struct planted *planted, enum record_column column, const char *text)
{
	planted->column = column;
	snprintf(record->field[column], sizeof(record->field[column]), "%s", text);
	return true;
}

static bool
might_have(const struct record *record, const struct casemix_spell *spell)
{
	return spell->pod == record->item.pod && record->item.age_years >= spell->age_min &&
	       record->item.age_years <= spell->age_max &&
	       (spell->sex == '0' || spell->sex == record->field[RECORD_SEX][0]);
}

/* The diagnosis of another spell that the person might have had. */
static bool
spoil_diagnosis(struct plant *plant, struct record *record, struct planted *planted)
{
	size_t first = prng_below(&plant->prng, (uint32_t)casemix_spell_count);
	size_t i;

	for (i = 0; i < casemix_spell_count; i++) {
		const struct casemix_spell *spell =
		    &casemix_spells[(first + i) % casemix_spell_count];

		if (might_have(record, spell) &&
		    strcmp(spell->diagnosis, record->field[RECORD_DIAGNOSIS]) != 0)
			return spoil_text(record, planted, RECORD_DIAGNOSIS, spell->diagnosis);
	}
	return false;
}

static bool
spoil_number(struct record *record, struct planted *planted)
{
	char *last = &record->field[RECORD_NHS_NUMBER][9];

	if (record->field[RECORD_NHS_NUMBER][0] == '\0')
		return false;
	*last = *last == '9' ? '0' : (char)(*last + 1);
	planted->column = RECORD_NHS_NUMBER;
	return true;
}

/* The whole event is moved 40 days back: into another month, but otherwise in order. */
static bool
spoil_dates(struct record *record, struct planted *planted)
{
	static const enum record_column columns[] = {RECORD_ADMISSION_DATE, RECORD_DISCHARGE_DATE,
	    RECORD_ATTENDANCE_DATE, RECORD_ARRIVAL_DATE};
	date_t date;
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (!date_parse(record->field[columns[i]], &date))
			continue;
		if (columns[i] != RECORD_ADMISSION_DATE) {
			planted->column = columns[i];
			date_format(date, planted->right);
		}
		record_set_date(record, columns[i], date - 40);
	}
	return true;
}

static bool
spoil(struct plant *plant, enum plant_kind kind, struct record *record, struct planted *planted)
{
	const struct world *world = plant->context->world;

	switch (kind) {
	case PLANT_WRONG_HRG:
		return spoil_hrg(plant, record, planted);
	case PLANT_WRONG_PRICE:
		return spoil_price(plant, record, planted);
	case PLANT_PRACTICE_NOT_OURS:
		return spoil_text(
		    record, planted, RECORD_PRACTICE, world->practice[world->practices].code);
	case PLANT_COMMISSIONER_MISSTATED:
		return spoil_text(record, planted, RECORD_COMMISSIONER, WORLD_NEIGHBOUR);
	case PLANT_BAD_CHECK_DIGIT:
		return spoil_number(record, planted);
	case PLANT_UNKNOWN_PRACTICE:
		return spoil_text(record, planted, RECORD_PRACTICE, UNKNOWN_PRACTICE);
	case PLANT_OUTSIDE_PERIOD:
		return spoil_dates(record, planted);
	case PLANT_WRONG_DIAGNOSIS:
		return spoil_diagnosis(plant, record, planted);
	case PLANT_DUPLICATE_RECORD:
	case PLANT_DUPLICATE_EVENT:
		planted->column = RECORD_ID;
		return true;
	case PLANT_NONE:
	case PLANT_KINDS:
		break;
	}
	return false;
}

static enum plant_kind
draw_kind(struct plant *plant, const struct record *record)
{
	uint32_t draw = prng_below(&plant->prng, 1000000);
	int kind;

	for (kind = PLANT_NONE + 1; kind < PLANT_KINDS; kind++) {
		if (draw < rates_ppm[kind])
			break;
		draw -= rates_ppm[kind];
	}
	if (kind == PLANT_KINDS)
		return PLANT_NONE;
	if ((kind == PLANT_WRONG_HRG || kind == PLANT_WRONG_DIAGNOSIS) && !is_spell(record))
		return PLANT_NONE;
	return (enum plant_kind)kind;
}

/* An NHS number is no part of the truth: which record it was is enough. */
static void
write_truth(struct plant *plant, enum plant_kind kind, const struct record *record,
    const struct planted *planted, const char *provider_code, const char *period)
{
	bool secret = planted->column == RECORD_NHS_NUMBER;

	out_text(&plant->truth, provider_code);
	out_text(&plant->truth, period);
	out_text(&plant->truth, record->field[RECORD_ID]);
	out_text(&plant->truth, plant_kind_names[kind]);
	out_text(&plant->truth, record_column_names[planted->column]);
	out_text(&plant->truth, secret ? "" : planted->right);
	out_text(&plant->truth, secret ? "" : record->field[planted->column]);
	out_money(&plant->truth, planted->effect_pence);
	out_row_end(&plant->truth);
}

enum plant_kind
plant_apply(
    struct plant *plant, struct record *record, const char *provider_code, const char *period)
{
	enum plant_kind kind = draw_kind(plant, record);
	struct planted planted = {0};
	struct record before = *record;

	plant->tally[PLANT_NONE].rows++;
	plant->right_pence += record->right_pence;
	plant->right_spells_pence += is_spell(record) ? record->right_pence : 0;
	if (kind == PLANT_NONE || !spoil(plant, kind, record, &planted))
		return PLANT_NONE;
	if (planted.right[0] == '\0')
		memcpy(planted.right, before.field[planted.column], sizeof(planted.right));
	plant->tally[kind].rows++;
	plant->tally[kind].gross_pence += llabs(planted.effect_pence);
	plant->tally[kind].net_pence += planted.effect_pence;
	write_truth(plant, kind, record, &planted, provider_code, period);
	return kind;
}

void
plant_close(struct plant *plant, const char *directory, struct out_file *summary)
{
	int kind;

	out_close(&plant->truth);
	out_open(summary, directory, "truth/summary-%s.csv",
	    plant->context->year == TARIFF_2016 ? "2016-17" : "2017-18");
	out_header(summary, "kind,rows,gross,net");
	for (kind = PLANT_NONE; kind < PLANT_KINDS; kind++) {
		/* The first line is the whole: all records at their right price. */
		out_text(summary, kind == PLANT_NONE ? "all_records" : plant_kind_names[kind]);
		out_number(summary, plant->tally[kind].rows);
		out_money(summary,
		    kind == PLANT_NONE ? plant->right_pence : plant->tally[kind].gross_pence);
		out_money(summary,
		    kind == PLANT_NONE ? plant->right_pence : plant->tally[kind].net_pence);
		out_row_end(summary);
	}
	out_close(summary);
}
