/* Trailers to statuses. The base64 texts were made by Python's protobuf and base64. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "client/lib/details.h"

static void
add(struct details_trailers *trailers, const char *name, const char *value)
{
	details_header(trailers, name, strlen(name), value, strlen(value));
}

static bool
read_message(const char *code, const char *message, struct status *status)
{
	static struct details_trailers trailers;
	static struct details_violations violations;

	memset(&trailers, 0, sizeof(trailers));
	memset(&violations, 0, sizeof(violations));
	add(&trailers, "grpc-status", code);
	add(&trailers, "grpc-message", message);
	return details_read(&trailers, status, &violations);
}

Test(details, the_code_is_a_number_of_the_list)
{
	struct status status = {.code = STATUS_OK};

	cr_expect(read_message("0", "", &status));
	cr_expect_not(read_message("16", "", &status));
	cr_expect_eq(status.code, STATUS_UNAUTHENTICATED);
	cr_expect_str_eq(status.message, "UNAUTHENTICATED");
	for (size_t i = 0; i < 4; i++) {
		static const char *const odd[] = {"17", "-1", "five", "5x"};

		cr_expect_not(read_message(odd[i], "", &status), "%s", odd[i]);
		cr_expect_eq(status.code, STATUS_UNKNOWN);
	}
}

Test(details, the_message_is_percent_decoded_and_broken_escapes_stay)
{
	static const struct {
		const char *sent, *told;
	} cases[] = {{"No such month.", "No such month."}, {"%C2%A37.6k over", "£7.6k over"},
	    {"100%25", "100%"}, {"100%", "100%"}, {"%4", "%4"}, {"%zz", "%zz"}, {"a%00b", "a%00b"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status;

		cr_expect_not(read_message("5", cases[i].sent, &status));
		cr_expect_str_eq(status.message, cases[i].told);
	}
}

/* Status{code 9} with ErrorInfo{reason SELF_APPROVAL, metadata hint}, BadRequest of two fields. */
static const char rich[] =
    "CAkSGFlvdSBzdWJtaXR0ZWQgdGhpcyBjYXNlLhpaCih0eXBlLmdvb2dsZWFwaXMuY29tL2dvb2dsZS5y"
    "cGMuRXJyb3JJbmZvEi4KDVNFTEZfQVBQUk9WQUwSA3BiYxoYCgRoaW50EhBBc2sgYSBjb2xsZWFndWUu"
    "GlkKKXR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5CYWRSZXF1ZXN0EiwKEwoHY2FzZV9pZBII"
    "aXMgeW91cnMKFQoEZXRhZxINbXVzdCBiZSBnaXZlbg";

Test(details, reason_hint_and_every_field_are_read)
{
	static struct details_trailers trailers;
	static struct details_violations violations;
	struct status status;

	add(&trailers, "grpc-status", "9");
	add(&trailers, "grpc-message", "You submitted this case.");
	add(&trailers, "grpc-status-details-bin", rich);
	cr_expect_not(details_read(&trailers, &status, &violations));
	cr_expect_eq(status.code, STATUS_FAILED_PRECONDITION);
	cr_expect_str_eq(status.message, "You submitted this case.");
	cr_expect_str_eq(status.reason, "SELF_APPROVAL");
	cr_expect_str_eq(status.hint, "Ask a colleague.");
	cr_expect_str_eq(status.field, "case_id");
	cr_assert_eq(violations.count, 2);
	cr_expect_str_eq(violations.items[1].field, "etag");
	cr_expect_str_eq(violations.items[1].description, "must be given");
}

Test(details, broken_details_leave_code_and_message)
{
	static const char *const broken[] = {"!!!!", "CAk", "/////w", "CgQ="};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		static struct details_trailers trailers;
		static struct details_violations violations;
		struct status status;

		memset(&trailers, 0, sizeof(trailers));
		add(&trailers, "grpc-status", "5");
		add(&trailers, "grpc-message", "No such month.");
		add(&trailers, "grpc-status-details-bin", broken[i]);
		cr_expect_not(details_read(&trailers, &status, &violations));
		cr_expect_eq(status.code, STATUS_NOT_FOUND);
		cr_expect_str_eq(status.message, "No such month.");
		cr_expect_eq(violations.count, 0);
	}
}

Test(details, a_header_over_the_limit_is_cut)
{
	static struct details_trailers trailers;
	static struct details_violations violations;
	static char long_text[3 * DETAILS_HEADER_LIMIT];
	struct status status;

	memset(long_text, 'x', sizeof(long_text));
	add(&trailers, "grpc-status", "5");
	details_header(&trailers, "grpc-message", 12, long_text, sizeof(long_text));
	details_header(&trailers, "grpc-status-details-bin", 23, long_text, sizeof(long_text));
	cr_expect_not(details_read(&trailers, &status, &violations));
	cr_expect_eq(strlen(status.message), sizeof(status.message) - 1);
}
