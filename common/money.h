/*
 * Money in whole pence as int64_t; factors in parts per million. No floating point. Every operation
 * that can pass int64_t says so by its result, and then leaves what it was to set alone.
 */
#ifndef PBC_COMMON_MONEY_H
#define PBC_COMMON_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPM 1000000
#define PENCE_PER_POUND 100

/*
 * "1234", "1234.5", "1234.56", "-0.01": pounds to pence. No sign +, separators, exponents or more
 * than two decimals.
 */
bool money_parse(const char *text, int64_t *pence);
/* "-1234.56" */
void money_format(int64_t pence, char text[32]);
/* "£1,234.56", "-£1,234.56": for people. */
void money_format_grouped(int64_t pence, char text[48]);
/* "1,234", "-1,234": counts for people. */
void money_format_count(int64_t count, char text[32]);
/* "£7.6k", "-£0.1k", "£1,234.5k": the Financial Summary's cells; half away from zero. */
void money_format_thousands(int64_t pence, char text[48]);

/*
 * amount * factor / 1,000,000 rounded half up (towards plus infinity at the half); false on
 * overflow.
 */
bool money_mul_ppm(int64_t amount_pence, int64_t factor_ppm, int64_t *result_pence);
bool money_add(int64_t a_pence, int64_t b_pence, int64_t *sum_pence);

/* "1.0648" to 1064800; at most six decimals, not negative. */
bool ppm_parse(const char *text, int64_t *ppm);
/* "1.0648", "1": as many decimals as it takes. */
void ppm_format(int64_t ppm, char text[32]);

/*
 * Splits total_pence over count weights so that the parts add up exactly (largest remainder; ties
 * to the lower index). Weights are not negative; if all are 0 the split is even. total may be
 * negative, and then splits as its opposite would, with the signs turned. Requires count > 0.
 */
void money_apportion(
    int64_t total_pence, const int64_t *weights, size_t count, int64_t *parts_pence);

#endif
