/* One table of settings: each is an option of the file and a flag of the same name. */
#include "server/config.h"

#include <confuse.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

enum setting_type { SETTING_TEXT, SETTING_NUMBER, SETTING_SWITCH };

static const struct setting {
	const char *name; /* - in flags, _ in the file */
	enum setting_type type;
	const char *fallback; /* NULL: empty */
	int min, max;         /* of a number */
	const char *help;
} settings[] = {
    {"listen", SETTING_TEXT, "127.0.0.1:8443", 0, 0, "address and port for clients"},
    {"admin", SETTING_TEXT, "127.0.0.1:9464", 0, 0,
	"loopback address and port of /metrics and /healthz; \"\" for none"},
    {"workers", SETTING_NUMBER, "1", 1, 64, "processes that share the port"},
    {"certificate", SETTING_TEXT, NULL, 0, 0, "server certificate chain, PEM"},
    {"key", SETTING_TEXT, NULL, 0, 0, "its private key, PEM"},
    {"client-ca", SETTING_TEXT, NULL, 0, 0, "certificate authority of clients, PEM"},
    {"crl", SETTING_TEXT, NULL, 0, 0, "revoked clients, PEM; without it none is"},
    {"require-client-certificate", SETTING_SWITCH, "false", 0, 0,
	"refuse the handshake without one, instead of the call"},
    {"database", SETTING_TEXT, NULL, 0, 0, "libpq connection string of role pbc_api"},
    {"read-connections", SETTING_NUMBER, "4", 1, 16, "shared by point reads"},
    {"write-connections", SETTING_NUMBER, "4", 1, 64, "one transaction each"},
    {"slow-connections", SETTING_NUMBER, "2", 1, 64, "for reports"},
    {"queue-limit", SETTING_NUMBER, "10000", 1, 1000000,
	"calls that may wait for the database, of each kind"},
    {"read-depth", SETTING_NUMBER, "64", 1, 1024, "reads in flight on one connection"},
    {"static", SETTING_TEXT, NULL, 0, 0, "folder of files for browsers; without it there are none"},
    {"connections-limit", SETTING_NUMBER, "1000", 1, 100000,
	"clients at a time; at it, one without a certificate makes room"},
    {"address-connections-limit", SETTING_NUMBER, "250", 1, 100000,
	"of them from one address (IPv6: network of 64 bits), likewise"},
    {"streams-limit", SETTING_NUMBER, "128", 1, 1000, "calls at a time of one client"},
    {"calls-limit", SETTING_NUMBER, "20000", 1, 1000000, "calls at a time of all"},
    {"user-calls-limit", SETTING_NUMBER, "1000", 1, 1000000,
	"of them of one user, or one address without certificates"},
    {"deadline-max", SETTING_NUMBER, "60", 1, 3600, "seconds a call may take at most"},
    {"drain", SETTING_NUMBER, "30", 1, 3600, "seconds that calls have to end after SIGTERM"},
    {"log-level", SETTING_TEXT, "info", 0, 0, "debug, info, warn or error"},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

/* The values as text, by setting; owned. */
struct config_values {
	char *text[SETTING_COUNT];
};

static void
set_value(struct config_values *values, size_t index, const char *text)
{
	free(values->text[index]);
	values->text[index] = memory_strdup(text);
}

static void
free_values(struct config_values *values)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		free(values->text[i]);
}

static size_t
setting_index(const char *name)
{
	size_t index = 0;

	while (strcmp(settings[index].name, name) != 0)
		index++;
	return index;
}

static const char *
value(const struct config_values *values, const char *name)
{
	return values->text[setting_index(name)];
}

static void
file_name_of(const struct setting *setting, char name[64])
{
	snprintf(name, 64, "%s", setting->name);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
}

/* libconfuse tells of errors by a callback without an argument. */
static struct status *parse_status;

static void
file_error(cfg_t *cfg, const char *format, va_list args)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	status_set(parse_status, STATUS_INVALID_ARGUMENT, NULL, NULL, NULL, "%s:%d: %s",
	    cfg != NULL && cfg->filename != NULL ? cfg->filename : "configuration",
	    cfg != NULL ? cfg->line : 0, text);
}

