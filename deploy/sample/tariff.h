/*
 * Prices of the sample: the national tariff's columns, and labelled sample values for what is not
 * in them. Writes each year's tariff file and prices a provider's records as the provider would.
 */
#ifndef PBC_DEPLOY_SAMPLE_TARIFF_H
#define PBC_DEPLOY_SAMPLE_TARIFF_H

#include <stdint.h>

#include "deploy/sample/casemix.h"
#include "deploy/sample/out.h"

/* The two years: of history, and current. */
enum tariff_year { TARIFF_2016, TARIFF_2017, TARIFF_YEARS };

#define TARIFF_CHILD_BELOW_YEARS 19 /* also the age from which a short stay is paid less */

struct tariff;

/* Reads tariff-2017-18.csv and sample-prices.csv of a folder; ends the program if it cannot. */
struct tariff *tariff_new(const char *data_dir);
void tariff_free(struct tariff *tariff);

/* Writes the file that `pbc tariff import --year` takes. */
void tariff_write(const struct tariff *tariff, enum tariff_year year, struct out_file *out);

/* What is priced. */
struct tariff_item {
	enum casemix_pod pod;
	const char *currency; /* HRG, treatment function or A&E group */
	int age_years;
	int stay_days; /* without excluded days */
};

#define TARIFF_NO_PRICE (-1)

/* The year's price times the provider's market forces factor, or TARIFF_NO_PRICE. */
int64_t tariff_price(const struct tariff *tariff, enum tariff_year year,
    const struct tariff_item *item, int64_t mff_ppm);

/*
 * The HRG next to this one in the list (step -1 or 1) that has a price for the same point of
 * delivery; NULL if there is none. What a coder picks by mistake is mostly a neighbour.
 */
const char *tariff_neighbour(
    const struct tariff *tariff, const char *hrg, enum casemix_pod pod, int step);

#endif
