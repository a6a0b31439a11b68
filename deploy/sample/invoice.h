/*
 * A provider's invoices of a month: one line per record that it bills, with known differences from
 * the ledger planted among them.
 */
#ifndef PBC_DEPLOY_SAMPLE_INVOICE_H
#define PBC_DEPLOY_SAMPLE_INVOICE_H

#include "deploy/sample/manifest.h"
#include "deploy/sample/plant.h"
#include "deploy/sample/prng.h"
#include "deploy/sample/record.h"

/* Planted differences of all invoices, and the file that tells them. */
struct invoice_truth {
	struct prng prng;
	struct out_file out;
};

struct invoice {
	struct invoice_truth *truth;
	struct out_file out;
	const char *provider_code;
	char period[8];
	char number[24];
	int64_t lines;
	int64_t invented; /* lines for records that do not exist */
	int64_t total_pence;
};

void invoice_truth_open(struct invoice_truth *truth, uint64_t seed, const char *directory);
void invoice_truth_close(struct invoice_truth *truth, struct manifest *manifest);

void invoice_open(struct invoice *invoice, struct invoice_truth *truth, const char *directory,
    const char *provider_code, const char *period);
/* Bills a record of the freeze file; kind is what was planted in that record. */
void invoice_bill(struct invoice *invoice, const struct record *record, enum plant_kind kind);
void invoice_close(struct invoice *invoice, struct manifest *manifest);

#endif
