/*
 * Workers that die come back, one that cannot be helped ends all, SIGTERM ends them in order, and a
 * machine that has no room for a worker is asked again after a pause.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/supervisor.h"

#define FATAL 78
#define WORKERS 2

/* Seen by the supervisor and its workers. */
struct shared {
	int starts[WORKERS];
	int ready_calls;
	int ended;
};

static struct shared *shared;

static void
set_up(void)
{
	shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(shared, MAP_FAILED);
	memset(shared, 0, sizeof(*shared));
}

TestSuite(supervisor, .init = set_up, .timeout = 20);

static void
all_ready(void *arg)
{
	(void)arg;
	shared->ready_calls++;
	kill(getpid(), SIGTERM);
}

static volatile sig_atomic_t told;

static void
on_term(int signal)
{
	(void)signal;
	told = 1;
}

static int
serve_until_told(int ready_fd)
{
	signal(SIGTERM, on_term);
	if (write(ready_fd, "1", 1) != 1)
		return 1;
	close(ready_fd);
	while (!told)
		usleep(1000);
	__atomic_add_fetch(&shared->ended, 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* The second worker dies twice before it serves. */
static int
work_that_dies_at_first(void *arg, int index, int ready_fd)
{
	int start = ++shared->starts[index];

	(void)arg;
	if (index == 1 && start <= 2)
		return start == 1 ? 1 : (kill(getpid(), SIGKILL), 0);
	return serve_until_told(ready_fd);
}

Test(supervisor, starts_again_what_dies_and_tells_once_when_all_are_ready)
{
	const struct supervisor_ops ops = {.work = work_that_dies_at_first, .all_ready = all_ready};

	cr_expect_eq(supervisor_run(WORKERS, FATAL, &ops), 0);
	cr_expect_eq(shared->starts[0], 1);
	cr_expect_eq(shared->starts[1], 3);
	cr_expect_eq(shared->ready_calls, 1);
	cr_expect_eq(shared->ended, WORKERS, "each was told to stop and waited for");
}

static int
work_that_is_hopeless(void *arg, int index, int ready_fd)
{
	(void)arg;
	shared->starts[index]++;
	if (index == 1)
		return FATAL;
	return serve_until_told(ready_fd);
}

static void
never(void *arg)
{
	(void)arg;
	shared->ready_calls++;
}

Test(supervisor, gives_up_when_starting_again_would_not_help)
{
	const struct supervisor_ops ops = {.work = work_that_is_hopeless, .all_ready = never};

	cr_expect_eq(supervisor_run(WORKERS, FATAL, &ops), FATAL);
	cr_expect_eq(shared->starts[1], 1);
	cr_expect_eq(shared->ready_calls, 0);
}

/* Leaves one descriptor: enough for the signals, too few for a worker's pipe. */
static void
leave_one_descriptor(void)
{
	int first_free = dup(STDIN_FILENO);
	const struct rlimit limit = {(rlim_t)first_free + 1, (rlim_t)first_free + 1};

	cr_assert_geq(first_free, 0);
	close(first_free);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* It is being written to: its place must not be moved. */
static int
count_in(FILE *file, const char *words)
{
	static char text[65536];
	ssize_t length = pread(fileno(file), text, sizeof(text) - 1, 0);
	int count = 0;

	cr_assert_geq(length, 0);
	text[length] = '\0';
	for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
		count++;
	return count;
}

static void
end_parent_once_it_has_logged(FILE *log, const char *words, int times)
{
	pid_t parent = getpid();

	if (fork() != 0)
		return;
	while (count_in(log, words) < times && getppid() == parent)
		usleep(1000);
	kill(parent, SIGTERM);
	_exit(0);
}

/* Pauses of 100, 200 and 400 ms, at least, between the first four. */
Test(supervisor, waits_longer_after_each_worker_that_could_not_be_started)
{
	const struct supervisor_ops ops = {.work = work_that_is_hopeless, .all_ready = never};
	FILE *log = tmpfile();
	int64_t start_ms, took_ms;

	cr_assert_not_null(log);
	cr_assert_geq(dup2(fileno(log), STDERR_FILENO), 0);
	start_ms = clock_monotonic_ms();
	end_parent_once_it_has_logged(log, "event=pipe_failed", 4);
	leave_one_descriptor();
	cr_expect_eq(supervisor_run(1, FATAL, &ops), 0);
	took_ms = clock_monotonic_ms() - start_ms;
	cr_expect_geq(took_ms, 100 + 200 + 400, "%d ms", (int)took_ms);
}
