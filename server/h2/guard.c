/* Budgets against floods: events counted by the minute. */
#include "server/h2/h2_internal.h"

#define MINUTE_MS 60000

bool
h2_budget_spend(struct h2_budget *budget, unsigned per_minute, int64_t now_ms)
{
	if (budget->spent == 0 || now_ms - budget->minute_ms >= MINUTE_MS) {
		budget->minute_ms = now_ms;
		budget->spent = 0;
	}
	budget->spent++;
	return budget->spent <= per_minute;
}
