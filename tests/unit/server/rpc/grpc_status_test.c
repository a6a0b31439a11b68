/* What official clients read of a refusal. Details are decoded here with the published messages. */
#include <criterion/criterion.h>
#include <string.h>
#include <openssl/evp.h>

#include "google/protobuf/any.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "server/rpc/grpc_status.h"
#include "server/rpc/shape.h"

static Google__Rpc__Status *
decode(const struct grpc_status *encoded)
{
	char text[GRPC_STATUS_TEXT];
	unsigned char bytes[GRPC_STATUS_TEXT];
	size_t length = strlen(encoded->headers[2].value);
	size_t padding = (4 - length % 4) % 4;
	int decoded;

	cr_assert_str_eq(encoded->headers[2].name, "grpc-status-details-bin");
	cr_assert_null(strchr(encoded->headers[2].value, '='), "binary metadata has no padding");
	memcpy(text, encoded->headers[2].value, length);
	memset(text + length, '=', padding);
	decoded = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)(length + padding));
	cr_assert_gt(decoded, 0);
	return google__rpc__status__unpack(NULL, (size_t)decoded - padding, bytes);
}

Test(grpc_status, percent_encodes_the_message)
{
	static const struct {
		const char *message, *encoded;
	} cases[] = {
	    {"plain text, with ~ and \"", "plain text, with ~ and \""},
	    {"100%", "100%25"},
	    {"a\nb", "a%0Ab"},
	    {"\xc2\xa3"
	     "5",
		"%C2%A35"},
	    {"\x7f", "%7F"},
	    {"", ""},
	};
	char out[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		grpc_status_percent_encode(cases[i].message, out, sizeof(out));
		cr_expect_str_eq(out, cases[i].encoded);
	}
}

Test(grpc_status, never_cuts_an_escape)
{
	char out[6];

	cr_expect_eq(grpc_status_percent_encode("ab\xc2\xa3", out, sizeof(out)), 5);
	cr_expect_str_eq(out, "ab%C2");
}

Test(grpc_status, carries_reason_hint_and_field)
{
	struct grpc_status encoded;
	struct status status;
	Google__Rpc__Status *proto;
	Google__Rpc__ErrorInfo *info;
	Google__Rpc__BadRequest *bad;

	status_set(&status, STATUS_INVALID_ARGUMENT, "BAD_MONTH", "period", "Send 2017-07.",
	    "no month: %s", "x");
	grpc_status_encode(&encoded, &status, NULL);
	cr_expect_str_eq(encoded.headers[0].value, "3");
	cr_expect_str_eq(encoded.headers[1].value, "no month: x");
	proto = decode(&encoded);
	cr_assert_not_null(proto);
	cr_expect_eq(proto->code, 3);
	cr_assert_eq(proto->n_details, 2);
	cr_expect_str_eq(proto->details[0]->type_url, "type.googleapis.com/google.rpc.ErrorInfo");
	info = google__rpc__error_info__unpack(
	    NULL, proto->details[0]->value.len, proto->details[0]->value.data);
	cr_expect_str_eq(info->reason, "BAD_MONTH");
	cr_expect_str_eq(info->domain, "pbc");
	cr_assert_eq(info->n_metadata, 1);
	cr_expect_str_eq(info->metadata[0]->key, "hint");
	cr_expect_str_eq(info->metadata[0]->value, "Send 2017-07.");
	cr_expect_str_eq(proto->details[1]->type_url, "type.googleapis.com/google.rpc.BadRequest");
	bad = google__rpc__bad_request__unpack(
	    NULL, proto->details[1]->value.len, proto->details[1]->value.data);
	cr_assert_eq(bad->n_field_violations, 1);
	cr_expect_str_eq(bad->field_violations[0]->field, "period");
	google__rpc__bad_request__free_unpacked(bad, NULL);
	google__rpc__error_info__free_unpacked(info, NULL);
	google__rpc__status__free_unpacked(proto, NULL);
}

Test(grpc_status, names_the_precondition_that_failed)
{
	struct grpc_status encoded;
	struct status status;
	Google__Rpc__Status *proto;
	Google__Rpc__PreconditionFailure *failure;

	status_set(
	    &status, STATUS_FAILED_PRECONDITION, "SELF_APPROVAL", "case_id", NULL, "not your own");
	grpc_status_encode(&encoded, &status, NULL);
	proto = decode(&encoded);
	cr_assert_eq(proto->n_details, 2);
	failure = google__rpc__precondition_failure__unpack(
	    NULL, proto->details[1]->value.len, proto->details[1]->value.data);
	cr_assert_eq(failure->n_violations, 1);
	cr_expect_str_eq(failure->violations[0]->type, "SELF_APPROVAL");
	cr_expect_str_eq(failure->violations[0]->subject, "case_id");
	google__rpc__precondition_failure__free_unpacked(failure, NULL);
	google__rpc__status__free_unpacked(proto, NULL);
}

Test(grpc_status, has_room_for_the_largest_of_everything)
{
	static struct grpc_status encoded;
	static struct shape_violations violations;
	struct status status;
	char text[600];
	Google__Rpc__Status *proto;

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	status_set(&status, STATUS_INVALID_ARGUMENT, text, text, text, "%s", text);
	violations.count = SHAPE_VIOLATION_LIMIT;
	for (size_t i = 0; i < SHAPE_VIOLATION_LIMIT; i++) {
		memset(violations.items[i].field, 'f', sizeof(violations.items[i].field) - 1);
		violations.items[i].description =
		    "must be a provider code: three to five capital letters "
		    "and digits";
	}
	grpc_status_encode(&encoded, &status, &violations);
	proto = decode(&encoded);
	cr_expect_not_null(proto);
	google__rpc__status__free_unpacked(proto, NULL);
}
