/* The ids of what stands in memory; its rows are copied by SQL. */
#include "server/job/net_change.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "common/csv.h"
#include "common/memory.h"
#include "server/job/activity_record.h"
#include "server/job/record_ids.h"

struct net_change {
	struct net_change_target target;
	struct record_ids *standing;
	struct record_ids *elsewhere; /* what stands in other data sets than the file's */
	json_t *places;   /* months and rows of the records that stand in more than one */
	json_t *replaced; /* ids of the records that are not carried over */
	bool whole;       /* the file is a data set, not changes of it: every row is inserted */
	int64_t inserted, updated, deleted;
};

static bool
add_standing(void *arg, const struct sync_rows *rows)
{
	struct net_change *change = arg;
	const char *id = sync_text(rows, 0, 0);

	if (sync_text(rows, 0, 2)[0] == 't')
		record_ids_add(change->elsewhere, id);
	else
		record_ids_add(change->standing, id);
	if (!sync_is_null(rows, 0, 1))
		json_object_set_new(change->places, id, json_string(sync_text(rows, 0, 1)));
	return true;
}

static bool
load_standing(struct net_change *change, struct job *job)
{
	const char *params[] = {change->target.month, change->target.standing_id,
	    change->target.dataset, change->whole ? "true" : "false"};
	const char *frozen[] = {change->target.provider, change->target.month};

	if (change->target.adjusts)
		return sync_stream(job->db,
		    "SELECT record_id, places, false FROM job.standing_records($1, $2::date)",
		    frozen, 2, add_standing, change, &job->status);
	return change->target.standing_id[0] == '\0' ||
	       sync_stream(job->db,
		   "SELECT record_id, NULL, $3 <> '' AND dataset <> $3 FROM ledger.activity"
		   " WHERE period = $1::date AND submission_id = $2::uuid"
		   /* A data set that the file is the whole of is replaced: nothing of it stands. */
		   " AND NOT ($4::boolean AND dataset = $3)",
		   params, 4, add_standing, change, &job->status);
}

static bool
refuse_whole(struct job *job, const struct upload *upload)
{
	return status_set(&job->status, STATUS_INVALID_ARGUMENT, "CHANGES_NEEDED", "upload_id",
	    "add the column net_change: I inserts a record, U updates it, D deletes it",
	    "%s does not say what becomes of each record, as an adjustment has to",
	    upload->file_name);
}

bool
net_change_load(struct job *job, const struct upload *upload,
    const struct net_change_target *target, struct net_change **change)
{
	struct buf header = {.limit = CSV_ROW_LIMIT};
	bool loaded = upload_header(job, upload, &header);
	bool changes = loaded && csv_header_names(header.data, header.length, "net_change");

	*change = NULL;
	if (changes || (loaded && target->dataset[0] != '\0')) {
		*change = memory_calloc(1, sizeof(**change));
		(*change)->target = *target;
		(*change)->whole = !changes;
		(*change)->standing = record_ids_new();
		(*change)->elsewhere = record_ids_new();
		(*change)->places = json_object();
		(*change)->replaced = json_array();
		loaded = load_standing(*change, job);
	}
	buf_free(&header);
	if (loaded && *change == NULL && target->adjusts)
		return refuse_whole(job, upload);
	return loaded;
}

void
net_change_free(struct net_change *change)
{
	if (change == NULL)
		return;
	record_ids_free(change->standing);
	record_ids_free(change->elsewhere);
	json_decref(change->places);
	json_decref(change->replaced);
	free(change);
}

bool
net_change_is_of_records(const struct net_change *change)
{
	return change != NULL && !change->whole;
}

int64_t
net_change_kept(const struct net_change *change)
{
	return change->inserted + change->updated;
}

/* What becomes of the row's record. */
static const char *
verb_of(const struct net_change *change, const char *const *fields)
{
	return change->whole ? "I" : fields[ACTIVITY_NET_CHANGE];
}

bool
net_change_deletes(const char *const *fields)
{
	return strcmp(fields[ACTIVITY_NET_CHANGE], "D") == 0;
}

