/* Prices one record out of SQL's look-ups by server/domain/pbr and tells how. */
#include "server/service/price_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "server/domain/pbr.h"

#define SOURCE_SIZE 512

/* One record on its way to its price. JSON is borrowed from the answer. */
struct pricing {
	const json_t *inputs, *rule_rows;
	struct pbr_record record;
	struct pbr_rules rules;
	struct pbr_exclusion *exclusions;
	struct pbr_class class;
	const json_t *local_price; /* NULL for none */
	const json_t *tariff_row;  /* NULL for none */
	struct pbr_price price;
	struct pbr_working working;
};

/* "" of what is absent or null, as the domain wants it. */
static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static int64_t
int_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* absent_pence for null: no amount is not an amount of 0. */
static int64_t
amount_of(const json_t *object, const char *key, int64_t absent_pence)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : absent_pence;
}

/* False when the record has no data set. */
static bool
read_record(struct pricing *pricing)
{
	const json_t *record = json_object_get(pricing->inputs, "record");

	pricing->record = (struct pbr_record){.age_years = (int)int_of(record, "age"),
	    .hrg = text_of(record, "hrg"),
	    .treatment_function = text_of(record, "treatment_function_code"),
	    .main_specialty = text_of(record, "main_specialty_code"),
	    .patient_classification = text_of(record, "patient_classification"),
	    .admission_method = text_of(record, "admission_method"),
	    .stay_days = (int)int_of(record, "stay_days"),
	    .excluded_days = (int)int_of(record, "excluded_days"),
	    .first_attendance = text_of(record, "first_attendance"),
	    .attended = text_of(record, "attended"),
	    .department_type = text_of(record, "ae_department_type"),
	    .administrative_category = text_of(record, "administrative_category"),
	    .specialised_service = text_of(record, "specialised_service")};
	return pbr_dataset_parse(text_of(record, "dataset"), &pricing->record.dataset);
}

/* Row i of the array; NULL past its end, and of what is no array. */
static const json_t *
row_at(const json_t *rows, size_t i)
{
	return json_array_get(rows, i);
}

/* The row whose member has this text. */
static const json_t *
find_by(const json_t *rows, const char *key, const char *text)
{
	const json_t *row;

	for (size_t i = 0; (row = row_at(rows, i)) != NULL; i++)
		if (strcmp(text_of(row, key), text) == 0)
			return row;
	return NULL;
}

/* False when a rule of the chain is not among those that SQL sent. */
static bool
read_rules(struct pricing *pricing)
{
	int64_t values[PBR_RULE_COUNT];
	const json_t *row;

	for (size_t i = 0; i < PBR_RULE_COUNT; i++) {
		row = find_by(pricing->rule_rows, "name", pbr_rule_names[i].name);
		if (row == NULL)
			return false;
		values[i] = int_of(row, "value");
	}
	pbr_rules_set(&pricing->rules, values);
	return true;
}

static void
read_exclusions(struct pricing *pricing)
{
	const json_t *rows = json_object_get(pricing->inputs, "exclusions");
	size_t count = json_array_size(rows);

	pricing->exclusions = memory_calloc(count + 1, sizeof(*pricing->exclusions));
	for (size_t i = 0; i < count; i++)
		pbr_exclusion_set(&pricing->exclusions[i],
		    pbr_currency_type_of(text_of(row_at(rows, i), "currency_type")),
		    text_of(row_at(rows, i), "code_prefix"), text_of(row_at(rows, i), "reason"));
	pricing->rules.exclusions = pricing->exclusions;
	pricing->rules.exclusion_count = count;
}

/* Is the row for the point of delivery and code that the record is looked up by? */
static bool
is_for_class(const json_t *row, const char *code_key, const struct pbr_class *class)
{
	return strcmp(text_of(row, "pod"), pbr_pod_name(class->pod)) == 0 &&
	       strcmp(text_of(row, code_key), class->currency) == 0;
}

