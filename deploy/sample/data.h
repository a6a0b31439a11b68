/*
 * Reading the data folder: published figures as CSV. Anything wrong with a file ends the program
 * with a message.
 */
#ifndef PBC_DEPLOY_SAMPLE_DATA_H
#define PBC_DEPLOY_SAMPLE_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "common/csv.h"

/* Calls row for each row of folder/name. */
void data_read(const char *folder, const char *name, const struct csv_column *columns, size_t count,
    csv_row_fn *row, void *arg);

/* A whole number of 0 to 1,000,000; -1 for an empty field. */
int32_t data_parse_int(const char *text);

#endif
