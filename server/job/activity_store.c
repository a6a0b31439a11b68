/* COPY of activity and of what goes with it. */
#include "server/job/activity_store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <uuid/uuid.h>

#include "common/memory.h"
#include "server/job/people.h"
#include "server/job/reject_list.h"
#include "server/job/rollup.h"

/* In the order in which copy_* below write them. */
#define ACTIVITY_COPY_COLUMNS                                                                    \
	"commissioner_code, period, submission_id, line, record_id, dataset, provider_code,"     \
	" practice_code, responsible_code, stated_commissioner_code, attribution, patient_key,"  \
	" sex, age, site_code, main_specialty_code, treatment_function_code, hrg,"               \
	" primary_diagnosis, primary_procedure, patient_classification, admission_method,"       \
	" admission_date, activity_date, discharge_method, length_of_stay_days, excluded_days,"  \
	" specialised_service, first_attendance, attended, referral_source, ae_department_type," \
	" ae_disposal, prior_approval, administrative_category, pod, price_state, price_reason," \
	" tariff_id, tariff_line,"                                                               \
	" base_pence, long_stay_days, long_stay_pence, adjustment_pence, mff_ppm, total_pence,"  \
	" provider_price_pence"
#define ACTIVITY_COPY_COUNT 47

struct activity_store {
	struct job *job;
	struct activity_target target;
	uuid_t submission_id;
	const char *tariff_text; /* of the last row */
	uuid_t tariff_id;
	date_t period;
	char month_text[11];
	char copy_text[1200];
	struct sync_copy *copy; /* NULL between runs and after a failure */
	struct people *people;
	struct rollup *rollup;
	struct reject_list rejects;
};

bool
activity_store_prepare(struct job *job, month_t month)
{
	char first_day[11];
	const char *params[] = {first_day};

	date_format(month_first_day(month), first_day);
	return job_apart(job, "SELECT job.ensure_partition($1::date)", params, 1);
}

static bool
start_copy(struct activity_store *store)
{
	store->copy = sync_copy_start(store->job->db, store->copy_text, SYNC_COPY_BINARY,
	    ACTIVITY_COPY_COUNT, &store->job->status);
	return store->copy != NULL;
}

struct activity_store *
activity_store_new(struct job *job, const struct activity_target *target)
{
	struct activity_store *store = memory_calloc(1, sizeof(*store));
	int parsed;

	store->job = job;
	store->target = *target;
	store->period = month_first_day(target->month);
	date_format(store->period, store->month_text);
	parsed = uuid_parse(target->submission_id, store->submission_id);
	assert(parsed == 0);
	/* The partition's name is job.ensure_partition's: activity_2017_07. */
	snprintf(store->copy_text, sizeof(store->copy_text),
	    "COPY ledger.activity_%.4s_%.2s (" ACTIVITY_COPY_COLUMNS ") FROM STDIN (FORMAT binary)",
	    store->month_text, store->month_text + 5);
	store->people =
	    people_new(job->pseudonym, job->commissioner, target->provider_code, PEOPLE_KNOWN_MAX);
	store->rollup = rollup_new();
	return store;
}

bool
activity_store_ask(struct activity_store *store, int64_t file_bytes)
{
	return people_ask(store->people, store->job, file_bytes);
}

bool
activity_store_open(struct activity_store *store)
{
	return reject_list_prepare(store->job) && people_prepare(store->people, store->job) &&
	       start_copy(store);
}

/* "" is NULL: empty is not zero, nor a code. */
static void
copy_code(struct sync_copy *copy, const char *text)
{
	sync_copy_text(copy, text[0] != '\0' ? text : NULL);
}

