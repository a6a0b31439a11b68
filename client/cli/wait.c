/* WatchOperation until the operation has ended. */
#include "client/cli/wait.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "client/cli/failure.h"
#include "client/cli/outcome.h"
#include "client/cli/progress.h"
#include "client/cli/view.h"
#include "common/memory.h"

static const struct column operation_columns[] = {
    {.field = "operation_id", .heading = "Operation"},
    {.field = "kind", .heading = "Kind"},
    {.field = "state", .heading = "State"},
    {.field = "result_id", .heading = "Result"},
    {.field = "error_message", .heading = "Error", .flags = COLUMN_WRAP},
    {.field = "error_hint", .heading = "Remedy", .flags = COLUMN_WRAP},
    {.field = "error_reason", .heading = "Reason"},
    {.field = "progress_done", .heading = "Done", .flags = COLUMN_NOT_ZERO},
    {.field = "progress_total", .heading = "Of", .flags = COLUMN_NOT_ZERO},
    {.field = "progress_unit", .heading = "Unit"},
    {.field = "created_by", .heading = "Started by"},
    {.field = "create_time", .heading = "Asked"},
    {.field = "start_time", .heading = "Started"},
    {.field = "end_time", .heading = "Ended"},
    {.field = "attempts", .heading = "Attempts"},
    {0},
};

static const struct column outcome_columns[] = {
    {.field = "/operation.operation_id", .heading = "Operation", .flags = COLUMN_CSV},
    {.field = "/operation.result_id", .heading = "Result", .flags = COLUMN_CSV},
    {.field = "name", .heading = "Outcome"},
    {.field = "value", .heading = "Value"},
    {.field = "detail", .heading = "", .csv = "detail", .flags = COLUMN_WRAP},
    {0},
};

const struct view operation_view = {{
    {NULL, "operation", operation_columns, false},
    {NULL, "operation.outcomes", outcome_columns, true},
}};

struct waiting {
	struct progress progress;
	Pbc__V1__WatchOperationResponse *last; /* owned */
	bool started;
};

static bool
has_succeeded(const Pbc__V1__Operation *operation)
{
	return operation->state == PBC__V1__OPERATION_STATE__OPERATION_STATE_SUCCEEDED;
}

static bool
has_ended(const Pbc__V1__Operation *operation)
{
	return has_succeeded(operation) ||
	       operation->state == PBC__V1__OPERATION_STATE__OPERATION_STATE_FAILED ||
	       operation->state == PBC__V1__OPERATION_STATE__OPERATION_STATE_CANCELLED;
}

/* A copy by the wire, since protobuf-c has none. */
static Pbc__V1__WatchOperationResponse *
copy_of(const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = memory_alloc(length);
	ProtobufCMessage *copy;

	protobuf_c_message_pack(message, bytes);
	copy = protobuf_c_message_unpack(message->descriptor, NULL, length, bytes);
	assert(copy != NULL);
	free(bytes);
	return (Pbc__V1__WatchOperationResponse *)copy;
}

static bool
each_state(void *arg, const ProtobufCMessage *message)
{
	struct waiting *waiting = arg;
	Pbc__V1__Operation *operation;

	if (((const Pbc__V1__WatchOperationResponse *)message)->operation == NULL)
		return true;
	protobuf_c_message_free_unpacked(waiting->last != NULL ? &waiting->last->base : NULL, NULL);
	waiting->last = copy_of(message);
	operation = waiting->last->operation;
	/* The bar's words live as long as the newest message. */
	waiting->progress.label = operation->kind;
	waiting->progress.unit = operation->progress_unit;
	if (!waiting->started) {
		progress_begin(&waiting->progress, operation->kind, operation->progress_unit,
		    operation->progress_total);
		if (!waiting->progress.terminal)
			failure_note("%s: waiting for operation %s", operation->kind,
			    operation->operation_id);
		waiting->started = true;
	}
	progress_show(&waiting->progress, operation->progress_done, operation->progress_total);
	return !has_ended(operation);
}

