/* Failures in words for people. */
#include "client/cli/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cell.h"

static enum exit_code
exit_code_of(enum status_code code)
{
	switch (code) {
	case STATUS_OK:
		return EXIT_OK;
	case STATUS_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case STATUS_PERMISSION_DENIED:
	case STATUS_UNAUTHENTICATED:
		return EXIT_PERMISSION;
	case STATUS_ALREADY_EXISTS:
	case STATUS_FAILED_PRECONDITION:
	case STATUS_ABORTED:
		return EXIT_CONFLICT;
	case STATUS_INVALID_ARGUMENT:
	case STATUS_OUT_OF_RANGE:
		return EXIT_VALIDATION;
	case STATUS_UNAVAILABLE:
	case STATUS_DEADLINE_EXCEEDED:
	case STATUS_RESOURCE_EXHAUSTED:
		return EXIT_UNAVAILABLE;
	default:
		return EXIT_OTHER;
	}
}

static void
put_line(const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	fprintf(stderr, "  %-7s ", label);
	cell_print(stderr, text);
	fputc('\n', stderr);
}

static void
put_error(const char *message)
{
	const char *no_color = getenv("NO_COLOR");
	bool colours = isatty(STDERR_FILENO) != 0 && (no_color == NULL || no_color[0] == '\0');

	fprintf(stderr, "pbc: %serror:%s ", colours ? "\033[1;31m" : "", colours ? "\033[0m" : "");
	cell_print(stderr, message);
	fputc('\n', stderr);
}

/* A field of the request, and the argument or flag by which people give it. */
static void
put_field(const char *field, const struct invocation *invocation)
{
	fputs("  field:  ", stderr);
	cell_print(stderr, field);
	for (size_t i = 0; invocation != NULL && i < command_param_count(invocation->command);
	     i++) {
		const struct param *param = &invocation->command->params[i];

		if (param->field != NULL && strcmp(param->field, field) == 0)
			fprintf(
			    stderr, " (%s%s)", param_is_positional(param) ? "" : "--", param->name);
	}
}

/* A description that the message has said already is not said again. */
static void
put_violations(const struct invocation *invocation, const char *message)
{
	size_t count = 0;
	const struct client_violation *violations = client_violations(invocation->client, &count);

	for (size_t i = 0; i < count; i++) {
		put_field(violations[i].field, invocation);
		if (strstr(message, violations[i].description) == NULL) {
			fputs(": ", stderr);
			cell_print(stderr, violations[i].description);
		}
		fputc('\n', stderr);
	}
}

enum exit_code
failure_tell(const struct status *status, const struct invocation *invocation)
{
	char reason[96];
	size_t violations = 0;

	if (invocation != NULL)
		client_violations(invocation->client, &violations);
	fflush(stdout);
	put_error(status->message);
	if (violations > 0)
		put_violations(invocation, status->message);
	else if (status->field[0] != '\0') {
		put_field(status->field, invocation);
		fputc('\n', stderr);
	}
	put_line("remedy:", status->hint);
	snprintf(reason, sizeof(reason), "%s%s%s%s", status->reason,
	    status->reason[0] != '\0' ? " (" : "", status_code_name(status->code),
	    status->reason[0] != '\0' ? ")" : "");
	put_line("reason:", reason);
	return exit_code_of(status->code);
}

enum exit_code
failure_usage(const struct status *status, const struct command *command)
{
	put_error(status->message);
	put_line("remedy:", status->hint);
	if (command != NULL)
		fprintf(stderr, "  see     pbc %s%s%s --help\n", command->noun,
		    command->verb != NULL ? " " : "", command->verb != NULL ? command->verb : "");
	else
		fprintf(stderr, "  see     pbc --help\n");
	return EXIT_USAGE;
}

void
failure_note(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("pbc: ", stderr);
	cell_print(stderr, text);
	fputc('\n', stderr);
}
