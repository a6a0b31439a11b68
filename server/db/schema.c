/* Names both versions: which of them is the newer one, the program cannot know. */
#include "server/db/schema.h"

#include <string.h>

bool
db_schema_fits(const char *found, const char *wanted, struct status *status)
{
	if (found == NULL)
		return status_set(status, STATUS_FAILED_PRECONDITION, "SCHEMA_DIFFERS", NULL,
		    "make one with deploy/database, or name another database",
		    "the database has no schema of pbc");
	if (strcmp(found, wanted) == 0)
		return true;
	return status_set(status, STATUS_FAILED_PRECONDITION, "SCHEMA_DIFFERS", NULL,
	    "run deploy/database of the newer version, then start all programs of that version",
	    "the schema's last change is \"%s\", this program needs \"%s\"", found, wanted);
}

bool
db_schema_is_missing(const char *sqlstate)
{
	return strcmp(sqlstate, "3F000") == 0 || strcmp(sqlstate, "42883") == 0;
}
