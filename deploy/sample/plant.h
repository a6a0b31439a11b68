/*
 * Errors planted in a provider's records, and the truth about them. Audits of payment by results in
 * 2007/08 and 2008/09 found another HRG in 9.4 and 8.1 % of spells, other clinical codes in 16.5
 * and 12.8 %, and 4.9 and 3.9 % of the spells' money wrong, in both directions: 0.1 % net. So it is
 * here; the choice of an HRG is steered to that net, and likewise that of a price.
 */
#ifndef PBC_DEPLOY_SAMPLE_PLANT_H
#define PBC_DEPLOY_SAMPLE_PLANT_H

#include "deploy/sample/out.h"
#include "deploy/sample/prng.h"
#include "deploy/sample/record.h"

enum plant_kind {
	PLANT_NONE,
	PLANT_WRONG_HRG,
	PLANT_WRONG_PRICE,
	PLANT_PRACTICE_NOT_OURS,      /* a patient of the PCT next door */
	PLANT_COMMISSIONER_MISSTATED, /* ours, but the record names the PCT next door */
	PLANT_DUPLICATE_RECORD,       /* the same row twice */
	PLANT_DUPLICATE_EVENT,        /* the same event under a second record_id */
	PLANT_BAD_CHECK_DIGIT,
	PLANT_UNKNOWN_PRACTICE,
	PLANT_OUTSIDE_PERIOD,
	PLANT_WRONG_DIAGNOSIS, /* that leaves the HRG as it is */
	PLANT_KINDS,
};

struct plant_tally {
	int64_t rows;
	int64_t gross_pence; /* sum of the effects without their signs */
	int64_t net_pence;
};

struct plant {
	const struct record_context *context;
	struct prng prng;
	struct out_file truth;
	int64_t right_pence;        /* of all records seen */
	int64_t right_spells_pence; /* of the spells among them */
	struct plant_tally tally[PLANT_KINDS];
};

void plant_open(struct plant *plant, const struct record_context *context, const char *directory);
/* Perhaps spoils the record; a line of truth goes with it. */
enum plant_kind plant_apply(
    struct plant *plant, struct record *record, const char *provider_code, const char *period);
/* Writes the summary and closes both files; their paths and rows are left for the manifest. */
void plant_close(struct plant *plant, const char *directory, struct out_file *summary);

/*
 * The record with a neighbouring HRG, as a flex file has it before it is corrected; false if none.
 */
bool plant_recode(const struct plant *plant, struct prng *prng, struct record *record);

extern const char *const plant_kind_names[PLANT_KINDS];

#endif
