/* Reads profiles by libconfuse and lays flags and environment over them. */
#include "client/cli/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <confuse.h>

#include "client/cli/failure.h"
#include "client/cli/suggest.h"
#include "common/memory.h"

#define FILE_PATH_LIMIT 65536

/* libconfuse reports a parse error to a function that takes no argument of ours. */
static char parse_error[256];

static void
keep_parse_error(cfg_t *cfg, const char *format, va_list args)
{
	int length = snprintf(parse_error, sizeof(parse_error),
	    "%s:%d: ", cfg != NULL && cfg->filename != NULL ? cfg->filename : "",
	    cfg != NULL ? cfg->line : 0);

	if (length >= 0 && (size_t)length < sizeof(parse_error))
		vsnprintf(parse_error + length, sizeof(parse_error) - (size_t)length, format, args);
}

/* result: of cfg_parse just now. */
static bool
unreadable(int result, const char *file, struct status *status)
{
	if (result == CFG_PARSE_ERROR)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
		    "mend the configuration file", "%s", parse_error);
	return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
	    "name the configuration file in PBC_CONFIG, or give --server, --ca, --cert and --key",
	    "cannot read %s: %s", file, strerror(errno));
}

static const char *
first_of(const char *flag, const char *variable, const char *file)
{
	const char *environment = getenv(variable);

	if (flag != NULL)
		return flag;
	return environment != NULL && environment[0] != '\0' ? environment : file;
}

static const char *
file_path(struct arena *arena)
{
	const char *path = getenv("PBC_CONFIG");
	const char *home = getenv("HOME");

	if (path != NULL && path[0] != '\0')
		return path;
	return arena_printf(arena, "%s/.config/pbc/pbc.conf", home != NULL ? home : "");
}

static const char *
beside(const char *file, const char *path, struct arena *arena)
{
	const char *slash = strrchr(file, '/');

	if (path == NULL || path[0] == '/' || slash == NULL)
		return path != NULL ? arena_strdup(arena, path) : NULL;
	return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}

static void
take_profile(cfg_t *profile, const char *file, struct arena *arena, struct client_config *config)
{
	const char *server = cfg_getstr(profile, "server");

	config->server = server != NULL ? arena_strdup(arena, server) : NULL;
	config->ca_path = beside(file, cfg_getstr(profile, "ca"), arena);
	config->cert_path = beside(file, cfg_getstr(profile, "cert"), arena);
	config->key_path = beside(file, cfg_getstr(profile, "key"), arena);
}

/* "a, b" of the file, for who forgot them; "" if it has none. */
static const char *
profile_names(cfg_t *cfg, struct arena *arena)
{
	const char *names = "";

	for (unsigned i = 0; i < cfg_size(cfg, "profile"); i++)
		names = arena_printf(arena, "%s%s%s", names, i > 0 ? ", " : "",
		    cfg_title(cfg_getnsec(cfg, "profile", i)));
	return names;
}

static bool
unknown_profile(
    cfg_t *cfg, const char *name, const char *file, struct arena *arena, struct status *status)
{
	const char *names = profile_names(cfg, arena);
	struct suggestion suggestion = {.word = name};

	for (unsigned i = 0; i < cfg_size(cfg, "profile"); i++)
		suggest_try(&suggestion, cfg_title(cfg_getnsec(cfg, "profile", i)));
	return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
	    names[0] != '\0' ? arena_printf(arena, "name one that it has: %s", names) : NULL,
	    suggestion.best != NULL ? "%s has no profile \"%s\"; did you mean \"%s\"?"
				    : "%s has no profile \"%s\"",
	    file, name, suggestion.best);
}

/* *result: of cfg_parse. Freed with cfg_free. */
static cfg_t *
parse_file(const char *file, int *result)
{
	cfg_opt_t profile_options[] = {
	    CFG_STR("server", NULL, CFGF_NODEFAULT),
	    CFG_STR("ca", NULL, CFGF_NODEFAULT),
	    CFG_STR("cert", NULL, CFGF_NODEFAULT),
	    CFG_STR("key", NULL, CFGF_NODEFAULT),
	    CFG_END(),
	};
	cfg_opt_t file_options[] = {
	    CFG_SEC("profile", profile_options, CFGF_MULTI | CFGF_TITLE),
	    CFG_END(),
	};
	cfg_t *cfg = cfg_init(file_options, CFGF_NONE);

	memory_require(cfg != NULL);
	cfg_set_error_function(cfg, keep_parse_error);
	*result = cfg_parse(cfg, file);
	return cfg;
}

/*
 * The profile's values into *config, which stays empty if there is no file and none was asked for;
 * *names are those of all profiles.
 */
static bool
read_file(const char *name, const char *file, struct arena *arena, struct client_config *config,
    const char **names, struct status *status)
{
	int result;
	cfg_t *cfg = parse_file(file, &result);
	bool ok = true;
	cfg_t *profile;

	if (result != CFG_SUCCESS) {
		ok = unreadable(result, file, status);
		cfg_free(cfg);
		return ok;
	}
	profile = cfg_gettsec(cfg, "profile", name != NULL ? name : "default");
	if (profile != NULL)
		take_profile(profile, file, arena, config);
	else if (name != NULL)
		ok = unknown_profile(cfg, name, file, arena, status);
	*names = profile_names(cfg, arena);
	cfg_free(cfg);
	return ok;
}

void
config_each_profile(config_profile_fn *take, void *arg)
{
	struct arena *arena = arena_new(FILE_PATH_LIMIT);
	int result;
	cfg_t *cfg = parse_file(file_path(arena), &result);

	for (unsigned i = 0; result == CFG_SUCCESS && i < cfg_size(cfg, "profile"); i++)
		take(arg, cfg_title(cfg_getnsec(cfg, "profile", i)));
	cfg_free(cfg);
	arena_free(arena);
}

bool
config_resolve(const struct options *options, struct arena *arena, struct client_config *config,
    struct status *status)
{
	const char *file = file_path(arena);
	const char *names = "";
	bool demanded = options->profile != NULL || getenv("PBC_CONFIG") != NULL;

	memset(config, 0, sizeof(*config));
	if (access(file, R_OK) == 0 || demanded)
		if (!read_file(options->profile, file, arena, config, &names, status))
			return false;
	/* By the order of precedence the environment wins, which is easily forgotten. */
	if (options->profile != NULL && options->cert == NULL && getenv("PBC_CERT") != NULL)
		failure_note("PBC_CERT decides who you are, not profile %s", options->profile);
	config->server = first_of(options->server, "PBC_SERVER", config->server);
	config->ca_path = first_of(options->ca, "PBC_CA", config->ca_path);
	config->cert_path = first_of(options->cert, "PBC_CERT", config->cert_path);
	config->key_path = first_of(options->key, "PBC_KEY", config->key_path);
	if (config->server == NULL)
		return status_set(status, STATUS_INVALID_ARGUMENT, "USAGE", NULL,
		    names[0] != '\0'
			? arena_printf(arena, "name a profile with --as: %s", names)
			: "give --server HOST:PORT, set PBC_SERVER, or name a profile with --as",
		    "no server is named");
	return true;
}
