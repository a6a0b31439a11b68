/* Payment by Results: what a contract makes of the sums of many priced records. Pure. */
#include "server/domain/pbr.h"

#include "common/money.h"

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
