/*
 * import_activity: one provider's file of one month becomes a submission, in one transaction. Rows
 * are checked, attributed, priced and copied into the month's partition as they are read; what they
 * add up to is kept in memory and written with them. The month's row is locked first, so that
 * imports of one month follow each other.
 */
#include "server/job/kinds.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/csv.h"
#include "common/date.h"
#include "server/job/activity_guard.h"
#include "server/job/activity_record.h"
#include "server/job/activity_store.h"
#include "server/job/activity_totals.h"
#include "server/job/attribution.h"
#include "server/job/net_change.h"
#include "server/job/pricebook.h"
#include "server/job/record_ids.h"
#include "server/job/restricted.h"
#include "server/job/spells.h"
#include "server/job/upload.h"

/* Lines are int32 in the ledger, and record ids are held in memory. */
#define ACTIVITY_ROWS_MAX 50000000

struct import {
	struct job *job;
	struct upload upload;
	struct csv_reader *reader;
	const char *provider;
	const char *phase;
	month_t month;
	char month_text[11]; /* its first day */
	char submission_id[JOB_ID_SIZE];
	struct activity_guard guard;
	struct restricted *restricted;
	struct buf redacted; /* the line of a restricted row without its identifiers */
	struct attribution *attribution;
	struct pricebook *book;
	struct record_ids *record_ids;
	struct spells *spells;     /* of other providers */
	struct net_change *change; /* NULL for a file of the whole month */
	int64_t last_line;
	struct activity_store *store;
	struct activity_totals totals;
};

static bool
refuse_frozen(struct import *import)
{
	return status_set(&import->job->status, STATUS_FAILED_PRECONDITION, "MONTH_FROZEN",
	    "period", "two people can reopen it: pbc activity reopen",
	    "%.7s of provider %s is frozen", import->month_text, import->provider);
}

/* True with *duplicate set when these bytes were accepted before for the same month and phase. */
static bool
find_duplicate(struct import *import, bool *duplicate)
{
	struct job *job = import->job;
	const char *params[] = {import->provider, import->month_text, import->phase,
	    import->upload.sha256,
	    import->guard.superseded_id[0] != '\0' ? import->guard.superseded_id : NULL};
	struct sync_rows *rows;

	if (!job_exec(job,
		"SELECT submission_id, EXISTS (SELECT FROM ledger.submission c"
		" WHERE c.submission_id = $5::uuid"
		" AND c.sent_submission_id = s.submission_id)"
		" FROM ledger.submission s WHERE provider_code = $1"
		" AND period = $2::date AND phase = $3 AND sha256 = decode($4, 'hex')"
		" AND edition = job.month_edition($1, $2::date)"
		" AND sent_submission_id = submission_id",
		params, 5, &rows))
		return false;
	*duplicate = sync_rows_count(rows) > 0;
	if (*duplicate) {
		snprintf(job->result_id, sizeof(job->result_id), "%s", sync_text(rows, 0, 0));
		job_outcome_text(job, "duplicate_of", job->result_id);
		/* Who sends an old version again may think that it counts now. */
		if (sync_text(rows, 0, 1)[0] == 'f')
			job_outcome_text(job, "replaced_by", import->guard.superseded_id);
	}
	sync_rows_free(rows);
	return true;
}

/* Waits for another import of the month. The same bytes again are no error, even after the freeze.
 */
static bool
lock_month(struct import *import, bool *duplicate)
{
	const char *params[] = {import->provider, import->month_text};
	struct sync_rows *rows;
	bool frozen;

	if (!job_exec(import->job, "SELECT state, submission_id FROM job.lock_month($1, $2::date)",
		params, 2, &rows))
		return false;
	frozen = strcmp(sync_text(rows, 0, 0), "frozen") == 0;
	snprintf(import->guard.superseded_id, sizeof(import->guard.superseded_id), "%s",
	    sync_text(rows, 0, 1));
	sync_rows_free(rows);
	if (!find_duplicate(import, duplicate))
		return false;
	return *duplicate || !frozen || refuse_frozen(import);
}

