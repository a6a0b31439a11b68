/* One field of a message as text for people or for CSV, by its type and its name's unit. */
#ifndef PBC_CLIENT_CLI_CELL_H
#define PBC_CLIENT_CLI_CELL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/cli/reflect.h"
#include "common/arena.h"

enum cell_style {
	CELL_PEOPLE, /* £1,234.56, local time, words with spaces */
	CELL_CSV,    /* 1234.56, RFC 3339 in UTC, the API's words */
};

/* In tables, for a count that is absent because it is not shown outside the practice. */
#define CELL_HIDDEN "*"
/* The line below tables that hold one. */
#define CELL_HIDDEN_NOTE \
	"* a count of 1 to 4, or one that would tell it: not shown outside the practice"

/* The text; "" if absent. Borrowed from the message or in the arena. */
const char *cell_text(const struct value *value, enum cell_style style, struct arena *arena);

/*
 * True for what is counted or measured: such cells stand to the right and are never guarded in CSV.
 */
bool cell_is_number(const ProtobufCFieldDescriptor *field);

/* "£1,234.56" for people, "1234.56" in CSV */
const char *cell_money(int64_t pence, enum cell_style style, struct arena *arena);

/* "1,234" */
const char *cell_count(int64_t count, struct arena *arena);

/* The column's name in CSV: the path's last name without [0], _pence and _ppm. */
const char *cell_csv_name(const char *path, struct arena *arena);

/* True if the name of a field or outcome ends with the unit, such as _pence. */
bool cell_name_ends(const char *name, const char *unit);

/*
 * Writes text of the server's or a file's, which must not drive a terminal: '?' for its controls.
 */
void cell_print(FILE *out, const char *text);

/* A code of the API in words: price_differs is "price differs". */
const char *cell_words(const char *code, struct arena *arena);

#endif
