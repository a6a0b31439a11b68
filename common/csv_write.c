/* CSV fields written: quotes where RFC 4180 asks for them, by libcsv, and none that runs. */
#include "common/csv.h"

#include <csv.h>
#include <string.h>

#include "common/buf.h"

/* Text that a spreadsheet would take for a formula. */
static bool
is_formula(const char *text)
{
	return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

bool
csv_write_field(struct buf *out, const char *text, bool guard)
{
	size_t length = strlen(text), apostrophe = guard && is_formula(text) ? 1 : 0, quoted;

	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		if (!buf_reserve(out, length + apostrophe))
			return false;
		buf_append(out, "'", apostrophe);
		return buf_append(out, text, length);
	}
	quoted = csv_write(NULL, 0, text, length);
	if (!buf_reserve(out, quoted + apostrophe))
		return false;
	csv_write(out->data + out->length + apostrophe, quoted, text, length);
	/* Inside the quotes: over libcsv's opening quote, which moves before it. */
	if (apostrophe > 0)
		memcpy(out->data + out->length, "\"'", 2);
	out->length += quoted + apostrophe;
	return true;
}
