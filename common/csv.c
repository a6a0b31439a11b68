/*
 * CSV rows by column name out of bytes that come in any pieces; libcsv splits what has quotes, this
 * file counts and limits.
 */
#include "common/csv_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/utf8.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define OPEN_QUOTE_HINT "is a quote not closed?"
#define QUOTE_HINT "put the whole field in quotes and double each quote inside it"

/* How a sentence about a line begins: "line 3" or "plan.csv, line 3". */
#define LINE_FORMAT "%s%sline %lld"
#define LINE_OF(reader) \
	(reader)->file, (reader)->file[0] != '\0' ? ", " : "", (long long)(reader)->row_line

static bool
refuse(struct csv_reader *reader, const char *reason, const char *column, const char *hint,
    const char *what)
{
	reader->failed = true;
	return status_set(reader->status, STATUS_INVALID_ARGUMENT, reason, column, hint,
	    LINE_FORMAT ": %s", LINE_OF(reader), what);
}

/* The name of the file's column that is being read, or NULL while that is not known. */
static const char *
current_column(const struct csv_reader *reader)
{
	if (reader->places == NULL || reader->cells >= reader->width ||
	    reader->places[reader->cells] == CSV_NOT_DECLARED)
		return NULL;
	return reader->columns[reader->places[reader->cells]].name;
}

/* The row's next field stands at offset of text. */
static void
begin_field(struct csv_reader *reader, size_t offset)
{
	if (reader->places != NULL && reader->cells < reader->width &&
	    reader->places[reader->cells] != CSV_NOT_DECLARED)
		reader->offsets[reader->places[reader->cells]] = offset;
	reader->cells++;
}

/* From libcsv: a field is complete. */
static void
take_field(void *field, size_t length, void *arg)
{
	struct csv_reader *reader = arg;

	if (reader->failed)
		return;
	if (length > CSV_FIELD_LIMIT) {
		refuse(reader, "CSV_FIELD_TOO_LONG", current_column(reader), OPEN_QUOTE_HINT,
		    "a field is longer than 4,096 bytes");
		return;
	}
	if (!utf8_valid(field, length)) {
		refuse(reader, "CSV_BAD_TEXT", current_column(reader), "save the file as UTF-8",
		    "a field is not UTF-8 or holds a NUL");
		return;
	}
	begin_field(reader, reader->text.length);
	buf_append(&reader->text, field, length);
	buf_append(&reader->text, "", 1);
}

/* From libcsv: a row is complete. It is taken once libcsv has returned. */
static void
take_row_end(int terminator, void *arg)
{
	struct csv_reader *reader = arg;

	(void)terminator;
	reader->row_ended = true;
}

/* RFC 4180: spaces are part of a field. */
static int
is_space(unsigned char byte)
{
	(void)byte;
	return 0;
}

struct csv_reader *
csv_reader_new(const struct csv_column *columns, size_t count, csv_row_fn *row,
    csv_unknown_fn *unknown, void *arg)
{
	struct csv_reader *reader = memory_calloc(1, sizeof(*reader));

	reader->columns = columns;
	reader->count = count;
	reader->row = row;
	reader->unknown = unknown;
	reader->arg = arg;
	reader->file = "";
	reader->line = 1;
	reader->row_line = 1;
	reader->source.limit = CSV_ROW_LIMIT + 2; /* the line end is not counted */
	reader->offsets = memory_calloc(count, sizeof(*reader->offsets));
	reader->fields = memory_calloc(count, sizeof(*reader->fields));
	csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
	csv_set_space_func(&reader->parser, is_space);
	csv_set_realloc_func(&reader->parser, memory_realloc);
	return reader;
}

void
csv_reader_free(struct csv_reader *reader)
{
	if (reader == NULL)
		return;
	csv_free(&reader->parser);
	buf_free(&reader->source);
	buf_free(&reader->text);
	free(reader->places);
	free(reader->offsets);
	free(reader->fields);
	free(reader->header);
	free(reader);
}

