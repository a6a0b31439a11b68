/* Pseudonyms by hash, so that the keyed hash runs once a person. */
#include "server/job/people.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "server/job/slots.h"

#define NAME_SIZE 40 /* NHS number or provider's number, with its NUL */
#define BLOCK_PEOPLE 1024
#define PEOPLE_WORK_MEMORY "64MB"
#define KNOWN_FIRST 4096

struct person {
	char name[NAME_SIZE];     /* the hash's key: kind, then number */
	char local_id[NAME_SIZE]; /* "" if none was sent first */
	uint8_t key[PSEUDONYM_SIZE];
	bool known; /* patient.identity had the key when the import began */
};

struct people {
	const struct pseudonym *pseudonym;
	const char *commissioner;
	const char *provider;
	/* Never moved, so always clearable. */
	struct person *blocks[PEOPLE_HELD_MAX / BLOCK_PEOPLE];
	size_t held;
	struct slots slots; /* by name */
	bool asked;         /* who is known */
	int known_max;
	uint8_t (*known)[PSEUDONYM_SIZE];
	size_t known_count, known_capacity;
	struct slots known_slots;
};

enum { KIND_NHS = 'N', KIND_LOCAL = 'L' };

struct people *
people_new(const struct pseudonym *pseudonym, const char *commissioner, const char *provider,
    int known_max)
{
	struct people *people = memory_calloc(1, sizeof(*people));

	people->pseudonym = pseudonym;
	people->commissioner = commissioner;
	people->provider = provider;
	people->known_max = known_max;
	slots_init(&people->slots);
	return people;
}

static struct person *
person_at(const struct people *people, size_t number)
{
	return &people->blocks[number / BLOCK_PEOPLE][number % BLOCK_PEOPLE];
}

/* Forgets them for good. */
static void
forget(struct people *people)
{
	size_t first;

	slots_free(&people->slots);
	for (first = 0; first < people->held; first += BLOCK_PEOPLE) {
		struct person **block = &people->blocks[first / BLOCK_PEOPLE];

		OPENSSL_cleanse(*block, BLOCK_PEOPLE * sizeof(**block));
		free(*block);
		*block = NULL;
	}
	people->held = 0;
}

void
people_free(struct people *people)
{
	if (people == NULL)
		return;
	forget(people);
	slots_free(&people->known_slots);
	free(people->known);
	free(people);
}

static struct person *
new_person(struct people *people)
{
	size_t number = people->held++;

	assert(number < PEOPLE_HELD_MAX);
	if (number % BLOCK_PEOPLE == 0)
		people->blocks[number / BLOCK_PEOPLE] =
		    memory_calloc(BLOCK_PEOPLE, sizeof(struct person));
	return person_at(people, number);
}

static void
copy_name(char *to, const char *name)
{
	size_t size = strlen(name) + 1;

	assert(size < NAME_SIZE);
	memcpy(to, name, size);
}

static const struct person *
find_person(const struct people *people, const char *name, uint32_t hash)
{
	size_t at = hash;
	uint32_t number;

	while (slots_next(&people->slots, hash, &at, &number))
		if (strcmp(person_at(people, number)->name, name) == 0)
			return person_at(people, number);
	return NULL;
}

/* A pseudonym is as good as random. */
static uint32_t
hash_key(const uint8_t *key)
{
	uint32_t hash;

	memcpy(&hash, key, sizeof(hash));
	return hash;
}

static bool
is_known(const struct people *people, const uint8_t *key)
{
	uint32_t hash = hash_key(key), number;
	size_t at = hash;

	while (slots_next(&people->known_slots, hash, &at, &number))
		if (memcmp(people->known[number], key, PSEUDONYM_SIZE) == 0)
			return true;
	return false;
}

static void
add_known(struct people *people, const uint8_t *key)
{
	assert(people->known_count < (size_t)people->known_max);
	if (people->known_count == people->known_capacity) {
		people->known_capacity =
		    people->known_capacity > 0 ? people->known_capacity * 2 : KNOWN_FIRST;
		people->known =
		    memory_realloc(people->known, people->known_capacity * sizeof(*people->known));
	}
	memcpy(people->known[people->known_count], key, PSEUDONYM_SIZE);
	slots_put(&people->known_slots, hash_key(key), (uint32_t)people->known_count++);
}

static const struct person *
add_person(struct people *people, const char *name, const char *local_id)
{
	struct person *person = new_person(people);

	copy_name(person->name, name);
	copy_name(person->local_id, local_id);
	if (name[0] == KIND_NHS)
		pseudonym_of_nhs_number(
		    people->pseudonym, people->commissioner, name + 1, person->key);
	else
		pseudonym_of_local_id(people->pseudonym, people->commissioner, people->provider,
		    name + 1, person->key);
	person->known = is_known(people, person->key);
	return person;
}

