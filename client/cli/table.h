/*
 * Tables on standard output by libsmartcols: aligned on any output, fitted and coloured on a
 * terminal. One narrower than the table breaks texts of TABLE_WRAP at their spaces; where that is
 * not enough, each row becomes lines of heading and value. Nothing is ever cut, and nowhere but on
 * a terminal does anything give way.
 */
#ifndef PBC_CLIENT_CLI_TABLE_H
#define PBC_CLIENT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table;

enum table_align { TABLE_LEFT, TABLE_RIGHT, TABLE_WRAP };

/* Call once, before any output: text is UTF-8 whatever the locale. */
void table_setup(void);

/* With headings false, the columns' names are not printed. */
struct table *table_new(bool headings);
void table_column(struct table *table, const char *heading, enum table_align align);
/* The cell of column index in the line last begun. Text is copied. */
void table_line(struct table *table);
/* The same for a line that belongs to the headings: who reads records does without. */
void table_heading_line(struct table *table);
void table_cell(struct table *table, size_t index, const char *text);
/* The same for a state or a sum: words of failure and negative money in red, success in green. */
void table_signal_cell(struct table *table, size_t index, const char *text);
/* Prints and frees. */
void table_print(struct table *table);

#endif
