/* settlement: invoice against ledger, and the statements that come of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/cli/failure.h"
#include "client/cli/request.h"
#include "client/cli/tables.h"
#include "client/cli/view.h"
#include "client/cli/wait.h"
#include "common/memory.h"
#include "common/pbjson.h"
#include "common/timestamp.h"
#include "pbc/v1/settlement.pb-c.h"

#define SERVICE &pbc__v1__settlement_service__descriptor

static const struct param run_params[] = {
    {"INVOICE", "invoice_id", NULL, "invoice id, as invoice list prints it", true},
    {0},
};

static const struct param id_params[] = {
    {"SETTLEMENT", "settlement_id", NULL, "settlement id", true},
    {0},
};

static const struct param differences_params[] = {
    {"SETTLEMENT", "settlement_id", NULL, "settlement id", true},
    {"reason", "reason", "TEXT", "why the lines are read; kept in the audit log", true},
    {0},
};

static const struct param statement_params[] = {
    {"STATEMENT", "statement_id", NULL, "statement id", true},
    {0},
};

static const struct param statements_params[] = {
    {"as-at", "as_at", "DATE", "those issued until the end of this day, or a moment", false},
    {0},
};

static const struct param watch_params[] = {
    {"since", "since_time", "TIME", "also those made since, 2017-08-01T09:00:00Z", false},
    {"count", NULL, "N", "stop after N statements", false},
    {0},
};

static const struct column settlement_columns[] = {
    {.field = "settlement_id", .heading = "Settlement"},
    {.field = "invoice_id", .heading = "Invoice"},
    {.field = "invoice_number", .heading = "Number"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "period", .heading = "Period"},
    {.field = "month_state", .heading = "Month is"},
    {.field = "state", .heading = "State"},
    {.field = "invoice_pence", .heading = "Invoiced"},
    {.field = "ledger_pence", .heading = "Ledger"},
    {.field = "undisputed_pence", .heading = "Undisputed"},
    {.field = "disputed_pence", .heading = "Disputed"},
    {.field = "matched_lines", .heading = "Matched"},
    {.field = "difference_lines", .heading = "Differences"},
    {.field = "proposed_by", .heading = "Proposed by"},
    {.field = "propose_time", .heading = "Proposed"},
    {.field = "approved_by", .heading = "Approved by"},
    {.field = "approve_time", .heading = "Approved"},
    {0},
};

static const struct column difference_columns[] = {
    {.field = "line_number", .heading = "Line"},
    {.field = "record_id", .heading = "Record"},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "reason", .heading = "Reason", .flags = COLUMN_WORDS},
    {.field = "invoice_pence", .heading = "Invoiced"},
    {.field = "ledger_pence", .heading = "Ledger"},
    {.field = "disputed_pence", .heading = "Disputed"},
    {.field = "explanation", .heading = "Explanation", .flags = COLUMN_WRAP},
    {0},
};

static const struct column statement_columns[] = {
    {.field = "reference", .heading = "Statement"},
    {.field = "statement_id", .heading = "Id"},
    {.field = "organisation_code", .heading = "For"},
    {.field = "organisation_name", .heading = "Name"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "provider_name", .heading = "Provider's name"},
    {.field = "invoice_number", .heading = "Invoice"},
    {.field = "period", .heading = "Period"},
    {.field = "month_state", .heading = "Month is"},
    {.field = "settlement_id", .heading = "Settlement"},
    {.field = "issue_time", .heading = "Issued"},
    {.field = "invoiced_pence", .heading = "Invoiced"},
    {.field = "undisputed_pence", .heading = "Undisputed"},
    {.field = "disputed_pence", .heading = "Disputed"},
    {0},
};

static const struct column line_columns[] = {
    {.field = "/statement.statement_id", .heading = "Id", .flags = COLUMN_CSV},
    {.field = "/statement.reference", .heading = "Statement", .flags = COLUMN_CSV},
    {.field = "/statement.organisation_code", .heading = "For", .flags = COLUMN_CSV},
    {.field = "/statement.provider_code", .heading = "Provider", .flags = COLUMN_CSV},
    {.field = "/statement.invoice_number", .heading = "Invoice", .flags = COLUMN_CSV},
    {.field = "/statement.period", .heading = "Period", .flags = COLUMN_CSV},
    {.field = "practice_code", .heading = "Practice"},
    {.field = "pod", .heading = "POD"},
    {.field = "activity", .heading = "Activity", .flags = COLUMN_COUNT},
    {.field = "invoiced_pence", .heading = "Invoiced"},
    {.field = "undisputed_pence", .heading = "Undisputed"},
    {.field = "disputed_pence", .heading = "Disputed"},
    {.field = "/statement.month_state", .heading = "Month is", .flags = COLUMN_CSV},
    {0},
};

static const struct column row_columns[] = {
    {.field = "statement_id", .heading = "Id"},
    {.field = "reference", .heading = "Statement"},
    {.field = "organisation_code", .heading = "For"},
    {.field = "organisation_name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "invoice_number", .heading = "Invoice"},
    {.field = "period", .heading = "Period"},
    {.field = "month_state", .heading = "Month is"},
    {.field = "invoiced_pence", .heading = "Invoiced"},
    {.field = "undisputed_pence", .heading = "Undisputed"},
    {.field = "disputed_pence", .heading = "Disputed"},
    {.field = "issue_time", .heading = "Issued"},
    {0},
};

static const struct view settlement_view = {{{NULL, "settlement", settlement_columns, false}}};
static const struct view settlements_view = {{{NULL, "settlements", settlement_columns, false}}};
static const struct view differences_view = {{{NULL, "differences", difference_columns, false}}};
static const struct view statements_view = {{{NULL, "statements", row_columns, false}}};
static const struct view statement_view = {{
    {NULL, "statement", statement_columns, false},
    {NULL, "statement.lines", line_columns, true},
}};

/* A watch that may have to come back after a lost connection without a gap or a repeat. */
struct following {
	struct invocation *invocation;
	Pbc__V1__WatchStatementsRequest *request;
	char since[TIMESTAMP_TEXT]; /* of the newest statement, else when the watch began */
	char **seen;                /* ids of the statements issued at that moment; owned */
	size_t seen_count;
	int64_t wanted; /* 0: no end */
	int64_t printed;
};

