/* A worklist that came back from a spreadsheet with verdicts in it. */
#ifndef PBC_CLIENT_CLI_REVIEW_FILE_H
#define PBC_CLIENT_CLI_REVIEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "common/status.h"

struct review_file {
	json_t *reviews; /* array of ReviewInput, proto3 JSON */
	int64_t *lines;  /* of the file, one for each review */
	size_t count;
};

/*
 * Reads columns record_id, verdict and, if there, provider_code, reason and note; rows without a
 * verdict are left out and other columns named on standard error. "-" is standard input. Free it
 * also after false, which comes with *status set.
 */
bool review_file_read(struct review_file *file, const char *path, struct status *status);
void review_file_free(struct review_file *file);

#endif
