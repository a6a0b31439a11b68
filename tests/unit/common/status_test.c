/* Statuses hold whole characters only, and gRPC's codes have gRPC's names. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/status.h"
#include "common/utf8.h"

Test(status, keeps_what_it_was_given)
{
	struct status status;

	cr_expect_not(status_set(&status, STATUS_NOT_FOUND, "NO_PRACTICE", "practice_code",
	    "List the practices.", "Practice %s does not exist.", "A81001"));
	cr_expect_eq(status.code, STATUS_NOT_FOUND);
	cr_expect_str_eq(status.reason, "NO_PRACTICE");
	cr_expect_str_eq(status.field, "practice_code");
	cr_expect_str_eq(status.hint, "List the practices.");
	cr_expect_str_eq(status.message, "Practice A81001 does not exist.");
	status_set(&status, STATUS_INTERNAL, NULL, NULL, NULL, "x");
	cr_expect_str_empty(status.reason);
	cr_expect_str_empty(status.field);
	cr_expect_str_empty(status.hint);
}

Test(status, cuts_long_text_between_characters)
{
	struct status status;
	char text[2000];

	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t at = shift; at + 5 < sizeof(text); at += 4)
			memcpy(text + at, "\xf0\x9f\x98\x80", 4);
		text[sizeof(text) - 1] = '\0';
		status_set(&status, STATUS_UNKNOWN, text, text, text, "%s", text);
		cr_expect(utf8_valid(status.reason, strlen(status.reason)));
		cr_expect(utf8_valid(status.field, strlen(status.field)));
		cr_expect(utf8_valid(status.hint, strlen(status.hint)));
		cr_expect(utf8_valid(status.message, strlen(status.message)));
		cr_expect_gt(strlen(status.message), sizeof(status.message) - 5);
		cr_expect_gt(strlen(status.reason), sizeof(status.reason) - 5);
	}
}

Test(status, codes_have_the_names_of_grpc)
{
	/* doc/statuscodes.md of gRPC, in the order of the numbers. */
	static const char *const names[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT",
	    "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};

	for (int code = 0; code < 17; code++)
		cr_expect_str_eq(status_code_name((enum status_code)code), names[code]);
	cr_expect_str_eq(status_code_name((enum status_code)17), "UNKNOWN");
	cr_expect_str_eq(status_code_name((enum status_code) - 1), "UNKNOWN");
}
