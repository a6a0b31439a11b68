/* A loop over signalfd and the workers' readiness pipes; no state is shared with the workers. */
#include "server/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 10000
#define STABLE_MS 30000 /* a worker that ran as long starts over with the shortest wait */

struct slot {
	pid_t pid;    /* 0: not running */
	int ready_fd; /* -1 once it was ready, or never will be */
	bool was_ready;
	int64_t started_ms;
	int64_t start_at_ms; /* of one that is not running */
	int64_t backoff_ms;
};

struct supervisor {
	const struct supervisor_ops *ops;
	int workers;
	int fatal_status;
	int signal_fd;
	sigset_t signals;
	struct slot slots[SUPERVISOR_WORKER_MAX];
	bool stopping;
	bool told_ready;
	int exit_status;
};

static void
become_worker(struct supervisor *supervisor, int index, int ready_fd)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	close(supervisor->signal_fd);
	for (int i = 0; i < supervisor->workers; i++)
		if (supervisor->slots[i].ready_fd >= 0)
			close(supervisor->slots[i].ready_fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(supervisor->ops->work(supervisor->ops->arg, index, ready_fd));
}

/* The next start waits twice as long as the last, unless the worker ran well in between. */
static void
put_off_start(struct slot *slot)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - slot->started_ms >= STABLE_MS || slot->backoff_ms == 0)
		slot->backoff_ms = BACKOFF_MIN_MS;
	else
		slot->backoff_ms *= 2;
	if (slot->backoff_ms > BACKOFF_MAX_MS)
		slot->backoff_ms = BACKOFF_MAX_MS;
	slot->start_at_ms = now_ms + slot->backoff_ms;
}

static void
start_failed(struct slot *slot, const char *event)
{
	log_write(LOG_LEVEL_ERROR, event, "detail", strerror(errno), NULL);
	slot->pid = 0;
	put_off_start(slot);
}

static void
start_worker(struct supervisor *supervisor, int index)
{
	struct slot *slot = &supervisor->slots[index];
	int ready[2];

	slot->started_ms = clock_monotonic_ms();
	if (pipe(ready) != 0) {
		start_failed(slot, "pipe_failed");
		return;
	}
	slot->pid = fork();
	if (slot->pid == 0) {
		close(ready[0]);
		become_worker(supervisor, index, ready[1]);
	}
	close(ready[1]);
	if (slot->pid < 0) {
		start_failed(slot, "fork_failed");
		close(ready[0]);
		return;
	}
	slot->ready_fd = ready[0];
}

static void
tell_workers(const struct supervisor *supervisor, int signal)
{
	for (int i = 0; i < supervisor->workers; i++)
		if (supervisor->slots[i].pid > 0)
			kill(supervisor->slots[i].pid, signal);
}

static void
stop_all(struct supervisor *supervisor, int exit_status)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	supervisor->exit_status = exit_status;
	tell_workers(supervisor, SIGTERM);
}

static void
drop_ready_fd(struct slot *slot)
{
	if (slot->ready_fd >= 0)
		close(slot->ready_fd);
	slot->ready_fd = -1;
}

static void
worker_ended(struct supervisor *supervisor, struct slot *slot, int wait_status)
{
	int exit_status =
	    WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
	char pid[16], text[16];

	snprintf(pid, sizeof(pid), "%d", (int)slot->pid);
	snprintf(text, sizeof(text), "%d", exit_status);
	slot->pid = 0;
	drop_ready_fd(slot);
	if (supervisor->stopping)
		return;
	log_write(LOG_LEVEL_ERROR, "worker_ended", "pid", pid, "exit_status", text, NULL);
	if (exit_status == supervisor->fatal_status) {
		stop_all(supervisor, exit_status);
		return;
	}
	put_off_start(slot);
}

static void
reap(struct supervisor *supervisor)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0)
		for (int i = 0; i < supervisor->workers; i++)
			if (supervisor->slots[i].pid == pid)
				worker_ended(supervisor, &supervisor->slots[i], wait_status);
}

static void
take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			stop_all(supervisor, 0);
			break;
		case SIGHUP:
			tell_workers(supervisor, SIGHUP);
			break;
		default:
			reap(supervisor);
			break;
		}
	}
}

static void
take_readiness(struct supervisor *supervisor, struct slot *slot)
{
	char byte;

	if (read(slot->ready_fd, &byte, 1) == 1)
		slot->was_ready = true;
	drop_ready_fd(slot);
	for (int i = 0; i < supervisor->workers; i++)
		if (!supervisor->slots[i].was_ready)
			return;
	if (!supervisor->told_ready)
		supervisor->ops->all_ready(supervisor->ops->arg);
	supervisor->told_ready = true;
}

/* Starts what is due; returns the milliseconds until the next is, -1 if none. */
static int
start_due(struct supervisor *supervisor)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t wait_ms = -1;

	for (int i = 0; i < supervisor->workers && !supervisor->stopping; i++) {
		struct slot *slot = &supervisor->slots[i];

		if (slot->pid == 0 && slot->start_at_ms <= now_ms)
			start_worker(supervisor, i);
		if (slot->pid == 0 && (wait_ms < 0 || slot->start_at_ms - now_ms < wait_ms))
			wait_ms = slot->start_at_ms > now_ms ? slot->start_at_ms - now_ms : 1;
	}
	return (int)wait_ms;
}

static bool
any_running(const struct supervisor *supervisor)
{
	for (int i = 0; i < supervisor->workers; i++)
		if (supervisor->slots[i].pid > 0)
			return true;
	return false;
}

static void
turn(struct supervisor *supervisor)
{
	struct pollfd fds[SUPERVISOR_WORKER_MAX + 1] = {
	    {.fd = supervisor->signal_fd, .events = POLLIN}};
	int timeout_ms = start_due(supervisor);

	/* poll leaves out negative descriptors. */
	for (int i = 0; i < supervisor->workers; i++)
		fds[i + 1] = (struct pollfd){.fd = supervisor->slots[i].ready_fd, .events = POLLIN};
	if (poll(fds, (nfds_t)supervisor->workers + 1, timeout_ms) < 0)
		return;
	for (int i = 0; i < supervisor->workers; i++)
		if (fds[i + 1].revents != 0)
			take_readiness(supervisor, &supervisor->slots[i]);
	if (fds[0].revents != 0)
		take_signals(supervisor);
}

int
supervisor_run(int workers, int fatal_status, const struct supervisor_ops *ops)
{
	struct supervisor supervisor = {
	    .ops = ops, .workers = workers, .fatal_status = fatal_status};

	assert(workers <= SUPERVISOR_WORKER_MAX);
	for (int i = 0; i < workers; i++)
		supervisor.slots[i].ready_fd = -1;
	sigemptyset(&supervisor.signals);
	sigaddset(&supervisor.signals, SIGTERM);
	sigaddset(&supervisor.signals, SIGINT);
	sigaddset(&supervisor.signals, SIGHUP);
	sigaddset(&supervisor.signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &supervisor.signals, NULL);
	supervisor.signal_fd = signalfd(-1, &supervisor.signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (supervisor.signal_fd < 0) {
		log_write(LOG_LEVEL_ERROR, "signalfd_failed", "detail", strerror(errno), NULL);
		return 1;
	}
	do
		turn(&supervisor);
	while (!supervisor.stopping || any_running(&supervisor));
	close(supervisor.signal_fd);
	return supervisor.exit_status;
}