static const json_t *
find_tariff_row(const struct pricing *pricing, enum pbr_age_band age_band)
{
	const json_t *rows = json_object_get(pricing->inputs, "tariff_rows");
	const struct pbr_class *class = &pricing->class;
	const json_t *row;

	for (size_t i = 0; (row = row_at(rows, i)) != NULL; i++)
		if (is_for_class(row, "currency", class) &&
		    pbr_currency_type_of(text_of(row, "currency_type")) == class->currency_type &&
		    pbr_age_band_of(text_of(row, "age_band")) == age_band)
			return row;
	return NULL;
}

static const json_t *
find_local_price(const struct pricing *pricing)
{
	const json_t *rows = json_object_get(pricing->inputs, "local_prices");
	const json_t *row;

	for (size_t i = 0; (row = row_at(rows, i)) != NULL; i++)
		if (is_for_class(row, "currency", &pricing->class))
			return row;
	return NULL;
}

/* The provider's term of that kind: a top-up is the record's, the others are the class's. */
static const json_t *
find_term(const struct pricing *pricing, const char *term)
{
	const json_t *rows = json_object_get(pricing->inputs, "terms");
	const json_t *row;

	for (size_t i = 0; (row = row_at(rows, i)) != NULL; i++)
		if (strcmp(text_of(row, "term"), term) == 0 &&
		    (strcmp(term, "TOP_UP") == 0 || is_for_class(row, "code", &pricing->class)))
			return row;
	return NULL;
}

static void
price_by_tariff(struct pricing *pricing)
{
	const json_t *row = pricing->tariff_row;
	const struct pbr_tariff tariff = {
	    .price_pence = amount_of(row, "price_pence", PBR_NO_AMOUNT),
	    .trim_days = (int)amount_of(row, "trim_days", -1),
	    .per_diem_pence = amount_of(row, "per_diem_pence", PBR_NO_AMOUNT),
	    .short_stay_applies = json_is_true(json_object_get(row, "short_stay_applies")),
	    .short_stay_price_pence = amount_of(row, "short_stay_price_pence", PBR_NO_AMOUNT),
	    .lowest_band_pence = amount_of(pricing->inputs, "lowest_band_pence", PBR_NO_AMOUNT)};
	const struct pbr_provider_terms terms = {.mff_ppm = int_of(pricing->inputs, "mff_ppm"),
	    .top_up_ppm = int_of(find_term(pricing, "TOP_UP"), "value"),
	    .unbundled_pence = int_of(find_term(pricing, "UNBUNDLED"), "value"),
	    .local_pence = int_of(find_term(pricing, "LOCAL"), "value")};

	pbr_price(&pricing->record, &pricing->class, row != NULL ? &tariff : NULL, &pricing->rules,
	    &terms, &pricing->price, &pricing->working);
}

/* Both are left NULL of a class without a price. */
static void
find_prices(struct pricing *pricing)
{
	const struct pbr_class *class = &pricing->class;

	pricing->tariff_row = NULL;
	if (class->local)
		pricing->local_price = find_local_price(pricing);
	if (pricing->local_price != NULL || class->state != PBR_PRICED)
		return;
	pricing->tariff_row = find_tariff_row(pricing, class->age_band);
	if (pricing->tariff_row == NULL)
		pricing->tariff_row = find_tariff_row(pricing, PBR_AGE_ALL);
}

static void
price_record(struct pricing *pricing)
{
	pbr_classify(&pricing->record, &pricing->rules, &pricing->class, &pricing->working);
	find_prices(pricing);
	if (pricing->local_price == NULL &&
	    !json_is_integer(json_object_get(pricing->tariff_row, "price_pence")) &&
	    pbr_fall_back(&pricing->record, &pricing->rules, &pricing->class, &pricing->working))
		find_prices(pricing);
	if (pricing->local_price != NULL)
		pbr_price_local(&pricing->class, int_of(pricing->local_price, "price_pence"),
		    &pricing->price, &pricing->working);
	else
		price_by_tariff(pricing);
}

