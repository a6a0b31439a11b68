/* Drives a year: persons to events to records to files. */
#include "deploy/sample/activity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"
#include "deploy/sample/invoice.h"
#include "deploy/sample/plant.h"

/* What a flex file lacks or has wrong compared with the freeze of its month; sample choices. */
#define PPM_LATE 40000
#define PPM_CORRECTED 30000

/* The files of one provider and month. */
struct month_files {
	struct out_file freeze;
	struct out_file flex;
	struct invoice invoice;
	char period[8];
	const char *provider_code;
	int64_t records; /* numbers the record ids */
	int64_t freeze_pence;
	int64_t flex_pence;
};

struct year_files {
	const struct record_context *context;
	const struct activity_output *output;
	struct month_files month[WORLD_PROVIDERS][12];
	struct plant plant;
	struct invoice_truth truth;
	struct prng flex;
	bool current; /* with flex files and invoices */
};

static void
open_month(struct year_files *year, size_t provider, int month)
{
	struct month_files *files = &year->month[provider][month];
	const char *directory = year->output->directory;

	files->provider_code = world_providers[provider].code;
	month_format(financial_year_month(year->current ? 2017 : 2016, month + 1), files->period);
	out_open(&files->freeze, directory, "activity/%s_%s_freeze.csv", files->provider_code,
	    files->period);
	record_header(&files->freeze);
	if (!year->current)
		return;
	out_open(&files->flex, directory, "activity/%s_%s_flex.csv", files->provider_code,
	    files->period);
	record_header(&files->flex);
	invoice_open(&files->invoice, &year->truth, directory, files->provider_code, files->period);
}

static void
close_file(struct year_files *year, struct out_file *file, const struct month_files *month,
    const char *phase, int64_t total_pence)
{
	struct manifest_entry entry = {.kind = "activity",
	    .provider_code = month->provider_code,
	    .period = month->period,
	    .phase = phase,
	    .total_pence = total_pence};

	out_close(file);
	manifest_add(year->output->manifest, file, &entry);
}

/* By month, as files come in: flex, freeze, invoice. */
static void
close_months(struct year_files *year)
{
	struct month_files *files;
	size_t provider;
	int month;

	for (month = 0; month < 12; month++)
		for (provider = 0; provider < WORLD_PROVIDERS; provider++) {
			files = &year->month[provider][month];
			if (year->current)
				close_file(year, &files->flex, files, "flex", files->flex_pence);
			close_file(year, &files->freeze, files, "freeze", files->freeze_pence);
			if (year->current)
				invoice_close(&files->invoice, year->output->manifest);
		}
}

static void
write_freeze(struct month_files *files, const struct record *record)
{
	record_write(record, &files->freeze);
	files->freeze_pence += record->stated_pence;
}

/* An event that is there twice: the provider reports and bills it under a second id as well. */
static void
write_second(struct year_files *year, struct month_files *files, const struct record *record)
{
	struct record second = *record;

	snprintf(second.field[RECORD_ID], sizeof(second.field[RECORD_ID]), "%.30s-B",
	    record->field[RECORD_ID]);
	write_freeze(files, &second);
	if (year->current)
		invoice_bill(&files->invoice, &second, PLANT_DUPLICATE_EVENT);
}

/* The same month earlier: some records are still to come, some will be coded anew. */
static void
write_flex(struct year_files *year, struct month_files *files, const struct record *record)
{
	struct record early = *record;

	if (prng_chance(&year->flex, PPM_LATE))
		return;
	if (prng_chance(&year->flex, PPM_CORRECTED))
		plant_recode(&year->plant, &year->flex, &early);
	record_write(&early, &files->flex);
	files->flex_pence += early.stated_pence;
}

static void
write_event(struct year_files *year, uint64_t index, const struct world_person *person,
    const struct pathway_event *event)
{
	static const char letters[] = {[PATHWAY_APC] = 'A', [PATHWAY_OP] = 'P', [PATHWAY_AE] = 'E'};
	const struct record_context *context = year->context;
	const struct world_practice *practice =
	    world_practice_on(context->world, person->home, event->end);
	int month = financial_month_of_month(month_of_date(event->end)) - 1;
	struct month_files *files = &year->month[event->provider][month];
	struct record record;
	enum plant_kind kind;
	char record_id[40];

	if (practice == NULL)
		return;
	snprintf(record_id, sizeof(record_id), "%s-%.2s%.2s-%c-%06" PRId64, files->provider_code,
	    files->period + 2, files->period + 5, letters[event->dataset], ++files->records);
	record_make(context, index, person, event, practice->code, record_id, &record);
	if (year->output->plan != NULL)
		contract_plan_add(year->output->plan, context, event, &record, practice, month);
	kind = plant_apply(&year->plant, &record, files->provider_code, files->period);
	write_freeze(files, &record);
	if (kind == PLANT_DUPLICATE_RECORD)
		write_freeze(files, &record);
	if (kind == PLANT_DUPLICATE_EVENT)
		write_second(year, files, &record);
	if (!year->current)
		return;
	write_flex(year, files, &record);
	invoice_bill(&files->invoice, &record, kind);
}

static void
close_year(struct year_files *year)
{
	struct manifest_entry entry = {.kind = "truth"};
	struct out_file summary;

	close_months(year);
	plant_close(&year->plant, year->output->directory, &summary);
	manifest_add(year->output->manifest, &year->plant.truth, &entry);
	manifest_add(year->output->manifest, &summary, &entry);
	if (year->current)
		invoice_truth_close(&year->truth, year->output->manifest);
}

void
activity_write(
    const struct record_context *context, uint64_t people, const struct activity_output *output)
{
	struct year_files *year = memory_calloc(1, sizeof(*year));
	struct world_person person;
	struct pathway pathway;
	size_t provider, i;
	uint64_t index;
	int month;

	year->context = context;
	year->output = output;
	year->current = context->year == TARIFF_2017;
	plant_open(&year->plant, context, output->directory);
	prng_start(&year->flex, context->world->seed, PRNG_FLEX, 0);
	if (year->current)
		invoice_truth_open(&year->truth, context->world->seed, output->directory);
	for (provider = 0; provider < WORLD_PROVIDERS; provider++)
		for (month = 0; month < 12; month++)
			open_month(year, provider, month);
	for (index = 0; index < people; index++) {
		world_person_make(context->world, index, &person);
		pathway_make(context->world, index, &person, context->year, &pathway);
		for (i = 0; i < pathway.count; i++)
			write_event(year, index, &person, &pathway.events[i]);
	}
	close_year(year);
	free(year);
}
