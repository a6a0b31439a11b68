/* What is asked for is there, or the process ends and says why. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/memory.h"

Test(memory, nothing_is_asked_for_and_something_given)
{
	void *none = memory_alloc(0), *zeroed = memory_calloc(0, 8);

	cr_expect_not_null(none);
	cr_expect_not_null(zeroed);
	none = memory_realloc(none, 0);
	cr_expect_not_null(none);
	free(none);
	free(zeroed);
}

Test(memory, what_a_library_could_not_make_ends_the_process_in_words)
{
	char said[128];
	int pipe_fds[2], status;
	ssize_t length;
	pid_t pid;

	memory_require(true);
	cr_assert_eq(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(pipe_fds[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		memory_require(false);
		_exit(0);
	}
	close(pipe_fds[1]);
	length = read(pipe_fds[0], said, sizeof(said) - 1);
	said[length > 0 ? length : 0] = '\0';
	close(pipe_fds[0]);
	cr_expect_str_eq(said, "level=error event=out_of_memory\n");
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
