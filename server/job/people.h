/*
 * The people of one file: each gets a pseudonym and a row in schema patient. Held in memory for the
 * length of the import only, at most PEOPLE_HELD_MAX at once, beside the pseudonyms of at most
 * PEOPLE_KNOWN_MAX who were there before.
 */
#ifndef PBC_SERVER_JOB_PEOPLE_H
#define PBC_SERVER_JOB_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/job/job.h"
#include "server/job/pseudonym.h"

#define PEOPLE_HELD_MAX 262144
#define PEOPLE_KNOWN_MAX 1048576 /* of more, the others are laid aside as if they were new */
/* The people of a smaller file are looked up one by one sooner than all that are known are read. */
#define PEOPLE_ASK_FROM_BYTES 262144

struct people;

/* All are borrowed. known_max is PEOPLE_KNOWN_MAX save in tests. */
struct people *people_new(const struct pseudonym *pseudonym, const char *commissioner,
    const char *provider, int known_max);
/* Clears what it held. NULL is allowed. */
void people_free(struct people *people);

/*
 * Asks who is known, for a file of file_bytes. job->files answers while job->db is used, and is not
 * to be used for anything else until people_prepare.
 */
bool people_ask(struct people *people, struct job *job, int64_t file_bytes);
/* In the import's transaction, after people_ask and before the first person: takes the answer. */
bool people_prepare(struct people *people, struct job *job);

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
