/*
 * The roles a person may hold. A method's row names a set of them as bits; SQL compares their names
 * with the user table, which is where a person's own roles are kept.
 */
#ifndef PBC_SERVER_AUTH_ROLES_H
#define PBC_SERVER_AUTH_ROLES_H

enum role {
	ROLE_PRACTICE_MEMBER = 1 << 0,
	ROLE_PRACTICE_LEAD = 1 << 1,
	ROLE_PCT_FINANCE = 1 << 2,
	ROLE_PCT_APPROVER = 1 << 3,
	ROLE_PCT_BOARD = 1 << 4,
	ROLE_HUB = 1 << 5,
	ROLE_PROVIDER = 1 << 6,
	ROLE_AUDITOR = 1 << 7,
	ROLE_OPERATOR = 1 << 8,
};

#define ROLES_ALL ((1U << 9) - 1)
#define ROLES_PRACTICE (ROLE_PRACTICE_MEMBER | ROLE_PRACTICE_LEAD)
#define ROLES_PCT (ROLE_PCT_FINANCE | ROLE_PCT_APPROVER | ROLE_PCT_BOARD)

#define ROLES_LITERAL_SIZE 160

/*
 * "{practice_lead,pct_finance}", a PostgreSQL array of text; "{}" of no role. Unknown bits are a
 * bug.
 */
void roles_literal(unsigned roles, char literal[ROLES_LITERAL_SIZE]);

#endif
