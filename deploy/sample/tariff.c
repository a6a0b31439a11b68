/* Reading, deflating, writing and applying the sample's prices. */
#include "deploy/sample/tariff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/money.h"
#include "deploy/sample/data.h"

/* The year of history was paid at the current list, deflated by this factor (a sample value). */
#define DEFLATOR_2016_PPM 982000

/* Sample values for what the national file does not hold. */
#define PER_DIEM_POUNDS 232
#define SHORT_STAY_FROM_POUNDS 700

#define PRICE_LIMIT 16384
#define NAME_LIMIT 512

struct price {
	char currency[8];
	char type[4];
	char *name;
	char *chapter;
	bool published; /* as the national price of 2017/18 */
	enum casemix_pod pod;
	char age_band[6];
	int32_t pounds;
	int32_t trim_days;         /* -1 without */
	int32_t per_diem_pounds;   /* -1 without */
	int32_t short_stay_pounds; /* -1 where it does not apply */
};

struct tariff {
	struct price *prices; /* by currency, point of delivery, age band */
	size_t count;
};

static const struct csv_column national_columns[] = {
    {"hrg", CSV_MANDATORY},
    {"name", CSV_MANDATORY},
    {"chapter", CSV_MANDATORY},
    {"outpatient_procedure", CSV_MANDATORY},
    {"day_case", CSV_MANDATORY},
    {"elective", CSV_MANDATORY},
    {"non_elective", CSV_MANDATORY},
    {"trim_days", CSV_MANDATORY},
};

enum { NATIONAL_HRG, NATIONAL_NAME, NATIONAL_CHAPTER, NATIONAL_PRICES, NATIONAL_TRIM = 7 };

/* The point of delivery of each price column; the non-elective price serves both kinds. */
static const struct {
	int column;
	enum casemix_pod pod;
} national_pods[] = {
    {NATIONAL_PRICES + 1, CASEMIX_DC},
    {NATIONAL_PRICES + 2, CASEMIX_EL},
    {NATIONAL_PRICES + 3, CASEMIX_NEL},
    {NATIONAL_PRICES + 3, CASEMIX_NELNE},
    {NATIONAL_PRICES, CASEMIX_OPPROC},
};

static const struct csv_column sample_columns[] = {
    {"currency", CSV_MANDATORY},
    {"currency_type", CSV_MANDATORY},
    {"name", CSV_MANDATORY},
    {"chapter", CSV_MANDATORY},
    {"pod", CSV_MANDATORY},
    {"age_band", CSV_MANDATORY},
    {"price", CSV_MANDATORY},
    {"trim_days", CSV_MANDATORY},
    {"per_diem", CSV_MANDATORY},
};

/* Groups of medical emergencies, where a stay below two days is paid at less. */
static const char *const short_stay_groups[] = {
    "AA2", "AA3", "DZ", "EB", "FZ3", "FZ9", "GC1", "JD0", "KB0", "LA0", "WH0", "WJ0"};

static struct price *
add_price(struct tariff *tariff, const char *currency, const char *type, enum casemix_pod pod)
{
	struct price *price;

	if (tariff->count == PRICE_LIMIT)
		out_die("more than %d prices", PRICE_LIMIT);
	if (strlen(currency) >= sizeof(price->currency) || strlen(type) >= sizeof(price->type))
		out_die("bad currency %s in the price data", currency);
	price = &tariff->prices[tariff->count++];
	snprintf(price->currency, sizeof(price->currency), "%s", currency);
	snprintf(price->type, sizeof(price->type), "%s", type);
	snprintf(price->age_band, sizeof(price->age_band), "ALL");
	price->pod = pod;
	price->trim_days = -1;
	price->per_diem_pounds = -1;
	price->short_stay_pounds = -1;
	return price;
}

/*
 * Sample values of the short-stay bands: the dearer the group, the longer its usual stay and the
 * smaller the share that a short one is paid.
 */
static int32_t
short_stay_price(const char *hrg, int32_t pounds)
{
	int32_t percent = pounds < 1500 ? 70 : pounds < 2500 ? 45 : 25;
	size_t i;

	if (pounds < SHORT_STAY_FROM_POUNDS)
		return -1;
	for (i = 0; i < sizeof(short_stay_groups) / sizeof(short_stay_groups[0]); i++)
		if (strncmp(hrg, short_stay_groups[i], strlen(short_stay_groups[i])) == 0)
			return (pounds * percent + 50) / 100;
	return -1;
}

