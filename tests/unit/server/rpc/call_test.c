/* A call of one answer, from its headers to its trailers, against a fake stream and a fake
 * database. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/server/rpc/fake.h"
#include "pbc/v1/budget.pb-c.h"
#include "pbc/v1/pricing.pb-c.h"
#include "server/rpc/binder.h"

#define GET_BUDGET "/pbc.v1.BudgetService/GetBudget"
#define LIST_BALANCES "/pbc.v1.LedgerService/ListBalances" /* nothing is mandatory */
#define ISSUE_BUDGET "/pbc.v1.BudgetService/IssueBudget"
#define UUID "11111111-2222-3333-4444-555555555555"

TestSuite(call, .init = fake_set_up, .fini = fake_tear_down);

static long
deadline_ms(const char *text)
{
	return strtol(text, NULL, 10);
}

static void
send_get_budget(struct h2_stream *stream)
{
	Pbc__V1__GetBudgetRequest request = PBC__V1__GET_BUDGET_REQUEST__INIT;

	request.practice_code = (char *)"A81001";
	request.financial_year = (char *)"2017/18";
	fake_send(stream, &request.base);
}

Test(call, answers_what_sql_answers)
{
	static const char json[] = "{\"budget\":{\"practice_code\":\"A81001\",\"cost_pence\":12}}";
	struct h2_stream *stream = fake_call(GET_BUDGET);
	const struct db_ticket *ticket;
	Pbc__V1__GetBudgetResponse *answer;

	send_get_budget(stream);
	cr_expect_eq(fake.ticket_count, 0, "nothing is done before the request has ended");
	fake_end(stream);
	ticket = fake_ticket(0);
	cr_expect_eq(ticket->lane, DB_READ);
	cr_expect_str_eq(ticket->enter[ENTER_ORGANISATION], "5QD");
	cr_expect_str_eq(ticket->enter[ENTER_USER], "alice");
	cr_expect_null(ticket->enter[ENTER_COMMISSIONER]);
	cr_expect_str_eq(ticket->enter[ENTER_METHOD], "BudgetService.GetBudget");
	cr_expect_str_eq(ticket->enter[ENTER_ROLES],
	    "{practice_member,practice_lead,pct_finance,pct_approver,pct_board,auditor}");
	cr_expect_leq(deadline_ms(ticket->enter[ENTER_DEADLINE_MS]), 60000);
	cr_expect_str_eq(ticket->values[0], "A81001");
	cr_expect_eq(stream->held, 1);
	fake_answer(fake_ticket(0), json);
	cr_expect_eq(stream->held, 0);
	cr_expect_eq(stream->http_status, 200);
	cr_expect_str_eq(fake_header(stream, "content-type"), "application/grpc");
	cr_expect_eq(fake_grpc_status(stream), 0);
	cr_assert_gt(stream->body.length, 5);
	cr_expect_eq(stream->body.data[0], 0);
	answer = pbc__v1__get_budget_response__unpack(
	    NULL, stream->body.length - 5, stream->body.data + 5);
	cr_assert_not_null(answer);
	cr_expect_eq(answer->budget->cost_pence, 12);
	pbc__v1__get_budget_response__free_unpacked(answer, NULL);
	fake_close(stream);
}

Test(call, refuses_by_headers_alone)
{
	static const struct {
		const char *method, *path, *name, *value;
		int http_status, grpc_status;
	} cases[] = {
	    {"POST", GET_BUDGET, "content-type", "application/json", 415, -1},
	    {"POST", GET_BUDGET, "accept", "x", 415, -1},
	    {"PUT", GET_BUDGET, "content-type", "application/grpc", 405, -1},
	    {"GET", "/", "accept", "x", 404, -1},
	    {"POST", "/pbc.v1.BudgetService/No", "content-type", "application/grpc", 200, 12},
	    {"POST", "/", "content-type", "application/grpc", 200, 12},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct h2_stream *stream =
		    fake_open(cases[i].method, cases[i].path, cases[i].name, cases[i].value, NULL);

		cr_expect_eq(stream->http_status, cases[i].http_status, "case %zu", i);
		cr_expect_eq(fake_grpc_status(stream), cases[i].grpc_status, "case %zu", i);
		cr_expect(stream->finished);
		fake_send_bytes(stream, "ignored", 7);
		cr_expect_eq(stream->consumed, 7, "what is dropped gives its credit back");
		fake_end(stream);
		fake_close(stream);
	}
	cr_expect_eq(fake.ticket_count, 0);
}