static void
copy_identity(struct activity_store *store, const struct activity_row *row)
{
	const char *const *fields = row->record->fields;
	struct sync_copy *copy = store->copy;

	sync_copy_text(copy, store->job->commissioner);
	sync_copy_date(copy, store->period);
	sync_copy_bytes(copy, store->submission_id, sizeof(store->submission_id));
	sync_copy_int32(copy, (int32_t)row->line);
	sync_copy_text(copy, fields[ACTIVITY_RECORD_ID]);
	sync_copy_text(copy, pbr_dataset_name(row->record->pbr.dataset));
	sync_copy_text(copy, store->target.provider_code);
	sync_copy_text(copy, fields[ACTIVITY_PRACTICE]);
	sync_copy_text(copy, row->responsible);
	copy_code(copy, fields[ACTIVITY_COMMISSIONER]);
	sync_copy_text(copy, attribution_name(row->attribution));
	if (row->patient_key != NULL)
		sync_copy_bytes(copy, row->patient_key, PSEUDONYM_SIZE);
	else
		sync_copy_null(copy);
	sync_copy_text(copy, fields[ACTIVITY_SEX]);
	sync_copy_int16(copy, (int16_t)row->record->pbr.age_years);
}

static void
copy_care(struct activity_store *store, const struct activity_row *row)
{
	const char *const *fields = row->record->fields;
	bool spell = row->record->pbr.dataset == PBR_DATASET_APC;
	struct sync_copy *copy = store->copy;

	copy_code(copy, fields[ACTIVITY_SITE]);
	copy_code(copy, fields[ACTIVITY_MAIN_SPECIALTY]);
	copy_code(copy, fields[ACTIVITY_TREATMENT_FUNCTION]);
	copy_code(copy, fields[ACTIVITY_HRG]);
	copy_code(copy, fields[ACTIVITY_DIAGNOSIS]);
	copy_code(copy, fields[ACTIVITY_PROCEDURE]);
	copy_code(copy, fields[ACTIVITY_CLASSIFICATION]);
	copy_code(copy, fields[ACTIVITY_ADMISSION_METHOD]);
	sync_copy_date(copy, row->record->admission_date);
	sync_copy_date(copy, row->record->activity_date);
	copy_code(copy, fields[ACTIVITY_DISCHARGE_METHOD]);
	if (spell) {
		sync_copy_int32(copy, row->record->pbr.stay_days);
		sync_copy_int32(copy, row->record->pbr.excluded_days);
	} else {
		sync_copy_null(copy);
		sync_copy_null(copy);
	}
	copy_code(copy, fields[ACTIVITY_SPECIALISED_SERVICE]);
	copy_code(copy, fields[ACTIVITY_FIRST_ATTENDANCE]);
	copy_code(copy, fields[ACTIVITY_ATTENDED]);
	copy_code(copy, fields[ACTIVITY_REFERRAL_SOURCE]);
	copy_code(copy, fields[ACTIVITY_DEPARTMENT_TYPE]);
	copy_code(copy, fields[ACTIVITY_DISPOSAL]);
	copy_code(copy, fields[ACTIVITY_PRIOR_APPROVAL]);
	copy_code(copy, fields[ACTIVITY_ADMINISTRATIVE_CATEGORY]);
}

void
activity_store_amounts(struct sync_copy *copy, const struct pbr_price *price)
{
	int i;

	if (price->state != PBR_PRICED) {
		for (i = 0; i < ACTIVITY_STORE_AMOUNTS; i++)
			sync_copy_null(copy);
		return;
	}
	sync_copy_int64(copy, price->base_pence);
	sync_copy_int32(copy, price->excess_days);
	sync_copy_int64(copy, price->long_stay_pence);
	sync_copy_int64(copy, price->adjustment_pence);
	sync_copy_int32(copy, (int32_t)price->mff_ppm);
	sync_copy_int64(copy, price->total_pence);
}

/* Rows of one tariff follow each other. */
static void
set_tariff(struct activity_store *store, const char *tariff_id)
{
	int parsed;

	if (store->tariff_text == tariff_id)
		return;
	store->tariff_text = tariff_id;
	parsed = uuid_parse(tariff_id, store->tariff_id);
	assert(parsed == 0);
}