const char *
csv_reader_header(const struct csv_reader *reader)
{
	return reader->header;
}

static bool
take_data(struct csv_reader *reader, size_t length)
{
	struct csv_row row = {
	    .line = reader->row_line,
	    .fields = reader->fields,
	    .source = (const char *)reader->source.data,
	    .source_length = length,
	};
	size_t i;

	if (reader->cells != reader->width) {
		reader->failed = true;
		return status_set(reader->status, STATUS_INVALID_ARGUMENT, "CSV_RAGGED", NULL,
		    "a field that holds a comma or a quote must be in quotes",
		    LINE_FORMAT " has %zu fields, but the header has %zu", LINE_OF(reader),
		    reader->cells, reader->width);
	}
	for (i = 0; i < reader->width; i++) {
		size_t place = reader->places[i];

		if (place != CSV_NOT_DECLARED)
			reader->fields[place] =
			    (const char *)reader->text.data + reader->offsets[place];
	}
	if (!reader->row(reader->arg, &row)) {
		reader->failed = true;
		return false;
	}
	return true;
}

/* Makes ready for the next row. */
static void
begin_row(struct csv_reader *reader)
{
	buf_clear(&reader->source);
	buf_clear(&reader->text);
	reader->parsed = 0;
	reader->cells = 0;
	reader->row_ended = false;
}

static bool
take_row(struct csv_reader *reader)
{
	size_t length = reader->source.length;
	const unsigned char *last = reader->source.data + length - 1;
	bool ok;

	if (*last == '\n' || *last == '\r')
		length--;
	if (length > CSV_ROW_LIMIT)
		return refuse(reader, "CSV_ROW_TOO_LONG", NULL, OPEN_QUOTE_HINT,
		    "a row is longer than 65,536 bytes");
	ok = reader->places == NULL ? csv_take_header(reader, length) : take_data(reader, length);
	begin_row(reader);
	return ok;
}

/*
 * Splits a line by its commas, if that is all there is to it: most lines have no quote, and libcsv
 * looks at each byte. False leaves the line to libcsv, which also says what is wrong with it.
 */
static bool
split_plain(struct csv_reader *reader)
{
	size_t length = reader->source.length - 1; /* its end is CR or LF */
	char *at, *end;

	if (reader->parsed > 0 || length > CSV_FIELD_LIMIT ||
	    memchr(reader->source.data, '"', length) != NULL ||
	    !utf8_valid((const char *)reader->source.data, length))
		return false;
	if (length == 0)
		return true;
	buf_append(&reader->text, reader->source.data, length);
	buf_append(&reader->text, "", 1);
	at = (char *)reader->text.data;
	end = at + length;
	while (at != NULL) {
		begin_field(reader, (size_t)(at - (char *)reader->text.data));
		at = memchr(at, ',', (size_t)(end - at));
		if (at != NULL)
			*at++ = '\0';
	}
	reader->row_ended = true;
	return true;
}

/* Hands libcsv what it has not had of the row; at most one row can end in it. */
static bool
parse_pending(struct csv_reader *reader)
{
	size_t length = reader->source.length - reader->parsed;
	size_t taken = csv_parse(&reader->parser, reader->source.data + reader->parsed, length,
	    take_field, take_row_end, reader);

	reader->parsed = reader->source.length;
	if (reader->failed)
		return false;
	if (taken != length)
		return refuse(reader, "CSV_QUOTE", current_column(reader), QUOTE_HINT,
		    "a quote stands where none may be");
	return true;
}

static void
drop_byte_order_mark(struct csv_reader *reader)
{
	size_t length = sizeof(BYTE_ORDER_MARK) - 1;

	if (reader->places == NULL && reader->parsed == 0 && reader->line == 1 &&
	    reader->source.length >= length &&
	    memcmp(reader->source.data, BYTE_ORDER_MARK, length) == 0)
		buf_consume(&reader->source, length);
}

