/* pbc: finds the command that was typed, connects and runs it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "client/cli/command.h"
#include "client/cli/config.h"
#include "client/cli/failure.h"
#include "client/cli/help.h"
#include "client/cli/suggest.h"
#include "client/cli/table.h"
#include "common/memory.h"

#define ARENA_LIMIT ((size_t)256 * 1024 * 1024)

/* Noun and verb that do not exist, with the nearest that do. */
static enum exit_code
unknown_command(const char *noun, const char *verb)
{
	bool noun_exists = command_noun_exists(noun);
	struct suggestion suggestion = {.word = noun_exists ? verb : noun};
	const struct command *row;
	struct status status;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		if (!noun_exists)
			suggest_try(&suggestion, row->noun);
		else if (strcmp(row->noun, noun) == 0 && row->verb != NULL)
			suggest_try(&suggestion, row->verb);
	status_set(&status, STATUS_INVALID_ARGUMENT, "USAGE", NULL, NULL,
	    suggestion.best != NULL ? "there is no command \"%s%s%s\"; did you mean \"%s%s%s\"?"
				    : "there is no command \"%s%s%s\"",
	    noun, noun_exists ? " " : "", noun_exists ? verb : "", noun_exists ? noun : "",
	    noun_exists ? " " : "", suggestion.best);
	return failure_usage(&status, NULL);
}

static enum exit_code
connect_and_run(struct invocation *invocation)
{
	struct client_config config;
	struct status status;
	enum exit_code code;

	if (!config_resolve(&invocation->options, invocation->arena, &config, &status))
		return failure_usage(&status, invocation->command);
	invocation->client = client_new(&config, &status);
	if (invocation->client == NULL)
		return failure_usage(&status, invocation->command);
	code = invocation->command->run(invocation);
	client_free(invocation->client);
	return code;
}

/* words[0] is the noun. */
static enum exit_code
run_command(struct invocation *invocation, int count, char **words)
{
	const char *noun = words[0];
	const char *verb = count > 1 ? words[1] : NULL;
	struct status status;
	int skip;

	invocation->command = command_find(noun, verb);
	if (invocation->command == NULL) {
		if (!command_noun_exists(noun) ||
		    (verb != NULL && verb[0] != '-' && strcmp(verb, "help") != 0))
			return unknown_command(noun, verb != NULL ? verb : "");
		help_noun(noun);
		return verb != NULL || invocation->options.help ? EXIT_OK : EXIT_USAGE;
	}
	skip = invocation->command->verb != NULL ? 1 : 0;
	if (!options_parse_command(count - skip, words + skip, invocation, &status))
		return failure_usage(&status, invocation->command);
	if (invocation->options.help) {
		help_command(invocation->command);
		return EXIT_OK;
	}
	return connect_and_run(invocation);
}

static enum exit_code
run_line(struct invocation *invocation, int argc, char **argv)
{
	struct status status;
	int rest;

	if (!options_parse_leading(argc, argv, &invocation->options, &rest, &status))
		return failure_usage(&status, NULL);
	if (invocation->options.version) {
		printf("pbc " PBC_VERSION "\n");
		return EXIT_OK;
	}
	if (rest < argc && strcmp(argv[rest], "help") == 0) {
		invocation->options.help = true;
		rest++;
	}
	if (rest < argc)
		return run_command(invocation, argc - rest, argv + rest);
	help_program();
	return invocation->options.help ? EXIT_OK : EXIT_USAGE;
}

/*
 * Output that did not arrive is a failure, even if all else went well. A reader that went away
 * knows; of anything else people are told.
 */
static enum exit_code
finish_output(enum exit_code code)
{
	bool lost = ferror(stdout) != 0;

	errno = 0;
	lost = fflush(stdout) != 0 || lost;
	if (!lost)
		return code;
	if (errno != EPIPE)
		failure_note("the output could not be written%s%s; make room, or send it elsewhere",
		    errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	return code == EXIT_OK ? EXIT_OTHER : code;
}

int
main(int argc, char **argv)
{
	struct invocation invocation = {.command = NULL};
	enum exit_code code;

	signal(SIGPIPE, SIG_IGN);
	json_set_alloc_funcs(memory_alloc, free);
	table_setup();
	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		help_complete(argc - 2, argv + 2);
		return (int)finish_output(EXIT_OK);
	}
	if (argc > 1 && strcmp(argv[1], "--manual") == 0) {
		help_manual();
		return (int)finish_output(EXIT_OK);
	}
	invocation.arena = arena_new(ARENA_LIMIT);
	code = run_line(&invocation, argc, argv);
	arena_free(invocation.arena);
	return (int)finish_output(code);
}
