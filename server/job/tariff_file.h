/* A price list as published, from its file into shared reference data: known by its bytes. */
#ifndef PBC_SERVER_JOB_TARIFF_FILE_H
#define PBC_SERVER_JOB_TARIFF_FILE_H

#include <stdbool.h>

#include "server/job/job.h"

/*
 * Stores the file of the parameter upload_id as a tariff of the year, unless these bytes are stored
 * already, and sets its id. It does not come into force. False with job->status set.
 */
bool tariff_file_store(struct job *job, int year, char tariff_id[JOB_ID_SIZE]);

#endif
