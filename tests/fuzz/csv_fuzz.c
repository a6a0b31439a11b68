/*
 * CSV: the rows do not depend on how the bytes are divided, hold what the reader promises, and read
 * back the same once written. The first byte is the size of the pieces.
 */
#include <assert.h>
#include <string.h>

#include "common/buf.h"
#include "common/csv.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

#define COLUMNS 3

static const struct csv_column columns[COLUMNS] = {
    {"id", CSV_MANDATORY}, {"b", CSV_OPTIONAL}, {"c", CSV_OPTIONAL}};

/* One reading: the rows with their lines and sources, and the rows as a file again. */
struct reading {
	struct buf rows;
	struct buf file;
	int64_t line;
};

static bool
take_row(void *arg, const struct csv_row *row)
{
	struct reading *reading = arg;

	assert(row->line > reading->line);
	assert(row->source_length <= CSV_ROW_LIMIT);
	reading->line = row->line;
	buf_append(&reading->rows, &row->line, sizeof(row->line));
	buf_append(&reading->rows, row->source, row->source_length);
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t length = strlen(row->fields[i]);

		assert(length <= CSV_FIELD_LIMIT && utf8_valid(row->fields[i], length));
		buf_append(&reading->rows, row->fields[i], length + 1);
		csv_write_field(&reading->file, row->fields[i], false);
		buf_append_text(&reading->file, i + 1 < COLUMNS ? "," : "\r\n");
	}
	return true;
}

/* Returns whether the file was taken. */
static bool
read_file(struct reading *reading, const uint8_t *data, size_t size, size_t piece)
{
	struct csv_reader *reader = csv_reader_new(columns, COLUMNS, take_row, NULL, reading);
	struct status status;
	bool ok = true;

	buf_append_text(&reading->file, "id,b,c\r\n");
	for (size_t at = 0; at < size && ok; at += piece)
		ok = csv_reader_feed(
		    reader, data + at, size - at < piece ? size - at : piece, &status);
	ok = ok && csv_reader_finish(reader, &status);
	csv_reader_free(reader);
	return ok;
}

static bool
same(const struct buf *a, const struct buf *b)
{
	return a->length == b->length &&
	       (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

static void
free_reading(struct reading *reading)
{
	buf_free(&reading->rows);
	buf_free(&reading->file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole = {0}, pieces = {0}, again = {0};
	bool ok;

	if (size < 2)
		return 0;
	ok = read_file(&whole, data + 1, size - 1, size);
	assert(read_file(&pieces, data + 1, size - 1, data[0] % 32u + 1) == ok);
	assert(same(&whole.rows, &pieces.rows));
	assert(read_file(&again, whole.file.data, whole.file.length, whole.file.length));
	assert(same(&whole.file, &again.file));
	free_reading(&whole);
	free_reading(&pieces);
	free_reading(&again);
	return 0;
}
