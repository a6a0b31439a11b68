/* Widths of the columns of a table, and where their texts break. */
#include "client/cli/fit.h"

#include <string.h>

#include "common/utf8.h"

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Of the widest part between any of the separators. */
static size_t
widest_part(const char *text, const char *separators)
{
	size_t widest = 0;

	for (;;) {
		size_t length = strcspn(text, separators);

		widest = larger(widest, utf8_width_of(text, length));
		if (text[length] == '\0')
			return widest;
		text += length + 1;
	}
}

void
fit_measure(struct fit_column *column, const char *text, bool gives_way)
{
	column->natural = larger(column->natural, widest_part(text, "\n"));
	column->word = larger(column->word, widest_part(text, gives_way ? " \n" : "\n"));
}

static size_t
least(const struct fit_column *column)
{
	return larger(column->word, smaller(column->natural, FIT_TEXT_LEAST));
}

/* The widest that can give way; NULL if none can. */
static struct fit_column *
widest_column(struct fit_column *columns, size_t count)
{
	struct fit_column *widest = NULL;

	for (size_t i = 0; i < count; i++)
		if (columns[i].width > least(&columns[i]) &&
		    (widest == NULL || columns[i].width > widest->width))
			widest = &columns[i];
	return widest;
}

bool
fit_columns(struct fit_column *columns, size_t count, size_t gap, size_t width)
{
	size_t total = count > 0 ? (count - 1) * gap : 0;

	for (size_t i = 0; i < count; i++) {
		columns[i].width = columns[i].natural;
		total += columns[i].natural;
	}
	for (; total > width; total--) {
		struct fit_column *widest = widest_column(columns, count);

		if (widest == NULL)
			return false;
		widest->width--;
	}
	return true;
}

void
fit_wrap(char *text, size_t width)
{
	char *space = NULL; /* before the word, on its line */
	size_t used = 0;

	for (;;) {
		size_t length = strcspn(text, " \n");
		size_t word = utf8_width_of(text, length);

		used += (space != NULL ? 1 : 0) + word;
		if (space != NULL && used > width) {
			*space = '\n';
			used = word;
		}
		text += length;
		if (*text == '\0')
			return;
		space = *text == ' ' ? text : NULL;
		used = space != NULL ? used : 0;
		text++;
	}
}