static void
copy_price(struct activity_store *store, const struct activity_row *row)
{
	const struct quote *quote = row->quote;
	struct sync_copy *copy = store->copy;

	sync_copy_text(copy, pbr_pod_name(quote->class.pod));
	sync_copy_text(copy, pbr_state_name(quote->price.state));
	copy_code(copy, quote->price.reason);
	if (quote->tariff_line > 0) {
		set_tariff(store, row->tariff_id);
		sync_copy_bytes(copy, store->tariff_id, sizeof(store->tariff_id));
		sync_copy_int32(copy, quote->tariff_line);
	} else {
		sync_copy_null(copy);
		sync_copy_null(copy);
	}
	activity_store_amounts(copy, &quote->price);
	if (row->record->has_provider_price)
		sync_copy_int64(copy, row->record->provider_price_pence);
	else
		sync_copy_null(copy);
}

static bool
finish_copy(struct activity_store *store)
{
	struct sync_copy *copy = store->copy;

	store->copy = NULL;
	return copy != NULL && sync_copy_finish(copy, NULL, &store->job->status);
}

bool
activity_store_pause(struct activity_store *store)
{
	return finish_copy(store);
}

bool
activity_store_resume(struct activity_store *store)
{
	return start_copy(store);
}

/* Between two runs of the copy. */
static bool
flush_people(struct activity_store *store)
{
	return finish_copy(store) && people_flush(store->people, store->job) && start_copy(store);
}

bool
activity_store_patient(
    struct activity_store *store, const struct activity_record *record, const uint8_t **patient_key)
{
	const char *nhs_number = record->fields[ACTIVITY_NHS_NUMBER];
	const char *local_id = record->fields[ACTIVITY_LOCAL_PATIENT_ID];

	*patient_key = NULL;
	if (nhs_number[0] == '\0' && local_id[0] == '\0')
		return true;
	if (people_is_full(store->people) && !flush_people(store))
		return false;
	*patient_key = people_key(store->people, nhs_number, local_id);
	return true;
}

bool
activity_store_row(struct activity_store *store, const struct activity_row *row)
{
	struct rollup_row sums = {.practice_code = row->record->fields[ACTIVITY_PRACTICE],
	    .treatment_function = row->record->fields[ACTIVITY_TREATMENT_FUNCTION],
	    .hrg = row->record->fields[ACTIVITY_HRG],
	    .pod = row->quote->class.pod,
	    .attribution = row->attribution,
	    .state = row->quote->price.state,
	    .months_late = store->target.month - month_of_date(row->record->activity_date),
	    .cost_pence = row->quote->price.total_pence};

	if (store->copy == NULL || !sync_copy_row(store->copy))
		return false;
	copy_identity(store, row);
	copy_care(store, row);
	copy_price(store, row);
	rollup_add(store->rollup, &sums);
	return true;
}

bool
activity_store_faults(
    struct activity_store *store, const struct csv_row *row, const struct fault_list *faults)
{
	reject_list_add(&store->rejects, row->line, faults, row->source, row->source_length);
	if (!reject_list_is_full(&store->rejects))
		return true;
	return finish_copy(store) && reject_list_flush(&store->rejects, store->job) &&
	       start_copy(store);
}

bool
activity_store_end_rows(struct activity_store *store)
{
	return finish_copy(store) && reject_list_flush(&store->rejects, store->job) &&
	       reject_list_store(store->job, store->target.submission_id);
}

bool
activity_store_close(struct activity_store *store, int64_t carried_line)
{
	struct rollup_submission submission = {.submission_id = store->target.submission_id,
	    .provider_code = store->target.provider_code,
	    .month = store->month_text,
	    .carried_line = carried_line};
	struct job *job = store->job;

	return rollup_store(store->rollup, job, &submission) && people_flush(store->people, job) &&
	       people_store(store->people, job);
}

void
activity_store_free(struct activity_store *store)
{
	if (store == NULL)
		return;
	if (store->copy != NULL)
		sync_copy_abandon(store->copy);
	people_free(store->people);
	rollup_free(store->rollup);
	reject_list_free(&store->rejects);
	free(store);
}
