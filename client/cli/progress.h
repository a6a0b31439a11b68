/* A progress bar on standard error when that is a terminal; nothing otherwise. */
#ifndef PBC_CLIENT_CLI_PROGRESS_H
#define PBC_CLIENT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *label; /* borrowed */
	const char *unit;  /* borrowed */
	int64_t total;     /* 0 while unknown */
	int64_t done;
	int64_t shown_ms; /* when the bar was drawn last */
	bool terminal;
};

void progress_begin(struct progress *progress, const char *label, const char *unit, int64_t total);
/* total 0 keeps the one known. Draws at most ten times a second. */
void progress_show(struct progress *progress, int64_t done, int64_t total);
/* Wipes the bar. */
void progress_end(struct progress *progress);

#endif
