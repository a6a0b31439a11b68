/* The historic basis of a practice's budget, step by step. Pure. */
#include "server/domain/budget.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"
#include "common/money.h"

enum { STEP_HISTORY, STEP_REPRICE, STEP_UPLIFT, STEP_PHASE };

static void set_step(struct budget_step *step, const char *rule, int64_t activity,
    int64_t amount_pence, const char *source, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

static void
set_step(struct budget_step *step, const char *rule, int64_t activity, int64_t amount_pence,
    const char *source, const char *format, ...)
{
	va_list args;

	step->rule = rule;
	step->activity = activity;
	step->amount_pence = amount_pence;
	snprintf(step->source, sizeof(step->source), "%s", source);
	va_start(args, format);
	vsnprintf(step->detail, sizeof(step->detail), format, args);
	va_end(args);
}

static bool
sum_months(const int64_t months[BUDGET_MONTHS], int64_t *sum)
{
	int i;

	*sum = 0;
	for (i = 0; i < BUDGET_MONTHS; i++)
		if (__builtin_add_overflow(*sum, months[i], sum))
			return false;
	return true;
}

static void
explain_history(const struct budget_history *history, const struct budget_basis *basis,
    int64_t priced, struct budget_line *line)
{
	set_step(&line->steps[STEP_HISTORY], "HISTORIC_ACTIVITY", priced + history->unpriced, 0,
	    basis->history_source, "%lld records accepted in %s",
	    (long long)(priced + history->unpriced), basis->history_year);
	set_step(&line->steps[STEP_REPRICE], "REPRICE_AT_TARIFF", priced, history->cost_pence,
	    basis->tariff_source,
	    "%lld records priced one by one at the tariff of %s; %lld have no price in it",
	    (long long)priced, basis->budget_year, (long long)history->unpriced);
}

static void
explain_phasing(const struct budget_basis *basis, int64_t priced, struct budget_line *line)
{
	char source[BUDGET_DETAIL_SIZE];

	snprintf(source, sizeof(source), "monthly activity of %s", basis->history_year);
	set_step(&line->steps[STEP_PHASE], "PHASE", line->activity, line->cost_pence, source, "%s",
	    priced > 0
		? "over 12 months in the proportion of last year's activity; the parts add up"
		: "evenly over 12 months: last year had no priced activity");
}

bool
budget_derive(const struct budget_history *history, const struct budget_basis *basis,
    struct budget_line *line)
{
	char factor[32];
	int64_t priced;

	if (!sum_months(history->month_activity, &priced) ||
	    priced > INT64_MAX - history->unpriced ||
	    !money_mul_ppm(priced, basis->uplift_ppm, &line->activity) ||
	    !money_mul_ppm(history->cost_pence, basis->uplift_ppm, &line->cost_pence))
		return false;
	explain_history(history, basis, priced, line);
	ppm_format(basis->uplift_ppm, factor);
	set_step(&line->steps[STEP_UPLIFT], "UPLIFT", line->activity, line->cost_pence,
	    basis->uplift_source, "activity and cost times %s, rounded half up", factor);
	money_apportion(
	    line->activity, history->month_activity, BUDGET_MONTHS, line->month_activity);
	money_apportion(
	    line->cost_pence, history->month_activity, BUDGET_MONTHS, line->month_cost_pence);
	explain_phasing(basis, priced, line);
	return true;
}

void
budget_divide(const int64_t line_months[BUDGET_MONTHS], const struct budget_months *weights,
    size_t count, struct budget_months *parts)
{
	int64_t *weight = memory_calloc(count, sizeof(*weight));
	int64_t *part = memory_calloc(count, sizeof(*part));
	size_t i;
	int month;

	for (month = 0; month < BUDGET_MONTHS; month++) {
		for (i = 0; i < count; i++)
			weight[i] = weights[i].of[month];
		money_apportion(line_months[month], weight, count, part);
		for (i = 0; i < count; i++)
			parts[i].of[month] = part[i];
	}
	free(weight);
	free(part);
}