static bool
read_national(void *arg, const struct csv_row *row)
{
	struct tariff *tariff = arg;
	const char *hrg = row->fields[NATIONAL_HRG];
	struct price *price;
	int32_t pounds;
	size_t i;

	for (i = 0; i < sizeof(national_pods) / sizeof(national_pods[0]); i++) {
		pounds = data_parse_int(row->fields[national_pods[i].column]);
		if (pounds < 0)
			continue;
		price = add_price(tariff, hrg, "HRG", national_pods[i].pod);
		price->name = memory_strdup(row->fields[NATIONAL_NAME]);
		price->chapter = memory_strdup(row->fields[NATIONAL_CHAPTER]);
		price->pounds = pounds;
		price->published = true;
		if (price->pod == CASEMIX_EL || price->pod == CASEMIX_NEL ||
		    price->pod == CASEMIX_NELNE) {
			price->trim_days = data_parse_int(row->fields[NATIONAL_TRIM]);
			price->per_diem_pounds = price->trim_days < 0 ? -1 : PER_DIEM_POUNDS;
		}
		if (price->pod == CASEMIX_NEL)
			price->short_stay_pounds = short_stay_price(hrg, pounds);
	}
	return true;
}

static enum casemix_pod
parse_pod(const char *name)
{
	int pod;

	for (pod = 0; pod < CASEMIX_POD_COUNT; pod++)
		if (strcmp(name, casemix_pod_names[pod]) == 0)
			return (enum casemix_pod)pod;
	out_die("unknown point of delivery '%s' in the price data", name);
}

static bool
read_sample(void *arg, const struct csv_row *row)
{
	struct tariff *tariff = arg;
	const char *const *fields = row->fields;
	struct price *price = add_price(tariff, fields[0], fields[1], parse_pod(fields[4]));

	price->name = memory_strdup(fields[2]);
	price->chapter = memory_strdup(fields[3]);
	if (strlen(fields[5]) >= sizeof(price->age_band))
		out_die("bad age band '%s' in the price data", fields[5]);
	memcpy(price->age_band, fields[5], strlen(fields[5]) + 1);
	price->pounds = data_parse_int(fields[6]);
	price->trim_days = data_parse_int(fields[7]);
	price->per_diem_pounds = data_parse_int(fields[8]);
	return true;
}

static int
compare_prices(const void *a, const void *b)
{
	const struct price *left = a;
	const struct price *right = b;
	int order = strcmp(left->currency, right->currency);

	if (order == 0)
		order = (int)left->pod - (int)right->pod;
	if (order == 0)
		order = strcmp(left->age_band, right->age_band);
	return order;
}

struct tariff *
tariff_new(const char *data_dir)
{
	struct tariff *tariff = memory_calloc(1, sizeof(*tariff));

	tariff->prices = memory_calloc(PRICE_LIMIT, sizeof(*tariff->prices));
	data_read(data_dir, "tariff-2017-18.csv", national_columns,
	    sizeof(national_columns) / sizeof(national_columns[0]), read_national, tariff);
	data_read(data_dir, "sample-prices.csv", sample_columns,
	    sizeof(sample_columns) / sizeof(sample_columns[0]), read_sample, tariff);
	qsort(tariff->prices, tariff->count, sizeof(struct price), compare_prices);
	return tariff;
}

void
tariff_free(struct tariff *tariff)
{
	size_t i;

	for (i = 0; i < tariff->count; i++) {
		free(tariff->prices[i].name);
		free(tariff->prices[i].chapter);
	}
	free(tariff->prices);
	free(tariff);
}

/* Whole pounds, as prices are published. */
static int32_t
pounds_of_year(int32_t pounds, enum tariff_year year)
{
	int64_t deflated;

	if (year == TARIFF_2017 || pounds < 0)
		return pounds;
	deflated = ((int64_t)pounds * DEFLATOR_2016_PPM + PPM / 2) / PPM;
	return (int32_t)deflated;
}

