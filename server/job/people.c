/* Pseudonyms by hash, so that the keyed hash runs once a person. */
#include "server/job/people.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"

#define NAME_SIZE 40 /* NHS number or provider's number, with its NUL */
#define BLOCK_PEOPLE 1024

struct person {
	char name[NAME_SIZE];     /* the hash's key: kind, then number */
	char local_id[NAME_SIZE]; /* "" if none was sent first */
	uint8_t key[PSEUDONYM_SIZE];
	UT_hash_handle hh;
};

struct block {
	struct block *next;
	size_t used;
	struct person people[BLOCK_PEOPLE];
};

struct people {
	const struct pseudonym *pseudonym;
	const char *commissioner;
	const char *provider;
	struct person *by_name;
	struct block *blocks;
};

enum { KIND_NHS = 'N', KIND_LOCAL = 'L' };

struct people *
people_new(const struct pseudonym *pseudonym, const char *commissioner, const char *provider)
{
	struct people *people = memory_calloc(1, sizeof(*people));

	people->pseudonym = pseudonym;
	people->commissioner = commissioner;
	people->provider = provider;
	return people;
}

void
people_free(struct people *people)
{
	struct block *block, *next;

	if (people == NULL)
		return;
	HASH_CLEAR(hh, people->by_name);
	for (block = people->blocks; block != NULL; block = next) {
		next = block->next;
		OPENSSL_cleanse(block, sizeof(*block));
		free(block);
	}
	free(people);
}

static struct person *
new_person(struct people *people)
{
	struct block *block = people->blocks;

	if (block == NULL || block->used == BLOCK_PEOPLE) {
		block = memory_calloc(1, sizeof(*block));
		block->next = people->blocks;
		people->blocks = block;
	}
	return &block->people[block->used++];
}

const uint8_t *
people_key(struct people *people, const char *nhs_number, const char *local_id)
{
	bool by_nhs = nhs_number[0] != '\0';
	struct person *person;
	char name[NAME_SIZE];

	assert(by_nhs || local_id[0] != '\0');
	snprintf(name, sizeof(name), "%c%s", by_nhs ? KIND_NHS : KIND_LOCAL,
	    by_nhs ? nhs_number : local_id);
	HASH_FIND_STR(people->by_name, name, person);
	if (person != NULL)
		return person->key;
	person = new_person(people);
	memcpy(person->name, name, sizeof(person->name));
	snprintf(person->local_id, sizeof(person->local_id), "%s", local_id);
	if (by_nhs)
		pseudonym_of_nhs_number(
		    people->pseudonym, people->commissioner, nhs_number, person->key);
	else
		pseudonym_of_local_id(people->pseudonym, people->commissioner, people->provider,
		    local_id, person->key);
	HASH_ADD_STR(people->by_name, name, person);
	return person->key;
}

static bool
copy_people(const struct people *people, struct job *job)
{
	struct sync_copy *copy =
	    sync_copy_start(job->db, "COPY pg_temp.new_identity FROM STDIN (FORMAT binary)",
		SYNC_COPY_BINARY, 3, &job->status);
	const struct person *person;

	if (copy == NULL)
		return false;
	for (person = people->by_name; person != NULL; person = person->hh.next) {
		if (!sync_copy_row(copy))
			break;
		sync_copy_bytes(copy, person->key, PSEUDONYM_SIZE);
		sync_copy_text(copy, person->name[0] == KIND_NHS ? person->name + 1 : NULL);
		sync_copy_text(copy, person->local_id[0] != '\0' ? person->local_id : NULL);
	}
	return sync_copy_finish(copy, NULL, &job->status);
}

bool
people_store(const struct people *people, struct job *job)
{
	const char *params[] = {people->provider};

	return job_exec(job,
		   "CREATE TEMP TABLE new_identity (patient_key bytea, nhs_number text,"
		   " local_patient_id text) ON COMMIT DROP",
		   NULL, 0, NULL) &&
	       copy_people(people, job) &&
	       job_exec(job,
		   "INSERT INTO patient.identity (commissioner_code, patient_key, nhs_number,"
		   " provider_code, local_patient_id) SELECT current_setting('pbc.commissioner'),"
		   " patient_key, nhs_number, CASE WHEN local_patient_id IS NOT NULL THEN $1 END,"
		   " local_patient_id FROM pg_temp.new_identity ORDER BY patient_key"
		   " ON CONFLICT (commissioner_code, patient_key) DO NOTHING",
		   params, 1, NULL);
}
