/*
 * A small CSV file, all or nothing: declared columns are checked one by one and staged in a
 * temporary table, then rules that span columns or tables are checked in SQL. The first fault
 * refuses the file and names line and column. Files with patients' identifiers do not come this
 * way.
 */
#ifndef PBC_SERVER_JOB_SHEET_H
#define PBC_SERVER_JOB_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "server/job/job.h"

/* How a field reads and what it is staged as. */
enum sheet_type {
	SHEET_TEXT,         /* text: codes and words */
	SHEET_WORDING,      /* text that people wrote: refused if it holds an NHS number */
	SHEET_PRACTICE,     /* text: practice code */
	SHEET_ORGANISATION, /* text: code of a PCT or provider */
	SHEET_DATE,         /* date */
	SHEET_MONTH,        /* date: its first day */
	SHEET_YEAR,         /* integer: 2017/18 is 2017 */
	SHEET_COUNT,        /* integer, not negative */
	SHEET_POUNDS,       /* bigint pence, at most PBR_AMOUNT_MAX_PENCE either way */
	SHEET_FACTOR,       /* integer ppm */
	SHEET_THOUSANDTHS,  /* bigint: at most three decimals, times 1,000 */
	SHEET_FLAG,         /* boolean: Y or N */
};

enum sheet_need {
	SHEET_OPTIONAL, /* the column may be absent; blank is NULL */
	SHEET_PRESENT,  /* the column is needed, blank is NULL */
	SHEET_REQUIRED, /* the column and a value in every row */
};

struct sheet_column {
	const char *name; /* of the file and of the temporary table */
	enum sheet_need need;
	enum sheet_type type;
	const char *const *words; /* the values it may have, ended by NULL; NULL for any */
};

/* A condition on the staged row s that must not be: SQL, without identifiers from outside. */
struct sheet_check {
	const char *fault;
	const char *reason;
	const char *field;
	const char *message; /* follows "line 12: " */
	const char *hint;
};

struct sheet {
	const char *file;    /* "plan.csv", to tell one of several; NULL: as it was sent */
	const char *table;   /* temporary; gone when the transaction ends. Has line bigint first */
	const char *counted; /* the outcome that tells how many rows it has */
	const struct sheet_column *columns;
	size_t column_count;
	const char *key; /* columns in which no two rows are alike; NULL for none */
	const struct sheet_check *checks;
	size_t check_count;
};

#define SHEET_COLUMNS_MAX 16
#define SHEET_TEXT_LIMIT 200 /* characters */
/* The remedy of a fault in a line. */
#define SHEET_MEND "mend the line and send the whole file again"

/*
 * Reads the upload that the parameter names into the sheet's table. A file without rows is refused.
 * Adds the outcomes counted and unknown_column. False with job->status set.
 */
bool sheet_stage(struct job *job, const struct sheet *sheet, const char *upload_param);

#endif