void
wait_catch_interrupts(struct client *client)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	client_set_wake_fd(client, signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

Pbc__V1__WatchOperationResponse *
wait_operation(struct invocation *invocation, const char *operation_id, enum exit_code *code)
{
	Pbc__V1__WatchOperationRequest request = PBC__V1__WATCH_OPERATION_REQUEST__INIT;
	struct waiting waiting = {.last = NULL};
	struct client_watch watch = {
	    .request = &request.base,
	    .each = each_state,
	    .arg = &waiting,
	    .timeout_ms = invocation->options.timeout_s * 1000,
	};
	struct status status = {.code = STATUS_OK};
	bool ok;

	request.operation_id = (char *)(uintptr_t)operation_id;
	wait_catch_interrupts(invocation->client);
	ok = client_watch(invocation->client, &pbc__v1__operation_service__descriptor,
	    "WatchOperation", &watch, &status);
	if (waiting.started)
		progress_end(&waiting.progress);
	if (ok && waiting.last != NULL && has_ended(waiting.last->operation))
		return waiting.last;
	protobuf_c_message_free_unpacked(waiting.last != NULL ? &waiting.last->base : NULL, NULL);
	if (ok)
		status_set(&status, STATUS_INTERNAL, "NO_END", NULL, NULL,
		    "the server stopped telling about operation %s before it ended", operation_id);
	*code = failure_tell(&status, invocation);
	if (status.code != STATUS_NOT_FOUND && status.code != STATUS_PERMISSION_DENIED)
		failure_note("operation %s goes on; see: pbc operation watch %s", operation_id,
		    operation_id);
	return NULL;
}

static enum exit_code
tell_failed(const Pbc__V1__Operation *operation)
{
	struct status status;

	if (operation->state == PBC__V1__OPERATION_STATE__OPERATION_STATE_CANCELLED)
		status_set(&status, STATUS_CANCELLED, "OPERATION_CANCELLED", NULL, NULL,
		    "operation %s was cancelled", operation->operation_id);
	else
		status_set(&status,
		    operation->error_code != 0 ? (enum status_code)operation->error_code
					       : STATUS_INVALID_ARGUMENT,
		    operation->error_reason[0] != '\0' ? operation->error_reason
						       : "OPERATION_FAILED",
		    NULL, operation->error_hint, "%s",
		    operation->error_message[0] != '\0' ? operation->error_message
							: "the operation failed");
	return failure_tell(&status, NULL);
}

/*
 * For people: what came of it in the first place, and of the rest what they need to go on. What an
 * operation that failed was about to make does not exist.
 */
static void
print_ended(const Pbc__V1__WatchOperationResponse *last)
{
	const struct column columns[] = {
	    {.field = "result_id", .heading = outcome_result_heading(last->operation->kind)},
	    {.field = "operation_id", .heading = "Operation"},
	    {0},
	};
	const struct column *shown = has_succeeded(last->operation) ? columns : columns + 1;
	const struct view view = {{
	    {NULL, "operation.outcomes", outcome_columns, false},
	    {NULL, "operation", shown, false},
	}};
	const struct view bare = {{{NULL, "operation", shown, false}}};

	view_print(last->operation->n_outcomes > 0 ? &view : &bare, &last->base, FORMAT_TABLE);
}

/* A flex may lose most of its month, which is mostly another month's or provider's file. */
static void
note_shrunk(const Pbc__V1__Operation *operation)
{
	const char *accepted = outcome_find(operation, "accepted");
	const char *before = outcome_find(operation, "superseded_accepted");

	if (strtoll(before, NULL, 10) / 2 > strtoll(accepted, NULL, 10) &&
	    operation->result_id[0] != '\0')
		failure_note("%s records count where %s did; if this is the wrong file: pbc "
			     "activity restore %s --reason TEXT",
		    accepted, before, outcome_find(operation, "supersedes"));
}

/* What of a file that was taken needs another look. */
static void
note_file(const Pbc__V1__Operation *operation)
{
	const char *rejected = outcome_find(operation, "rejected");
	const char *duplicate_of = outcome_find(operation, "duplicate_of");
	const char *replaced_by = outcome_find(operation, "replaced_by");
	const char *amended_by = outcome_find(operation, "amended_by");

	if (replaced_by[0] != '\0')
		failure_note("the same file came before as %s, which %s has replaced; nothing was "
			     "changed: %s counts. To make the first count again: pbc activity "
			     "restore %s --reason TEXT",
		    duplicate_of, replaced_by, replaced_by, duplicate_of);
	else if (amended_by[0] != '\0')
		failure_note(
		    "the same adjustment came before as %s, and %s has changed records of "
		    "it since; nothing was changed. What is to count again has to come "
		    "as another file: the same rows with one more column, say why, are one",
		    duplicate_of, amended_by);
	else if (duplicate_of[0] != '\0')
		failure_note("the same file came before as %s; nothing was changed", duplicate_of);
	else if (strtoll(rejected, NULL, 10) > 0 && operation->result_id[0] != '\0')
		failure_note("%s rows were rejected, the rest counts; see: pbc activity rejects %s "
			     "--reason TEXT",
		    rejected, operation->result_id);
	else if (strtoll(rejected, NULL, 10) > 0)
		failure_note("%s rows would be rejected", rejected);
	note_shrunk(operation);
}

enum exit_code
wait_tell(struct invocation *invocation, const Pbc__V1__WatchOperationResponse *last)
{
	const Pbc__V1__Operation *operation = last->operation;

	if (invocation->options.format == FORMAT_TABLE)
		print_ended(last);
	else
		view_print(&operation_view, &last->base, invocation->options.format);
	fflush(stdout);
	if (!has_succeeded(operation))
		return tell_failed(operation);
	note_file(operation);
	return EXIT_OK;
}