Test(call, needs_a_certificate_a_commissioner_by_its_form_and_a_timeout_by_its_form)
{
	static const struct {
		const char *name, *value;
		int grpc_status;
	} cases[] = {
	    {"anonymous", "", 16},
	    {"pbc-commissioner", "not a code", 3},
	    {"grpc-timeout", "soon", 3},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct h2_stream *stream = fake_open("POST", GET_BUDGET, "content-type",
		    "application/grpc", cases[i].name, cases[i].value, NULL);

		cr_expect_eq(fake_grpc_status(stream), cases[i].grpc_status, "%s", cases[i].name);
		fake_close(stream);
	}
}

Test(call, passes_on_commissioner_and_deadline)
{
	struct h2_stream *stream = fake_open("POST", GET_BUDGET, "content-type", "application/grpc",
	    "pbc-commissioner", "5XZ", "grpc-timeout", "20S", NULL);

	send_get_budget(stream);
	fake_end(stream);
	cr_expect_str_eq(fake_ticket(0)->enter[ENTER_COMMISSIONER], "5XZ");
	cr_expect_leq(deadline_ms(fake_ticket(0)->enter[ENTER_DEADLINE_MS]), 20000);
	cr_expect_geq(deadline_ms(fake_ticket(0)->enter[ENTER_DEADLINE_MS]), 10000);
	fake_answer(fake_ticket(0), "{}");
	fake_close(stream);
}

Test(call, caps_an_absurd_deadline)
{
	struct h2_stream *stream = fake_open("POST", GET_BUDGET, "content-type", "application/grpc",
	    "grpc-timeout", "99999999H", NULL);

	send_get_budget(stream);
	fake_end(stream);
	cr_expect_leq(deadline_ms(fake_ticket(0)->enter[ENTER_DEADLINE_MS]), 60000);
	fake_answer(fake_ticket(0), "{}");
	fake_close(stream);
}

Test(call, ends_at_its_deadline_and_cancels_its_sql)
{
	struct h2_stream *stream = fake_open(
	    "POST", GET_BUDGET, "content-type", "application/grpc", "grpc-timeout", "20m", NULL);

	send_get_budget(stream);
	fake_end(stream);
	fake_wait_ms(60);
	cr_expect_eq(fake_grpc_status(stream), 4);
	cr_expect(fake_ticket(0)->cancelled);
	cr_expect_eq(stream->held, 1, "the slot is taken until SQL has really ended");
	fake_refuse(fake_ticket(0), STATUS_CANCELLED, "57014");
	cr_expect_eq(stream->held, 0);
	fake_close(stream);
}

Test(call, takes_no_frames_but_one_whole_uncompressed_message)
{
	static const struct {
		const char *bytes;
		size_t length;
		bool end;
		int grpc_status;
	} cases[] = {
	    {"\0\0\0\0\0\0\0\0\0\0", 10, false, 12}, /* two messages */
	    {"", 0, true, 12},                       /* none */
	    {"\0\0\0\0\5ab", 7, true, 3},            /* cut */
	    {"\1\0\0\0\1a", 6, false, 12},           /* compressed */
	    {"\2\0\0\0\1a", 6, false, 3},
	    {"\0\0\x10\0\1", 5, false, 8},       /* 1 MiB and a byte: refused before it is sent */
	    {"\0\0\0\0\2\xff\xff", 7, false, 3}, /* no protobuf */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct h2_stream *stream = fake_call(LIST_BALANCES);

		fake_send_bytes(stream, cases[i].bytes, cases[i].length);
		if (cases[i].end)
			fake_end(stream);
		cr_expect_eq(fake_grpc_status(stream), cases[i].grpc_status, "case %zu: %d", i,
		    fake_grpc_status(stream));
		cr_expect_eq(stream->consumed, cases[i].length);
		fake_close(stream);
	}
	cr_expect_eq(fake.ticket_count, 0);
}

