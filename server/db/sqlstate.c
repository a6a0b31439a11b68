/* The one table from SQLSTATE to gRPC codes, and statuses made from it. */
#include "server/db/sqlstate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/codes.h"
#include "common/log.h"
#include "server/db/backoff.h"

#define UNAVAILABLE_TEXT "the database is not available"
#define UNAVAILABLE_HINT "try again in a moment"

struct sqlstate_row {
	/* A whole SQLSTATE or the start of one; the first row that fits counts. */
	const char *prefix;
	enum status_code code;
	const char *message; /* NULL: the error's own */
	const char *hint;
};

static const struct sqlstate_row sqlstate_rows[] = {
    {"ZC400", STATUS_INVALID_ARGUMENT, NULL, NULL},
    {"ZC401", STATUS_UNAUTHENTICATED, NULL, NULL},
    {"ZC403", STATUS_PERMISSION_DENIED, NULL, NULL},
    {"ZC404", STATUS_NOT_FOUND, NULL, NULL},
    {"ZC409", STATUS_ALREADY_EXISTS, NULL, NULL},
    {"ZC410", STATUS_ABORTED, NULL, NULL},
    {"ZC412", STATUS_FAILED_PRECONDITION, NULL, NULL},
    {"ZC429", STATUS_RESOURCE_EXHAUSTED, NULL, NULL},
    {"57014", STATUS_DEADLINE_EXCEEDED, "the request ran longer than its deadline",
	"ask for less, or allow more time"},
    {"40001", STATUS_ABORTED, "another change came first", "send the request again"},
    {"40P01", STATUS_ABORTED, "another change came first", "send the request again"},
    {"55P03", STATUS_ABORTED, "what the request would change is being changed by others",
	"send the request again; an import holds its month until it has ended"},
    {"53300", STATUS_UNAVAILABLE, UNAVAILABLE_TEXT, UNAVAILABLE_HINT},
    {"53", STATUS_RESOURCE_EXHAUSTED, "the database has no room for the request",
	"ask for less, or try again later; the service's operator is told"},
    {"57P0", STATUS_UNAVAILABLE, UNAVAILABLE_TEXT, UNAVAILABLE_HINT},
    {"08", STATUS_UNAVAILABLE, UNAVAILABLE_TEXT, UNAVAILABLE_HINT},
    {"22", STATUS_INVALID_ARGUMENT, "a value in the request is out of range or of the wrong form",
	NULL},
};

static const struct sqlstate_row *
sqlstate_find(const char *sqlstate)
{
	size_t i;

	for (i = 0; i < sizeof(sqlstate_rows) / sizeof(sqlstate_rows[0]); i++) {
		const struct sqlstate_row *row = &sqlstate_rows[i];

		if (strncmp(sqlstate, row->prefix, strlen(row->prefix)) == 0)
			return row;
	}
	return NULL;
}

bool
db_sqlstate_is_drift(const char *sqlstate)
{
	/* Feature missing, bad value in the text, statement or rights, schema. */
	static const char *const classes[] = {"0A", "22", "42", "3F"};
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	return false;
}

bool
db_sqlstate_is_retriable(const char *sqlstate)
{
	return strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0;
}

bool
db_status_unavailable(struct status *status)
{
	return status_set(status, STATUS_UNAVAILABLE, "DATABASE_UNAVAILABLE", NULL,
	    UNAVAILABLE_HINT, UNAVAILABLE_TEXT);
}

bool
db_status_outcome_unknown(struct status *status)
{
	return status_set(status, STATUS_UNAVAILABLE, "OUTCOME_UNKNOWN", NULL,
	    "send it again with the same request_id: it takes effect once",
	    "the database was lost before it confirmed the change, which may have been made");
}

bool
db_status_queue_full(struct status *status)
{
	return status_set(status, STATUS_RESOURCE_EXHAUSTED, "QUEUE_FULL", NULL, UNAVAILABLE_HINT,
	    "too many requests are waiting for the database");
}

bool
db_status_cancelled(struct status *status)
{
	return status_set(status, STATUS_CANCELLED, NULL, NULL, NULL, "the request was cancelled");
}

/*
 * A server message may quote a value, and the value may be a patient's number. COPY quotes whole
 * rows.
 */
static const char *
safe_text(const char *text)
{
	if (text == NULL)
		return NULL;
	if (text_holds_nhs_number(text) || strncmp(text, "COPY ", 5) == 0)
		return "(withheld)";
	return text;
}

/* Of disk, memory, connections: the caller can wait, but an operator has to see to it. */
static bool
is_shortage(const char *sqlstate)
{
	return strncmp(sqlstate, "53", 2) == 0;
}

static void
log_incident(
    const PGresult *error, const char *statement, const char *sqlstate, const char *reference)
{
	/* Not DETAIL: it holds the values of keys. */
	log_write(LOG_LEVEL_ERROR, "database_error", "reference", reference, "sqlstate", sqlstate,
	    "statement", statement, "message",
	    safe_text(PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY)), "context",
	    safe_text(PQresultErrorField(error, PG_DIAG_CONTEXT)), "table",
	    PQresultErrorField(error, PG_DIAG_TABLE_NAME), "constraint",
	    PQresultErrorField(error, PG_DIAG_CONSTRAINT_NAME), NULL);
}

static void
status_from_incident(
    const PGresult *error, const char *statement, const char *sqlstate, struct status *status)
{
	char reference[17];

	snprintf(reference, sizeof(reference), "%016" PRIx64, db_random());
	log_incident(error, statement, sqlstate, reference);
	status_set(status, STATUS_INTERNAL, NULL, NULL,
	    "quote the reference to the service's operator",
	    "the request failed in the service; reference %s", reference);
}

void
db_status_from_error(const PGresult *error, const char *statement, struct status *status)
{
	const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);
	const struct sqlstate_row *row;

	/* An error that libpq made itself, not the server: the connection went. */
	if (sqlstate == NULL) {
		db_status_unavailable(status);
		return;
	}
	row = sqlstate_find(sqlstate);
	if (is_shortage(sqlstate))
		log_incident(error, statement, sqlstate, NULL);
	if (row == NULL)
		status_from_incident(error, statement, sqlstate, status);
	else if (row->code == STATUS_UNAVAILABLE)
		db_status_unavailable(status);
	else if (row->message == NULL)
		status_set(status, row->code, PQresultErrorField(error, PG_DIAG_CONSTRAINT_NAME),
		    PQresultErrorField(error, PG_DIAG_COLUMN_NAME),
		    PQresultErrorField(error, PG_DIAG_MESSAGE_HINT), "%s",
		    PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY));
	else
		status_set(status, row->code, NULL, NULL, row->hint, "%s", row->message);
}