static void
forget_seen(struct following *following)
{
	for (size_t i = 0; i < following->seen_count; i++)
		free(following->seen[i]);
	following->seen_count = 0;
}

/* True if it was printed before the connection was lost; notes it otherwise. */
static bool
seen_before(struct following *following, const Pbc__V1__Statement *statement)
{
	char issued[TIMESTAMP_TEXT] = "";

	for (size_t i = 0; i < following->seen_count; i++)
		if (strcmp(following->seen[i], statement->statement_id) == 0)
			return true;
	if (statement->issue_time != NULL)
		timestamp_format(
		    statement->issue_time->seconds, statement->issue_time->nanos, issued);
	if (strcmp(issued, following->since) != 0)
		forget_seen(following);
	memcpy(following->since, issued, sizeof(issued));
	following->seen =
	    memory_realloc(following->seen, (following->seen_count + 1) * sizeof(*following->seen));
	following->seen[following->seen_count++] = memory_strdup(statement->statement_id);
	return false;
}

static void
print_statement(const struct following *following, const ProtobufCMessage *message)
{
	json_t *json;

	switch (following->invocation->options.format) {
	case FORMAT_TABLE:
		if (following->printed > 0)
			putchar('\n');
		view_print(&statement_view, message, FORMAT_TABLE);
		break;
	case FORMAT_CSV:
		view_csv_rows(view_main_section(&statement_view), message, stdout);
		break;
	case FORMAT_JSON:
		/* A document a line, so that a reader need not wait for the end. */
		json = pbjson_from_message(message, PBJSON_PROTO3);
		json_dumpf(json, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(json);
		break;
	}
	fflush(stdout);
}

static bool
each_statement(void *arg, const ProtobufCMessage *message)
{
	struct following *following = arg;
	const Pbc__V1__Statement *statement =
	    ((const Pbc__V1__WatchStatementsResponse *)message)->statement;

	if (statement == NULL || seen_before(following, statement))
		return true;
	print_statement(following, message);
	following->printed++;
	return ferror(stdout) == 0 &&
	       (following->wanted == 0 || following->printed < following->wanted);
}

static void
watch_lost(void *arg, const struct status *status, int delay_ms)
{
	struct following *following = arg;

	failure_note("%s (trying again in %d ms)", status->message, delay_ms);
	following->request->since_time = following->since;
}

static enum exit_code
follow(struct following *following)
{
	struct invocation *invocation = following->invocation;
	struct client_watch watch = {
	    .request = &following->request->base,
	    .each = each_statement,
	    .lost = watch_lost,
	    .arg = following,
	    .timeout_ms = invocation->options.timeout_s * 1000,
	};
	struct status status = {.code = STATUS_OK};

	if (invocation->options.format == FORMAT_CSV)
		view_csv_header(view_main_section(&statement_view), stdout);
	fflush(stdout);
	wait_catch_interrupts(invocation->client);
	if (client_watch(invocation->client, SERVICE, invocation->command->method, &watch, &status))
		return EXIT_OK;
	/* Without a count the time is how a watch is meant to end, and so is an interrupt. */
	if (status.code == STATUS_CANCELLED && strcmp(status.reason, "INTERRUPTED") == 0)
		return EXIT_OK;
	if (status.code == STATUS_DEADLINE_EXCEEDED && following->wanted == 0)
		return EXIT_OK;
	return failure_tell(&status, invocation);
}

static enum exit_code
settlement_watch(struct invocation *invocation)
{
	const char *count = invocation_value(invocation, "count");
	struct following following = {.invocation = invocation};
	enum exit_code code = EXIT_OK;
	struct status status;
	char *end = NULL;

	if (count != NULL) {
		following.wanted = strtoll(count, &end, 10);
		if (*end != '\0' || following.wanted < 1) {
			status_set(&status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
			    "--count takes a whole number from 1, not \"%s\"", count);
			return failure_usage(&status, invocation->command);
		}
	}
	following.request = (Pbc__V1__WatchStatementsRequest *)request_build(invocation, &code);
	if (following.request == NULL)
		return code;
	timestamp_format((int64_t)time(NULL), 0, following.since);
	if (following.request->since_time[0] != '\0')
		snprintf(
		    following.since, sizeof(following.since), "%s", following.request->since_time);
	code = follow(&following);
	forget_seen(&following);
	free(following.seen);
	return code;
}

const struct command settlement_commands[] = {
    {"settlement", "run", SERVICE, "RunSettlement", run_params, command_start, &operation_view, 0,
	"match an invoice with the ledger and propose what to pay", NULL,
	"pbc settlement run 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c\npbc settlement run "
	"6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c --validate-only"},
    {"settlement", "show", SERVICE, "GetSettlement", id_params, command_unary, &settlement_view, 0,
	"show a settlement", NULL, "pbc settlement show 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"settlement", "list", SERVICE, "ListSettlements", NULL, command_list, &settlements_view, 0,
	"list settlements", NULL, "pbc settlement list"},
    {"settlement", "differences", SERVICE, "ListDifferences", differences_params, command_list,
	&differences_view, 0, "list the lines on which invoice and ledger differ",
	"Every reading is an entry of the audit log.",
	"pbc settlement differences 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --reason \"July's invoice\" --format csv"},
    {"settlement", "approve", SERVICE, "ApproveSettlement", id_params, command_unary,
	&settlement_view, 0, "pay the undisputed part and hold the rest",
	"Whoever ran a settlement cannot approve it.",
	"pbc settlement approve 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"settlement", "statement", SERVICE, "GetStatement", statement_params, command_unary,
	&statement_view, 0, "show one statement", COUNT_NOTES,
	"pbc settlement statement 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"settlement", "statements", SERVICE, "ListStatements", statements_params, command_list,
	&statements_view, 0, "list statements", NULL,
	"pbc settlement statements --as-at 2017-09-30"},
    {"settlement", "watch", SERVICE, "WatchStatements", watch_params, settlement_watch,
	&statement_view, 0, "print each new statement as it is made, until interrupted",
	"JSON comes as one document a line. With --count, --timeout is a failure\n"
	"(exit code 7). " COUNT_NOTES,
	"pbc settlement watch --count 1 --timeout 60"},
    {0},
};