/* The rule that decides a step by itself; those of a top-up and a short stay only bound it. */
static const char *
rule_of_step(const char *step)
{
	for (size_t i = 0; i < PBR_RULE_COUNT; i++)
		if (strcmp(pbr_rule_names[i].step, step) == 0)
			return pbr_rule_names[i].name;
	return NULL;
}

/* Where a step comes from: "2017-18.csv, line 12", an agreement, or a rule and its evidence. */
static void
find_source(const struct pricing *pricing, const char *rule, char source[SOURCE_SIZE])
{
	static const struct {
		const char *rule, *term;
	} terms[] = {
	    {"TOP_UP", "TOP_UP"}, {"UNBUNDLED", "UNBUNDLED"}, {"LOCAL_ADJUSTMENT", "LOCAL"}};
	const char *text = "";

	source[0] = '\0';
	if (strcmp(rule, "POD") == 0)
		text = text_of(find_by(json_object_get(pricing->inputs, "exclusions"), "reason",
				   pricing->class.reason),
		    "source");
	else if (strcmp(rule, "LOCAL_PRICE") == 0)
		text = text_of(pricing->local_price, "source");
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		if (strcmp(rule, terms[i].rule) == 0)
			text = text_of(find_term(pricing, terms[i].term), "source");
	if (text[0] != '\0') {
		snprintf(source, SOURCE_SIZE, "%s", text);
	} else if (strcmp(rule, "BASE") == 0 || strcmp(rule, "SHORT_STAY") == 0 ||
		   strcmp(rule, "LONG_STAY") == 0) {
		snprintf(source, SOURCE_SIZE, "%s, line %lld",
		    text_of(pricing->tariff_row, "file_name"),
		    (long long)int_of(pricing->tariff_row, "line"));
	} else if ((text = rule_of_step(rule)) != NULL) {
		const json_t *row = find_by(pricing->rule_rows, "name", text);

		snprintf(source, SOURCE_SIZE, "%s (%s)", text_of(row, "source"),
		    text_of(row, "evidence"));
	}
}

/* Null for what has no price. */
static json_t *
amount_json(bool priced, int64_t amount)
{
	return priced ? json_integer(amount) : json_null();
}

static json_t *
steps_json(const struct pricing *pricing)
{
	json_t *steps = json_array();
	char source[SOURCE_SIZE];

	for (size_t i = 0; i < pricing->working.count; i++) {
		const struct pbr_step *step = &pricing->working.steps[i];

		find_source(pricing, step->rule, source);
		json_array_append_new(
		    steps, json_pack("{s:i, s:s, s:s, s:o, s:s}", "step", (int)i + 1, "rule",
			       step->rule, "detail", step->detail, "amount_pence",
			       amount_json(step->amount_pence != PBR_NO_AMOUNT, step->amount_pence),
			       "source", source));
	}
	return steps;
}

static json_t *
price_json(const struct pricing *pricing)
{
	const struct pbr_price *price = &pricing->price;
	bool priced = price->state == PBR_PRICED;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:o, s:o, s:o, s:o}", "pod",
	    pbr_pod_name(pricing->class.pod), "currency", pricing->class.currency, "financial_year",
	    text_of(pricing->inputs, "financial_year"), "state", pbr_state_name(price->state),
	    "reason", price->reason, "base_pence", amount_json(priced, price->base_pence),
	    "excess_days", price->excess_days, "long_stay_pence",
	    amount_json(priced, price->long_stay_pence), "adjustment_pence",
	    amount_json(priced, price->adjustment_pence), "mff_ppm",
	    amount_json(priced, price->mff_ppm), "total_pence",
	    amount_json(priced, price->total_pence));
}

/* Names each rule's step; a rule of top-ups governs TOP_UP. */
static void
mark_rules(json_t *rule_rows)
{
	for (size_t i = 0; i < json_array_size(rule_rows); i++) {
		json_t *row = json_array_get(rule_rows, i);
		const char *step = "TOP_UP";

		for (size_t j = 0; j < PBR_RULE_COUNT; j++)
			if (strcmp(pbr_rule_names[j].name, text_of(row, "name")) == 0)
				step = pbr_rule_names[j].step;
		json_object_set_new(row, "step", json_string(step));
	}
}

