/*
 * Exact arithmetic on pence and parts per million; 128 bits inside, so that no product overflows.
 */
#include "common/money.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define PPM_DECIMALS 6

static uint64_t
magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* Adds a digit to the right of *value, downwards, so that INT64_MIN can be reached. */
static bool
append_digit(int64_t *value, char digit)
{
	return !__builtin_mul_overflow(*value, 10, value) &&
	       !__builtin_sub_overflow(*value, digit - '0', value);
}

/* "-12.5" to value * 10^decimals; at most that many decimals, digits on both sides of a point. */
static bool
parse_fixed(const char *text, int decimals, int64_t *value)
{
	bool negative = text[0] == '-';
	const char *at = negative ? text + 1 : text;
	int64_t result = 0;
	int places = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (!append_digit(&result, *at))
			return false;
	}
	if (*at == '.') {
		for (at++; *at >= '0' && *at <= '9'; at++, places++) {
			if (places == decimals || !append_digit(&result, *at))
				return false;
		}
		if (places == 0)
			return false;
	}
	if (*at != '\0')
		return false;
	for (; places < decimals; places++) {
		if (!append_digit(&result, '0'))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, result, &result))
		return false;
	*value = result;
	return true;
}

/* Writes a whole number with a comma before each group of three digits; 27 bytes at the most. */
static void
format_grouped(uint64_t value, char *text)
{
	char digits[24];
	size_t length, i, written = 0;

	length = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	for (i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[written++] = ',';
		text[written++] = digits[i];
	}
	text[written] = '\0';
}

bool
money_parse(const char *text, int64_t *pence)
{
	return parse_fixed(text, 2, pence);
}

void
money_format(int64_t pence, char text[32])
{
	uint64_t size = magnitude(pence);

	snprintf(text, 32, "%s%llu.%02u", pence < 0 ? "-" : "",
	    (unsigned long long)(size / PENCE_PER_POUND), (unsigned)(size % PENCE_PER_POUND));
}

void
money_format_count(int64_t count, char text[32])
{
	if (count < 0)
		*text++ = '-';
	format_grouped(magnitude(count), text);
}

void
money_format_grouped(int64_t pence, char text[48])
{
	uint64_t size = magnitude(pence);
	char pounds[32];

	format_grouped(size / PENCE_PER_POUND, pounds);
	snprintf(text, 48, "%s£%s.%02u", pence < 0 ? "-" : "", pounds,
	    (unsigned)(size % PENCE_PER_POUND));
}

void
money_format_thousands(int64_t pence, char text[48])
{
	const uint64_t pence_per_tenth = 100 * PENCE_PER_POUND;
	uint64_t tenths = magnitude(pence) / pence_per_tenth;
	char thousands[32];

	if (magnitude(pence) % pence_per_tenth >= pence_per_tenth / 2)
		tenths++;
	format_grouped(tenths / 10, thousands);
	snprintf(text, 48, "%s£%s.%uk", pence < 0 && tenths > 0 ? "-" : "", thousands,
	    (unsigned)(tenths % 10));
}

bool
money_mul_ppm(int64_t amount_pence, int64_t factor_ppm, int64_t *result_pence)
{
	int128 shifted = (int128)amount_pence * factor_ppm + PPM / 2;
	int128 quotient = shifted / PPM;

	/* C divides towards zero; half up needs the floor. */
	if (shifted % PPM < 0)
		quotient--;
	if (quotient > INT64_MAX || quotient < INT64_MIN)
		return false;
	*result_pence = (int64_t)quotient;
	return true;
}

bool
money_add(int64_t a_pence, int64_t b_pence, int64_t *sum_pence)
{
	int64_t sum;

	if (__builtin_add_overflow(a_pence, b_pence, &sum))
		return false;
	*sum_pence = sum;
	return true;
}

bool
ppm_parse(const char *text, int64_t *ppm)
{
	return text[0] != '-' && parse_fixed(text, PPM_DECIMALS, ppm);
}

void
ppm_format(int64_t ppm, char text[32])
{
	uint64_t size = magnitude(ppm);
	size_t length;

	length = (size_t)snprintf(text, 32, "%s%llu.%06u", ppm < 0 ? "-" : "",
	    (unsigned long long)(size / PPM), (unsigned)(size % PPM));
	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	text[length] = '\0';
}

struct remainder {
	uint128 size;
	size_t index;
};

/* Largest first; ties to the lower index, so that the order is total. */
static int
compare_remainders(const void *left, const void *right)
{
	const struct remainder *a = left, *b = right;

	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

/* The whole share of each weight; fills remainders and returns what is left to hand out. */
static uint64_t
apportion_whole(uint64_t total, const int64_t *weights, size_t count, uint128 weight_sum,
    int64_t *parts, struct remainder *remainders)
{
	uint64_t left = total;
	size_t i;

	for (i = 0; i < count; i++) {
		uint128 weight = weight_sum > 0 ? (uint128)weights[i] : 1;
		uint128 divisor = weight_sum > 0 ? weight_sum : (uint128)count;
		uint128 product = (uint128)total * weight;
		uint64_t share = (uint64_t)(product / divisor);

		parts[i] = (int64_t)share;
		remainders[i].size = product % divisor;
		remainders[i].index = i;
		left -= share;
	}
	return left;
}

void
money_apportion(int64_t total_pence, const int64_t *weights, size_t count, int64_t *parts_pence)
{
	struct remainder *remainders;
	uint128 weight_sum = 0;
	uint64_t left;
	size_t i;

	assert(count > 0);
	for (i = 0; i < count; i++) {
		assert(weights[i] >= 0);
		weight_sum += (uint64_t)weights[i];
	}
	remainders = memory_calloc(count, sizeof(*remainders));
	/* By magnitude, with the sign put back below: a reversal splits as what it reverses did. */
	left = apportion_whole(
	    magnitude(total_pence), weights, count, weight_sum, parts_pence, remainders);
	assert(left < count);
	if (left > 0)
		qsort(remainders, count, sizeof(*remainders), compare_remainders);
	for (i = 0; i < left; i++)
		parts_pence[remainders[i].index]++;
	/* Negated as unsigned: the whole of INT64_MIN may have gone to one part. */
	for (i = 0; i < count && total_pence < 0; i++)
		parts_pence[i] = (int64_t)(0 - (uint64_t)parts_pence[i]);
	free(remainders);
}
