/*
 * Prices the records that tests/support/pbr_oracle.py writes, one line each, fields in its order.
 * "exclusion TYPE PREFIX REASON" lines come first; an empty line flushes the answers so far.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/domain/pbr.h"

#define FIELD_COUNT 28
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

static void
answer(char *const f[FIELD_COUNT])
{
	struct pbr_rules rules = {.exclusions = exclusions, .exclusion_count = exclusion_count};
	const int64_t values[PBR_RULE_COUNT] = {number(f[12], 0), number(f[13], 0),
	    number(f[14], 0), number(f[15], 0), number(f[16], 0), number(f[17], 0)};
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
	    .specialised_service = ""};
	const struct pbr_tariff tariff = {number(f[19], PBR_NO_AMOUNT), (int)number(f[20], -1),
	    number(f[21], PBR_NO_AMOUNT), number(f[22], 0) != 0, number(f[23], PBR_NO_AMOUNT)};
	const struct pbr_provider_terms terms = {
	    number(f[24], 0), number(f[25], 0), number(f[26], 0), number(f[27], 0)};
	struct pbr_class class;
	struct pbr_price price;

	pbr_rules_set(&rules, values);
	pbr_classify(&record, &rules, &class, NULL);
	pbr_price(
	    &record, &class, number(f[18], 0) != 0 ? &tariff : NULL, &rules, &terms, &price, NULL);
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