static bool
check_provider(struct import *import)
{
	const char *params[] = {import->provider};
	struct sync_rows *rows;
	bool known;

	if (!job_exec(import->job, "SELECT FROM ledger.provider WHERE provider_code = $1", params,
		1, &rows))
		return false;
	known = sync_rows_count(rows) > 0;
	sync_rows_free(rows);
	return known || status_set(&import->job->status, STATUS_NOT_FOUND, "PROVIDER_NOT_FOUND",
			    "provider_code", "import it with: pbc provider import",
			    "no provider %s", import->provider);
}

static bool
read_params(struct import *import)
{
	struct job *job = import->job;

	import->provider = job_param_text(job, "provider_code");
	import->phase = job_param_text(job, "phase");
	if (!month_parse(job_param_text(job, "period"), &import->month))
		return status_set(&job->status, STATUS_INVALID_ARGUMENT, "BAD_PERIOD", "period",
		    "write the month as 2017-07", "the period is not a month");
	date_format(month_first_day(import->month), import->month_text);
	return upload_find(job, job_param_text(job, "upload_id"), "upload_id", &import->upload);
}

/* Attribution of a record that has no error of its own; adds what follows from it. */
static void
attribute(struct import *import, const struct activity_record *record, struct activity_row *out,
    struct fault_list *faults)
{
	const char *stated = record->fields[ACTIVITY_COMMISSIONER];

