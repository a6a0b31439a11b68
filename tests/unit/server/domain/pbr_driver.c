/*
 * Prices the records that tests/support/pbr_oracle.py writes, one line each, fields in its order.
 * "exclusion TYPE PREFIX REASON" lines come first; an empty line flushes the answers so far.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/domain/pbr.h"

#define FIELD_COUNT 35
#define EXCLUSION_LIMIT 16

static struct pbr_exclusion exclusions[EXCLUSION_LIMIT];
static size_t exclusion_count;

/* Ends the program: a line that the oracle did not write. */
static void
check(bool sound, const char *line)
{
	if (sound)
		return;
	fprintf(stderr, "bad line: %s", line);
	exit(1);
}

static size_t
split(char *line, char *fields[FIELD_COUNT])
{
	size_t count = 0;
	char *at = line, *field;

	while (count < FIELD_COUNT && (field = strsep(&at, " \n")) != NULL && *field != '\0')
		fields[count++] = field;
	return count;
}

static const char *
code(const char *field)
{
	return strcmp(field, "-") == 0 ? "" : field;
}

static int64_t
number(const char *field, int64_t none)
{
	return strcmp(field, "none") == 0 ? none : strtoll(field, NULL, 10);
}

/* Fields from first on: presence, price, trim, per diem, short stay and its price. */
static const struct pbr_tariff *
read_row(char *const f[FIELD_COUNT], int first, struct pbr_tariff *row)
{
	*row =
	    (struct pbr_tariff){number(f[first + 1], PBR_NO_AMOUNT), (int)number(f[first + 2], -1),
		number(f[first + 3], PBR_NO_AMOUNT), number(f[first + 4], 0) != 0,
		number(f[first + 5], PBR_NO_AMOUNT), number(f[31], PBR_NO_AMOUNT)};
	return number(f[first], 0) != 0 ? row : NULL;
}

/* As the callers of pbr do: an attendance is looked up when the procedure has no price. */
static void
price_record(char *const f[FIELD_COUNT], const struct pbr_record *record,
    const struct pbr_rules *rules, struct pbr_class *class, struct pbr_price *price)
{
	const struct pbr_provider_terms terms = {
	    number(f[27], 0), number(f[28], 0), number(f[29], 0), number(f[30], 0)};
	struct pbr_tariff row_space, attendance_space = {0};
	const struct pbr_tariff *row = read_row(f, 21, &row_space);

	pbr_classify(record, rules, class, NULL);
	if ((row == NULL || row->price_pence == PBR_NO_AMOUNT) &&
	    pbr_fall_back(record, rules, class, NULL)) {
		attendance_space.price_pence = number(f[33], PBR_NO_AMOUNT);
		attendance_space.trim_days = -1;
		row = number(f[32], 0) != 0 ? &attendance_space : NULL;
	}
	pbr_price(record, class, row, rules, &terms, price, NULL);
}

static void
answer(char *const f[FIELD_COUNT])
{
	struct pbr_rules rules = {.exclusions = exclusions, .exclusion_count = exclusion_count};
	int64_t values[PBR_RULE_COUNT];
	const struct pbr_record record = {.dataset = f[0][0] == 'O'   ? PBR_DATASET_OP
						     : f[0][1] == 'P' ? PBR_DATASET_APC
								      : PBR_DATASET_AE,
	    .age_years = (int)number(f[1], 0),
	    .hrg = code(f[2]),
	    .treatment_function = code(f[3]),
	    .main_specialty = code(f[4]),
	    .patient_classification = code(f[5]),
	    .admission_method = code(f[6]),
	    .stay_days = (int)number(f[7], 0),
	    .excluded_days = (int)number(f[8], 0),
	    .first_attendance = code(f[9]),
	    .attended = code(f[10]),
	    .department_type = code(f[11]),
	    .administrative_category = code(f[34]),
	    .specialised_service = ""};
	struct pbr_class class;
	struct pbr_price price;

	for (size_t i = 0; i < PBR_RULE_COUNT; i++)
		values[i] = number(f[12 + i], 0);
	pbr_rules_set(&rules, values);
	price_record(f, &record, &rules, &class, &price);
	printf("%s %s %s %d %lld %lld\n", class.pod == PBR_POD_NONE ? "-" : pbr_pod_name(class.pod),
	    pbr_state_name(price.state), price.reason[0] != '\0' ? price.reason : "-",
	    price.excess_days, (long long)price.long_stay_pence, (long long)price.total_pence);
}

int
main(void)
{
	char *fields[FIELD_COUNT];
	char line[512];
	size_t count;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		count = split(line, fields);
		if (count == 0) {
			fflush(stdout);
		} else if (strcmp(fields[0], "exclusion") == 0) {
			check(count == 4 && exclusion_count < EXCLUSION_LIMIT, line);
			pbr_exclusion_set(&exclusions[exclusion_count++],
			    pbr_currency_type_of(fields[1]), fields[2], fields[3]);
		} else {
			check(count == FIELD_COUNT, line);
			answer(fields);
		}
	}
	return 0;
}
