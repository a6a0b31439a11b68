/* Writes the reference files in the columns that the importers take. */
#include "deploy/sample/reference.h"

#include "common/money.h"

static const char *const years[TARIFF_YEARS] = {"2016/17", "2017/18"};

static void
put_date(struct out_file *out, date_t date)
{
	char text[11] = "";

	if (date != DATE_NONE)
		date_format(date, text);
	out_text(out, text);
}

static void
put_factor(struct out_file *out, int64_t ppm)
{
	char text[32];

	ppm_format(ppm, text);
	out_text(out, text);
}

static void
finish(struct out_file *out, struct manifest *manifest, const char *kind)
{
	struct manifest_entry entry = {.kind = kind};

	out_close(out);
	manifest_add(manifest, out, &entry);
}

static void
write_practices(const struct world *world, const char *directory, struct manifest *manifest)
{
	const struct world_membership *membership;
	struct out_file out;
	size_t i;

	out_open(&out, directory, "reference/practices.csv");
	out_header(&out, "practice_code,name,commissioner_code,group_code,valid_from,valid_to");
	for (i = 0; i < world->membership_count; i++) {
		membership = &world->memberships[i];
		out_text(&out, membership->practice->code);
		out_text(&out, membership->practice->name);
		out_text(&out, membership->commissioner);
		out_text(&out, world_cluster_codes[membership->practice->cluster]);
		put_date(&out, membership->from);
		put_date(&out, membership->to);
		out_row_end(&out);
	}
	finish(&out, manifest, "practices");
}

static void
write_providers(const char *directory, struct manifest *manifest)
{
	struct out_file out;
	size_t i;
	int year;

	out_open(&out, directory, "reference/providers.csv");
	out_header(&out, "provider_code,name,year,mff,local");
	for (i = 0; i < WORLD_PROVIDERS; i++)
		for (year = 0; year < TARIFF_YEARS; year++) {
			out_text(&out, world_providers[i].code);
			out_text(&out, world_providers[i].name);
			out_text(&out, years[year]);
			put_factor(&out, world_providers[i].mff_ppm[year]);
			out_text(&out, world_providers[i].local ? "Y" : "N");
			out_row_end(&out);
		}
	finish(&out, manifest, "providers");
}

static void
write_population(struct out_file *out, const char *practice_code, const struct population *list,
    const char *year)
{
	size_t i;

	for (i = 0; i < POPULATION_CELLS; i++) {
		out_text(out, practice_code);
		out_text(out, year);
		out_text(out, i < POPULATION_BANDS ? "1" : "2");
		out_text(out, population_band_names[i % POPULATION_BANDS]);
		out_number(out, list->people[i]);
		out_row_end(out);
	}
}

static void
write_populations(const struct world *world, const char *directory, struct manifest *manifest)
{
	struct out_file out;
	size_t i;
	int year;

	out_open(&out, directory, "reference/populations.csv");
	out_header(&out, "practice_code,year,sex,age_band,patients");
	for (year = 0; year < TARIFF_YEARS; year++)
		for (i = 0; i < world->practices; i++)
			write_population(
			    &out, world->practice[i].code, &world->lists[i], years[year]);
	finish(&out, manifest, "populations");
}

static void
write_weightings(const struct world *world, const char *directory, struct manifest *manifest)
{
	const struct population *list;
	struct out_file out;
	size_t i;
	int year;

	out_open(&out, directory, "reference/weightings.csv");
	out_header(&out, "practice_code,year,weighted_population");
	for (year = 0; year < TARIFF_YEARS; year++)
		for (i = 0; i < world->practices; i++) {
			list = &world->lists[i];
			out_text(&out, world->practice[i].code);
			out_text(&out, years[year]);
			out_number(&out, (int64_t)list->patients * list->need_ppm / PPM);
			out_row_end(&out);
		}
	finish(&out, manifest, "weightings");
}

void
reference_write(const struct world *world, const char *directory, struct manifest *manifest)
{
	write_practices(world, directory, manifest);
	write_providers(directory, manifest);
	write_populations(world, directory, manifest);
	write_weightings(world, directory, manifest);
}
