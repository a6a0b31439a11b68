/* pbc-jobd: reads settings, watches for signals, runs the worker or the retention. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sysexits.h>
#include <jansson.h>

#include "common/log.h"
#include "common/memory.h"
#include "server/job/config.h"
#include "server/job/pseudonym.h"
#include "server/job/retention.h"
#include "server/job/worker.h"

#define EXIT_USAGE 2

/* Lock-free, so that a signal handler may set it and any thread read it. */
static atomic_bool stopping;

static void
on_signal(int number)
{
	(void)number;
	atomic_store(&stopping, true);
}

static bool
is_stopping(void)
{
	return atomic_load(&stopping);
}

static void
watch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int
serve(const struct config *config)
{
	struct worker_config worker = {
	    .conninfo = config->conninfo, .once = config->once, .interrupted = is_stopping};
	struct status status = {0};
	struct pseudonym *pseudonym = pseudonym_load(config->patient_key_file, &status);
	bool fits;

	if (pseudonym == NULL) {
		log_write(LOG_LEVEL_ERROR, "cannot_start", "detail", status.message, "hint",
		    status.hint, NULL);
		return EXIT_FAILURE;
	}
	worker.pseudonym = pseudonym;
	fits = worker_run(&worker);
	pseudonym_free(pseudonym);
	log_write(LOG_LEVEL_INFO, "stopped", NULL);
	return fits ? EXIT_SUCCESS : EX_CONFIG;
}

static int
forget_uploads(const struct config *config)
{
	return retention_run(config->conninfo, config->forget_uploads, is_stopping) ? EXIT_SUCCESS
										    : EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	struct config config;
	int result = EXIT_SUCCESS;

	log_set_program("pbc-jobd");
	json_set_alloc_funcs(memory_alloc, free);
	watch_signals();
	switch (config_read(&config, argc, argv)) {
	case CONFIG_READY:
		result = config.forget_uploads != NULL ? forget_uploads(&config) : serve(&config);
		break;
	case CONFIG_HELP:
		break;
	case CONFIG_WRONG:
		result = EXIT_USAGE;
		break;
	}
	config_free(&config);
	return result;
}
