/* The three shapes that most commands have: one answer, pages of rows, an operation. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/cli/command.h"
#include "client/cli/failure.h"
#include "client/cli/reflect.h"
#include "client/cli/request.h"
#include "client/cli/view.h"
#include "client/cli/wait.h"
#include "common/memory.h"
#include "common/pbjson.h"

#define PAGE_ROWS 200 /* the most that the API gives at once */

int64_t
invocation_timeout_ms(const struct invocation *invocation)
{
	int64_t timeout_s = invocation->options.timeout_s;

	if (timeout_s == 0)
		timeout_s = invocation->command->timeout_s;
	return (timeout_s != 0 ? timeout_s : COMMAND_TIMEOUT_S) * 1000;
}

ProtobufCMessage *
invocation_call(
    struct invocation *invocation, const ProtobufCMessage *request, enum exit_code *code)
{
	const struct command *command = invocation->command;
	struct status status = {.code = STATUS_OK};
	ProtobufCMessage *answer = client_call(invocation->client, command->service,
	    command->method, request, invocation_timeout_ms(invocation), &status);

	if (answer == NULL)
		*code = failure_tell(&status, invocation);
	return answer;
}

ProtobufCMessage *
invocation_answer(struct invocation *invocation, enum exit_code *code)
{
	const ProtobufCMessage *request = request_build(invocation, code);

	return request != NULL ? invocation_call(invocation, request, code) : NULL;
}

enum exit_code
command_unary(struct invocation *invocation)
{
	enum exit_code code = EXIT_OK;
	ProtobufCMessage *answer = invocation_answer(invocation, &code);

	if (answer == NULL)
		return code;
	view_print(invocation->command->view, answer, invocation->options.format);
	protobuf_c_message_free_unpacked(answer, NULL);
	return EXIT_OK;
}

/* Pages of a list as they come in. CSV is written at once, the rest is kept to the end. */
struct pages {
	struct invocation *invocation;
	const struct section *section;
	json_t *request;
	ProtobufCMessage **kept; /* owned, with its messages */
	size_t kept_count;
	json_t *document; /* of format JSON: the first answer with the rows of all */
	int64_t rows;
};

static void
keep_page(struct pages *pages, ProtobufCMessage *answer)
{
	pages->kept = memory_realloc(pages->kept, (pages->kept_count + 1) * sizeof(*pages->kept));
	pages->kept[pages->kept_count++] = answer;
}

static void
merge_page(struct pages *pages, const ProtobufCMessage *answer)
{
	json_t *page = pbjson_from_message(answer, PBJSON_PROTO3);
	const char *rows = pages->section->path;

	if (pages->document == NULL) {
		pages->document = page;
		return;
	}
	json_array_extend(json_object_get(pages->document, rows), json_object_get(page, rows));
	json_object_set(
	    pages->document, "next_page_token", json_object_get(page, "next_page_token"));
	json_decref(page);
}

/* Takes over the answer. */
static void
add_page(struct pages *pages, ProtobufCMessage *answer)
{
	pages->rows += (int64_t)reflect_count(answer, pages->section->path);
	if (pages->invocation->options.format == FORMAT_TABLE) {
		keep_page(pages, answer);
		return;
	}
	if (pages->invocation->options.format == FORMAT_CSV)
		view_csv_rows(pages->section, answer, stdout);
	else
		merge_page(pages, answer);
	protobuf_c_message_free_unpacked(answer, NULL);
}

static ProtobufCMessage *
fetch_page(struct pages *pages, const char *token, enum exit_code *code)
{
	int64_t limit = pages->invocation->options.limit;
	int64_t wanted =
	    limit > 0 && limit - pages->rows < PAGE_ROWS ? limit - pages->rows : PAGE_ROWS;
	struct status status = {.code = STATUS_OK};
	ProtobufCMessage *request;

	json_object_set_new(pages->request, "page_size", json_integer(wanted));
	json_object_set_new(pages->request, "page_token", json_string(token));
	request = request_message(pages->invocation, pages->request, &status);
	if (request != NULL)
		return invocation_call(pages->invocation, request, code);
	*code = failure_tell(&status, NULL);
	return NULL;
}

