/* The manual page, from the same tables as --help. */
#include <ctype.h>
#include <stdio.h>

#include "client/cli/help.h"

/*
 * Text in man markup: no line begins with a control character, hyphens and backslashes stay
 * themselves.
 */
static void
put(const char *text)
{
	bool line_start = true;

	for (; *text != '\0'; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		line_start = *text == '\n';
	}
}

/* A phrase of the tables as a sentence. */
static void
put_sentence(const char *text)
{
	putchar(toupper((unsigned char)text[0]));
	put(text + 1);
	printf(".\n");
}

static void
put_option(const char *name, const char *value, const char *help)
{
	printf(".TP\n\\fB\\-\\-");
	put(name);
	printf("\\fR");
	if (value != NULL) {
		printf(" \\fI");
		put(value);
		printf("\\fR");
	}
	printf("\n");
	put_sentence(help);
}

static void
put_command(const struct command *row)
{
	printf(".SS \"pbc %s%s%s", row->noun, row->verb != NULL ? " " : "",
	    row->verb != NULL ? row->verb : "");
	for (size_t i = 0; i < command_param_count(row); i++)
		if (param_is_positional(&row->params[i]))
			printf(" %s", row->params[i].name);
	printf("\"\n");
	put_sentence(row->summary);
	if (row->notes != NULL) {
		printf(".PP\n");
		put(row->notes);
		printf("\n");
	}
	for (size_t i = 0; i < command_param_count(row); i++)
		if (!param_is_positional(&row->params[i]))
			put_option(row->params[i].name, row->params[i].value, row->params[i].help);
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].applies != NULL && option_rows[i].applies(row))
			put_option(option_rows[i].name, option_rows[i].value, option_rows[i].help);
	printf(".PP\n.EX\n");
	put(row->example);
	printf("\n.EE\n");
}

static const char surroundings[] =
    ".SH CONFIGURATION\n"
    "Server and identity are taken from options, then from the environment, then from a profile\n"
    "of the configuration file. Paths in the file are relative to its folder.\n"
    ".PP\n.EX\n"
    "profile finance {\n"
    "  server = \"pct.example:8443\"\n"
    "  ca = \"ca.pem\"\n"
    "  cert = \"finance.pem\"\n"
    "  key = \"finance.key\"\n"
    "}\n.EE\n"
    ".PP\nWithout \\fB\\-\\-as\\fR the profile \\fBdefault\\fR is taken.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBPBC_SERVER\\fR, \\fBPBC_CA\\fR, \\fBPBC_CERT\\fR, \\fBPBC_KEY\\fR\n"
    "As the options of these names.\n"
    ".TP\n\\fBPBC_CONFIG\\fR\nThe configuration file.\n"
    ".TP\n\\fBNO_COLOR\\fR\nIf set, nothing is coloured.\n"
    ".SH FILES\n.TP\n\\fI~/.config/pbc/pbc.conf\\fR\nThe configuration file.\n"
    ".SH \"EXIT STATUS\"\n"
    ".TP\n0\nDone.\n.TP\n1\nAnother failure; the ledger does not verify.\n.TP\n2\nUsage.\n"
    ".TP\n3\nNot found.\n.TP\n4\nPermission or identity.\n"
    ".TP\n5\nConflict: state, duplicate or etag.\n.TP\n6\nValidation failed.\n"
    ".TP\n7\nUnavailable: the server cannot be reached, is not serving or is too slow.\n";

void
help_manual(void)
{
	const struct command *row;

	printf(
	    ".TH PBC 1 \"\" \"pbc " PBC_VERSION "\"\n.SH NAME\n"
	    "pbc \\- practice based commissioning from the command line\n.SH SYNOPSIS\n"
	    ".B pbc\n[\\fIOPTION\\fR...] \\fINOUN\\fR \\fIVERB\\fR [\\fIARGUMENT\\fR...] "
	    "[\\fIOPTION\\fR...]\n.SH DESCRIPTION\n"
	    "Data goes to standard output as a table, CSV or one JSON document; everything else\n"
	    "goes to standard error.\n.SH OPTIONS\n");
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].applies == NULL)
			put_option(option_rows[i].name, option_rows[i].value, option_rows[i].help);
	printf(".SH COMMANDS\n");
	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		put_command(row);
	fputs(surroundings, stdout);
}
