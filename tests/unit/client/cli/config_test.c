/* Flags before environment before file, and profiles of the file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/config.h"

static char folder[64];
static struct arena *arena;

static void
begin(void)
{
	char path[128];
	FILE *file;

	snprintf(folder, sizeof(folder), "/tmp/pbc-config-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pbc.conf", folder);
	file = fopen(path, "w");
	fputs("profile default { server = \"default.example\" }\n"
	      "profile finance {\n\tserver = \"pct.example:8443\"\n\tca = \"ca.pem\"\n"
	      "\tcert = \"/certs/finance.pem\"\n\tkey = \"finance.key\"\n}\n",
	    file);
	fclose(file);
	setenv("PBC_CONFIG", path, 1);
	unsetenv("PBC_SERVER");
	unsetenv("PBC_CA");
	unsetenv("PBC_CERT");
	unsetenv("PBC_KEY");
	arena = arena_new(65536);
}

static void
end(void)
{
	unlink(getenv("PBC_CONFIG"));
	rmdir(folder);
	arena_free(arena);
}

TestSuite(config, .init = begin, .fini = end);

Test(config, a_profile_gives_all_and_its_paths_are_beside_the_file)
{
	struct options options = {.profile = "finance"};
	struct client_config config;
	struct status status;
	char path[128];

	cr_assert(config_resolve(&options, arena, &config, &status));
	cr_expect_str_eq(config.server, "pct.example:8443");
	snprintf(path, sizeof(path), "%s/ca.pem", folder);
	cr_expect_str_eq(config.ca_path, path);
	cr_expect_str_eq(config.cert_path, "/certs/finance.pem");
}

Test(config, a_flag_wins_over_the_environment_and_that_over_the_file)
{
	struct options options = {.profile = "finance", .server = "flag.example"};
	struct client_config config;
	struct status status;

	setenv("PBC_SERVER", "environment.example", 1);
	setenv("PBC_CA", "/environment/ca.pem", 1);
	cr_assert(config_resolve(&options, arena, &config, &status));
	cr_expect_str_eq(config.server, "flag.example");
	cr_expect_str_eq(config.ca_path, "/environment/ca.pem");
	cr_expect_str_eq(config.cert_path, "/certs/finance.pem");
}

Test(config, without_as_the_default_profile_is_taken)
{
	struct options options = {.profile = NULL};
	struct client_config config;
	struct status status;

	cr_assert(config_resolve(&options, arena, &config, &status));
	cr_expect_str_eq(config.server, "default.example");
	cr_expect_null(config.cert_path);
}

Test(config, an_unknown_profile_is_refused_with_the_nearest)
{
	struct options options = {.profile = "finanec"};
	struct client_config config;
	struct status status;

	cr_expect_not(config_resolve(&options, arena, &config, &status));
	cr_expect_not_null(strstr(status.message, "did you mean \"finance\"?"));
	cr_expect_str_eq(status.hint, "name one that it has: default, finance");
}

Test(config, a_file_that_cannot_be_read_is_refused_with_its_line)
{
	struct options options = {.profile = NULL};
	struct client_config config;
	struct status status;
	FILE *file = fopen(getenv("PBC_CONFIG"), "w");

	fputs("profile x {\n\tserver \"missing the equals sign\"\n}\n", file);
	fclose(file);
	cr_expect_not(config_resolve(&options, arena, &config, &status));
	cr_expect_not_null(strstr(status.message, "pbc.conf:2:"), "%s", status.message);
	unlink(getenv("PBC_CONFIG"));
	cr_expect_not(config_resolve(&options, arena, &config, &status));
}

Test(config, no_server_anywhere_is_refused)
{
	struct options options = {.profile = NULL};
	struct client_config config;
	struct status status;
	FILE *file = fopen(getenv("PBC_CONFIG"), "w");

	fclose(file);
	cr_expect_not(config_resolve(&options, arena, &config, &status));
	cr_expect_str_eq(status.message, "no server is named");
}
