/* Reading the data folder. */
#include "deploy/sample/data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/sample/out.h"

#define CHUNK 65536

int32_t
data_parse_int(const char *text)
{
	char *end;
	long value;

	if (text[0] == '\0')
		return -1;
	value = strtol(text, &end, 10);
	if (*end != '\0' || value < 0 || value > 1000000)
		out_die("bad figure '%s' in the data", text);
	return (int32_t)value;
}

void
data_read(const char *folder, const char *name, const struct csv_column *columns, size_t count,
    csv_row_fn *row, void *arg)
{
	struct csv_reader *reader = csv_reader_new(columns, count, row, NULL, arg);
	struct status status = {0};
	char path[OUT_PATH_SIZE];
	char data[CHUNK];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	if (file == NULL)
		out_die("cannot read %s: %s (--data names its folder)", path, strerror(errno));
	while ((length = fread(data, 1, sizeof(data), file)) > 0)
		if (!csv_reader_feed(reader, data, length, &status))
			out_die("%s: %s", path, status.message);
	if (ferror(file) || !csv_reader_finish(reader, &status))
		out_die("%s: %s", path, status.message);
	fclose(file);
	csv_reader_free(reader);
}
