/*
 * Who is calling: the organisation and user that a verified client certificate names. Whether that
 * user exists and what it may do is the database's answer.
 */
#ifndef PBC_SERVER_AUTH_IDENTITY_H
#define PBC_SERVER_AUTH_IDENTITY_H

#include <stdbool.h>

#include "common/status.h"

/* True if the names are those of a person of an organisation; else UNAUTHENTICATED in *status. */
bool identity_check(const char *organisation, const char *user, struct status *status);

/*
 * The commissioner a caller asks to act for (metadata pbc-commissioner), by its form. NULL, which
 * means the caller's own, passes.
 */
bool identity_check_commissioner(const char *commissioner, struct status *status);

#endif
