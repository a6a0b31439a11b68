/* The checks of a row are elsewhere: this is their order, and what follows from them. */
#include "server/job/activity_intake.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/codes.h"
#include "common/csv.h"
#include "common/memory.h"
#include "server/job/activity_record.h"
#include "server/job/activity_store.h"
#include "server/job/attribution.h"
#include "server/job/month_basis.h"
#include "server/job/net_change.h"
#include "server/job/record_ids.h"
#include "server/job/restricted.h"
#include "server/job/spreadsheet.h"

/* Lines are int32 in the ledger, and record ids are held in memory. */
#define ACTIVITY_ROWS_MAX 10000000

struct activity_intake {
	struct job *job;
	struct activity_intake_target target;
	char month_text[11]; /* its first day */
	struct csv_reader *reader;
	struct restricted *restricted;
	struct buf redacted; /* the line of a restricted row without its identifiers */
	struct attribution *attribution;
	struct month_bases *bases;
	struct record_ids *record_ids;
	struct net_change *change; /* NULL for a file of the whole month */
	int64_t last_line;
	struct activity_store *store;
	struct activity_totals totals;
};

struct activity_intake *
activity_intake_new(struct job *job, const struct activity_intake_target *target)
{
	struct activity_intake *intake = memory_calloc(1, sizeof(*intake));

	intake->job = job;
	intake->target = *target;
	date_format(month_first_day(target->months.own), intake->month_text);
	intake->record_ids = record_ids_new();
	intake->bases = month_bases_new(job, target->provider);
	return intake;
}

void
activity_intake_free(struct activity_intake *intake)
{
	if (intake == NULL)
		return;
	/* First: it may have a copy open, which has to be given up. */
	activity_store_free(intake->store);
	csv_reader_free(intake->reader);
	record_ids_free(intake->record_ids);
	net_change_free(intake->change);
	month_bases_free(intake->bases);
	attribution_free(intake->attribution);
	restricted_free(intake->restricted);
	buf_free(&intake->redacted);
	free(intake);
}

/* Attribution of a record that has no error of its own; adds what follows from it. */
static void
attribute(struct activity_intake *intake, const struct activity_record *record,
    struct activity_row *out, struct fault_list *faults)
{
	const char *stated = record->fields[ACTIVITY_COMMISSIONER];

	out->attribution = attribution_find(intake->attribution, record->fields[ACTIVITY_PRACTICE],
	    stated, record->activity_date, &out->responsible);
	switch (out->attribution) {
	case ATTRIBUTION_REGISTERED:
		break;
	case ATTRIBUTION_STATED:
	case ATTRIBUTION_HOST:
	case ATTRIBUTION_STATED_ELSEWHERE:
		fault_add(faults, FAULT_NOT_REGISTERED);
		break;
	case ATTRIBUTION_REGISTERED_ELSEWHERE:
		fault_add(faults, FAULT_NOT_OURS);
		break;
	case ATTRIBUTION_REGISTERED_NOWHERE:
		fault_add(faults, FAULT_PRACTICE_CLOSED);
		return;
	case ATTRIBUTION_UNKNOWN_PRACTICE:
		fault_add(faults, FAULT_PRACTICE_UNKNOWN);
		break;
	}
	if (stated[0] != '\0' && !faults->refused && strcmp(stated, out->responsible) != 0)
		fault_add(faults, FAULT_COMMISSIONER_DIFFERS);
}

static void
compare_stay(const struct spells *spells, const struct activity_row *row, struct fault_list *faults)
{
	const struct activity_record *record = row->record;
	struct spell spell = {
	    .admission_date = record->admission_date, .discharge_date = record->activity_date};

	if (record->pbr.dataset != PBR_DATASET_APC || row->patient_key == NULL)
		return;
	memcpy(spell.patient_key, row->patient_key, sizeof(spell.patient_key));
	memcpy(spell.hrg, record->pbr.hrg, strlen(record->pbr.hrg));
	switch (spells_find(spells, &spell)) {
	case SPELLS_SAME:
		fault_add(faults, FAULT_SPELL_TWICE);
		break;
	case SPELLS_OVERLAP:
		fault_add(faults, FAULT_SPELL_OVERLAPS);
		break;
	case SPELLS_NONE:
		break;
	}
}

/* Loaded when its month is first met, between two runs of the copy. */
static const struct month_basis *
find_basis(struct activity_intake *intake, const struct activity_record *record)
{
	month_t month = month_of_date(record->activity_date);
	const struct month_basis *basis = month_bases_find(intake->bases, month);

	if (basis != NULL)
		return basis;
	if (!activity_store_pause(intake->store) || !month_bases_load(intake->bases, month) ||
	    !activity_store_resume(intake->store))
		return NULL;
	return month_bases_find(intake->bases, month);
}

