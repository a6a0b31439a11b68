/* The record ids of one file, to find one that comes twice. */
#ifndef PBC_SERVER_JOB_RECORD_IDS_H
#define PBC_SERVER_JOB_RECORD_IDS_H

#include <stdbool.h>

struct record_ids;

struct record_ids *record_ids_new(void);
void record_ids_free(struct record_ids *ids);
/* False when it is there already. The text is copied; at most 35 characters. */
bool record_ids_add(struct record_ids *ids, const char *id);

#endif
