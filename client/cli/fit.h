/*
 * What of a table gives way when a terminal is narrower than it: long texts, at their spaces.
 * Widths are columns of a terminal. Pure: no terminal, no output.
 */
#ifndef PBC_CLIENT_CLI_FIT_H
#define PBC_CLIENT_CLI_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* A text that has more is not made narrower than this: a word a line is no easier to read. */
#define FIT_TEXT_LEAST 28

struct fit_column {
	size_t natural; /* of its widest line */
	size_t word;    /* of its longest word, where it gives way; else as natural */
	size_t width;   /* what fit_columns gives it */
};

/* Widens natural and word by a cell or a heading. A text that does not give way is one word. */
void fit_measure(struct fit_column *column, const char *text, bool gives_way);

/*
 * Divides width, less a gap between each two, among the columns; the widest text gives way first.
 * False if they do not fit with the least that each needs.
 */
bool fit_columns(struct fit_column *columns, size_t count, size_t gap, size_t width);

/* Turns spaces into line breaks, so that a line is wider than width only if one word is. */
void fit_wrap(char *text, size_t width);

#endif