static bool
accept_row(struct activity_intake *intake, struct activity_row *row, struct fault_list *faults)
{
	const struct activity_record *record = row->record;
	const struct month_basis *basis = find_basis(intake, record);
	struct quote quote;

	if (basis == NULL || !activity_store_patient(intake->store, record, &row->patient_key))
		return false;
	compare_stay(basis->spells, row, faults);
	pricebook_quote(
	    basis->book, &record->pbr, intake->target.provider, record->activity_date, &quote);
	if (quote.price.state == PBR_UNPRICED)
		fault_add(faults, FAULT_UNPRICED);
	if (record->pbr.specialised_service[0] != '\0' && !quote.topped_up)
		fault_add(faults, FAULT_TOP_UP);
	row->quote = &quote;
	row->tariff_id = pricebook_tariff_id(basis->book);
	activity_totals_accept(&intake->totals, row);
	return activity_store_row(intake->store, row);
}

static bool
refuse_size(struct activity_intake *intake)
{
	return status_set(&intake->job->status, STATUS_INVALID_ARGUMENT, "TOO_MANY_ROWS",
	    "upload_id", "send a month at a time", "a file has at most %d rows", ACTIVITY_ROWS_MAX);
}

static bool
take_record(struct activity_intake *intake, const struct csv_row *row, bool nameless)
{
	struct activity_record record;
	struct fault_list faults = {.count = 0};
	struct activity_row out = {.line = row->line, .record = &record};
	bool stored = true;

	activity_record_read(row->fields, &intake->target.months, nameless, &record, &faults);
	if (intake->target.dataset[0] != '\0' && !faults.refused &&
	    strcmp(row->fields[ACTIVITY_DATASET], intake->target.dataset) != 0)
		fault_add(&faults, FAULT_OTHER_DATASET);
	if (intake->change != NULL)
		net_change_judge(intake->change, row->fields, &faults);
	if (!faults.refused)
		attribute(intake, &record, &out, &faults);
	/* Last, so that only a line that is kept stands in the way of a later one. */
	if (!faults.refused && !record_ids_add(intake->record_ids, row->fields[ACTIVITY_RECORD_ID]))
		fault_add(&faults, FAULT_RECORD_ID_TWICE);
	if (!faults.refused)
		stored = accept_row(intake, &out, &faults);
	if (!faults.refused && intake->change != NULL)
		net_change_take(intake->change, row->fields);
	activity_totals_row(&intake->totals, &record, &faults);
	if (faults.count > 0)
		stored = activity_store_faults(intake->store, row, &faults) && stored;
	return stored;
}

/* Of a record that is deleted nothing but its id is read. */
static bool
take_deletion(struct activity_intake *intake, const struct csv_row *row)
{
	const char *id = row->fields[ACTIVITY_RECORD_ID];
	struct activity_record record = {.fields = row->fields};
	struct fault_list faults = {.count = 0};

	if (id[0] == '\0' || strlen(id) > ACTIVITY_RECORD_ID_MAX)
		fault_add(&faults, FAULT_RECORD_ID);
	net_change_judge(intake->change, row->fields, &faults);
	if (!faults.refused && !record_ids_add(intake->record_ids, id))
		fault_add(&faults, FAULT_RECORD_ID_TWICE);
	if (!faults.refused)
		net_change_take(intake->change, row->fields);
	activity_totals_row(&intake->totals, &record, &faults);
	return faults.count == 0 || activity_store_faults(intake->store, row, &faults);
}

/* Besides the fields that are there for it, a sender may have made a reference of the number. */
static bool
names_patient(const struct csv_row *row, int column)
{
	const char *nhs_number = row->fields[ACTIVITY_NHS_NUMBER];

	return column == ACTIVITY_NHS_NUMBER || column == ACTIVITY_LOCAL_PATIENT_ID ||
	       (nhs_number_valid(nhs_number) && strstr(row->fields[column], nhs_number) != NULL);
}

static bool
take_line(struct activity_intake *intake, const struct csv_row *row, bool nameless)
{
	return intake->change != NULL && net_change_deletes(row->fields)
		   ? take_deletion(intake, row)
		   : take_record(intake, row, nameless);
}

/* Nothing behind this has ever seen who it was. */
static bool
take_restricted(struct activity_intake *intake, const struct csv_row *row)
{
	const char *fields[ACTIVITY_COLUMNS];
	bool keep[ACTIVITY_COLUMNS];
	struct csv_row nameless = {.line = row->line, .fields = fields};
	int i;

	for (i = 0; i < ACTIVITY_COLUMNS; i++) {
		keep[i] = !names_patient(row, i);
		fields[i] = keep[i] ? row->fields[i] : "";
	}
	buf_clear(&intake->redacted);
	csv_reader_redact(intake->reader, keep, &intake->redacted);
	nameless.source = (const char *)intake->redacted.data;
	nameless.source_length = intake->redacted.length;
	intake->totals.restricted++;
	return take_line(intake, &nameless, true);
}

