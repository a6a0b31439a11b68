/* The form of a caller's names. */
#include "server/auth/identity.h"

#include <string.h>

#include "common/codes.h"

#define USER_ID_LENGTH 63

/* As the user table's own check has it; such a name goes into log lines as it is. */
static bool
user_id_valid(const char *user)
{
	size_t length =
	    strspn(user, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return length >= 1 && length <= USER_ID_LENGTH && user[length] == '\0';
}

bool
identity_check(const char *organisation, const char *user, struct status *status)
{
	if (*organisation == '\0' && *user == '\0')
		return status_set(status, STATUS_UNAUTHENTICATED, "NO_CLIENT_CERTIFICATE", NULL,
		    "connect with the client certificate of a person of your organisation",
		    "this call needs a client certificate");
	if (!ods_organisation_valid(organisation) && !ods_practice_valid(organisation))
		return status_set(status, STATUS_UNAUTHENTICATED, "BAD_CLIENT_CERTIFICATE", NULL,
		    "ask for a certificate whose subject O is your organisation's ODS code",
		    "the client certificate's subject O is not an ODS code");
	if (!user_id_valid(user))
		return status_set(status, STATUS_UNAUTHENTICATED, "BAD_CLIENT_CERTIFICATE", NULL,
		    "ask for a certificate whose subject CN is your user id",
		    "the client certificate's subject CN is not a user id");
	return true;
}

bool
identity_check_commissioner(const char *commissioner, struct status *status)
{
	if (commissioner == NULL || ods_organisation_valid(commissioner))
		return true;
	return status_set(status, STATUS_INVALID_ARGUMENT, "BAD_COMMISSIONER", "pbc-commissioner",
	    "send the ODS code of a commissioner, or leave the metadata out",
	    "metadata pbc-commissioner is not the ODS code of a commissioner");
}
