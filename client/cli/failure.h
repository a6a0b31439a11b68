/* Tells a failure on standard error, and which exit code it is. */
#ifndef PBC_CLIENT_CLI_FAILURE_H
#define PBC_CLIENT_CLI_FAILURE_H

#include "client/cli/command.h"
#include "common/status.h"

/*
 * Message, field, remedy and reason. With an invocation also every violation of its client's last
 * call, and the argument or flag that gives a field; NULL if the failure is of neither.
 */
enum exit_code failure_tell(const struct status *status, const struct invocation *invocation);

/* A command line that will not do: message, remedy and where to read more. Always EXIT_USAGE. */
enum exit_code failure_usage(const struct status *status, const struct command *command);

/* A line of standard error that is no failure: "pbc: ..." . Control characters are made visible. */
void failure_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
