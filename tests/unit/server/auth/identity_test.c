/* What a client certificate must name before anything else is looked at. */
#include <criterion/criterion.h>

#include "server/auth/identity.h"

Test(identity, needs_an_ods_code_and_a_user_id)
{
	static const struct {
		const char *organisation, *user, *reason;
	} cases[] = {
	    {"5XZ", "jane.doe", ""},
	    {"RXX01", "u1", ""},
	    {"A81001", "dr-smith_1", ""},
	    {"", "", "NO_CLIENT_CERTIFICATE"},
	    {"", "jane.doe", "BAD_CLIENT_CERTIFICATE"},
	    {"5XZ", "", "BAD_CLIENT_CERTIFICATE"},
	    {"5xz", "jane.doe", "BAD_CLIENT_CERTIFICATE"},
	    {"Aldermoor PCT", "jane.doe", "BAD_CLIENT_CERTIFICATE"},
	    {"5XZ", "jane doe", "BAD_CLIENT_CERTIFICATE"},
	    {"5XZ", "jane\ndoe", "BAD_CLIENT_CERTIFICATE"},
	    {"5XZ", "jane\"doe", "BAD_CLIENT_CERTIFICATE"},
	    {"5XZ", "j\xc3\xa4ne", "BAD_CLIENT_CERTIFICATE"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {0};
		bool ok = identity_check(cases[i].organisation, cases[i].user, &status);

		cr_expect_eq(ok, cases[i].reason[0] == '\0', "case %zu", i);
		cr_expect_str_eq(status.reason, cases[i].reason, "case %zu", i);
		cr_expect_eq(status.code, ok ? STATUS_OK : STATUS_UNAUTHENTICATED, "case %zu", i);
	}
}

Test(identity, takes_a_commissioner_by_its_form_or_none)
{
	struct status status = {0};

	cr_expect(identity_check_commissioner(NULL, &status));
	cr_expect(identity_check_commissioner("5XZ", &status));
	cr_expect_not(identity_check_commissioner("", &status));
	cr_expect_not(identity_check_commissioner("5XZ'; --", &status));
	cr_expect_eq(status.code, STATUS_INVALID_ARGUMENT);
}