Test(call, takes_a_message_byte_by_byte)
{
	static const char frame[] = "\0\0\0\0\x11\x0a\6A81001\x12\7"
				    "2017/18";
	struct h2_stream *stream = fake_call(GET_BUDGET);

	cr_assert_eq(sizeof(frame) - 1, 22);
	for (size_t i = 0; i < sizeof(frame) - 1; i++)
		fake_send_bytes(stream, frame + i, 1);
	fake_end(stream);
	cr_expect_str_eq(fake_ticket(0)->values[1], "2017/18");
	fake_answer(fake_ticket(0), "{}");
	cr_expect_eq(fake_grpc_status(stream), 0);
	fake_close(stream);
}

Test(call, passes_on_refusals_and_hides_failures)
{
	struct h2_stream *stream = fake_call(GET_BUDGET);

	send_get_budget(stream);
	fake_end(stream);
	fake_refuse(fake_ticket(0), STATUS_NOT_FOUND, "ZC404");
	cr_expect_eq(fake_grpc_status(stream), 5);
	cr_expect_str_eq(fake_header(stream, "grpc-message"), "refused");
	fake_close(stream);

	stream = fake_call(GET_BUDGET);
	send_get_budget(stream);
	fake_end(stream);
	fake_answer(fake_ticket(1), "{\"unknown_key\":\"secret\"}");
	cr_expect_eq(fake_grpc_status(stream), 13);
	cr_expect_null(strstr(fake_header(stream, "grpc-message"), "unknown_key"));
	fake_close(stream);

	stream = fake_call(GET_BUDGET);
	send_get_budget(stream);
	fake_end(stream);
	fake_answer(fake_ticket(2), NULL);
	cr_expect_eq(fake_grpc_status(stream), 13);
	fake_close(stream);
}

Test(call, outlives_a_client_that_left_until_its_sql_has_ended)
{
	Pbc__V1__IssueBudgetRequest request = PBC__V1__ISSUE_BUDGET_REQUEST__INIT;
	struct h2_stream *stream = fake_call(ISSUE_BUDGET);

	request.request_id = (char *)UUID;
	request.budget_id = (char *)UUID;
	fake_send(stream, &request.base);
	fake_end(stream);
	cr_expect_eq(fake_ticket(0)->lane, DB_WRITE);
	fake_close(stream);
	cr_expect(fake_ticket(0)->cancelled);
	fake_answer(fake_ticket(0), "{}"); /* it may have won the race */
}

Test(call, may_be_left_when_the_server_ends)
{
	struct h2_stream *stream = fake_call(GET_BUDGET);

	send_get_budget(stream);
	fake_end(stream);
	fake_close(stream);
	/* fake_tear_down frees the server with the ticket never ended. */
}

static struct h2_stream *
call_as(const char *who)
{
	return fake_open("POST", GET_BUDGET, "content-type", "application/grpc", who, "", NULL);
}

Test(call, is_one_of_a_limited_number_of_its_user)
{
	struct h2_stream *streams[6];

	for (size_t i = 0; i < 6; i++) {
		streams[i] = fake_call(GET_BUDGET);
		cr_expect_eq(fake_grpc_status(streams[i]), i < 5 ? -1 : 8);
	}
	fake_close(streams[5]);
	streams[5] = call_as("another");
	cr_expect_eq(fake_grpc_status(streams[5]), -1, "a colleague has calls of his own");
	for (size_t i = 0; i < 6; i++)
		fake_close(streams[i]);
	streams[0] = fake_call(GET_BUDGET);
	cr_expect_eq(fake_grpc_status(streams[0]), -1, "what has ended makes room");
	fake_close(streams[0]);
}

/* A call whose client left goes on in the database, and counts until it has ended there. */
Test(call, counts_for_its_user_until_its_sql_has_ended)
{
	struct h2_stream *stream;

	for (size_t i = 0; i < 5; i++) {
		stream = fake_call(GET_BUDGET);
		send_get_budget(stream);
		fake_end(stream);
		fake_close(stream);
	}
	stream = fake_call(GET_BUDGET);
	cr_expect_eq(fake_grpc_status(stream), 8);
	fake_close(stream);
	fake_refuse(fake_ticket(0), STATUS_CANCELLED, "57014");
	stream = fake_call(GET_BUDGET);
	cr_expect_eq(fake_grpc_status(stream), -1);
	fake_close(stream);
	for (size_t i = 1; i < 5; i++)
		fake_refuse(fake_ticket(i), STATUS_CANCELLED, "57014");
}