static void
put_pounds(struct out_file *out, int32_t pounds)
{
	if (pounds < 0)
		out_text(out, "");
	else
		out_money(out, (int64_t)pounds * 100);
}

/* What the price is says the name: codes and names are real ones, whatever the price. */
static void
put_name(struct out_file *out, const struct price *price, enum tariff_year year)
{
	char text[NAME_LIMIT];

	snprintf(text, sizeof(text), "%s%s", price->name,
	    price->published && year == TARIFF_2017 ? "" : " (synthetic price)");
	out_text(out, text);
}

void
tariff_write(const struct tariff *tariff, enum tariff_year year, struct out_file *out)
{
	const struct price *price;
	size_t i;

	out_header(out, "currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,"
			"short_stay_applies,short_stay_price,valid_from,valid_to");
	for (i = 0; i < tariff->count; i++) {
		price = &tariff->prices[i];
		out_text(out, price->currency);
		out_text(out, price->type);
		put_name(out, price, year);
		out_text(out, price->chapter);
		out_text(out, casemix_pod_names[price->pod]);
		out_text(out, price->age_band);
		put_pounds(out, pounds_of_year(price->pounds, year));
		if (price->trim_days < 0)
			out_text(out, "");
		else
			out_number(out, price->trim_days);
		put_pounds(out, pounds_of_year(price->per_diem_pounds, year));
		out_text(out, price->short_stay_pounds < 0 ? "N" : "Y");
		put_pounds(out, pounds_of_year(price->short_stay_pounds, year));
		out_text(out, year == TARIFF_2016 ? "2016-04-01" : "2017-04-01");
		out_text(out, year == TARIFF_2016 ? "2017-03-31" : "2018-03-31");
		out_row_end(out);
	}
}

static const struct price *
find_price(const struct tariff *tariff, const char *currency, enum casemix_pod pod, int age_years)
{
	static const char *const bands[] = {"ALL", "ADULT", "CHILD"};
	const char *own = age_years < TARIFF_CHILD_BELOW_YEARS ? bands[2] : bands[1];
	const struct price *found;
	struct price key = {.pod = pod};

	snprintf(key.currency, sizeof(key.currency), "%s", currency);
	snprintf(key.age_band, sizeof(key.age_band), "%s", own);
	found = bsearch(&key, tariff->prices, tariff->count, sizeof(key), compare_prices);
	if (found != NULL)
		return found;
	memcpy(key.age_band, bands[0], sizeof("ALL"));
	return bsearch(&key, tariff->prices, tariff->count, sizeof(key), compare_prices);
}

/* Half up to the penny, once per factor. */
static int64_t
multiply(int64_t pence, int64_t ppm)
{
	return (pence * ppm + PPM / 2) / PPM;
}

int64_t
tariff_price(const struct tariff *tariff, enum tariff_year year, const struct tariff_item *item,
    int64_t mff_ppm)
{
	const struct price *price = find_price(tariff, item->currency, item->pod, item->age_years);
	int64_t pounds;
	bool short_stay;

	if (price == NULL)
		return TARIFF_NO_PRICE;
	short_stay = price->short_stay_pounds >= 0 && item->stay_days < 2 &&
		     item->age_years >= TARIFF_CHILD_BELOW_YEARS;
	pounds = pounds_of_year(short_stay ? price->short_stay_pounds : price->pounds, year);
	if (!short_stay && price->trim_days >= 0 && item->stay_days > price->trim_days)
		pounds += (int64_t)(item->stay_days - price->trim_days) *
			  pounds_of_year(price->per_diem_pounds, year);
	return multiply(pounds * PENCE_PER_POUND, mff_ppm);
}

const char *
tariff_neighbour(const struct tariff *tariff, const char *hrg, enum casemix_pod pod, int step)
{
	const struct price *price = find_price(tariff, hrg, pod, TARIFF_CHILD_BELOW_YEARS);
	const struct price *end = tariff->prices + tariff->count;

	if (price == NULL)
		return NULL;
	for (price += step; price >= tariff->prices && price < end; price += step)
		if (price->pod == pod)
			return strncmp(price->currency, hrg, 2) == 0 ? price->currency : NULL;
	return NULL;
}