void
net_change_judge(
    const struct net_change *change, const char *const *fields, struct fault_list *faults)
{
	const char *what = verb_of(change, fields);
	const char *id = fields[ACTIVITY_RECORD_ID];
	bool stands, elsewhere;

	if (strlen(what) != 1 || strchr("IUD", what[0]) == NULL) {
		fault_add(faults, FAULT_NET_CHANGE);
		return;
	}
	if (faults->refused)
		return;
	stands = record_ids_has(change->standing, id);
	elsewhere = record_ids_has(change->elsewhere, id);
	if (what[0] == 'I' && (stands || elsewhere))
		fault_add(faults, FAULT_STANDS);
	else if (what[0] != 'I' && elsewhere)
		fault_add(faults, FAULT_OTHER_DATASET);
	else if (what[0] != 'I' && !stands)
		fault_add(faults, FAULT_STANDS_NOT);
	faults->places = json_string_value(json_object_get(change->places, id));
	if (what[0] != 'I' && faults->places != NULL)
		fault_add(faults, FAULT_STANDS_OFTEN);
}

void
net_change_take(struct net_change *change, const char *const *fields)
{
	int failed;

	switch (verb_of(change, fields)[0]) {
	case 'I':
		change->inserted++;
		return;
	case 'U':
		change->updated++;
		break;
	default:
		change->deleted++;
		break;
	}
	failed = json_array_append_new(change->replaced, json_string(fields[ACTIVITY_RECORD_ID]));
	assert(failed == 0);
}

static void
count_carried(struct net_change *change, struct job *job, const struct sync_rows *rows,
    struct activity_totals *totals)
{
	int64_t carried = sync_int64(rows, 0, 0);

	totals->rows += carried - change->deleted;
	totals->accepted += carried;
	totals->by_state[PBR_PRICED] += sync_int64(rows, 0, 1);
	totals->by_state[PBR_EXCLUDED] += sync_int64(rows, 0, 2);
	totals->by_state[PBR_UNPRICED] += sync_int64(rows, 0, 3);
	totals->not_ours += sync_int64(rows, 0, 4);
	totals->cost_pence += sync_int64(rows, 0, 5);
	job_outcome_int(job, "inserted", change->inserted);
	job_outcome_int(job, "updated", change->updated);
	job_outcome_int(job, "deleted", change->deleted);
	if (!change->target.adjusts) {
		job_outcome_int(job, "carried_over", carried);
		return;
	}
	totals->reversed = carried;
	totals->reversed_priced = sync_int64(rows, 0, 1);
	job_outcome_int(job, "reversed", carried);
}

/* By one statement; *rows is one row of sums. */
static bool
copy_rows(const struct net_change *change, struct job *job, const char *first_line,
    const char *replaced, struct sync_rows **rows)
{
	const struct net_change_target *target = &change->target;
	const char *standing = target->standing_id[0] != '\0' ? target->standing_id : NULL;
	const char *carried[] = {target->month, standing, target->submission_id, first_line,
	    replaced, change->whole ? target->dataset : NULL};
	const char *reversed[] = {
	    target->provider, target->month, target->submission_id, first_line, replaced};

	if (target->adjusts)
		return job_exec(job,
		    "SELECT accepted, priced, excluded, unpriced, not_ours, cost_pence"
		    " FROM job.take_back($1, $2::date, $3::uuid, $4::integer, $5::json)",
		    reversed, 5, rows);
	return job_exec(job,
	    "SELECT accepted, priced, excluded, unpriced, not_ours, cost_pence"
	    " FROM job.carry_over($1::date, $2::uuid, $3::uuid, $4::integer, $5::json, $6)",
	    carried, 6, rows);
}

bool
net_change_carry(struct net_change *change, struct job *job, int64_t last_line,
    struct activity_totals *totals, int64_t *first_line)
{
	char *replaced = json_dumps(change->replaced, JSON_COMPACT);
	char line[24];
	struct sync_rows *rows;
	bool carried;

	assert(replaced != NULL);
	*first_line = last_line + 1;
	snprintf(line, sizeof(line), "%lld", (long long)*first_line);
	carried = copy_rows(change, job, line, replaced, &rows);
	free(replaced);
	if (!carried)
		return false;
	count_carried(change, job, rows, totals);
	sync_rows_free(rows);
	return true;
}
