/* Parses command lines with getopt_long, whose tables are made from the command's row. */
#include "client/cli/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/cli/suggest.h"

#define OPTION_LIMIT 48
#define COMMAND_OPTION 1000 /* getopt's answer for param 0; option rows answer from 256 on */
#define SHARED_OPTION 256
#define TIMEOUT_MOST_S (7L * 24 * 3600)

static bool
is_write(const struct command *command)
{
	return command_takes(command, "request_id");
}

static bool
can_validate(const struct command *command)
{
	return command_takes(command, "validate_only");
}

static bool
starts_operation(const struct command *command)
{
	const ProtobufCMethodDescriptor *method = command_method(command);

	return command->run != command_unary && command_takes(command, "request_id") &&
	       protobuf_c_message_descriptor_get_field_by_name(method->output, "operation") != NULL;
}

static bool
is_list(const struct command *command)
{
	return command->run == command_list;
}

const struct option_row option_rows[] = {
    {"server", "HOST:PORT", "the server", offsetof(struct options, server), NULL},
    {"ca", "FILE", "PEM file of the authority that signed its certificate",
	offsetof(struct options, ca), NULL},
    {"cert", "FILE", "PEM file of your certificate", offsetof(struct options, cert), NULL},
    {"key", "FILE", "PEM file of its key", offsetof(struct options, key), NULL},
    {"as", "NAME", "profile of the configuration file", offsetof(struct options, profile), NULL},
    {"format", "FORMAT", "table (default), csv or json", offsetof(struct options, format_text),
	NULL},
    {"timeout", "SECONDS", "give up after so long", offsetof(struct options, timeout_text), NULL},
    {"request-id", "UUID", "repeat this request instead of making another",
	offsetof(struct options, request_id), is_write},
    {"validate-only", NULL, "check everything, change nothing",
	offsetof(struct options, validate_only), can_validate},
    {"no-wait", NULL, "print the operation's id and leave it running",
	offsetof(struct options, no_wait), starts_operation},
    {"limit", "N", "at most so many rows (default all)", offsetof(struct options, limit_text),
	is_list},
    {"help", NULL, "print this help", offsetof(struct options, help), NULL},
    {"version", NULL, "print the version", offsetof(struct options, version), NULL},
};

const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);

static void
set_option(struct options *options, const struct option_row *row, const char *argument)
{
	char *at = (char *)options + row->offset;

	if (row->value == NULL)
		*(bool *)(void *)at = true;
	else
		*(const char **)(void *)at = argument;
}

/* The shared options that apply (all that need no command, if it is NULL), then the command's. */
static void
make_table(const struct command *command, struct option table[OPTION_LIMIT])
{
	size_t count = 0;

	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->applies == NULL || (command != NULL && row->applies(command)))
			table[count++] = (struct option){row->name,
			    row->value == NULL ? no_argument : required_argument, NULL,
			    SHARED_OPTION + (int)i};
	}
	for (size_t i = 0; command != NULL && i < command_param_count(command); i++) {
		const struct param *param = &command->params[i];

		assert(count + 1 < OPTION_LIMIT);
		if (!param_is_positional(param))
			table[count++] = (struct option){param->name,
			    param->value == NULL ? no_argument : required_argument, NULL,
			    COMMAND_OPTION + (int)i};
	}
	table[count] = (struct option){NULL, 0, NULL, 0};
}

/* What is wrong with the flag that getopt stopped at. Always false. */
static bool
refuse_flag(const char *flag, int why, const struct option *table, struct status *status)
{
	char word[64];
	struct suggestion suggestion = {.word = word};
	size_t length;

	flag += strspn(flag, "-");
	length = strcspn(flag, "=");
	if (length >= sizeof(word))
		length = sizeof(word) - 1;
	memcpy(word, flag, length);
	word[length] = '\0';
	if (why == ':')
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
		    "--%s needs a value", word);
	for (; table->name != NULL; table++) {
		if (strcmp(table->name, word) == 0)
			return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
			    "--%s takes no value", word);
		suggest_try(&suggestion, table->name);
	}
	if (suggestion.best == NULL)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
		    "there is no flag --%s here", word);
	return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
	    "there is no flag --%s here; did you mean --%s?", word, suggestion.best);
}