/* False stops the reading: a broken connection tells why when the copy is finished. */
static bool
take_row(void *arg, const struct csv_row *sent)
{
	struct activity_intake *intake = arg;
	struct spreadsheet_row read;
	struct csv_row mended = *sent;
	const struct csv_row *row = sent;

	if (intake->totals.rows == ACTIVITY_ROWS_MAX || row->line > INT32_MAX)
		return refuse_size(intake);
	intake->last_line = row->line;
	if (activity_guard_is_rejects(intake->target.guard)) {
		spreadsheet_read(sent->fields, &read);
		mended.fields = read.fields;
		row = &mended;
	}
	return restricted_match(intake->restricted, row->fields) ? take_restricted(intake, row)
								 : take_line(intake, row, false);
}

static void
tell_unknown_column(void *arg, const char *column)
{
	struct activity_intake *intake = arg;

	activity_guard_column(intake->target.guard, column);
	job_outcome_text(intake->job, "unknown_column", column);
}

static bool
feed_reader(void *arg, const void *data, size_t length)
{
	struct activity_intake *intake = arg;

	return csv_reader_feed(intake->reader, data, length, &intake->job->status);
}

static bool
read_rows(struct activity_intake *intake, const struct upload *upload)
{
	struct job *job = intake->job;

	intake->reader = csv_reader_new(
	    activity_columns, ACTIVITY_COLUMNS, take_row, tell_unknown_column, intake);
	csv_reader_name(intake->reader, upload->file_name);
	if (!upload_read(job, upload, feed_reader, intake) ||
	    !csv_reader_finish(intake->reader, &job->status)) {
		/* Stopped by the store: closing it tells why. */
		if (job->status.code == STATUS_OK)
			activity_store_end_rows(intake->store);
		return false;
	}
	if (intake->totals.rows == 0 && !activity_guard_may_be_empty(intake->target.guard))
		return status_set(&job->status, STATUS_INVALID_ARGUMENT, "NO_ROWS", "upload_id",
		    "is it the right file?", "%s has a header and no rows", upload->file_name);
	return activity_totals_check(&intake->totals, job);
}

/* What the file is: a whole month or changes of what stands. */
static bool
load_change(struct activity_intake *intake, const struct upload *upload)
{
	struct net_change_target target = {.provider = intake->target.provider,
	    .adjusts = intake->target.months.adjusts,
	    .month = intake->month_text,
	    .standing_id = intake->target.guard->superseded_id,
	    .dataset = intake->target.dataset,
	    .submission_id = intake->target.submission_id};

	if (!net_change_load(intake->job, upload, &target, &intake->change))
		return false;
	intake->target.guard->changes = net_change_is_of_records(intake->change);
	return true;
}

/* What the rows are looked up in; of an adjustment's months it is loaded as they are met. */
static bool
load_lookups(struct activity_intake *intake)
{
	struct job *job = intake->job;
	month_t month = intake->target.months.own;

	intake->restricted = restricted_load(job, month);
	if (intake->restricted == NULL)
		return false;
	intake->attribution = attribution_load(job);
	return intake->attribution != NULL &&
	       (intake->target.months.adjusts || month_bases_load(intake->bases, month));
}

static bool
open_store(struct activity_intake *intake, const struct upload *upload)
{
	struct activity_target target = {.provider_code = intake->target.provider,
	    .submission_id = intake->target.submission_id,
	    .month = intake->target.months.own};

	intake->store = activity_store_new(intake->job, &target);
	return activity_store_ask(intake->store, upload->bytes) && load_lookups(intake) &&
	       activity_store_open(intake->store);
}

static bool
close_store(struct activity_intake *intake)
{
	int64_t carried_line = 0;

	if (!activity_store_end_rows(intake->store))
		return false;
	if (intake->change != NULL && !net_change_carry(intake->change, intake->job,
					  intake->last_line, &intake->totals, &carried_line))
		return false;
	if (intake->change != NULL)
		intake->target.guard->carried =
		    intake->totals.accepted - net_change_kept(intake->change);
	return activity_store_close(intake->store, carried_line);
}

bool
activity_intake_read(struct activity_intake *intake, const struct upload *upload)
{
	return load_change(intake, upload) && open_store(intake, upload) &&
	       read_rows(intake, upload) && close_store(intake);
}

const struct activity_totals *
activity_intake_totals(const struct activity_intake *intake)
{
	return &intake->totals;
}

const char *
activity_intake_header(const struct activity_intake *intake)
{
	return csv_reader_header(intake->reader);
}