static enum exit_code
fetch_pages(struct pages *pages)
{
	int64_t limit = pages->invocation->options.limit;
	char *token = memory_strdup("");
	enum exit_code code = EXIT_OK;

	do {
		ProtobufCMessage *answer = fetch_page(pages, token, &code);

		free(token);
		if (answer == NULL)
			return code;
		token = memory_strdup(reflect_text(answer, "next_page_token"));
		add_page(pages, answer);
	} while (token[0] != '\0' && (limit == 0 || pages->rows < limit) && !ferror(stdout));
	/* Who counts or adds up what is there has to know that it is not all. */
	if (token[0] != '\0' && !ferror(stdout))
		failure_note("there are more; these are the %" PRId64 " of --limit", pages->rows);
	free(token);
	return EXIT_OK;
}

static void
free_pages(struct pages *pages)
{
	for (size_t i = 0; i < pages->kept_count; i++)
		protobuf_c_message_free_unpacked(pages->kept[i], NULL);
	free(pages->kept);
	json_decref(pages->request);
	json_decref(pages->document);
}

/* The rows of all pages; below them what every page says of the whole list. */
static void
print_tables(const struct pages *pages)
{
	const struct view *view = pages->invocation->command->view;

	view_table(pages->section, pages->kept, pages->kept_count);
	for (size_t i = 0; i < VIEW_SECTION_LIMIT && view->sections[i].path != NULL; i++) {
		if (&view->sections[i] == pages->section || pages->rows == 0)
			continue;
		printf("\n%s\n", view->sections[i].title);
		view_table(&view->sections[i], pages->kept, 1);
	}
}

enum exit_code
command_list(struct invocation *invocation)
{
	const struct command *command = invocation->command;
	struct status status = {.code = STATUS_OK};
	struct pages pages = {
	    .invocation = invocation,
	    .section = view_main_section(command->view),
	    .request = json_object(),
	};
	enum exit_code code = EXIT_USAGE;

	if (!request_fill(invocation, pages.request, &status)) {
		code = request_refuse(invocation, &status);
		free_pages(&pages);
		return code;
	}
	if (invocation->options.format == FORMAT_CSV)
		view_csv_header(pages.section, stdout);
	code = fetch_pages(&pages);
	if (code == EXIT_OK && invocation->options.format == FORMAT_TABLE)
		print_tables(&pages);
	else if (code == EXIT_OK && invocation->options.format == FORMAT_JSON)
		view_json(pages.document);
	free_pages(&pages);
	return code;
}

/* Prints what an operation that was only started says so far. */
static void
print_started(const struct invocation *invocation, const ProtobufCMessage *answer)
{
	if (invocation->options.format == FORMAT_JSON)
		view_print(&operation_view, answer, FORMAT_JSON);
	else
		printf("%s\n", reflect_text(answer, "operation.operation_id"));
}

enum exit_code
start_request(struct invocation *invocation, const ProtobufCMessage *request,
    Pbc__V1__WatchOperationResponse **last)
{
	enum exit_code code = EXIT_OK;
	ProtobufCMessage *answer = invocation_call(invocation, request, &code);

	*last = NULL;
	if (answer == NULL)
		return code;
	if (invocation->options.no_wait)
		print_started(invocation, answer);
	else
		*last = wait_operation(
		    invocation, reflect_text(answer, "operation.operation_id"), &code);
	protobuf_c_message_free_unpacked(answer, NULL);
	return *last != NULL ? wait_tell(invocation, *last) : code;
}

enum exit_code
command_start(struct invocation *invocation)
{
	enum exit_code code = EXIT_OK;
	ProtobufCMessage *request = request_build(invocation, &code);
	Pbc__V1__WatchOperationResponse *last;

	if (request == NULL)
		return code;
	code = start_request(invocation, request, &last);
	protobuf_c_message_free_unpacked(last != NULL ? &last->base : NULL, NULL);
	return code;
}
