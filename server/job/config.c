/* Command line, environment and file, in that order of precedence. */
#include "server/job/config.h"

#include <confuse.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"

static const char help[] =
    "Usage: pbc-jobd [OPTION]...\n"
    "Runs the long operations of pbc: imports, contracts, invoices, budget runs,\n"
    "settlement, restores of submissions, a tariff's impact and its application.\n"
    "Start as many as you like; each takes one operation at a time.\n"
    "\n"
    "  -d, --database TEXT   libpq connection string       (PBC_DATABASE)\n"
    "  -k, --patient-key FILE\n"
    "                        key of patients' pseudonyms   (PBC_PATIENT_KEY)\n"
    "  -c, --config FILE     settings database, patient_key\n"
    "                        (PBC_JOBD_CONFIG, else none)\n"
    "      --once            end when nothing waits\n"
    "      --forget-uploads PCT  remove files as sent whose time is up, and end;\n"
    "                        run it daily for each PCT\n"
    "  -h, --help            show this\n"
    "  -V, --version         show the version\n"
    "\n"
    "A flag wins over the environment, the environment over the file. The key file holds\n"
    "at least 32 random bytes, belongs to this program's user and is closed to others;\n"
    "a lost key means that pseudonyms of new files no longer match those of old ones.\n"
    "\n"
    "Exit status: 0 ended as asked, 2 wrong settings, 78 another version's database\n"
    "schema, 1 other.\n"
    "\n"
    "Example:\n"
    "  pbc-jobd --database 'dbname=pbc user=pbc_job' --patient-key /etc/pbc/patient.key\n";

enum { OPTION_ONCE = 256, OPTION_FORGET_UPLOADS };

static const struct option options[] = {
    {"database", required_argument, NULL, 'd'},
    {"patient-key", required_argument, NULL, 'k'},
    {"config", required_argument, NULL, 'c'},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"forget-uploads", required_argument, NULL, OPTION_FORGET_UPLOADS},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static void
replace(char **text, const char *with)
{
	free(*text);
	*text = memory_strdup(with);
}

static void
fill(char **text, const char *with)
{
	if (*text == NULL && with != NULL && with[0] != '\0')
		*text = memory_strdup(with);
}

static enum config_result
read_flags(struct config *config, int argc, char *const argv[], char **file)
{
	int option;

	while ((option = getopt_long(argc, argv, "d:k:c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			replace(&config->conninfo, optarg);
			break;
		case 'k':
			replace(&config->patient_key_file, optarg);
			break;
		case 'c':
			replace(file, optarg);
			break;
		case OPTION_ONCE:
			config->once = true;
			break;
		case OPTION_FORGET_UPLOADS:
			replace(&config->forget_uploads, optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return CONFIG_HELP;
		case 'V':
			puts("pbc-jobd " PBC_VERSION);
			return CONFIG_HELP;
		default:
			return CONFIG_WRONG;
		}
	}
	if (optind == argc)
		return CONFIG_READY;
	fprintf(stderr, "pbc-jobd: unexpected argument: %s\n", argv[optind]);
	return CONFIG_WRONG;
}

static bool
read_file(struct config *config, const char *file)
{
	cfg_opt_t settings[] = {
	    CFG_STR("database", NULL, CFGF_NONE),
	    CFG_STR("patient_key", NULL, CFGF_NONE),
	    CFG_END(),
	};
	cfg_t *cfg = cfg_init(settings, CFGF_NONE);
	int result;

	memory_require(cfg != NULL);
	result = cfg_parse(cfg, file);
	if (result == CFG_SUCCESS) {
		fill(&config->conninfo, cfg_getstr(cfg, "database"));
		fill(&config->patient_key_file, cfg_getstr(cfg, "patient_key"));
	} else if (result == CFG_FILE_ERROR) {
		fprintf(stderr, "pbc-jobd: cannot read %s\n", file);
	}
	cfg_free(cfg);
	return result == CFG_SUCCESS;
}

static bool
has_needed(const struct config *config)
{
	const char *missing = NULL;

	if (config->conninfo == NULL)
		missing = "database";
	else if (config->patient_key_file == NULL && config->forget_uploads == NULL)
		missing = "patient-key";
	if (missing != NULL)
		fprintf(stderr, "pbc-jobd: --%s is needed; see pbc-jobd --help\n", missing);
	return missing == NULL;
}

enum config_result
config_read(struct config *config, int argc, char *const argv[])
{
	enum config_result result;
	char *file = NULL;

	*config = (struct config){0};
	result = read_flags(config, argc, argv, &file);
	fill(&config->conninfo, getenv("PBC_DATABASE"));
	fill(&config->patient_key_file, getenv("PBC_PATIENT_KEY"));
	fill(&file, getenv("PBC_JOBD_CONFIG"));
	if (result == CONFIG_READY && file != NULL && !read_file(config, file))
		result = CONFIG_WRONG;
	free(file);
	return result == CONFIG_READY && !has_needed(config) ? CONFIG_WRONG : result;
}

void
config_free(struct config *config)
{
	free(config->conninfo);
	free(config->patient_key_file);
	free(config->forget_uploads);
}
