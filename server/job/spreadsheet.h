/*
 * A list of rejects is mended in a spreadsheet, which writes dates and codes in its own way when it
 * saves them: this reads them back. An English one has the day first.
 */
#ifndef PBC_SERVER_JOB_SPREADSHEET_H
#define PBC_SERVER_JOB_SPREADSHEET_H

#include "server/job/activity_record.h"

#define SPREADSHEET_DATES 4
#define SPREADSHEET_CODES 4

/* A row's fields with the room of those that were read back. */
struct spreadsheet_row {
	const char *fields[ACTIVITY_COLUMNS];
	char dates[SPREADSHEET_DATES][11];
	char codes[SPREADSHEET_CODES][3];
};

/*
 * 31/07/2017 and 1/7/2017 become ISO dates, codes of two digits get the zero back that they lost;
 * what has neither form stays as it is, for the checks to judge. Borrows fields, and points into
 * row.
 */
void spreadsheet_read(const char *const *fields, struct spreadsheet_row *row);

#endif
