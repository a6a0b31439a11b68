/* Role bits become the names that the user table holds. */
#include <criterion/criterion.h>

#include "server/auth/roles.h"

Test(roles, are_a_postgresql_array_of_their_names)
{
	static const struct {
		unsigned roles;
		const char *literal;
	} cases[] = {
	    {0, "{}"},
	    {ROLE_HUB, "{hub}"},
	    {ROLE_PRACTICE_LEAD | ROLE_PCT_FINANCE, "{practice_lead,pct_finance}"},
	    {ROLES_ALL, "{practice_member,practice_lead,pct_finance,pct_approver,pct_board,hub,"
			"provider,auditor,operator}"},
	};
	char literal[ROLES_LITERAL_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		roles_literal(cases[i].roles, literal);
		cr_expect_str_eq(literal, cases[i].literal);
	}
}
