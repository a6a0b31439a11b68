/* A submission's refused rows as a file to mend and send again. */
#ifndef PBC_CLIENT_CLI_REJECTS_H
#define PBC_CLIENT_CLI_REJECTS_H

#include "client/cli/command.h"

/*
 * Writes path: the rows as sent, each followed by row,column,code,severity,message. The reason goes
 * into the audit log, as the rows name patients.
 */
enum exit_code rejects_write(
    struct invocation *invocation, const char *submission_id, const char *reason, const char *path);

#endif
