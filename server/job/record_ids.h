/*
 * The record ids of one file, to find one that comes twice, or of what stands. Kept whole, one
 * after another, and found by slots of places: the id's own bytes and 11 to 21 more for each.
 */
#ifndef PBC_SERVER_JOB_RECORD_IDS_H
#define PBC_SERVER_JOB_RECORD_IDS_H

#include <stdbool.h>

/* So that every place fits 32 bits. */
#define RECORD_IDS_MAX 100000000

struct record_ids;

struct record_ids *record_ids_new(void);
void record_ids_free(struct record_ids *ids);
/* False when it is there already. At most 35 characters, and at most RECORD_IDS_MAX ids. */
bool record_ids_add(struct record_ids *ids, const char *id);
bool record_ids_has(const struct record_ids *ids, const char *id);

#endif
