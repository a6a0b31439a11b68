/*
 * CSV by libcsv: pushes rows as bytes arrive, by column name, in any column order. UTF-8, an
 * optional BOM, RFC 4180 quotes, CRLF or LF, mandatory header.
 */
#ifndef PBC_COMMON_CSV_H
#define PBC_COMMON_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

enum csv_need { CSV_OPTIONAL, CSV_MANDATORY };

struct csv_column {
	const char *name;
	enum csv_need need;
};

/* Valid until the callback returns. */
struct csv_row {
	int64_t line; /* physical line on which the row starts; the header is 1 */
	/* One per declared column, in its order; "" if empty or absent. */
	const char *const *fields;
	const char *source; /* the row's bytes as sent, without its line end */
	size_t source_length;
};

struct buf;
struct csv_reader;

/* Returns false to stop reading (csv_reader_feed then returns false with the status untouched). */
typedef bool csv_row_fn(void *arg, const struct csv_row *row);
/* A column of the file that is not declared, once the header is known to be one. */
typedef void csv_unknown_fn(void *arg, const char *column);

/* In bytes; the refusals name them. */
#define CSV_FIELD_LIMIT 4096
#define CSV_ROW_LIMIT 65536

/* columns are borrowed until the reader is freed. unknown may be NULL. */
struct csv_reader *csv_reader_new(const struct csv_column *columns, size_t count, csv_row_fn *row,
    csv_unknown_fn *unknown, void *arg);
/* What refusals call the file; borrowed until the reader is freed. NULL or "" is "the file". */
void csv_reader_name(struct csv_reader *reader, const char *file);
/*
 * False with *status set (INVALID_ARGUMENT, the field being the column where there is one): missing
 * mandatory column, column twice, semicolons or tabs for commas, bad UTF-8 or NUL, a quote out of
 * place or not closed, a field or row over the limit, a row with more or fewer fields than the
 * header; rows are named by their line. Empty lines are no rows. After false only csv_reader_free
 * may follow. data may be NULL if length is 0.
 */
bool csv_reader_feed(
    struct csv_reader *reader, const void *data, size_t length, struct status *status);
/* After the last byte; also refuses a file without a header. */
bool csv_reader_finish(struct csv_reader *reader, struct status *status);
/*
 * From inside the row callback: appends the row in the file's own columns with the fields that keep
 * says, by declared column, and all others empty, undeclared ones too.
 */
void csv_reader_redact(const struct csv_reader *reader, const bool *keep, struct buf *out);
/* The header line as sent, the reader's own; NULL before it was read. */
const char *csv_reader_header(const struct csv_reader *reader);
void csv_reader_free(struct csv_reader *reader);

/* True if the header, a file's first line with or without its end, names the column. */
bool csv_header_names(const void *header, size_t length, const char *column);

/*
 * Appends one field, quoted as RFC 4180 needs; with guard, text that a spreadsheet would run (= + -
 * @ tab CR first) gets a leading apostrophe.
 */
bool csv_write_field(struct buf *out, const char *text, bool guard);

#endif
