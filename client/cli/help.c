/* --help of the program, a noun and a command. */
#include "client/cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/fit.h"
#include "common/memory.h"

#define COLUMNS 80

static const char exit_codes[] =
    "Exit codes: 0 ok, 1 other, 2 usage, 3 not found, 4 permission or identity,\n"
    "5 conflict, 6 validation failed, 7 unavailable.\n";

/* Lines of text, each but the first behind so many spaces. */
static void
print_lines(const char *text, int indent)
{
	for (;;) {
		size_t length = strcspn(text, "\n");

		printf("%.*s\n", (int)length, text);
		text += length;
		if (*text == '\0')
			return;
		text++;
		printf("%*s", indent, "");
	}
}

/* Prose as wide as help is, wherever its source breaks the line. */
static void
print_prose(const char *text, int indent)
{
	char *filled = memory_strdup(text);

	for (char *c = filled; *c != '\0'; c++)
		if (*c == '\n')
			*c = ' ';
	fit_wrap(filled, (size_t)(COLUMNS - indent));
	print_lines(filled, indent);
	free(filled);
}

/* A name, and what it is for. */
static void
print_entry(const char *name, const char *help)
{
	int indent = printf("  %-26s ", name);

	print_prose(help, indent);
}

static void
print_command_line(const struct command *row)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", row->noun, row->verb != NULL ? " " : "",
	    row->verb != NULL ? row->verb : "");
	print_entry(name, row->summary);
}

static void
print_option(const char *name, const char *value, const char *help)
{
	char flag[64];

	snprintf(flag, sizeof(flag), "--%s%s%s", name, value != NULL ? " " : "",
	    value != NULL ? value : "");
	print_entry(flag, help);
}

/* The shared options that apply to every command, or, with a command, those that are only its. */
static void
print_shared(const struct command *command)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (command == NULL ? row->applies == NULL
				    : row->applies != NULL && row->applies(command))
			print_option(row->name, row->value, row->help);
	}
}

void
help_program(void)
{
	const struct command *row;

	printf("pbc " PBC_VERSION ": practice based commissioning from the command line.\n\n"
	       "Usage: pbc [OPTION...] NOUN VERB [ARGUMENT...] [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		print_command_line(row);
	printf("\nOptions of every command:\n");
	print_shared(NULL);
	printf("\nServer and identity come from these options, from PBC_SERVER, PBC_CA, PBC_CERT\n"
	       "and PBC_KEY, or from a profile of $PBC_CONFIG or ~/.config/pbc/pbc.conf, in that\n"
	       "order:\n\n"
	       "  profile finance {\n"
	       "    server = \"pct.example:8443\"\n"
	       "    ca = \"ca.pem\"\n"
	       "    cert = \"finance.pem\"\n"
	       "    key = \"finance.key\"\n"
	       "  }\n\n"
	       "Without --as the profile \"default\" is taken.\n\n%s\n"
	       "Examples:\n"
	       "  pbc --as practice-a budget show\n"
	       "  pbc report financial-summary --practice A81001 --year 2017/18 --to 2017-07\n"
	       "  pbc activity import july.csv --help\n"
	       "\nAll of this as a manual page: pbc --manual | man -l -\n",
	    exit_codes);
}

void
help_noun(const char *noun)
{
	const struct command *row;

	printf("Usage: pbc %s VERB [ARGUMENT...] [OPTION...]\n\nCommands:\n", noun);
	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		if (strcmp(row->noun, noun) == 0)
			print_command_line(row);
	printf("\nSee: pbc %s VERB --help\n", noun);
}

/* A word of the usage on its line, or on one more. */
static void
print_usage_word(size_t *column, const char *word)
{
	*column += strlen(word) + 1;
	if (*column > COLUMNS) {
		printf("\n        ");
		*column = strlen("        ") + strlen(word) + 1;
	}
	printf(" %s", word);
}

static void
print_usage(const struct command *command)
{
	size_t column = (size_t)printf("Usage: pbc %s%s%s", command->noun,
	    command->verb != NULL ? " " : "", command->verb != NULL ? command->verb : "");
	char word[64];

	for (size_t i = 0; i < command_param_count(command); i++) {
		const struct param *param = &command->params[i];

		if (param_is_positional(param))
			snprintf(word, sizeof(word), param->required ? "%s" : "[%s]", param->name);
		else if (param->required)
			snprintf(word, sizeof(word), "--%s %s", param->name, param->value);
		else
			continue;
		print_usage_word(&column, word);
	}
	print_usage_word(&column, "[OPTION...]");
	printf("\n\n");
}

void
help_command(const struct command *command)
{
	print_usage(command);
	printf("  %s\n", command->summary);
	if (command->notes != NULL) {
		printf("\n  ");
		print_prose(command->notes, 2);
	}
	if (command_param_count(command) > 0)
		printf("\nArguments:\n");
	for (size_t i = 0; i < command_param_count(command); i++) {
		const struct param *param = &command->params[i];

		if (param_is_positional(param))
			print_entry(param->name, param->help);
		else
			print_option(param->name, param->value, param->help);
	}
	printf("\nOptions:\n");
	print_shared(command);
	print_shared(NULL);
	printf("\nExamples:\n  ");
	print_lines(command->example, 2);
	printf("\n%s", exit_codes);
}
