/* A thin cover over libsmartcols that keeps one way of aligning, fitting and colouring. */
#include "client/cli/table.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <libsmartcols/libsmartcols.h>

#include "client/cli/fit.h"
#include "common/memory.h"

#define SEPARATOR "  "

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

/* Standard output is a terminal that may be coloured: NO_COLOR is not set and TERM is not dumb. */
static bool
colours(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) != 0 && (no_color == NULL || no_color[0] == '\0') &&
	       term != NULL && strcmp(term, "dumb") != 0;
}

struct table *
table_new(bool headings)
{
	struct table *table = memory_calloc(1, sizeof(*table));

	table->scols = scols_new_table();
	memory_require(table->scols != NULL);
	scols_table_enable_noheadings(table->scols, !headings);
	scols_table_enable_colors(table->scols, colours());
	/* What gives way on a terminal is decided here: the library would cut inside of words. */
	scols_table_set_termforce(table->scols, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_minout(table->scols, 1);
	scols_table_set_column_separator(table->scols, SEPARATOR);
	return table;
}

void
table_column(struct table *table, const char *heading, enum table_align align)
{
	int flags = align == TABLE_RIGHT ? SCOLS_FL_RIGHT : align == TABLE_WRAP ? SCOLS_FL_WRAP : 0;
	struct libscols_column *column = scols_table_new_column(table->scols, heading, 0, flags);

	memory_require(column != NULL);
	if (align == TABLE_WRAP) {
		scols_column_set_safechars(column, "\n");
		scols_column_set_wrapfunc(
		    column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
	}
	if (colours())
		scols_cell_set_color(scols_column_get_header(column), "bold");
}

void
table_line(struct table *table)
{
	table->line = scols_table_new_line(table->scols, NULL);
	memory_require(table->line != NULL);
}

void
table_heading_line(struct table *table)
{
	table_line(table);
	memory_require(scols_line_set_userdata(table->line, table) == 0);
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
	memory_require(scols_line_set_data(table->line, index, text) == 0);
}

void
table_signal_cell(struct table *table, size_t index, const char *text)
{
	table_cell(table, index, text);
	if (colours() && colour_of(text) != NULL)
		memory_require(scols_cell_set_color(
				   scols_line_get_cell(table->line, index), colour_of(text)) == 0);
}

/* Of standard output; 0 if it is no terminal, or one that does not tell. */
static size_t
terminal_width(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

static const char *
cell_data(struct libscols_line *line, size_t index)
{
	const char *text = scols_cell_get_data(scols_line_get_cell(line, index));

	return text != NULL ? text : "";
}

static const char *
heading_of(struct libscols_column *column)
{
	return scols_cell_get_data(scols_column_get_header(column));
}

/* A list is long: each walk over it is one walk. */
static struct libscols_line *
next_line(const struct table *table, struct libscols_iter *iterator)
{
	struct libscols_line *line = NULL;

	return scols_table_next_line(table->scols, iterator, &line) == 0 ? line : NULL;
}

static void
measure(const struct table *table, struct fit_column *widths, size_t count)
{
	struct libscols_iter *iterator = scols_new_iter(SCOLS_ITER_FORWARD);
	bool headings = !scols_table_is_noheadings(table->scols);
	struct libscols_line *line;

	memory_require(iterator != NULL);
	for (size_t i = 0; headings && i < count; i++)
		fit_measure(&widths[i], heading_of(scols_table_get_column(table->scols, i)), false);
	while ((line = next_line(table, iterator)) != NULL)
		for (size_t i = 0; i < count; i++)
			fit_measure(&widths[i], cell_data(line, i),
			    scols_column_is_wrap(scols_table_get_column(table->scols, i)) != 0);
	scols_free_iter(iterator);
}

static void
wrap(const struct table *table, const struct fit_column *widths, size_t count)
{
	struct libscols_iter *iterator = scols_new_iter(SCOLS_ITER_FORWARD);
	struct libscols_line *line;

	memory_require(iterator != NULL);
	while ((line = next_line(table, iterator)) != NULL)
		for (size_t i = 0; i < count; i++) {
			char *text;

			if (widths[i].width == widths[i].natural)
				continue;
			text = memory_strdup(cell_data(line, i));
			fit_wrap(text, widths[i].width);
			memory_require(scols_line_refer_data(line, i, text) == 0);
		}
	scols_free_iter(iterator);
}

/* False, and nothing changed, if texts that give way are not enough. */
static bool
fit(const struct table *table, size_t width)
{
	size_t count = scols_table_get_ncols(table->scols);
	struct fit_column *widths = memory_calloc(count, sizeof(*widths));
	bool fits;

	measure(table, widths, count);
	fits = fit_columns(widths, count, strlen(SEPARATOR), width);
	if (fits)
		wrap(table, widths, count);
	free(widths);
	return fits;
}

static void
add_record(struct table *records, const struct table *table, struct libscols_line *line)
{
	for (size_t i = 0; i < scols_table_get_ncols(table->scols); i++) {
		const char *colour = scols_cell_get_color(scols_line_get_cell(line, i));

		if (cell_data(line, i)[0] == '\0')
			continue;
		table_line(records);
		table_cell(records, 0, heading_of(scols_table_get_column(table->scols, i)));
		table_cell(records, 1, cell_data(line, i));
		memory_require(
		    scols_cell_set_color(scols_line_get_cell(records->line, 1), colour) == 0);
	}
}

/* Each row as lines of heading and value, what is empty left out, and a line between rows. */
static struct table *
records_of(const struct table *table)
{
	struct libscols_iter *iterator = scols_new_iter(SCOLS_ITER_FORWARD);
	struct table *records = table_new(false);
	struct libscols_line *line;

	memory_require(iterator != NULL);
	table_column(records, "", TABLE_LEFT);
	table_column(records, "", TABLE_WRAP);
	while ((line = next_line(table, iterator)) != NULL) {
		if (scols_line_get_userdata(line) != NULL)
			continue;
		if (records->line != NULL)
			table_line(records);
		add_record(records, table, line);
	}
	scols_free_iter(iterator);
	return records;
}

static void
table_free(struct table *table)
{
	scols_unref_table(table->scols);
	free(table);
}

void
table_print(struct table *table)
{
	size_t width = terminal_width();

	if (width > 0 && !fit(table, width) && !scols_table_is_noheadings(table->scols)) {
		struct table *records = records_of(table);

		table_free(table);
		table = records;
		fit(table, width);
	}
	scols_print_table(table->scols);
	table_free(table);
}
