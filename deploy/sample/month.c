/* Folds people's years into one month of one provider. */
#include "deploy/sample/month.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "deploy/sample/plant.h"

struct month_file {
	const struct record_context *context;
	const struct month_choice *choice;
	struct out_file out;
	struct plant plant;
	char period[8];
	int64_t rows;
	int64_t total_pence;
};

bool
month_choice_parse(const char *text, struct month_choice *choice)
{
	const char *slash = strchr(text, '/');
	size_t i;

	if (slash == NULL || !month_parse(slash + 1, &choice->month) ||
	    financial_year_of_month(choice->month) != 2017)
		return false;
	for (i = 0; i < WORLD_PROVIDERS; i++) {
		choice->provider = &world_providers[i];
		if (strlen(choice->provider->code) == (size_t)(slash - text) &&
		    strncmp(choice->provider->code, text, (size_t)(slash - text)) == 0)
			return true;
	}
	return false;
}

/* The day of the month follows from the day of the year; a stay keeps its length. */
static void
move_event(const struct month_choice *choice, struct pathway_event *event)
{
	date_t first = month_first_day(choice->month);
	int days = month_last_day(choice->month) - first + 1;
	date_t end = first + event->end % days;

	event->start += end - event->end;
	event->end = end;
	event->provider = (size_t)(choice->provider - world_providers);
}

static void
write_row(struct month_file *file, const struct record *record)
{
	if (file->rows == file->choice->rows)
		return;
	record_write(record, &file->out);
	file->total_pence += record->stated_pence;
	file->rows++;
}

static void
write_event(struct month_file *file, uint64_t person_index, const struct world_person *person,
    struct pathway_event *event)
{
	const struct world_practice *practice;
	enum plant_kind kind;
	struct record record;
	char record_id[40];

	move_event(file->choice, event);
	practice = world_practice_on(file->context->world, person->home, event->end);
	if (practice == NULL)
		return;
	snprintf(record_id, sizeof(record_id), "%s-%.2s%.2s-M-%08" PRId64,
	    file->choice->provider->code, file->period + 2, file->period + 5, file->rows);
	record_make(file->context, person_index, person, event, practice->code, record_id, &record);
	kind = plant_apply(&file->plant, &record, file->choice->provider->code, file->period);
	write_row(file, &record);
	if (kind == PLANT_DUPLICATE_RECORD)
		write_row(file, &record);
}

static void
write_rows(struct month_file *file)
{
	const struct record_context *context = file->context;
	struct world_person person;
	struct pathway pathway;
	uint64_t draw;
	size_t i;

	for (draw = 0; file->rows < file->choice->rows; draw++) {
		world_person_make(context->world, draw % WORLD_PEOPLE_MAX, &person);
		pathway_make(context->world, draw, &person, context->year, &pathway);
		for (i = 0; i < pathway.count; i++)
			write_event(file, draw % WORLD_PEOPLE_MAX, &person, &pathway.events[i]);
	}
}

void
month_write(const struct record_context *context, const struct month_choice *choice,
    const char *directory, struct manifest *manifest)
{
	struct month_file file = {.context = context, .choice = choice};
	struct manifest_entry entry = {.kind = "activity",
	    .provider_code = choice->provider->code,
	    .period = file.period,
	    .phase = "freeze"};
	struct manifest_entry truth = {.kind = "truth"};
	struct out_file summary;

	month_format(choice->month, file.period);
	out_open(
	    &file.out, directory, "activity/%s_%s_freeze.csv", entry.provider_code, file.period);
	record_header(&file.out);
	plant_open(&file.plant, context, directory);
	write_rows(&file);
	out_close(&file.out);
	entry.total_pence = file.total_pence;
	manifest_add(manifest, &file.out, &entry);
	plant_close(&file.plant, directory, &summary);
	manifest_add(manifest, &file.plant.truth, &truth);
	manifest_add(manifest, &summary, &truth);
}
