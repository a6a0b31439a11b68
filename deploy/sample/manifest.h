/* manifest.csv: every file of the sample, in the order in which it is to be loaded. */
#ifndef PBC_DEPLOY_SAMPLE_MANIFEST_H
#define PBC_DEPLOY_SAMPLE_MANIFEST_H

#include "deploy/sample/out.h"

/* A line of the manifest; "" where a column does not apply. */
struct manifest_entry {
	const char *kind; /* practices, ..., tariff, contract, activity, invoice, truth */
	const char *provider_code;
	const char *period;  /* 2017-04, or a financial year 2017/18 */
	const char *phase;   /* flex, freeze */
	const char *number;  /* of an invoice */
	int64_t total_pence; /* of the file's prices; of an invoice what it must be sent with */
};

struct manifest {
	struct out_file out;
};

void manifest_open(struct manifest *manifest, const char *directory);
void manifest_add(
    struct manifest *manifest, const struct out_file *file, const struct manifest_entry *entry);
void manifest_close(struct manifest *manifest);

#endif
