/* pbcd: reads the settings and runs one worker, or a supervisor of several. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <event2/event.h>
#include <jansson.h>

#include "common/log.h"
#include "common/memory.h"
#include "server/config.h"
#include "server/supervisor.h"
#include "server/systemd.h"
#include "server/worker.h"

struct command {
	int argc;
	char **argv;
	struct config config;
};

/* It writes lines of its own kind to standard error else, and ends the process after an error. */
static void
log_of_libevent(int severity, const char *message)
{
	static const enum log_level levels[] = {
	    [EVENT_LOG_DEBUG] = LOG_LEVEL_DEBUG,
	    [EVENT_LOG_MSG] = LOG_LEVEL_INFO,
	    [EVENT_LOG_WARN] = LOG_LEVEL_WARN,
	    [EVENT_LOG_ERR] = LOG_LEVEL_ERROR,
	};

	log_write(levels[severity], "libevent", "detail", message, NULL);
}

static void
tell_systemd(void *arg)
{
	(void)arg;
	systemd_notify("READY=1");
}

static void
tell_supervisor(void *arg)
{
	int ready_fd = *(const int *)arg;

	if (write(ready_fd, "1", 1) != 1)
		log_write(LOG_LEVEL_WARN, "supervisor_gone", NULL);
	close(ready_fd);
}

/* A worker that takes another's place starts with what a reload takes. */
static void
take_latest(struct command *command)
{
	struct config fresh;
	struct status status = {0};

	if (config_read(command->argc, command->argv, &fresh, &status) == CONFIG_WRONG) {
		log_write(LOG_LEVEL_WARN, "settings_kept", "detail", status.message, NULL);
		return;
	}
	config_take(&command->config, &fresh);
	config_free(&fresh);
}

static int
work(void *arg, int index, int ready_fd)
{
	struct command *command = arg;
	struct worker_config config;

	take_latest(command);
	config = (struct worker_config){
	    .config = command->config,
	    .index = index,
	    .argc = command->argc,
	    .argv = command->argv,
	    .ready = tell_supervisor,
	    .arg = &ready_fd,
	};

	return worker_run(&config);
}

static int
run(struct command *command)
{
	const struct supervisor_ops ops = {.work = work, .all_ready = tell_systemd, .arg = command};
	struct worker_config config = {
	    .config = command->config,
	    .argc = command->argc,
	    .argv = command->argv,
	    .ready = tell_systemd,
	};
	int exit_status;

	if (command->config.workers == 1)
		return worker_run(&config);
	exit_status = supervisor_run(command->config.workers, WORKER_WRONG, &ops);
	config_free(&command->config);
	return exit_status;
}

static bool
check(struct command *command, struct status *status)
{
	bool fine = worker_check(&command->config, status);

	config_free(&command->config);
	if (fine)
		printf("settings are fine\n");
	return fine;
}

int
main(int argc, char **argv)
{
	struct command command = {.argc = argc, .argv = argv};
	struct status status = {0};

	log_set_program("pbcd");
	json_set_alloc_funcs(memory_alloc, free);
	event_set_mem_functions(memory_alloc, memory_realloc, free);
	event_set_log_callback(log_of_libevent);
	/* Until the loop listens to it: who has just started has just read everything. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	switch (config_read(argc, argv, &command.config, &status)) {
	case CONFIG_RUN:
		return run(&command);
	case CONFIG_CHECKED:
		if (check(&command, &status))
			return WORKER_OK;
		break;
	case CONFIG_SHOWN:
		return WORKER_OK;
	case CONFIG_WRONG:
		break;
	}
	fprintf(stderr, "pbcd: %s\n", status.message);
	return WORKER_WRONG;
}
