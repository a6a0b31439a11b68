/* The names of roles, as the user table spells them. */
#include "server/auth/roles.h"

#include <assert.h>
#include <stdio.h>

static const struct {
	enum role role;
	const char *name;
} role_names[] = {
    {ROLE_PRACTICE_MEMBER, "practice_member"},
    {ROLE_PRACTICE_LEAD, "practice_lead"},
    {ROLE_PCT_FINANCE, "pct_finance"},
    {ROLE_PCT_APPROVER, "pct_approver"},
    {ROLE_PCT_BOARD, "pct_board"},
    {ROLE_HUB, "hub"},
    {ROLE_PROVIDER, "provider"},
    {ROLE_AUDITOR, "auditor"},
    {ROLE_OPERATOR, "operator"},
};

void
roles_literal(unsigned roles, char literal[ROLES_LITERAL_SIZE])
{
	size_t length = 0;
	const char *comma = "";

	assert((roles & ~ROLES_ALL) == 0);
	literal[length++] = '{';
	for (size_t i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++) {
		if ((roles & role_names[i].role) == 0)
			continue;
		length += (size_t)snprintf(literal + length, ROLES_LITERAL_SIZE - length, "%s%s",
		    comma, role_names[i].name);
		assert(length < ROLES_LITERAL_SIZE - 1);
		comma = ",";
	}
	literal[length++] = '}';
	literal[length] = '\0';
}
