/*
 * Derivation of a practice's indicative budget on the historic basis: last year's accepted
 * activity, repriced at this year's tariff, times an uplift, spread over the months as last year's
 * activity was. From values alone; every line carries its working.
 */
#ifndef PBC_SERVER_DOMAIN_BUDGET_H
#define PBC_SERVER_DOMAIN_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_MONTHS 12

struct budget_months {
	int64_t of[BUDGET_MONTHS]; /* April first */
};

/* What last year's records of one practice, point of delivery and provider come to. */
struct budget_history {
	/* Records that this year's tariff prices; April first. */
	int64_t month_activity[BUDGET_MONTHS];
	/* Records that it does not price: told in the working, no part of the budget. */
	int64_t unpriced;
	/* Of the priced records at this year's tariff. */
	int64_t cost_pence;
};

/* Names for the working; borrowed. */
struct budget_basis {
	const char *history_year;   /* "2016/17" */
	const char *history_source; /* which submissions were summed */
	const char *budget_year;    /* "2017/18" */
	const char *tariff_source;  /* which file the prices are of */
	int64_t uplift_ppm;         /* 1,000,000 is no change */
	const char *uplift_source;  /* where the uplift is laid down */
};

#define BUDGET_STEPS 4
#define BUDGET_DETAIL_SIZE 200

struct budget_step {
	const char *rule; /* HISTORIC_ACTIVITY, REPRICE_AT_TARIFF, UPLIFT, PHASE: static */
	/* A count of records begins a clause: there it is looked for where it is not shown. */
	char detail[BUDGET_DETAIL_SIZE];
	char source[BUDGET_DETAIL_SIZE];
	int64_t activity;     /* after this step */
	int64_t amount_pence; /* after this step */
};

struct budget_line {
	int64_t activity;
	int64_t cost_pence;
	int64_t month_activity[BUDGET_MONTHS];   /* add up to activity */
	int64_t month_cost_pence[BUDGET_MONTHS]; /* add up to cost_pence */
	struct budget_step steps[BUDGET_STEPS];
};

/*
 * Activity and cost are each multiplied by the uplift and rounded half up; the tariff is already
 * this year's, so an uplift is a change of volume. Months by largest remainder, evenly when last
 * year had no activity. False on overflow.
 */
bool budget_derive(const struct budget_history *history, const struct budget_basis *basis,
    struct budget_line *line);

/*
 * Divides each month of a line among its parts (treatment function and HRG) by their weights of
 * that month, so that the parts of a month add up to the line's month. count > 0.
 */
void budget_divide(const int64_t line_months[BUDGET_MONTHS], const struct budget_months *weights,
    size_t count, struct budget_months *parts);

#endif
