/* pbcd's settings: a libconfuse file, then command line flags over it. */
#ifndef PBC_SERVER_CONFIG_H
#define PBC_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/status.h"

struct config_values;

struct config {
	char *listen_address;
	uint16_t listen_port; /* 0: any free one, which the log tells */
	char *admin_address;  /* NULL: no pages */
	/* Of the first worker; the next ones take the numbers after it. */
	uint16_t admin_port;
	int workers;
	char *certificate_file, *key_file, *client_ca_file;
	char *crl_file; /* NULL: no revocation check */
	bool require_client_certificate;
	char *database; /* libpq conninfo */
	int read_connections, write_connections, slow_connections;
	int queue_limit, read_depth;
	char *static_folder; /* NULL: none */
	int connections_limit, address_connections_limit, streams_limit, calls_limit;
	int user_calls_limit;
	int deadline_max_s, drain_s;
	enum log_level log_level;
	struct config_values *given; /* all of them as text */
};

enum config_result {
	CONFIG_RUN,
	CONFIG_CHECKED, /* --check: as CONFIG_RUN, but nothing is to be run */
	CONFIG_SHOWN,   /* --help or --version was printed */
	CONFIG_WRONG,   /* *status says what is wrong and where */
};

/*
 * Reads the file that -c names, if any, then the flags. *config is set unless CONFIG_WRONG or
 * CONFIG_SHOWN; config_free releases it. May be called again to read the file anew.
 */
enum config_result config_read(int argc, char **argv, struct config *config, struct status *status);
void config_free(struct config *config);
/*
 * What a running server takes of settings that were read anew: files of certificates, limits of
 * connections and calls, times, the log's level. All else in *running stays.
 */
void config_take(struct config *running, const struct config *fresh);
bool config_is_taken(const char *name);
/*
 * The names of settings that differ between the two and that config_take leaves, separated by
 * spaces; empty if there is none. What does not fit is left out.
 */
void config_restart_names(
    const struct config *running, const struct config *fresh, char *names, size_t size);

#endif