static bool
parse_count(const char *name, const char *text, long most, int64_t *count, struct status *status)
{
	char *end;
	long value;

	if (text == NULL)
		return true;
	value = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || value < 1 || value > most)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
		    "--%s takes a whole number from 1 to %ld, not \"%s\"", name, most, text);
	*count = value;
	return true;
}

/* Reads what the texts of the shared options mean. */
static bool
interpret(struct options *options, struct status *status)
{
	static const char *const formats[] = {
	    [FORMAT_TABLE] = "table", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"};
	size_t format = 0;

	if (options->format_text != NULL) {
		while (format < 3 && strcmp(options->format_text, formats[format]) != 0)
			format++;
		if (format == 3)
			return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
			    "--format is table, csv or json, not \"%s\"", options->format_text);
		options->format = (enum format)format;
	}
	return parse_count(
		   "timeout", options->timeout_text, TIMEOUT_MOST_S, &options->timeout_s, status) &&
	       parse_count("limit", options->limit_text, INT32_MAX, &options->limit, status);
}

bool
options_parse_leading(
    int argc, char **argv, struct options *options, int *rest, struct status *status)
{
	struct option table[OPTION_LIMIT];
	int option;

	make_table(NULL, table);
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:h", table, NULL)) != -1) {
		if (option == '?' || option == ':')
			return refuse_flag(argv[optind - 1], option, table, status);
		if (option == 'h')
			options->help = true;
		else
			set_option(options, &option_rows[option - SHARED_OPTION], optarg);
	}
	*rest = optind;
	return true;
}

/* Puts what stands by its place into the params that do, in order. */
static bool
take_positionals(int count, char **texts, struct invocation *invocation, struct status *status)
{
	const struct command *command = invocation->command;
	int taken = 0;

	for (size_t i = 0; i < command_param_count(command); i++) {
		if (!param_is_positional(&command->params[i]) || taken == count)
			continue;
		invocation->values[i] = texts[taken];
		if (strstr(command->params[i].name, "...") != NULL) {
			invocation->many = texts + taken;
			invocation->many_count = (size_t)(count - taken);
			taken = count;
		} else {
			taken++;
		}
	}
	if (taken < count)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
		    "\"%s\" is one word too many", texts[taken]);
	return true;
}

/* Tells of all that are missing: who mends one at a time types the command as often. */
static bool
check_required(const struct invocation *invocation, struct status *status)
{
	const struct command *command = invocation->command;
	char missing[256] = "";
	size_t length = 0, count = 0;

	for (size_t i = 0; i < command_param_count(command); i++) {
		const struct param *param = &command->params[i];

		if (!param->required || invocation->values[i] != NULL)
			continue;
		length += (size_t)snprintf(missing + length, sizeof(missing) - length, "%s%s%s%s%s",
		    count > 0 ? ", " : "", param_is_positional(param) ? "" : "--", param->name,
		    param->value != NULL ? " " : "", param->value != NULL ? param->value : "");
		assert(length < sizeof(missing));
		count++;
	}
	if (count == 0)
		return true;
	return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL, "%s %s missing",
	    missing, count == 1 ? "is" : "are");
}

bool
options_parse_command(int argc, char **argv, struct invocation *invocation, struct status *status)
{
	struct option table[OPTION_LIMIT];
	int option;

	make_table(invocation->command, table);
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (option == '?' || option == ':')
			return refuse_flag(argv[optind - 1], option, table, status);
		if (option == 'h')
			invocation->options.help = true;
		else if (option >= COMMAND_OPTION)
			invocation->values[option - COMMAND_OPTION] = optarg != NULL ? optarg : "";
		else
			set_option(
			    &invocation->options, &option_rows[option - SHARED_OPTION], optarg);
	}
	if (invocation->options.help)
		return true;
	return take_positionals(argc - optind, argv + optind, invocation, status) &&
	       check_required(invocation, status) && interpret(&invocation->options, status);
}
