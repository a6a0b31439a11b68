/* A submission's refused rows as a file to mend and send again. */
#ifndef PBC_CLIENT_CLI_REJECTS_H
#define PBC_CLIENT_CLI_REJECTS_H

#include "client/cli/command.h"

/*
 * Writes path: each row as sent, followed by row,column,code,severity,message with all that is
 * wrong with it, and by net_change unless the file as sent had that: mended, it is a file of
 * changes. The reason goes into the audit log, as the rows name patients; a new file is its owner's
 * alone (0600).
 */
enum exit_code rejects_write(
    struct invocation *invocation, const char *submission_id, const char *reason, const char *path);

#endif
