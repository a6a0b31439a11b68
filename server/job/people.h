/*
 * The people of one file: each gets a pseudonym and a row in schema patient. Held in memory for the
 * length of the import only, at most PEOPLE_HELD_MAX at once.
 */
#ifndef PBC_SERVER_JOB_PEOPLE_H
#define PBC_SERVER_JOB_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/job/job.h"
#include "server/job/pseudonym.h"

#define PEOPLE_HELD_MAX 262144

struct people;

/* In the import's transaction, before the first person. */
bool people_prepare(struct job *job);

/* All are borrowed. */
struct people *people_new(
    const struct pseudonym *pseudonym, const char *commissioner, const char *provider);
/* Clears what it held. NULL is allowed. */
void people_free(struct people *people);

/*
 * By NHS number where there is one, else by the provider's number; one of them is not "". Not when
 * people_is_full. Valid until the next call of people_flush or people_free.
 */
const uint8_t *people_key(struct people *people, const char *nhs_number, const char *local_id);

bool people_is_full(const struct people *people);
/*
 * Lays aside in the database who may be new of those held; forgets all. Not while job->db copies.
 */
bool people_flush(struct people *people, struct job *job);

/* Keeps who is behind each pseudonym that is new. After the last people_flush. */
bool people_store(const struct people *people, struct job *job);

#endif
