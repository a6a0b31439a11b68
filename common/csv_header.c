/* The header of a CSV file: its names to declared columns. */
#include "common/csv_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

static size_t
find_column(const struct csv_reader *reader, const char *name)
{
	size_t i;

	for (i = 0; i < reader->count; i++) {
		if (strcmp(reader->columns[i].name, name) == 0)
			return i;
	}
	return CSV_NOT_DECLARED;
}

/* Refuses a file that lacks mandatory columns, naming all of them. */
static bool
check_mandatory(struct csv_reader *reader, const bool *present)
{
	struct buf names = {0};
	const char *first = NULL;
	size_t i;

	for (i = 0; i < reader->count; i++) {
		if (present[i] || reader->columns[i].need != CSV_MANDATORY)
			continue;
		buf_printf(&names, "%s%s", first != NULL ? ", " : "", reader->columns[i].name);
		if (first == NULL)
			first = reader->columns[i].name;
	}
	if (first == NULL)
		return true;
	status_set(reader->status, STATUS_INVALID_ARGUMENT, "CSV_COLUMN_MISSING", first,
	    "the first line must name every mandatory column, spelt as here",
	    "%s has no column %.*s", csv_the_file(reader), (int)names.length,
	    (const char *)names.data);
	buf_free(&names);
	reader->failed = true;
	return false;
}

/* Maps each name of the header to its declared column. */
static bool
map_columns(struct csv_reader *reader, bool *present)
{
	const char *name = (const char *)reader->text.data;
	size_t i;

	for (i = 0; i < reader->width; i++, name += strlen(name) + 1) {
		size_t place = find_column(reader, name);

		reader->places[i] = place;
		if (place == CSV_NOT_DECLARED)
			continue;
		if (present[place]) {
			reader->failed = true;
			return status_set(reader->status, STATUS_INVALID_ARGUMENT,
			    "CSV_COLUMN_TWICE", name, "take one of them out",
			    "%s names the column %s twice", csv_the_file(reader), name);
		}
		present[place] = true;
	}
	return true;
}

/* A header of one name that holds another separator is that of a spreadsheet's local habits. */
static bool
check_separator(struct csv_reader *reader)
{
	const char *found = reader->width == 1 ? strpbrk(reader->header, ";\t") : NULL;

	if (found == NULL)
		return true;
	reader->failed = true;
	return status_set(reader->status, STATUS_INVALID_ARGUMENT, "CSV_SEPARATOR", NULL,
	    "save the file as CSV with commas between the fields",
	    "%s separates its fields by %s, not by commas", csv_the_file(reader),
	    *found == ';' ? "semicolons" : "tabs");
}

/* Only of a header found sound: the first line of a file without one holds a row's values. */
static void
tell_unknown(struct csv_reader *reader)
{
	const char *name = (const char *)reader->text.data;
	size_t i;

	for (i = 0; i < reader->width; i++, name += strlen(name) + 1)
		if (reader->places[i] == CSV_NOT_DECLARED && reader->unknown != NULL)
			reader->unknown(reader->arg, name);
}

bool
csv_take_header(struct csv_reader *reader, size_t length)
{
	bool *present = memory_calloc(reader->count, sizeof(*present));
	size_t i;
	bool ok;

	reader->header = memory_alloc(length + 1);
	memcpy(reader->header, reader->source.data, length);
	reader->header[length] = '\0';
	reader->width = reader->cells;
	reader->places = memory_calloc(reader->width, sizeof(*reader->places));
	for (i = 0; i < reader->count; i++)
		reader->fields[i] = "";
	ok = check_separator(reader) && map_columns(reader, present) &&
	     check_mandatory(reader, present);
	if (ok)
		tell_unknown(reader);
	free(present);
	return ok;
}

static bool
skip_row(void *arg, const struct csv_row *row)
{
	(void)arg;
	(void)row;
	return true;
}

/* Asks a reader, which knows quotes and byte order marks, by needing the column. */
bool
csv_header_names(const void *header, size_t length, const char *column)
{
	const struct csv_column columns[] = {{column, CSV_MANDATORY}};
	struct csv_reader *reader = csv_reader_new(columns, 1, skip_row, NULL, NULL);
	struct status status = {0};
	bool found =
	    csv_reader_feed(reader, header, length, &status) && csv_reader_finish(reader, &status);

	csv_reader_free(reader);
	return found;
}
