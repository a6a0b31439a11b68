/*
 * What a command is: one row that says which RPC it calls, how flags become fields of the request
 * and which fields of the answer are printed. The RPC's descriptors say the rest: a field's type is
 * the flag's type, a field *_pence is given in pounds, a field *upload_id takes a file that is sent
 * first, a request with request_id gets one, one with validate_only gets the flag.
 */
#ifndef PBC_CLIENT_CLI_COMMAND_H
#define PBC_CLIENT_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>

#include "client/cli/options.h"
#include "client/lib/client.h"
#include "common/arena.h"

#define COMMAND_PARAM_LIMIT 24
#define COMMAND_TIMEOUT_S 30

/* Exit codes are API. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_OTHER = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_PERMISSION = 4,
	EXIT_CONFLICT = 5,
	EXIT_VALIDATION = 6,
	EXIT_UNAVAILABLE = 7,
};

struct param {
	const char *name;  /* "provider" is --provider; "FILE" stands by its place */
	const char *field; /* dotted path in the request; NULL when the command itself uses it */
	const char *value; /* placeholder in help; NULL for a switch or what stands by its place */
	const char *help;
	bool required;
};

enum column_flag {
	COLUMN_WRAP = 1,     /* long text: may take several lines of a narrow terminal */
	COLUMN_CSV = 2,      /* in CSV only */
	COLUMN_NOT_ZERO = 4, /* a record leaves it out when it is 0, which means not known */
	COLUMN_WORDS = 8,    /* a code of the API, price_differs: people read price differs */
	COLUMN_COUNT = 16    /* absent where it is not shown outside the practice */
};

struct column {
	/* Dotted path in the row, "months[0]" for an element; from the answer with a "/" first. */
	const char *field;
	const char *heading;
	const char *csv; /* NULL: the field's own name without _pence and _ppm */
	unsigned flags;
};

/* One message as label and value, or, if path is a repeated field, a table of them. */
struct section {
	const char *title;            /* NULL for none */
	const char *path;             /* in the answer; "" is the answer itself */
	const struct column *columns; /* ends with a NULL field */
	bool csv;                     /* this one is the CSV file; if none is, the first */
};

#define VIEW_SECTION_LIMIT 6

struct view {
	struct section sections[VIEW_SECTION_LIMIT]; /* ends with a NULL path if fewer */
};

struct invocation;

/* Answers an exit code, having told the user what went wrong. */
typedef enum exit_code command_fn(struct invocation *invocation);

struct command {
	const char *noun;
	const char *verb; /* NULL: the noun is the whole command */
	const ProtobufCServiceDescriptor *service;
	const char *method;
	const struct param *params; /* ends with a NULL name; NULL for none */
	command_fn *run;
	const struct view *view;
	int timeout_s; /* 0: COMMAND_TIMEOUT_S */
	const char *summary;
	const char *notes;   /* more for --help, in prose whose lines it fills; NULL for none */
	const char *example; /* one or more lines */
};

/* One command as it was typed, and what running it needs. */
struct invocation {
	const struct command *command;
	struct options options;
	const char *values[COMMAND_PARAM_LIMIT]; /* one per param; NULL if not given */
	char **many; /* of a last param whose name ends in "...": all that stand by its place */
	size_t many_count;
	struct client *client;
	struct arena *arena; /* until the process ends */
};

/* The shapes most commands have. */
command_fn command_unary; /* call, print */
command_fn command_list;  /* call page by page, print the rows of all */
command_fn command_start; /* call, wait for the operation, print its outcome */

/* The value of the command's own parameter; NULL if not given. The name is one of its params. */
const char *invocation_value(const struct invocation *invocation, const char *name);
/* Calls the command's own RPC. NULL, having told why, with *code set. */
ProtobufCMessage *invocation_call(
    struct invocation *invocation, const ProtobufCMessage *request, enum exit_code *code);
/* The same with a request made of the command line alone. */
ProtobufCMessage *invocation_answer(struct invocation *invocation, enum exit_code *code);
int64_t invocation_timeout_ms(const struct invocation *invocation);

const ProtobufCMethodDescriptor *command_method(const struct command *command);
/* True if the request has this field. */
bool command_takes(const struct command *command, const char *field);
bool param_is_positional(const struct param *param);
size_t command_param_count(const struct command *command);

/* Every command in the order of help; NULL beyond the last. */
const struct command *command_at(size_t index);
const struct command *command_find(const char *noun, const char *verb);
bool command_noun_exists(const char *noun);

#endif
