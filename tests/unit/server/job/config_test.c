/* Settings: a flag wins over the environment, the environment over the file. */
#include <criterion/criterion.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/job/config.h"

static enum config_result
read_arguments(struct config *config, char *arguments[])
{
	int count = 0;

	while (arguments[count] != NULL)
		count++;
	optind = 1;
	return config_read(config, count, arguments);
}

static void
write_file(char name[32])
{
	FILE *file;

	snprintf(name, 32, "/tmp/jobd_conf_XXXXXX");
	file = fdopen(mkstemp(name), "w");
	fputs("database = \"dbname=file\"\npatient_key = \"/file.key\"\n", file);
	fclose(file);
}

Test(config, flag_wins_over_environment_and_environment_over_file)
{
	char name[32];
	char *file_only[] = {"pbc-jobd", "-c", name, NULL};
	char *with_flag[] = {"pbc-jobd", "-c", name, "--database", "dbname=flag", NULL};
	struct config config;

	write_file(name);
	unsetenv("PBC_DATABASE");
	unsetenv("PBC_PATIENT_KEY");
	cr_assert_eq(read_arguments(&config, file_only), CONFIG_READY);
	cr_expect_str_eq(config.conninfo, "dbname=file");
	cr_expect_str_eq(config.patient_key_file, "/file.key");
	config_free(&config);
	setenv("PBC_DATABASE", "dbname=environment", 1);
	cr_assert_eq(read_arguments(&config, file_only), CONFIG_READY);
	cr_expect_str_eq(config.conninfo, "dbname=environment");
	config_free(&config);
	cr_assert_eq(read_arguments(&config, with_flag), CONFIG_READY);
	cr_expect_str_eq(config.conninfo, "dbname=flag");
	cr_expect_not(config.once);
	config_free(&config);
	unlink(name);
}

Test(config, retention_needs_no_patient_key)
{
	char *arguments[] = {"pbc-jobd", "-d", "dbname=x", "--forget-uploads", "5XZ", NULL};
	struct config config;

	unsetenv("PBC_DATABASE");
	unsetenv("PBC_PATIENT_KEY");
	cr_assert_eq(read_arguments(&config, arguments), CONFIG_READY);
	cr_expect_str_eq(config.forget_uploads, "5XZ");
	config_free(&config);
}

Test(config, what_is_missing_or_wrong_is_a_usage_error)
{
	char *none[] = {"pbc-jobd", NULL};
	char *half[] = {"pbc-jobd", "-d", "dbname=x", NULL};
	char *unknown[] = {"pbc-jobd", "--tea", NULL};
	char *extra[] = {"pbc-jobd", "-d", "dbname=x", "-k", "/key", "extra", NULL};
	char *no_file[] = {"pbc-jobd", "-d", "dbname=x", "-k", "/key", "-c", "/nonexistent", NULL};
	char **cases[] = {none, half, unknown, extra, no_file};
	struct config config;
	size_t i;

	unsetenv("PBC_DATABASE");
	unsetenv("PBC_PATIENT_KEY");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(read_arguments(&config, cases[i]), CONFIG_WRONG, "case %zu", i);
		config_free(&config);
	}
}
