/* A private PostgreSQL cluster for the tests of one program. */
#include "tests/support/test_pg.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER_VARIABLE "PBC_TEST_PG"
#define TEST_PG_PORT 15432 /* as private_pg.sh has it */

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "test_pg: %s: %s\n", what, why);
	abort();
}

static void
script(const char *verb, const char *mode)
{
	char command[512];

	snprintf(command, sizeof(command), "%s/tests/support/private_pg.sh %s %s %s >/dev/null",
	    PBC_SOURCE_DIR, verb, getenv(FOLDER_VARIABLE), mode);
	if (system(command) != 0)
		fail("failed", command);
}

void
test_pg_start(const char *sql)
{
	char folder[] = "/tmp/pbc-pg-XXXXXX";

	if (getenv(FOLDER_VARIABLE) == NULL) {
		if (mkdtemp(folder) == NULL)
			fail("mkdtemp", folder);
		setenv(FOLDER_VARIABLE, folder, 1);
	}
	script("start", "");
	if (sql != NULL)
		test_pg_int(sql);
}

void
test_pg_stop(const char *mode)
{
	script("stop", mode);
}

void
test_pg_remove(void)
{
	script("remove", "");
}

void
test_pg_conninfo(char conninfo[TEST_PG_CONNINFO], const char *user)
{
	snprintf(conninfo, TEST_PG_CONNINFO, "host=%s/socket port=%d user=%s dbname=postgres",
	    getenv(FOLDER_VARIABLE), TEST_PG_PORT, user);
}

int
test_pg_int(const char *sql)
{
	char conninfo[TEST_PG_CONNINFO];
	PGconn *pg;
	PGresult *result;
	int value = 0;

	test_pg_conninfo(conninfo, "postgres");
	pg = PQconnectdb(conninfo);
	if (PQstatus(pg) != CONNECTION_OK)
		fail("connect", PQerrorMessage(pg));
	result = PQexec(pg, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		fail(sql, PQerrorMessage(pg));
	if (PQntuples(result) > 0)
		value = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(pg);
	return value;
}
