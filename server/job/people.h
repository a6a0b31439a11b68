/*
 * The people of one file: each gets a pseudonym once, and a row in schema patient. Held in memory
 * for the length of the import only.
 */
#ifndef PBC_SERVER_JOB_PEOPLE_H
#define PBC_SERVER_JOB_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/job/job.h"
#include "server/job/pseudonym.h"

struct people;

/* provider is borrowed. */
struct people *people_new(
    const struct pseudonym *pseudonym, const char *commissioner, const char *provider);
/* Clears what it held. */
void people_free(struct people *people);

/* By NHS number where there is one, else by the provider's number; one of them is not "". Valid
 * until people_free. */
const uint8_t *people_key(struct people *people, const char *nhs_number, const char *local_id);

/* Keeps who is behind each pseudonym that is new. */
bool people_store(const struct people *people, struct job *job);

#endif
