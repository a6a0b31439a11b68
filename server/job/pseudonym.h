/*
 * Keyed pseudonyms of patients: HMAC-SHA256, cut to 16 bytes, with a key that is not in the
 * database. NHS numbers are few enough to try them all, so a hash without a key would hide nothing.
 */
#ifndef PBC_SERVER_JOB_PSEUDONYM_H
#define PBC_SERVER_JOB_PSEUDONYM_H

#include <stdint.h>

#include "common/status.h"

#define PSEUDONYM_SIZE 16
#define PSEUDONYM_KEY_MIN 32
#define PSEUDONYM_KEY_MAX 4096

struct pseudonym;

/* NULL with *status set: no file, too short or too long, or open to other users. */
struct pseudonym *pseudonym_load(const char *key_file, struct status *status);
void pseudonym_free(struct pseudonym *pseudonym);

/* Of a patient within a PCT: by NHS number, the same at every provider. */
void pseudonym_of_nhs_number(const struct pseudonym *pseudonym, const char *commissioner,
    const char *nhs_number, uint8_t key[PSEUDONYM_SIZE]);
/* Where there is no NHS number: by the provider's own number. */
void pseudonym_of_local_id(const struct pseudonym *pseudonym, const char *commissioner,
    const char *provider, const char *local_id, uint8_t key[PSEUDONYM_SIZE]);

#endif
