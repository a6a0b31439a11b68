/* The time that files as sent are kept: a process of its own, run daily for each PCT. */
#ifndef PBC_SERVER_JOB_RETENTION_H
#define PBC_SERVER_JOB_RETENTION_H

#include <stdbool.h>

/*
 * Removes the bytes of the PCT's uploads whose time is up, waiting for the database if need be.
 * False, having logged why, if that was refused, failed, or interrupted said to stop.
 */
bool retention_run(const char *conninfo, const char *commissioner, bool (*interrupted)(void));

#endif
