/* From the rows of a CSV file to the reviews of a request. */
#include "client/cli/review_file.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/failure.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/memory.h"
#include "common/pbjson.h"
#include "pbc/v1/review.pb-c.h"

enum { RECORD_ID, PROVIDER_CODE, VERDICT, REASON, NOTE, COLUMNS };

static const struct csv_column columns[COLUMNS] = {
    [RECORD_ID] = {"record_id", CSV_MANDATORY},
    [PROVIDER_CODE] = {"provider_code", CSV_OPTIONAL},
    [VERDICT] = {"verdict", CSV_MANDATORY},
    [REASON] = {"reason", CSV_OPTIONAL},
    [NOTE] = {"note", CSV_OPTIONAL},
};

struct reading {
	struct review_file *file;
	struct buf unused; /* names of other columns */
	struct status *status;
};

/* Takes off the apostrophe that kept a spreadsheet from running the text. */
static const char *
unguarded(const char *text)
{
	return text[0] == '\'' && text[1] != '\0' && strchr("=+-@\t\r", text[1]) != NULL ? text + 1
											 : text;
}

/* "Wrong HRG" is wrong_hrg. False with *status set; an empty cell is no word. */
static bool
add_word(struct reading *reading, json_t *review, const struct csv_row *row, size_t column,
    const ProtobufCEnumDescriptor *descriptor)
{
	char word[48];
	size_t length = strlen(row->fields[column]);
	int value;

	if (length == 0)
		return true;
	snprintf(word, sizeof(word), "%s", row->fields[column]);
	for (char *at = word; *at != '\0'; at++)
		*at = *at == ' ' || *at == '-' ? '_' : (char)tolower((unsigned char)*at);
	if (length >= sizeof(word) || !pbjson_enum_value(descriptor, word, &value))
		return status_set(reading->status, STATUS_INVALID_ARGUMENT, "BAD_WORD",
		    columns[column].name, "see: pbc activity review --help",
		    "line %" PRId64 ": there is no %s \"%s\"", row->line, columns[column].name,
		    row->fields[column]);
	json_object_set_new(review, columns[column].name,
	    json_string(protobuf_c_enum_descriptor_get_value(descriptor, value)->name));
	return true;
}

static bool
take_row(void *arg, const struct csv_row *row)
{
	struct reading *reading = arg;
	struct review_file *file = reading->file;
	json_t *review;

	if (row->fields[VERDICT][0] == '\0')
		return true;
	review = json_object();
	file->lines = memory_realloc(file->lines, (file->count + 1) * sizeof(*file->lines));
	file->lines[file->count++] = row->line;
	json_array_append_new(file->reviews, review);
	for (size_t i = 0; i < COLUMNS; i++)
		if (i != VERDICT && i != REASON)
			json_object_set_new(
			    review, columns[i].name, json_string(unguarded(row->fields[i])));
	return add_word(reading, review, row, VERDICT, &pbc__v1__verdict__descriptor) &&
	       add_word(reading, review, row, REASON, &pbc__v1__query_reason__descriptor);
}

static void
note_unused(void *arg, const char *column)
{
	struct reading *reading = arg;

	buf_printf(&reading->unused, "%s%s", reading->unused.length > 0 ? ", " : "", column);
}

static bool
feed(struct csv_reader *reader, FILE *in, const char *path, struct status *status)
{
	char chunk[16384];
	size_t length;

	while ((length = fread(chunk, 1, sizeof(chunk), in)) > 0)
		if (!csv_reader_feed(reader, chunk, length, status))
			return false;
	if (ferror(in))
		return status_set(status, STATUS_INVALID_ARGUMENT, "CANNOT_READ", NULL, NULL,
		    "cannot read %s: %s", path, strerror(errno));
	return csv_reader_finish(reader, status);
}

bool
review_file_read(struct review_file *file, const char *path, struct status *status)
{
	struct reading reading = {.file = file, .status = status};
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	struct csv_reader *reader;
	bool ok;

	*file = (struct review_file){.reviews = json_array()};
	if (in == NULL)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
		    "check the file's name and permissions", "cannot read %s: %s", path,
		    strerror(errno));
	reader = csv_reader_new(columns, COLUMNS, take_row, note_unused, &reading);
	csv_reader_name(reader, is_stdin ? "standard input" : path);
	ok = feed(reader, in, path, status);
	if (ok && reading.unused.length > 0)
		failure_note("columns not used: %.*s", (int)reading.unused.length,
		    (const char *)reading.unused.data);
	if (ok && file->count == 0)
		ok = status_set(status, STATUS_INVALID_ARGUMENT, "NO_VERDICTS", "verdict",
		    "write confirmed or queried into the column verdict",
		    "%s has no row with a verdict", path);
	csv_reader_free(reader);
	buf_free(&reading.unused);
	if (!is_stdin)
		fclose(in);
	return ok;
}

void
review_file_free(struct review_file *file)
{
	json_decref(file->reviews);
	free(file->lines);
}