	out->attribution = attribution_find(import->attribution, record->fields[ACTIVITY_PRACTICE],
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
compare_stay(const struct import *import, const struct activity_row *row, struct fault_list *faults)
{
	const struct activity_record *record = row->record;
	struct spell spell = {
	    .admission_date = record->admission_date, .discharge_date = record->activity_date};

	if (record->pbr.dataset != PBR_DATASET_APC || row->patient_key == NULL)
		return;
	memcpy(spell.patient_key, row->patient_key, sizeof(spell.patient_key));
	memcpy(spell.hrg, record->pbr.hrg, strlen(record->pbr.hrg));
	switch (spells_find(import->spells, &spell)) {
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

static bool
accept_row(struct import *import, struct activity_row *row, struct fault_list *faults)
{
	const struct activity_record *record = row->record;
	struct quote quote;

	if (!activity_store_patient(import->store, record, &row->patient_key))
		return false;
	compare_stay(import, row, faults);
	pricebook_quote(
	    import->book, &record->pbr, import->provider, record->activity_date, &quote);
	if (quote.price.state == PBR_UNPRICED)
		fault_add(faults, FAULT_UNPRICED);
	if (record->pbr.specialised_service[0] != '\0' && !quote.topped_up)
		fault_add(faults, FAULT_TOP_UP);
	row->quote = &quote;
	activity_totals_accept(&import->totals, row);
	return activity_store_row(import->store, row);
}

static bool
refuse_size(struct import *import)
{
	return status_set(&import->job->status, STATUS_INVALID_ARGUMENT, "TOO_MANY_ROWS",
	    "upload_id", "send a month at a time", "a file has at most %d rows", ACTIVITY_ROWS_MAX);
}

static bool
take_record(struct import *import, const struct csv_row *row, bool nameless)
{
	struct activity_record record;
	struct fault_list faults = {.count = 0};
	struct activity_row out = {.line = row->line, .record = &record};
	bool stored = true;

	activity_record_read(row->fields, import->month, nameless, &record, &faults);
	if (import->change != NULL)
		net_change_judge(import->change, row->fields, &faults);
	if (!faults.refused)
		attribute(import, &record, &out, &faults);
	/* Last, so that only a line that is kept stands in the way of a later one. */
	if (!faults.refused && !record_ids_add(import->record_ids, row->fields[ACTIVITY_RECORD_ID]))
		fault_add(&faults, FAULT_RECORD_ID_TWICE);
	if (!faults.refused)
		stored = accept_row(import, &out, &faults);
	if (!faults.refused && import->change != NULL)
		net_change_take(import->change, row->fields);
	activity_totals_row(&import->totals, &record, &faults);
	if (faults.count > 0)
		stored = activity_store_faults(import->store, row, &faults) && stored;
	return stored;
}

/* Of a record that is deleted nothing but its id is read. */
static bool
take_deletion(struct import *import, const struct csv_row *row)
{
	const char *id = row->fields[ACTIVITY_RECORD_ID];
	struct activity_record record = {.fields = row->fields};
	struct fault_list faults = {.count = 0};

	if (id[0] == '\0' || strlen(id) > ACTIVITY_RECORD_ID_MAX)
		fault_add(&faults, FAULT_RECORD_ID);
	net_change_judge(import->change, row->fields, &faults);
	if (!faults.refused && !record_ids_add(import->record_ids, id))
		fault_add(&faults, FAULT_RECORD_ID_TWICE);
	if (!faults.refused)
		net_change_take(import->change, row->fields);
	activity_totals_row(&import->totals, &record, &faults);
	return faults.count == 0 || activity_store_faults(import->store, row, &faults);
}

/* Nothing behind this has ever seen who it was. */
static bool
take_restricted(struct import *import, const struct csv_row *row)
{
	const char *fields[ACTIVITY_COLUMNS];
	bool keep[ACTIVITY_COLUMNS];
	struct csv_row nameless = {.line = row->line, .fields = fields};
	int i;

	for (i = 0; i < ACTIVITY_COLUMNS; i++) {
		keep[i] = i != ACTIVITY_NHS_NUMBER && i != ACTIVITY_LOCAL_PATIENT_ID;
		fields[i] = keep[i] ? row->fields[i] : "";
	}
	buf_clear(&import->redacted);
	csv_reader_redact(import->reader, keep, &import->redacted);
	nameless.source = (const char *)import->redacted.data;
	nameless.source_length = import->redacted.length;
	import->totals.restricted++;
	return take_record(import, &nameless, true);
}

/* False stops the reading: a broken connection tells why when the copy is finished. */
static bool
take_row(void *arg, const struct csv_row *row)
{
	struct import *import = arg;

	if (import->totals.rows == ACTIVITY_ROWS_MAX || row->line > INT32_MAX)
		return refuse_size(import);
	import->last_line = row->line;
	if (import->change != NULL && net_change_deletes(row->fields))
		return take_deletion(import, row);
	return restricted_match(import->restricted, row->fields) ? take_restricted(import, row)
								 : take_record(import, row, false);
}

static void
tell_unknown_column(void *arg, const char *column)
{
	struct import *import = arg;

	activity_guard_column(&import->guard, column);
	job_outcome_text(import->job, "unknown_column", column);
}

static bool
feed_reader(void *arg, const void *data, size_t length)
{
	struct import *import = arg;

	return csv_reader_feed(import->reader, data, length, &import->job->status);
}

static bool
read_rows(struct import *import)
{
	struct job *job = import->job;

	import->reader = csv_reader_new(
	    activity_columns, ACTIVITY_COLUMNS, take_row, tell_unknown_column, import);
	if (!upload_read(job, &import->upload, feed_reader, import) ||
	    !csv_reader_finish(import->reader, &job->status)) {
		/* Stopped by the store: closing it tells why. */
		if (job->status.code == STATUS_OK)
			activity_store_end_rows(import->store);
		return false;
	}
	if (import->totals.rows == 0)
		return status_set(&job->status, STATUS_INVALID_ARGUMENT, "NO_ROWS", "upload_id",
		    NULL, "%s has a header and no rows", import->upload.file_name);
	return activity_totals_check(&import->totals, job);
}

static bool
store_submission(struct import *import)
{
	const struct activity_totals *totals = &import->totals;
	const int64_t counts[] = {totals->rows, totals->accepted, totals->rejected,
	    totals->by_state[PBR_PRICED], totals->by_state[PBR_EXCLUDED],
	    totals->by_state[PBR_UNPRICED], totals->not_ours, totals->cost_pence};
	const char *params[17] = {import->submission_id, import->provider, import->month_text,
	    import->phase, import->upload.id, import->upload.file_name,
	    csv_reader_header(import->reader), import->upload.sha256,
	    import->guard.superseded_id[0] != '\0' ? import->guard.superseded_id : NULL};
	char texts[8][24];
	size_t i;

	for (i = 0; i < 8; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%lld", (long long)counts[i]);
		params[9 + i] = texts[i];
	}
	return job_exec(import->job,
	    "INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, "
	    "period,"
	    " phase, upload_id, file_name, header, sha256, supersedes_submission_id, row_count,"
	    " accepted_count, rejected_count, priced_count, excluded_count, unpriced_count,"
	    " not_ours_count, cost_pence, organisation_code, user_id, recorded_at, edition)"
	    " VALUES (current_setting('pbc.commissioner'), $1, $2::text, $3::date, $4, $5, $6, $7,"
	    " decode($8, 'hex'), $9, $10, $11, $12, $13, $14, $15, $16, $17,"
	    " current_setting('pbc.organisation'), current_setting('pbc.user'), clock_timestamp(),"
	    " job.month_edition($2::text, $3::date))",
	    params, 17, NULL);
}

static bool
make_current(struct import *import)
{
	const char *params[] = {
	    import->provider, import->month_text, import->submission_id, import->phase};

	return job_exec(
	    import->job, "SELECT job.make_current($1, $2::date, $3::uuid, $4)", params, 4, NULL);
}

/* The outcome late: the day by which the file was due. It is taken all the same. */
static bool
tell_late(struct import *import)
{
	struct job *job = import->job;
	const char *params[] = {job->operation_id, import->month_text, import->phase};
	struct sync_rows *rows;

	if (!job_exec(job, "SELECT job.missed_date($1::uuid, $2::date, $3)", params, 3, &rows))
		return false;
	if (!sync_is_null(rows, 0, 0))
		job_outcome_text(job, "late", sync_text(rows, 0, 0));
	sync_rows_free(rows);
	return true;
}

/* What the file is: a whole month or changes of what stands. */
static bool
load_change(struct import *import)
{
	struct net_change_target target = {.month = import->month_text,
	    .standing_id = import->guard.superseded_id,
	    .submission_id = import->submission_id};

	return net_change_load(import->job, &import->upload, &target, &import->change);
}

static bool
close_store(struct import *import)
{
	int64_t carried_line = 0;

	if (!activity_store_end_rows(import->store))
		return false;
	if (import->change != NULL && !net_change_carry(import->change, import->job,
					  import->last_line, &import->totals, &carried_line))
		return false;
	return activity_store_close(import->store, carried_line);
}

static bool
open_store(struct import *import)
{
	struct activity_target target = {.provider_code = import->provider,
	    .submission_id = import->submission_id,
	    .month = import->month,
	    .tariff_id = pricebook_tariff_id(import->book)};

	import->store = activity_store_open(import->job, &target);
	return import->store != NULL;
}

static bool
allow(struct import *import)
{
	import->guard.changes = import->change != NULL;
	import->guard.freeze = strcmp(import->phase, "freeze") == 0;
	return activity_guard_load(&import->guard, import->job) &&
	       activity_guard_allows(&import->guard, &import->totals, &import->job->status);
}

static bool
import_rows(struct import *import)
{
	struct job *job = import->job;
	int year = financial_year_of_month(import->month);

	job_new_id(import->submission_id);
	import->record_ids = record_ids_new();
	import->restricted = restricted_load(job, import->month);
	if (import->restricted == NULL)
		return false;
	import->attribution = attribution_load(job);
	if (import->attribution == NULL)
		return false;
	import->book = pricebook_load(job, year, month_first_day(import->month));
	import->spells = spells_load(job, import->provider, import->month);
	if (import->book == NULL || import->spells == NULL || !load_change(import) ||
	    !open_store(import) || !read_rows(import) || !close_store(import))
		return false;
	/* Before the refusals: a refused file's figures tell why. */
	activity_totals_report(&import->totals, job);
	if (!allow(import) || !store_submission(import) || !make_current(import))
		return false;
	memcpy(job->result_id, import->submission_id, JOB_ID_SIZE);
	activity_guard_report(&import->guard, job);
	return tell_late(import);
}

bool
import_activity(struct job *job)
{
	struct import import = {.job = job};
	bool duplicate = false;
	bool done;

	done = read_params(&import) && check_provider(&import) &&
	       activity_store_prepare(job, import.month) && lock_month(&import, &duplicate) &&
	       (duplicate || import_rows(&import));
	/* First: it may have a copy open, which has to be given up. */
	activity_store_free(import.store);
	csv_reader_free(import.reader);
	record_ids_free(import.record_ids);
	spells_free(import.spells);
	net_change_free(import.change);
	pricebook_free(import.book);
	attribution_free(import.attribution);
	restricted_free(import.restricted);
	buf_free(&import.redacted);
	return done;
}
