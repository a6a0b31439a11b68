/* The list of the sample's files. */
#include "deploy/sample/manifest.h"

#include <string.h>

void
manifest_open(struct manifest *manifest, const char *directory)
{
	memset(manifest, 0, sizeof(*manifest));
	out_open(&manifest->out, directory, "manifest.csv");
	out_header(&manifest->out, "kind,file,provider_code,period,phase,number,rows,total");
}

void
manifest_add(
    struct manifest *manifest, const struct out_file *file, const struct manifest_entry *entry)
{
	struct out_file *out = &manifest->out;

	out_text(out, entry->kind);
	out_text(out, file->path);
	out_text(out, entry->provider_code != NULL ? entry->provider_code : "");
	out_text(out, entry->period != NULL ? entry->period : "");
	out_text(out, entry->phase != NULL ? entry->phase : "");
	out_text(out, entry->number != NULL ? entry->number : "");
	out_number(out, file->rows);
	out_money(out, entry->total_pence);
	out_row_end(out);
}

void
manifest_close(struct manifest *manifest)
{
	out_close(&manifest->out);
}
