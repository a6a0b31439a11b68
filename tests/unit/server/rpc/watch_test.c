/* Server streaming: asked again after its topic's notifications, never ahead of a slow reader. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/server/rpc/fake.h"
#include "pbc/v1/operation.pb-c.h"

#define WATCH "/pbc.v1.OperationService/WatchOperation"
#define UUID "11111111-2222-3333-4444-555555555555"
#define MESSAGE "{\"operation\":{\"kind\":\"k\"}}"

TestSuite(watch, .init = fake_set_up, .fini = fake_tear_down);

static struct h2_stream *
open_watch(void)
{
	Pbc__V1__WatchOperationRequest request = PBC__V1__WATCH_OPERATION_REQUEST__INIT;
	struct h2_stream *stream = fake_call(WATCH);

	request.operation_id = (char *)UUID;
	fake_send(stream, &request.base);
	fake_end(stream);
	return stream;
}

static void
answer(size_t ticket, const char *cursor, const char *messages, bool done)
{
	char json[256];

	snprintf(json, sizeof(json), "{\"cursor\":\"%s\",\"messages\":[%s],\"done\":%s}", cursor,
	    messages, done ? "true" : "false");
	fake_answer(fake_ticket(ticket), json);
}

Test(watch, asks_from_its_cursor_after_each_notification_of_its_topic)
{
	struct h2_stream *stream = open_watch();

	cr_expect_null(fake_ticket(0)->values[0]);
	cr_expect_eq(stream->http_status, 0, "nothing is said before it is let in");
	answer(0, "c1", MESSAGE, false);
	cr_expect_eq(stream->http_status, 200);
	cr_expect_eq(fake.ticket_count, 2, "after an answer there may be more");
	cr_expect_str_eq(fake_ticket(1)->values[0], "c1");
	cr_expect_str_eq(fake_ticket(1)->values[1], UUID);
	answer(1, "c1", "", false);
	cr_expect_eq(fake.ticket_count, 2, "after an empty one it waits");
	rpc_notify(fake.rpc, "statement");
	cr_expect_eq(fake.ticket_count, 2, "another topic is not its own");
	rpc_notify(fake.rpc, "operation");
	cr_expect_eq(fake.ticket_count, 3);
	rpc_notify(fake.rpc, "operation");
	cr_expect_eq(fake.ticket_count, 3, "one visit at a time");
	answer(2, "c2", "", false);
	cr_expect_eq(fake.ticket_count, 4, "but what came meanwhile is looked at");
	answer(3, "c3", MESSAGE, true);
	cr_expect_eq(fake_grpc_status(stream), 0);
	cr_expect_eq(fake.ticket_count, 4);
	fake_close(stream);
}

Test(watch, sends_headers_when_it_is_let_in_and_its_status_later)
{
	struct h2_stream *stream = open_watch();

	answer(0, "c", "", false);
	cr_expect_eq(stream->http_status, 200, "who waits for an event knows that it waits");
	cr_expect_eq(fake_grpc_status(stream), -1);
	rpc_notify(fake.rpc, "operation");
	fake_refuse(fake_ticket(1), STATUS_NOT_FOUND, "ZC404");
	cr_expect_eq(fake_grpc_status(stream), 5);
	fake_close(stream);
}

Test(watch, looks_again_when_notifications_may_have_been_lost)
{
	struct h2_stream *stream = open_watch();

	answer(0, "c", "", false);
	rpc_notify(fake.rpc, "");
	cr_expect_eq(fake.ticket_count, 2);
	fake_close(stream);
	fake_refuse(fake_ticket(1), STATUS_CANCELLED, "57014");
}

Test(watch, does_not_fetch_for_a_reader_that_does_not_read)
{
	struct h2_stream *stream = open_watch();

	answer(0, "c", "", false);
	stream->queued = H2_STREAM_LOW + 1;
	rpc_notify(fake.rpc, "operation");
	cr_expect_eq(fake.ticket_count, 1);
	stream->queued = 0;
	rpc_h2_callbacks()->drained(stream->user);
	cr_expect_eq(fake.ticket_count, 2);
	answer(1, "c", "", false);
	rpc_h2_callbacks()->drained(stream->user);
	cr_expect_eq(fake.ticket_count, 2, "nothing new, nothing fetched");
	fake_close(stream);
}

Test(watch, ends_with_a_refusal_and_with_a_drain)
{
	struct h2_stream *refused = open_watch();
	struct h2_stream *waiting = open_watch();
	struct h2_stream *fetching = open_watch();
	struct h2_stream *late;

	fake_refuse(fake_ticket(0), STATUS_NOT_FOUND, "ZC404");
	cr_expect_eq(fake_grpc_status(refused), 5);
	answer(1, "c", "", false);
	rpc_drain(fake.rpc);
	cr_expect_eq(fake_grpc_status(waiting), 14);
	cr_expect_eq(fake_grpc_status(fetching), 14);
	cr_expect(fake_ticket(2)->cancelled);
	late = fake_call(WATCH);
	cr_expect_eq(fake_grpc_status(late), 14);
	fake_refuse(fake_ticket(2), STATUS_CANCELLED, "57014");
	fake_close(refused);
	fake_close(waiting);
	fake_close(fetching);
	fake_close(late);
}

Test(watch, fails_on_an_answer_that_is_none)
{
	struct h2_stream *stream = open_watch();

	fake_answer(fake_ticket(0), "{\"messages\":[]}");
	cr_expect_eq(fake_grpc_status(stream), 13);
	fake_close(stream);
}