static void
take_option(struct config_values *values, size_t index, cfg_t *cfg, const char *name)
{
	char text[32];

	if (cfg_size(cfg, name) == 0)
		return;
	switch (settings[index].type) {
	case SETTING_TEXT:
		set_value(values, index, cfg_getstr(cfg, name));
		break;
	case SETTING_NUMBER:
		snprintf(text, sizeof(text), "%ld", cfg_getint(cfg, name));
		set_value(values, index, text);
		break;
	case SETTING_SWITCH:
		set_value(values, index, cfg_getbool(cfg, name) ? "true" : "false");
		break;
	}
}

static cfg_opt_t
file_option(const struct setting *setting, const char *name)
{
	switch (setting->type) {
	case SETTING_NUMBER:
		return (cfg_opt_t)CFG_INT(name, 0, CFGF_NODEFAULT);
	case SETTING_SWITCH:
		return (cfg_opt_t)CFG_BOOL(name, cfg_false, CFGF_NODEFAULT);
	default:
		return (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
	}
}

static bool
read_file(const char *path, struct config_values *values, struct status *status)
{
	char names[SETTING_COUNT][64];
	cfg_opt_t options[SETTING_COUNT + 1];
	cfg_t *cfg;
	int result;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		file_name_of(&settings[i], names[i]);
		options[i] = file_option(&settings[i], names[i]);
	}
	options[SETTING_COUNT] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(options, CFGF_NONE);
	memory_require(cfg != NULL);
	parse_status = status;
	cfg_set_error_function(cfg, file_error);
	result = cfg_parse(cfg, path);
	if (result == CFG_FILE_ERROR)
		status_set(
		    status, STATUS_INVALID_ARGUMENT, NULL, NULL, NULL, "cannot read %s", path);
	for (size_t i = 0; i < SETTING_COUNT && result == CFG_SUCCESS; i++)
		take_option(values, i, cfg, names[i]);
	cfg_free(cfg);
	parse_status = NULL;
	return result == CFG_SUCCESS;
}

static void
print_help(void)
{
	printf("Usage: pbcd [-c FILE] [--SETTING VALUE ...]\n\n"
	       "Serves practice based commissioning over gRPC. Settings come from FILE\n"
	       "(name = value, with _ for -) and from flags, which win.\n\n"
	       "  -c, --config FILE    read settings from FILE; read again on SIGHUP\n"
	       "      --check          check the settings and their files and exit\n"
	       "  -h, --help           print this and exit\n"
	       "      --version        print the version and exit\n\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		int width = printf("  --%s", settings[i].name);

		printf("%*s %s", width < 32 ? 32 - width : 0, "", settings[i].help);
		if (settings[i].fallback != NULL)
			printf(" (%s)", settings[i].fallback);
		printf("\n");
	}
	printf("\nExample:\n"
	       "  pbcd -c /etc/pbc/pbcd.conf --listen 0.0.0.0:8443 --workers 2\n\n"
	       "Limits and connections to the database are those of one worker. SIGTERM ends\n"
	       "calls in progress, then the server. SIGHUP reads the settings again and takes\n"
	       "certificates, CRL, limits of connections, calls and times, and log level; the\n"
	       "log names others that changed. Exit status: 0 ended as asked, 78 wrong settings\n"
	       "or database schema, 1 other.\n");
}

static bool
parse_number(const struct setting *setting, const char *text, int *number, struct status *status)
{
	char *end;
	long parsed = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || parsed < setting->min || parsed > setting->max)
		return status_set(status, STATUS_INVALID_ARGUMENT, NULL, setting->name, NULL,
		    "%s must be a whole number from %d to %d, not \"%s\"", setting->name,
		    setting->min, setting->max, text);
	*number = (int)parsed;
	return true;
}

static bool
take_number(
    const struct config_values *values, const char *name, int *number, struct status *status)
{
	size_t index = setting_index(name);

	return parse_number(&settings[index], values->text[index], number, status);
}