/* An answer of 20,000 bytes and some. */
static int
answered_with_room(size_t room)
{
	struct buf json = {0};
	struct h2_stream *stream = fake_call(GET_BUDGET);
	int status;

	stream->room = room;
	send_get_budget(stream);
	fake_end(stream);
	buf_printf(&json, "{\"budget\":{\"practice_code\":\"%020000d\"}}%c", 0, '\0');
	fake_answer(fake_ticket(fake.ticket_count - 1), (const char *)json.data);
	status = fake_grpc_status(stream);
	fake_close(stream);
	buf_free(&json);
	return status;
}

Test(call, is_refused_when_too_much_waits_for_slow_readers)
{
	struct h2_stream *small = fake_call(GET_BUDGET);

	cr_expect_eq(answered_with_room(20100), 0);
	cr_expect_eq(answered_with_room(20000), 8);
	small->room = 0;
	send_get_budget(small);
	fake_end(small);
	fake_answer(fake_ticket(2), "{\"budget\":{\"cost_pence\":12}}");
	cr_expect_eq(fake_grpc_status(small), 0, "a small answer is not kept back");
	fake_close(small);
}

Test(call, is_one_of_a_limited_number)
{
	struct h2_stream *streams[7];

	for (size_t i = 0; i < 7; i++) {
		streams[i] = i < 4 ? fake_call(GET_BUDGET) : call_as("another");
		cr_expect_eq(fake_grpc_status(streams[i]), i < 6 ? -1 : 8);
	}
	for (size_t i = 0; i < 7; i++)
		fake_close(streams[i]);
	streams[0] = fake_call(GET_BUDGET);
	cr_expect_eq(fake_grpc_status(streams[0]), -1);
	fake_close(streams[0]);
}

static struct h2_stream *
call_of_nobody(const char *path)
{
	return fake_open("POST", path, "content-type", "application/grpc", "anonymous", "", NULL);
}

/* Their streams may stay open, as long as their clients read nothing. */
Test(call, is_not_kept_out_by_calls_that_were_not_let_in)
{
	static const char *const paths[] = {
	    "/pbc.v1.BudgetService/NoSuch", "/grpc.health.v1.Health/Check", GET_BUDGET};
	struct h2_stream *streams[31];

	for (size_t i = 0; i < 30; i++)
		streams[i] = call_of_nobody(paths[i % 3]);
	streams[30] = fake_call(GET_BUDGET);
	cr_expect_eq(fake_grpc_status(streams[30]), -1);
	for (size_t i = 0; i < 31; i++)
		fake_close(streams[i]);
}

/* A message of a MiB of which all but the last byte comes. */
static void
send_unfinished(struct h2_stream *stream)
{
	static const uint8_t zeros[65536];

	fake_send_bytes(stream, "\0\0\x10\0\0", 5);
	for (size_t left = 1024 * 1024 - 1; left > 0;) {
		size_t length = left < sizeof(zeros) ? left : sizeof(zeros);

		fake_send_bytes(stream, zeros, length);
		left -= length;
	}
}

Test(call, cannot_hold_more_of_requests_together_with_others_of_its_user_than_a_share)
{
	struct h2_stream *streams[4], *another;
	size_t refused = 0;

	for (size_t i = 0; i < 4; i++) {
		streams[i] = fake_call(LIST_BALANCES);
		send_unfinished(streams[i]);
		cr_expect(fake_grpc_status(streams[i]) == -1 || fake_grpc_status(streams[i]) == 8);
		cr_expect_eq(streams[i]->consumed, 5 + 1024 * 1024 - 1);
		refused += fake_grpc_status(streams[i]) == 8;
	}
	/* Each needs 1 to 2 MiB, and half of what is left of 12 MiB is as much as 4. */
	cr_expect_geq(refused, 1);
	cr_expect_leq(refused, 2);
	another = fake_open(
	    "POST", LIST_BALANCES, "content-type", "application/grpc", "another", "", NULL);
	send_unfinished(another);
	cr_expect_eq(fake_grpc_status(another), -1, "another user has room");
	fake_close(another);
	fake_close(streams[3]);
	streams[3] = fake_call(GET_BUDGET);
	send_get_budget(streams[3]);
	fake_end(streams[3]);
	cr_expect_eq(fake.ticket_count, 1, "a small request is not kept out");
	fake_answer(fake_ticket(0), "{}");
	for (size_t i = 0; i < 4; i++)
		fake_close(streams[i]);
	streams[0] = fake_call(LIST_BALANCES);
	send_unfinished(streams[0]);
	cr_expect_eq(fake_grpc_status(streams[0]), -1, "what was held has been given back");
	fake_close(streams[0]);
}

