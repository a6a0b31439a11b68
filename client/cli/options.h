/* The flags that every command shares, and the parsing of a command line against the tables. */
#ifndef PBC_CLIENT_CLI_OPTIONS_H
#define PBC_CLIENT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

struct command;
struct invocation;

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

/* Texts are those of the command line; NULL if not given. */
struct options {
	const char *server;
	const char *ca;
	const char *cert;
	const char *key;
	const char *profile;
	const char *format_text;
	const char *timeout_text;
	const char *request_id;
	const char *limit_text;
	bool validate_only;
	bool no_wait;
	bool help;
	bool version;
	/* Of the texts above. */
	enum format format;
	int64_t timeout_s; /* 0: the command's own */
	int64_t limit;     /* 0: all rows */
};

struct option_row {
	const char *name;
	const char *value; /* placeholder; NULL for a switch */
	const char *help;
	size_t offset; /* of a const char * or, for a switch, a bool in struct options */
	bool (*applies)(const struct command *command); /* NULL: to every command */
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

/*
 * Parses the flags that stand before the noun; *rest is the index of the noun. False with *status
 * INVALID_ARGUMENT: a usage error.
 */
bool options_parse_leading(
    int argc, char **argv, struct options *options, int *rest, struct status *status);

/* Parses what follows noun and verb (argv[0] is skipped) into options and values. */
bool options_parse_command(
    int argc, char **argv, struct invocation *invocation, struct status *status);

#endif