const uint8_t *
people_key(struct people *people, const char *nhs_number, const char *local_id)
{
	bool by_nhs = nhs_number[0] != '\0';
	const struct person *person;
	char name[NAME_SIZE];
	uint32_t hash;

	assert(by_nhs || local_id[0] != '\0');
	name[0] = by_nhs ? KIND_NHS : KIND_LOCAL;
	copy_name(name + 1, by_nhs ? nhs_number : local_id);
	hash = slots_hash(&people->slots, name, strlen(name));
	person = find_person(people, name, hash);
	if (person == NULL) {
		slots_put(&people->slots, hash, (uint32_t)people->held);
		person = add_person(people, name, local_id);
	}
	return person->key;
}

bool
people_is_full(const struct people *people)
{
	return people->held >= PEOPLE_HELD_MAX;
}

/*
 * Most people of a month are known from the months before. To read the pseudonyms in some long
 * values and compare them here takes a quarter of the time of laying everybody aside for a join.
 */
bool
people_ask(struct people *people, struct job *job, int64_t file_bytes)
{
	char limit[24];
	const char *params[] = {limit};

	people->asked = file_bytes >= PEOPLE_ASK_FROM_BYTES;
	snprintf(limit, sizeof(limit), "%d", people->known_max);
	return !people->asked ||
	       sync_bytes_ask(job->files,
		   "SELECT string_agg(patient_key, '') FROM (SELECT patient_key"
		   " FROM patient.identity"
		   " WHERE commissioner_code = current_setting('pbc.commissioner')"
		   " LIMIT $1::bigint) AS known GROUP BY get_byte(patient_key, 0)",
		   params, 1, &job->status);
}

static bool
keep_known(void *arg, const void *data, size_t length)
{
	const uint8_t *key, *end = (const uint8_t *)data + length;

	for (key = data; key < end; key += PSEUDONYM_SIZE)
		add_known(arg, key);
	return true;
}

bool
people_prepare(struct people *people, struct job *job)
{
	if (people->asked && !sync_bytes_take(job->files, keep_known, people, &job->status))
		return false;
	return job_exec(job,
	    "CREATE TEMP TABLE new_identity (patient_key bytea, nhs_number text,"
	    " local_patient_id text) ON COMMIT DROP",
	    NULL, 0, NULL);
}

bool
people_flush(struct people *people, struct job *job)
{
	struct sync_copy *copy;
	size_t i;

	copy = sync_copy_start(job->db, "COPY pg_temp.new_identity FROM STDIN (FORMAT binary)",
	    SYNC_COPY_BINARY, 3, &job->status);
	if (copy == NULL)
		return false;
	for (i = 0; i < people->held; i++) {
		const struct person *person = person_at(people, i);

		if (person->known)
			continue;
		if (!sync_copy_row(copy))
			break;
		sync_copy_bytes(copy, person->key, PSEUDONYM_SIZE);
		sync_copy_text(copy, person->name[0] == KIND_NHS ? person->name + 1 : NULL);
		sync_copy_text(copy, person->local_id[0] != '\0' ? person->local_id : NULL);
	}
	forget(people);
	return sync_copy_finish(copy, NULL, &job->status);
}

/*
 * The join finds who is known sooner than a conflict each would. The conflict is for an import that
 * runs beside this one, the order against a deadlock with it.
 */
bool
people_store(const struct people *people, struct job *job)
{
	const char *params[] = {people->provider};

	return job_exec(job, "SET LOCAL work_mem = '" PEOPLE_WORK_MEMORY "'", NULL, 0, NULL) &&
	       job_exec(job,
		   "INSERT INTO patient.identity (commissioner_code, patient_key, nhs_number,"
		   " provider_code, local_patient_id) SELECT current_setting('pbc.commissioner'),"
		   " n.patient_key, n.nhs_number, CASE WHEN n.local_patient_id IS NOT NULL THEN $1"
		   " END, n.local_patient_id FROM pg_temp.new_identity n WHERE NOT EXISTS (SELECT"
		   " FROM patient.identity i WHERE i.commissioner_code ="
		   " current_setting('pbc.commissioner') AND i.patient_key = n.patient_key) ORDER"
		   " BY n.patient_key ON CONFLICT (commissioner_code, patient_key) DO NOTHING",
		   params, 1, NULL);
}
