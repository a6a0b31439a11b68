/* Settings of pbc-jobd: flags, then environment, then a configuration file. */
#ifndef PBC_SERVER_JOB_CONFIG_H
#define PBC_SERVER_JOB_CONFIG_H

#include <stdbool.h>

struct config {
	char *conninfo;         /* libpq connection string */
	char *patient_key_file; /* 32 bytes or more, readable by this program only */
	char *forget_uploads;   /* of this PCT, instead of running operations; NULL: none */
	bool once;              /* end when no operation waits */
};

enum config_result {
	CONFIG_READY,
	CONFIG_HELP,  /* help or version was printed: end with success */
	CONFIG_WRONG, /* a message was printed: end with usage error */
};

/* Texts are owned by config; config_free also after a failure. */
enum config_result config_read(struct config *config, int argc, char *const argv[]);
void config_free(struct config *config);

#endif
