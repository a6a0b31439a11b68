/* operation: long work that imports and runs have started. */

#include "client/cli/tables.h"
#include "client/cli/wait.h"

#define SERVICE &pbc__v1__operation_service__descriptor

static const struct param id_params[] = {
    {"OPERATION", "operation_id", NULL, "operation id", true},
    {0},
};

static const struct param list_params[] = {
    {"kind", "kind", "KIND", "only this kind, such as import_activity", false},
    {0},
};

static const struct column row_columns[] = {
    {.field = "operation_id", .heading = "Operation"},
    {.field = "kind", .heading = "Kind"},
    {.field = "state", .heading = "State"},
    {.field = "progress_done", .heading = "Done"},
    {.field = "progress_total", .heading = "Of"},
    {.field = "progress_unit", .heading = "Unit"},
    {.field = "result_id", .heading = "Result"},
    {.field = "error_message", .heading = "Error", .flags = COLUMN_WRAP},
    {.field = "created_by", .heading = "Started by"},
    {.field = "create_time", .heading = "Asked"},
    {.field = "end_time", .heading = "Ended"},
    {0},
};

static const struct view list_view = {{{NULL, "operations", row_columns, false}}};

static enum exit_code
operation_watch(struct invocation *invocation)
{
	enum exit_code code = EXIT_OK;
	Pbc__V1__WatchOperationResponse *last =
	    wait_operation(invocation, invocation_value(invocation, "OPERATION"), &code);

	if (last == NULL)
		return code;
	code = wait_tell(invocation, last);
	pbc__v1__watch_operation_response__free_unpacked(last, NULL);
	return code;
}

const struct command operation_commands[] = {
    {"operation", "list", SERVICE, "ListOperations", list_params, command_list, &list_view, 0,
	"list operations, newest first", NULL, "pbc operation list --limit 10"},
    {"operation", "show", SERVICE, "GetOperation", id_params, command_unary, &operation_view, 0,
	"show an operation and its outcome", NULL,
	"pbc operation show 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"operation", "watch", SERVICE, "WatchOperation", id_params, operation_watch, &operation_view,
	0, "wait until an operation has ended", NULL,
	"pbc operation watch 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"operation", "cancel", SERVICE, "CancelOperation", id_params, command_unary, &operation_view,
	0, "ask an operation to stop", "What it had not committed leaves no trace.",
	"pbc operation cancel 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {0},
};
