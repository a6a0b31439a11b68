/*
 * Several workers on one port: starts them, starts again what dies, passes signals on. Serves
 * nothing itself.
 */
#ifndef PBC_SERVER_SUPERVISOR_H
#define PBC_SERVER_SUPERVISOR_H

#define SUPERVISOR_WORKER_MAX 64

struct supervisor_ops {
	/*
	 * In a new process: serves until told to stop; returns the exit status. Writes a byte to
	 * ready_fd, and closes it, when ready.
	 */
	int (*work)(void *arg, int index, int ready_fd);
	/* In the supervisor, once: every worker has been ready. */
	void (*all_ready)(void *arg);
	void *arg;
};

/*
 * Returns the exit status: 0 after SIGTERM or SIGINT and the workers' end, fatal_status as soon as
 * a worker ends with it (starting again would not help; the others are told to stop), 1 without
 * signals.
 */
int supervisor_run(int workers, int fatal_status, const struct supervisor_ops *ops);

#endif