/* "127.0.0.1:8443", "[::1]:8443" */
static bool
take_address(const struct config_values *values, const char *name, char **address, uint16_t *port,
    struct status *status)
{
	const char *text = value(values, name);
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	long number = colon != NULL ? strtol(colon + 1, &end, 10) : -1;
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;

	if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	if (colon == NULL || colon[1] == '\0' || *end != '\0' || number < 0 || number > 65535 ||
	    length == 0)
		return status_set(status, STATUS_INVALID_ARGUMENT, NULL, name, NULL,
		    "%s must be ADDRESS:PORT, not \"%s\"", name, value(values, name));
	*address = memory_alloc(length + 1);
	memcpy(*address, text, length);
	(*address)[length] = '\0';
	*port = (uint16_t)number;
	return true;
}

static bool
take_log_level(const struct config_values *values, enum log_level *level, struct status *status)
{
	static const char *const names[] = {
	    [LOG_LEVEL_DEBUG] = "debug",
	    [LOG_LEVEL_INFO] = "info",
	    [LOG_LEVEL_WARN] = "warn",
	    [LOG_LEVEL_ERROR] = "error",
	};
	const char *text = value(values, "log-level");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return status_set(status, STATUS_INVALID_ARGUMENT, NULL, "log-level", NULL,
	    "log-level must be debug, info, warn or error, not \"%s\"", text);
}

static bool
take_mandatory(
    const struct config_values *values, const char *name, char **text, struct status *status)
{
	if (value(values, name)[0] == '\0')
		return status_set(status, STATUS_INVALID_ARGUMENT, NULL, name, NULL,
		    "setting %s is missing", name);
	*text = memory_strdup(value(values, name));
	return true;
}

static char *
optional_text(const struct config_values *values, const char *name)
{
	const char *text = value(values, name);

	return text[0] != '\0' ? memory_strdup(text) : NULL;
}

static bool
take_numbers(const struct config_values *values, struct config *config, struct status *status)
{
	const struct {
		const char *name;
		int *number;
	} numbers[] = {
	    {"workers", &config->workers},
	    {"read-connections", &config->read_connections},
	    {"write-connections", &config->write_connections},
	    {"slow-connections", &config->slow_connections},
	    {"queue-limit", &config->queue_limit},
	    {"read-depth", &config->read_depth},
	    {"connections-limit", &config->connections_limit},
	    {"address-connections-limit", &config->address_connections_limit},
	    {"streams-limit", &config->streams_limit},
	    {"calls-limit", &config->calls_limit},
	    {"user-calls-limit", &config->user_calls_limit},
	    {"deadline-max", &config->deadline_max_s},
	    {"drain", &config->drain_s},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!take_number(values, numbers[i].name, numbers[i].number, status))
			return false;
	return true;
}

static bool
take_all(const struct config_values *values, struct config *config, struct status *status)
{
	config->crl_file = optional_text(values, "crl");
	config->static_folder = optional_text(values, "static");
	config->require_client_certificate =
	    strcmp(value(values, "require-client-certificate"), "true") == 0;
	if (value(values, "admin")[0] != '\0' &&
	    !take_address(values, "admin", &config->admin_address, &config->admin_port, status))
		return false;
	return take_address(
		   values, "listen", &config->listen_address, &config->listen_port, status) &&
	       take_numbers(values, config, status) &&
	       take_mandatory(values, "certificate", &config->certificate_file, status) &&
	       take_mandatory(values, "key", &config->key_file, status) &&
	       take_mandatory(values, "client-ca", &config->client_ca_file, status) &&
	       take_mandatory(values, "database", &config->database, status) &&
	       take_log_level(values, &config->log_level, status);
}

enum {
	FLAG_CHECK = 1000,
	FLAG_VERSION,
	FLAG_SETTING, /* and those after it, by setting */
};

