/*
 * Settings: flags win over the file, the file over what is built in; anything else is refused by
 * name.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config.h"

#define NEEDED                                                                             \
	"--certificate", "c.pem", "--key", "k.pem", "--client-ca", "ca.pem", "--database", \
	    "dbname=x"

static struct config config;
static struct status status;

/* arguments end with NULL and do not hold the program's name. */
static enum config_result
read_flags(const char *const *arguments)
{
	char *argv[32] = {(char *)"pbcd"};
	int argc = 1;

	while (*arguments != NULL)
		argv[argc++] = (char *)*arguments++;
	status = (struct status){0};
	return config_read(argc, argv, &config, &status);
}

static void
write_file(char name[32], const char *text)
{
	FILE *file;

	snprintf(name, 32, "/tmp/pbcd-config-XXXXXX");
	file = fdopen(mkstemp(name), "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

Test(config, has_values_for_all_but_files_and_database)
{
	const char *const flags[] = {NEEDED, NULL};

	cr_assert_eq(read_flags(flags), CONFIG_RUN, "%s", status.message);
	cr_expect_str_eq(config.listen_address, "127.0.0.1");
	cr_expect_eq(config.listen_port, 8443);
	cr_expect_eq(config.workers, 1);
	cr_expect_str_eq(config.certificate_file, "c.pem");
	cr_expect_null(config.crl_file);
	cr_expect_null(config.static_folder);
	cr_expect_not(config.require_client_certificate);
	config_free(&config);
}

Test(config, lets_flags_win_over_the_file)
{
	char name[32];
	const char *const flags[] = {"-c", name, "--workers", "3", NULL};

	write_file(name, "# a comment\nlisten = \"[::1]:1\"\nworkers = 2\nread_depth = 7\n"
			 "certificate = \"a\"\nkey = \"b\"\nclient_ca = \"c\"\ndatabase = \"d\"\n"
			 "require_client_certificate = true\nlog_level = \"warn\"\n");
	cr_assert_eq(read_flags(flags), CONFIG_RUN, "%s", status.message);
	cr_expect_str_eq(config.listen_address, "::1");
	cr_expect_eq(config.listen_port, 1);
	cr_expect_eq(config.workers, 3);
	cr_expect_eq(config.read_depth, 7);
	cr_expect(config.require_client_certificate);
	cr_expect_eq(config.log_level, LOG_LEVEL_WARN);
	config_free(&config);
	unlink(name);
}

Test(config, refuses_by_name_and_line)
{
	static const struct {
		const char *flags[12];
		const char *message; /* part of it */
	} cases[] = {
	    {{NULL}, "certificate is missing"},
	    {{NEEDED, "--workers", "0", NULL}, "workers must be"},
	    {{NEEDED, "--workers", "2x", NULL}, "workers must be"},
	    {{NEEDED, "--workers", "", NULL}, "workers must be"},
	    {{NEEDED, "--listen", "8443", NULL}, "listen must be"},
	    {{NEEDED, "--listen", "a:65536", NULL}, "listen must be"},
	    {{NEEDED, "--listen", ":1", NULL}, "listen must be"},
	    {{NEEDED, "--log-level", "loud", NULL}, "log-level must be"},
	    {{NEEDED, "stray", NULL}, "stray"},
	    {{"-c", "/nonexistent/pbcd.conf", NULL}, "/nonexistent/pbcd.conf"},
	};
	char name[32];
	const char *const wrong_file[] = {"-c", name, NULL};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(read_flags(cases[i].flags), CONFIG_WRONG, "case %zu", i);
		cr_expect(strstr(status.message, cases[i].message) != NULL, "case %zu: %s", i,
		    status.message);
	}
	write_file(name, "workers = 1\nworkes = 2\n");
	cr_expect_eq(read_flags(wrong_file), CONFIG_WRONG);
	cr_expect(strstr(status.message, ":2: ") != NULL, "%s", status.message);
	cr_expect(strstr(status.message, "workes") != NULL, "%s", status.message);
	unlink(name);
}

Test(config, names_what_only_a_restart_takes)
{
	const char *const before[] = {NEEDED, "--workers", "2", NULL};
	const char *const after[] = {NEEDED, "--workers", "3", "--crl", "crl.pem", "--static",
	    "www", "--log-level", "debug", NULL};
	struct config running;
	char names[64];

	cr_assert_eq(read_flags(before), CONFIG_RUN);
	running = config;
	cr_assert_eq(read_flags(after), CONFIG_RUN);
	config_restart_names(&running, &config, names, sizeof(names));
	cr_expect_str_eq(names, "workers static");
	config_restart_names(&running, &config, names, sizeof("workers") + 1);
	cr_expect_str_eq(names, "workers", "what does not fit is left out");
	config_restart_names(&running, &running, names, sizeof(names));
	cr_expect_str_eq(names, "");
	config_free(&running);
	config_free(&config);
}

Test(config, gives_a_running_server_what_it_can_take_and_nothing_else)
{
	const char *const before[] = {NEEDED, "--crl", "old.pem", "--workers", "2", NULL};
	const char *const after[] = {NEEDED, "--certificate", "new.pem",
	    "--require-client-certificate", "--calls-limit", "7", "--drain", "8", NULL};
	struct config running;

	cr_assert_eq(read_flags(before), CONFIG_RUN);
	running = config;
	cr_assert_eq(read_flags(after), CONFIG_RUN);
	config_take(&running, &config);
	config_free(&config);
	cr_expect_str_eq(running.certificate_file, "new.pem");
	cr_expect_eq(running.crl_file, NULL);
	cr_expect(running.require_client_certificate);
	cr_expect_eq(running.calls_limit, 7);
	cr_expect_eq(running.drain_s, 8);
	cr_expect_eq(running.workers, 2);
	config_free(&running);
}

Test(config, may_be_checked_only)
{
	const char *const flags[] = {NEEDED, "--check", NULL};

	cr_expect_eq(read_flags(flags), CONFIG_CHECKED);
	config_free(&config);
}
