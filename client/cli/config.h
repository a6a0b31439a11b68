/* Where the server is and who we are: flags, environment, configuration file, in that order. */
#ifndef PBC_CLIENT_CLI_CONFIG_H
#define PBC_CLIENT_CLI_CONFIG_H

#include <stdbool.h>

#include "client/cli/options.h"
#include "client/lib/client.h"
#include "common/arena.h"
#include "common/status.h"

/*
 * Fills *config with texts of the options, the environment or the arena. The file is $PBC_CONFIG or
 * ~/.config/pbc/pbc.conf; its profile is the one named by --as, else "default". Paths in it are
 * relative to its folder. False with *status INVALID_ARGUMENT: an unreadable file, an unknown
 * profile, or no server named anywhere.
 */
bool config_resolve(const struct options *options, struct arena *arena,
    struct client_config *config, struct status *status);

typedef void config_profile_fn(void *arg, const char *name);

/* Calls take with the name of each profile; with none if the file cannot be read. */
void config_each_profile(config_profile_fn *take, void *arg);

#endif