static const char *
build_flags(struct option *flags)
{
	size_t count = 0;

	flags[count++] = (struct option){"config", required_argument, NULL, 'c'};
	flags[count++] = (struct option){"help", no_argument, NULL, 'h'};
	flags[count++] = (struct option){"check", no_argument, NULL, FLAG_CHECK};
	flags[count++] = (struct option){"version", no_argument, NULL, FLAG_VERSION};
	for (size_t i = 0; i < SETTING_COUNT; i++)
		flags[count++] = (struct option){settings[i].name,
		    settings[i].type == SETTING_SWITCH ? no_argument : required_argument, NULL,
		    FLAG_SETTING + (int)i};
	flags[count] = (struct option){0};
	return "c:h";
}

/* What the flags say; the file is read by the caller, under them. */
static enum config_result
read_flags(int argc, char **argv, struct config_values *flags_given, const char **file,
    struct status *status)
{
	struct option flags[SETTING_COUNT + 5];
	const char *letters = build_flags(flags);
	enum config_result result = CONFIG_RUN;
	int flag;

	optind = 1;
	while ((flag = getopt_long(argc, argv, letters, flags, NULL)) != -1) {
		if (flag == 'c') {
			*file = optarg;
		} else if (flag == FLAG_CHECK) {
			result = CONFIG_CHECKED;
		} else if (flag == 'h' || flag == FLAG_VERSION) {
			if (flag == 'h')
				print_help();
			else
				printf("pbcd " PBC_VERSION "\n");
			return CONFIG_SHOWN;
		} else if (flag >= FLAG_SETTING) {
			set_value(flags_given, (size_t)(flag - FLAG_SETTING),
			    optarg != NULL ? optarg : "true");
		} else {
			status_set(
			    status, STATUS_INVALID_ARGUMENT, NULL, NULL, NULL, "see pbcd --help");
			return CONFIG_WRONG;
		}
	}
	if (optind == argc)
		return result;
	status_set(status, STATUS_INVALID_ARGUMENT, NULL, NULL, NULL,
	    "\"%s\" is no flag; see pbcd --help", argv[optind]);
	return CONFIG_WRONG;
}

static bool
merge(const char *file, const struct config_values *flags_given, struct config_values *values,
    struct status *status)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		set_value(values, i, settings[i].fallback != NULL ? settings[i].fallback : "");
	if (file != NULL && !read_file(file, values, status))
		return false;
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (flags_given->text[i] != NULL)
			set_value(values, i, flags_given->text[i]);
	return true;
}

static void
keep_values(struct config *config, const struct config_values *values)
{
	config->given = memory_alloc(sizeof(*config->given));
	*config->given = *values;
}

enum config_result
config_read(int argc, char **argv, struct config *config, struct status *status)
{
	struct config_values flags_given = {0};
	struct config_values values = {0};
	const char *file = NULL;
	enum config_result result = read_flags(argc, argv, &flags_given, &file, status);

	*config = (struct config){0};
	if ((result == CONFIG_RUN || result == CONFIG_CHECKED) &&
	    !(merge(file, &flags_given, &values, status) && take_all(&values, config, status))) {
		config_free(config);
		result = CONFIG_WRONG;
	}
	free_values(&flags_given);
	if (result == CONFIG_RUN || result == CONFIG_CHECKED)
		keep_values(config, &values);
	else
		free_values(&values);
	return result;
}

void
config_free(struct config *config)
{
	free(config->listen_address);
	free(config->admin_address);
	free(config->certificate_file);
	free(config->key_file);
	free(config->client_ca_file);
	free(config->crl_file);
	free(config->database);
	free(config->static_folder);
	if (config->given != NULL)
		free_values(config->given);
	free(config->given);
	*config = (struct config){0};
}

void
config_restart_names(
    const struct config *running, const struct config *fresh, char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *name = settings[i].name;

		if (strcmp(running->given->text[i], fresh->given->text[i]) == 0 ||
		    config_is_taken(name) || used + strlen(name) + 2 > size)
			continue;
		used +=
		    (size_t)snprintf(names + used, size - used, "%s%s", used > 0 ? " " : "", name);
	}
}
