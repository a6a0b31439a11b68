/* What the two files of the CSV reader share: its state, and how it names the file. */
#ifndef PBC_COMMON_CSV_INTERNAL_H
#define PBC_COMMON_CSV_INTERNAL_H

#include <csv.h>

#include "common/buf.h"
#include "common/csv.h"

#define CSV_NOT_DECLARED SIZE_MAX

struct csv_reader {
	const struct csv_column *columns;
	size_t count;
	csv_row_fn *row;
	csv_unknown_fn *unknown;
	void *arg;
	const char *file; /* its name; "" if not known */
	struct csv_parser parser;

	struct buf source; /* bytes of the row being read, as sent */
	size_t parsed;     /* how many of them libcsv has had */
	int64_t line;      /* physical line being read */
	int64_t row_line;  /* and the one on which the row began */
	bool after_return; /* the last byte parsed was CR: an LF belongs to it */

	struct buf text; /* the row's fields, NUL-terminated, one after the other */
	size_t cells;    /* fields of the row so far */
	size_t *
	    places; /* file column to declared column or CSV_NOT_DECLARED; NULL before the header */
	size_t width;    /* columns of the file */
	size_t *offsets; /* of each declared column's field in text */
	const char **fields;
	char *header;

	struct status *status; /* of the call in progress */
	bool row_ended;        /* libcsv told the end of a row */
	bool failed;           /* refused or stopped; only free is left */
};

/* How a sentence about the whole file begins. */
static inline const char *
csv_the_file(const struct csv_reader *reader)
{
	return reader->file[0] != '\0' ? reader->file : "the file";
}

/*
 * Takes the fields read as the header, whose line is the first length bytes of source. False with
 * the status set and the reader failed if it is none.
 */
bool csv_take_header(struct csv_reader *reader, size_t length);

#endif
