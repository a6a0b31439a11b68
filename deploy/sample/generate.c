/*
 * pbc-sample: writes the fictional PCT "5XZ Aldermoor" as the files that pbc imports. The same seed
 * gives the same bytes. Nothing in it is about real people or organisations.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/sample/activity.h"
#include "deploy/sample/month.h"
#include "deploy/sample/reference.h"

#define ROWS_SMALL 30000
#define ROWS_MAX 4200000
#define MONTH_ROWS_MAX 20000000

static const char usage[] =
    "usage: pbc-sample --out DIR [--seed N] [--size small | --rows N] [--practices N] [--data "
    "DIR]\n"
    "       pbc-sample --out DIR --month PROVIDER/YYYY-MM --rows N ...\n"
    "\n"
    "Writes a fictional, synthetic PCT: reference data, tariffs, contracts, two years of "
    "activity,\n"
    "invoices, what was planted in them (truth/), and manifest.csv, which lists the files in the\n"
    "order to load them. The same seed gives the same bytes.\n"
    "\n"
    "  --out DIR      folder to write; files of the same names are replaced\n"
    "  --seed N       default 1\n"
    "  --size small   about 30,000 activity records in all (default)\n"
    "  --rows N       about N activity records in all, 1,000 to 4,200,000 (the test range of NHS\n"
    "                 numbers holds no more people)\n"
    "  --month PROVIDER/YYYY-MM\n"
    "                 besides reference data one activity file only, of exactly --rows rows, at\n"
    "                 most 20,000,000: a month of 2017/18 of a size to measure with\n"
    "  --practices N  8 to 400, default 40\n"
    "  --data DIR     folder of the published figures, default deploy/sample/data\n";

struct options {
	uint64_t seed;
	const char *out;
	const char *data;
	int64_t rows;
	int64_t practices;
	struct month_choice month; /* provider is NULL for the whole sample */
};

static int64_t
parse_number(const char *option, const char *text, int64_t low, int64_t high)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < low || value > high) {
		fprintf(stderr, "pbc-sample: --%s takes a number from %" PRId64 " to %" PRId64 "\n",
		    option, low, high);
		exit(2);
	}
	return value;
}

static _Noreturn void
refuse_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void
parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
	    {"out", required_argument, NULL, 'o'},
	    {"seed", required_argument, NULL, 's'},
	    {"size", required_argument, NULL, 'z'},
	    {"rows", required_argument, NULL, 'r'},
	    {"practices", required_argument, NULL, 'p'},
	    {"data", required_argument, NULL, 'd'},
	    {"month", required_argument, NULL, 'm'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'o')
			options->out = optarg;
		else if (option == 'd')
			options->data = optarg;
		else if (option == 's')
			options->seed = (uint64_t)parse_number("seed", optarg, 0, INT64_MAX);
		else if (option == 'r')
			options->rows = parse_number("rows", optarg, 1000, MONTH_ROWS_MAX);
		else if (option == 'p')
			options->practices = parse_number(
			    "practices", optarg, WORLD_PRACTICES_MIN, WORLD_PRACTICES_MAX);
		else if (option == 'm') {
			if (!month_choice_parse(optarg, &options->month))
				refuse_usage();
		} else if (option == 'h') {
			fputs(usage, stdout);
			exit(0);
		} else if (option != 'z' || strcmp(optarg, "small") != 0)
			refuse_usage();
	}
	if (options->out == NULL || optind < argc ||
	    (options->month.provider == NULL && options->rows > ROWS_MAX))
		refuse_usage();
	options->month.rows = options->rows;
}

static void
write_tariffs(const struct tariff *tariff, const char *directory, struct manifest *manifest)
{
	static const struct {
		enum tariff_year year;
		const char *file;
		const char *period;
	} years[] = {
	    {TARIFF_2016, "reference/tariff-2016-17.csv", "2016/17"},
	    {TARIFF_2017, "reference/tariff-2017-18.csv", "2017/18"},
	};
	struct out_file out;
	size_t i;

	for (i = 0; i < sizeof(years) / sizeof(years[0]); i++) {
		struct manifest_entry entry = {.kind = "tariff", .period = years[i].period};

		out_open(&out, directory, "%s", years[i].file);
		tariff_write(tariff, years[i].year, &out);
		out_close(&out);
		manifest_add(manifest, &out, &entry);
	}
}

/* For who comes upon the folder: most of the formats in it have no room for a word about them. */
static void
write_label(const char *directory)
{
	struct out_file out;

	out_open(&out, directory, "SYNTHETIC.txt");
	fputs("All files in this folder are synthetic. The PCT, its practices, providers and\n"
	      "people do not exist; NHS numbers are of the range 999, which is kept for tests.\n"
	      "HRG codes and, for 2017/18, the prices not marked otherwise are those of the\n"
	      "national tariff.\n",
	    out.file);
	out_close(&out);
}

static void
write_years(
    struct record_context *context, const struct options *options, struct manifest *manifest)
{
	uint64_t people =
	    (uint64_t)options->rows * 1000 / (TARIFF_YEARS * PATHWAY_ROWS_PER_THOUSAND);
	struct contract_plan *plan = contract_plan_new(context->world);

	context->year = TARIFF_2016;
	activity_write(context, people, &(struct activity_output){options->out, manifest, plan});
	contract_write(plan, options->out, manifest);
	context->year = TARIFF_2017;
	activity_write(context, people, &(struct activity_output){options->out, manifest, NULL});
	contract_plan_free(plan);
}

static void
generate(const struct options *options)
{
	static struct world world;
	struct tariff *tariff = tariff_new(options->data);
	struct record_context context = {.world = &world, .tariff = tariff, .year = TARIFF_2017};
	struct manifest manifest;

	world_init(&world, options->seed, (size_t)options->practices, options->data);
	write_label(options->out);
	manifest_open(&manifest, options->out);
	reference_write(&world, options->out, &manifest);
	write_tariffs(tariff, options->out, &manifest);
	if (options->month.provider != NULL)
		month_write(&context, &options->month, options->out, &manifest);
	else
		write_years(&context, options, &manifest);
	manifest_close(&manifest);
	tariff_free(tariff);
}

int
main(int argc, char **argv)
{
	struct options options = {
	    .seed = 1, .rows = ROWS_SMALL, .practices = 40, .data = "deploy/sample/data"};

	parse_options(argc, argv, &options);
	generate(&options);
	return 0;
}