Test(call, answers_grpc_web_with_trailers_in_the_body)
{
	struct h2_stream *stream =
	    fake_open("POST", GET_BUDGET, "content-type", "application/grpc-web+proto", NULL);

	send_get_budget(stream);
	fake_end(stream);
	fake_answer(fake_ticket(0), "{}");
	cr_expect_str_eq(fake_header(stream, "content-type"), "application/grpc-web+proto");
	cr_expect_null(fake_header(stream, "grpc-status"));
	cr_assert_eq(stream->body.length, 5 + 5 + 16);
	cr_expect_eq(
	    memcmp(stream->body.data, "\0\0\0\0\0\x80\0\0\0\x10grpc-status: 0\r\n", 26), 0);
	cr_expect(stream->finished);
	fake_close(stream);
}

static struct h2_stream *
send_price_record(void)
{
	Pbc__V1__PricingRecord record = PBC__V1__PRICING_RECORD__INIT;
	Pbc__V1__PriceRecordRequest request = PBC__V1__PRICE_RECORD_REQUEST__INIT;
	struct h2_stream *stream = fake_call("/pbc.v1.PricingService/PriceRecord");

	record.dataset = (char *)"APC";
	request.provider_code = (char *)"RXA";
	request.record = &record;
	fake_send(stream, &request.base);
	fake_end(stream);
	return stream;
}

/* What the row computes is an answer like any other; inputs that do not suffice are our failure. */
Test(call, completes_a_computed_answer_and_hides_what_it_lacks)
{
	static const char json[] =
	    "{\"inputs\":{\"record\":{\"dataset\":\"AE\"}},\"rules\":["
	    "{\"name\":\"OUTPATIENT_CHILD_BELOW_YEARS\",\"value\":17},"
	    "{\"name\":\"SHORT_STAY_MIN_AGE_YEARS\",\"value\":19},"
	    "{\"name\":\"SHORT_STAY_BELOW_DAYS\",\"value\":2},"
	    "{\"name\":\"TOPUP_ON_LONG_STAY\",\"value\":0},"
	    "{\"name\":\"MFF_PAID_BY_COMMISSIONER\",\"value\":0},"
	    "{\"name\":\"PRIVATE_PATIENTS_EXCLUDED\",\"value\":1},"
	    "{\"name\":\"PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE\",\"value\":1},"
	    "{\"name\":\"AE_TYPE_3_LOWEST_BAND\",\"value\":1},"
	    "{\"name\":\"SPELL_ROUNDED_TO_POUNDS\",\"value\":0}]}";
	struct h2_stream *stream = send_price_record();
	Pbc__V1__PriceRecordResponse *answer;

	fake_answer(fake_ticket(0), json);
	cr_assert_eq(fake_grpc_status(stream), 0);
	answer = pbc__v1__price_record_response__unpack(
	    NULL, stream->body.length - 5, stream->body.data + 5);
	cr_assert_not_null(answer);
	cr_expect_str_eq(answer->price->reason, "NO_POINT_OF_DELIVERY");
	cr_expect_eq(answer->n_rules, 9);
	pbc__v1__price_record_response__free_unpacked(answer, NULL);
	fake_close(stream);

	stream = send_price_record();
	fake_answer(fake_ticket(1), "{\"inputs\":{},\"rules\":[]}");
	cr_expect_eq(fake_grpc_status(stream), 13);
	cr_expect_null(strstr(fake_header(stream, "grpc-message"), "rule"));
	fake_close(stream);
}
