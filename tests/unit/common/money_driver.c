/*
 * Lines of work on standard input, answers on standard output, for tests/support/money_oracle.py:
 *   mul AMOUNT PPM                 the product, or "overflow"
 *   split TOTAL COUNT WEIGHT...    the parts
 *   text PENCE                     plain, grouped and thousands, and the plain text read again
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/money.h"

static int64_t
read_number(void)
{
	int64_t value;

	if (scanf("%" SCNd64, &value) != 1)
		exit(1);
	return value;
}

static void
multiply(void)
{
	int64_t amount = read_number(), factor = read_number(), result;

	if (money_mul_ppm(amount, factor, &result))
		printf("%" PRId64 "\n", result);
	else
		puts("overflow");
}

static void
split(void)
{
	int64_t total = read_number();
	size_t count = (size_t)read_number();
	int64_t *weights = memory_calloc(count, sizeof(*weights));
	int64_t *parts = memory_calloc(count, sizeof(*parts));

	for (size_t i = 0; i < count; i++)
		weights[i] = read_number();
	money_apportion(total, weights, count, parts);
	for (size_t i = 0; i < count; i++)
		printf("%s%" PRId64, i > 0 ? " " : "", parts[i]);
	putchar('\n');
	free(weights);
	free(parts);
}

static void
write_text(void)
{
	int64_t pence = read_number(), again;
	char plain[32], grouped[48], thousands[48];

	money_format(pence, plain);
	money_format_grouped(pence, grouped);
	money_format_thousands(pence, thousands);
	if (!money_parse(plain, &again))
		exit(1);
	printf("%s %s %s %" PRId64 "\n", plain, grouped, thousands, again);
}

int
main(void)
{
	char word[8];

	while (scanf("%7s", word) == 1) {
		if (strcmp(word, "mul") == 0)
			multiply();
		else if (strcmp(word, "split") == 0)
			split();
		else if (strcmp(word, "text") == 0)
			write_text();
		else
			return 1;
	}
	return 0;
}
