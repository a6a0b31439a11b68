/* Makes, answers and frees submissions. */
#include "server/db/ticket.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "server/db/sqlstate.h"

static size_t
param_size(const struct db_param *param)
{
	if (param->value == NULL)
		return 0;
	return param->binary ? param->length : strlen(param->value) + 1;
}

/* Bytes for the arrays and the values behind them. */
static size_t
params_size(const struct db_statement *statement, const struct db_param *params)
{
	size_t count = (size_t)statement->param_count;
	size_t size = count * (sizeof(char *) + 2 * sizeof(int));
	size_t i;

	for (i = 0; i < count; i++)
		size += param_size(&params[i]);
	return size;
}

/*
 * Pointers first, then ints, then bytes: each part is aligned when memory is aligned for a pointer.
 */
static void
params_copy(struct db_params *to, char *memory, const struct db_statement *statement,
    const struct db_param *from)
{
	size_t count = (size_t)statement->param_count;
	char *bytes;
	size_t i;

	to->values = (const char **)(void *)memory;
	to->lengths = (int *)(void *)(memory + count * sizeof(char *));
	to->formats = to->lengths + count;
	bytes = (char *)(to->formats + count);
	for (i = 0; i < count; i++) {
		size_t size = param_size(&from[i]);

		assert(size <= INT_MAX);
		to->values[i] = from[i].value != NULL ? bytes : NULL;
		to->lengths[i] = (int)size;
		to->formats[i] = from[i].binary;
		if (size > 0)
			memcpy(bytes, from[i].value, size);
		bytes += size;
	}
}

static size_t
round_to_pointer(size_t size)
{
	return (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
}

struct db_ticket *
db_ticket_new(const struct db_statement *enter, const struct db_param *enter_params,
    const struct db_statement *act, const struct db_param *act_params)
{
	size_t enter_size = round_to_pointer(params_size(enter, enter_params));
	struct db_ticket *ticket;
	char *memory = memory_alloc(sizeof(*ticket) + enter_size + params_size(act, act_params));

	ticket = (struct db_ticket *)(void *)memory;
	*ticket = (struct db_ticket){.enter = enter, .act = act};
	memory += sizeof(*ticket);
	params_copy(&ticket->enter_params, memory, enter, enter_params);
	params_copy(&ticket->act_params, memory + enter_size, act, act_params);
	return ticket;
}

static bool
same_param(const struct db_params *one, const struct db_params *other, int i)
{
	if (one->values[i] == NULL || other->values[i] == NULL)
		return one->values[i] == other->values[i];
	return one->formats[i] == other->formats[i] && one->lengths[i] == other->lengths[i] &&
	       memcmp(one->values[i], other->values[i], (size_t)one->lengths[i]) == 0;
}

bool
db_ticket_enters_alike(const struct db_ticket *one, const struct db_ticket *other)
{
	int i;

	if (one->enter != other->enter)
		return false;
	for (i = 0; i < one->enter->param_count; i++)
		if (!same_param(&one->enter_params, &other->enter_params, i))
			return false;
	return true;
}

void
db_ticket_rewind(struct db_ticket *ticket)
{
	PQclear(ticket->result);
	ticket->result = NULL;
	ticket->step = DB_STEP_ENTER;
	ticket->last = false;
	ticket->refused = false;
	ticket->aborted = false;
}

static void
result_from_failure(const struct db_ticket *ticket, struct db_result *result)
{
	switch (ticket->failure) {
	case DB_FAILURE_OUTCOME_UNKNOWN:
		db_status_outcome_unknown(&result->status);
		break;
	case DB_FAILURE_QUEUE_FULL:
		db_status_queue_full(&result->status);
		break;
	case DB_FAILURE_CANCELLED:
		db_status_cancelled(&result->status);
		break;
	default:
		db_status_unavailable(&result->status);
		break;
	}
}

static void
result_from_error(const struct db_ticket *ticket, struct db_result *result)
{
	const char *sqlstate = PQresultErrorField(ticket->result, PG_DIAG_SQLSTATE);

	if (sqlstate != NULL)
		memcpy(result->sqlstate, sqlstate, strnlen(sqlstate, sizeof(result->sqlstate) - 1));
	if (ticket->cancelled && strcmp(result->sqlstate, "57014") == 0)
		db_status_cancelled(&result->status);
	else
		db_status_from_error(ticket->result, ticket->act->name, &result->status);
}

static void
result_from_rows(const struct db_ticket *ticket, struct db_result *result)
{
	const PGresult *rows = ticket->result;

	if (PQntuples(rows) == 0 || PQnfields(rows) == 0 || PQgetisnull(rows, 0, 0))
		return;
	result->value = PQgetvalue(rows, 0, 0);
	result->length = (size_t)PQgetlength(rows, 0, 0);
}

void
db_ticket_finish(struct db_ticket *ticket)
{
	struct db_result result = {0};

	if (ticket->failure != DB_FAILURE_NONE)
		result_from_failure(ticket, &result);
	else if (PQresultStatus(ticket->result) == PGRES_FATAL_ERROR)
		result_from_error(ticket, &result);
	else
		result_from_rows(ticket, &result);
	ticket->done(ticket->arg, &result);
	db_ticket_free(ticket);
}

void
db_ticket_free(struct db_ticket *ticket)
{
	PQclear(ticket->result);
	free(ticket);
}