static void
count_line(struct csv_reader *reader, char end, size_t length)
{
	/* CRLF comes as a line that ends in CR and one that is LF alone: one line. */
	if (end == '\r' || !(reader->after_return && length == 1))
		reader->line++;
	reader->after_return = end == '\r';
}

/* source ends in CR or LF: a row may be complete, or the line end belongs to a quoted field. */
static bool
take_line(struct csv_reader *reader)
{
	size_t length = reader->source.length - reader->parsed;
	char end = (char)reader->source.data[reader->source.length - 1];

	drop_byte_order_mark(reader);
	if (!split_plain(reader) && !parse_pending(reader))
		return false;
	if (reader->row_ended) {
		if (!take_row(reader))
			return false;
	} else if (reader->source.length == 1) {
		begin_row(reader); /* an empty line, which is no row */
	}
	count_line(reader, end, length);
	return true;
}

/*
 * Bytes up to and with the first CR or LF; all of them if there is none. *feed is the next LF or
 * end, NULL at first: it is looked for once, not for each line that ends in CR.
 */
static size_t
line_length(const char *at, const char *end, const char **feed)
{
	const char *carriage;

	if (*feed == NULL || *feed < at) {
		*feed = memchr(at, '\n', (size_t)(end - at));
		if (*feed == NULL)
			*feed = end;
	}
	carriage = memchr(at, '\r', (size_t)(*feed - at));
	if (carriage != NULL)
		return (size_t)(carriage - at) + 1;
	return (size_t)(*feed - at) + (*feed < end);
}

void
csv_reader_name(struct csv_reader *reader, const char *file)
{
	reader->file = file != NULL ? file : "";
}

bool
csv_reader_feed(struct csv_reader *reader, const void *data, size_t length, struct status *status)
{
	const char *at = data, *end, *feed = NULL;

	assert(!reader->failed);
	reader->status = status;
	if (length == 0)
		return true; /* data may be NULL, of which there is no end */
	end = at + length;
	while (at < end) {
		size_t taken = line_length(at, end, &feed);
		bool whole = at[taken - 1] == '\n' || at[taken - 1] == '\r';

		if (reader->source.length == 0)
			reader->row_line = reader->line;
		if (!buf_append(&reader->source, at, taken))
			return refuse(reader, "CSV_ROW_TOO_LONG", NULL, OPEN_QUOTE_HINT,
			    "a row is longer than 65,536 bytes");
		if (whole && !take_line(reader))
			return false;
		at += taken;
	}
	return true;
}

bool
csv_reader_finish(struct csv_reader *reader, struct status *status)
{
	assert(!reader->failed);
	reader->status = status;
	if (reader->source.length > 0) {
		drop_byte_order_mark(reader);
		if (!parse_pending(reader))
			return false;
		if (csv_fini(&reader->parser, take_field, take_row_end, reader) != 0)
			return refuse(reader, "CSV_QUOTE", NULL, QUOTE_HINT,
			    "a quote that opens here is not closed");
		if (reader->failed || (reader->row_ended && !take_row(reader)))
			return false;
	}
	if (reader->places != NULL)
		return true;
	reader->failed = true;
	return status_set(status, STATUS_INVALID_ARGUMENT, "CSV_NO_HEADER", NULL,
	    "the first line must name the columns", "%s has no header", csv_the_file(reader));
}

void
csv_reader_redact(const struct csv_reader *reader, const bool *keep, struct buf *out)
{
	size_t i;

	assert(reader->places != NULL);
	for (i = 0; i < reader->width; i++) {
		size_t place = reader->places[i];

		if (i > 0)
			buf_append(out, ",", 1);
		if (place != CSV_NOT_DECLARED && keep[place])
			csv_write_field(out, reader->fields[place], false);
	}
}
