/* A thin cover over libsmartcols that keeps one way of aligning and colouring. */
#include "client/cli/table.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libsmartcols/libsmartcols.h>

#include "common/memory.h"

struct table {
	struct libscols_table *scols;
	struct libscols_line *line;
};

void
table_setup(void)
{
	/* What is written is UTF-8 everywhere; a user's locale could change letters (Turkish i). */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "");
}

bool
table_colours(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) != 0 && (no_color == NULL || no_color[0] == '\0') &&
	       term != NULL && strcmp(term, "dumb") != 0;
}

/* libsmartcols answers 0 or a pointer; what else it could answer is no memory. */
static void
must(bool done)
{
	if (!done)
		abort();
}

struct table *
table_new(bool headings)
{
	struct table *table = memory_calloc(1, sizeof(*table));

	table->scols = scols_new_table();
	must(table->scols != NULL);
	scols_table_enable_noheadings(table->scols, !headings);
	scols_table_enable_colors(table->scols, table_colours());
	/* Off a terminal nothing is cut or wrapped. */
	if (!isatty(STDOUT_FILENO))
		scols_table_set_termforce(table->scols, SCOLS_TERMFORCE_NEVER);
	scols_table_set_column_separator(table->scols, "  ");
	return table;
}

void
table_column(struct table *table, const char *heading, enum table_align align)
{
	int flags = align == TABLE_RIGHT ? SCOLS_FL_RIGHT : align == TABLE_WRAP ? SCOLS_FL_WRAP : 0;
	struct libscols_column *column = scols_table_new_column(table->scols, heading, 0, flags);

	must(column != NULL);
	if (align == TABLE_WRAP) {
		scols_column_set_safechars(column, "\n");
		scols_column_set_wrapfunc(
		    column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
	}
	if (table_colours())
		scols_cell_set_color(scols_column_get_header(column), "bold");
}

void
table_line(struct table *table)
{
	table->line = scols_table_new_line(table->scols, NULL);
	must(table->line != NULL);
}

/* Words that say good or bad; the word itself stays, so colour is never the only sign. */
static const char *
colour_of(const char *text)
{
	static const struct {
		const char *word;
		const char *colour;
	} words[] = {
	    {"failed", "red"},
	    {"rejected", "red"},
	    {"not serving", "red"},
	    {"succeeded", "green"},
	    {"approved", "green"},
	    {"active", "green"},
	    {"issued", "green"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].word) == 0)
			return words[i].colour;
	return text[0] == '-' && strncmp(text + 1, "£", strlen("£")) == 0 ? "red" : NULL;
}

void
table_cell(struct table *table, size_t index, const char *text)
{
	must(scols_line_set_data(table->line, index, text) == 0);
}

void
table_signal_cell(struct table *table, size_t index, const char *text)
{
	table_cell(table, index, text);
	if (table_colours() && colour_of(text) != NULL)
		must(scols_cell_set_color(
			 scols_line_get_cell(table->line, index), colour_of(text)) == 0);
}

void
table_print(struct table *table)
{
	scols_print_table(table->scols);
	scols_unref_table(table->scols);
	free(table);
}