/* Adds what differs to text, if it does. */
static void
compare_text(char text[SOURCE_SIZE], const char *what, const char *stored, const char *now)
{
	size_t length = strlen(text);

	if (strcmp(stored, now) != 0)
		snprintf(text + length, SOURCE_SIZE - length, "%s%s is stored as %s and now is %s",
		    length > 0 ? "; " : "", what, stored[0] != '\0' ? stored : "nothing",
		    now[0] != '\0' ? now : "nothing");
}

static void
compare_int(char text[SOURCE_SIZE], const char *what, int64_t stored, int64_t now)
{
	char stored_text[24], now_text[24];

	snprintf(stored_text, sizeof(stored_text), "%lld", (long long)stored);
	snprintf(now_text, sizeof(now_text), "%lld", (long long)now);
	compare_text(text, what, stored_text, now_text);
}

/* "stored" becomes "agrees" and "difference". */
static void
compare_stored(json_t *answer, const struct pricing *pricing)
{
	const json_t *stored = json_object_get(answer, "stored");
	const struct pbr_price *price = &pricing->price;
	char text[SOURCE_SIZE] = "";

	if (stored == NULL)
		return;
	compare_text(text, "pod", text_of(stored, "pod"), pbr_pod_name(pricing->class.pod));
	compare_text(text, "state", text_of(stored, "state"), pbr_state_name(price->state));
	compare_text(text, "reason", text_of(stored, "reason"), price->reason);
	compare_int(text, "base_pence", int_of(stored, "base_pence"), price->base_pence);
	compare_int(text, "excess_days", int_of(stored, "excess_days"), price->excess_days);
	compare_int(
	    text, "long_stay_pence", int_of(stored, "long_stay_pence"), price->long_stay_pence);
	compare_int(
	    text, "adjustment_pence", int_of(stored, "adjustment_pence"), price->adjustment_pence);
	compare_int(text, "mff_ppm", int_of(stored, "mff_ppm"), price->mff_ppm);
	compare_int(text, "total_pence", int_of(stored, "total_pence"), price->total_pence);
	compare_int(text, "tariff_line", int_of(stored, "tariff_line"),
	    int_of(pricing->tariff_row, "line"));
	json_object_set_new(answer, "agrees", json_boolean(text[0] == '\0'));
	json_object_set_new(answer, "difference", json_string(text));
	json_object_del(answer, "stored");
}

/* The tariff row as it is told: that a short stay applies is told by its price. */
static json_t *
tariff_json(const struct pricing *pricing)
{
	json_t *row = json_deep_copy(pricing->tariff_row);

	if (!json_is_true(json_object_get(row, "short_stay_applies")))
		json_object_set_new(row, "short_stay_price_pence", json_null());
	json_object_del(row, "short_stay_applies");
	return row;
}

bool
price_answer_complete(json_t *answer, struct status *status)
{
	struct pricing pricing = {.inputs = json_object_get(answer, "inputs"),
	    .rule_rows = json_object_get(answer, "rules")};

	if (!read_rules(&pricing) || !read_record(&pricing))
		return status_set(status, STATUS_INTERNAL, NULL, NULL, NULL,
		    "a rule of the pricing chain or the data set is not among the inputs");
	read_exclusions(&pricing);
	price_record(&pricing);
	json_object_set_new(answer, "price", price_json(&pricing));
	json_object_set_new(answer, "steps", steps_json(&pricing));
	if (pricing.tariff_row != NULL)
		json_object_set_new(answer, "tariff_row", tariff_json(&pricing));
	compare_stored(answer, &pricing);
	mark_rules(json_object_get(answer, "rules"));
	json_object_del(answer, "inputs");
	free(pricing.exclusions);
	return true;
}
