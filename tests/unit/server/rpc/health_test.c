/* grpc.health.v1, doc/health-checking.md: Check and Watch, for anyone who can connect. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/server/rpc/fake.h"
#include "grpc/health/v1/health.pb-c.h"

#define CHECK "/grpc.health.v1.Health/Check"
#define WATCH "/grpc.health.v1.Health/Watch"

TestSuite(health, .init = fake_set_up, .fini = fake_tear_down);

static struct h2_stream *
ask(const char *path, const char *service)
{
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	struct h2_stream *stream =
	    fake_open("POST", path, "content-type", "application/grpc", "anonymous", "", NULL);

	request.service = (char *)service;
	fake_send(stream, &request.base);
	fake_end(stream);
	return stream;
}

/* The status of the last message. */
static int
told(const struct h2_stream *stream)
{
	cr_assert_geq(stream->body.length, 7);
	cr_assert_eq(stream->body.length % 7, 0);
	return stream->body.data[stream->body.length - 1];
}

Test(health, check_tells_whether_calls_can_be_served)
{
	static const char *const services[] = {"", "pbc.v1.BudgetService", "grpc.health.v1.Health"};

	for (size_t i = 0; i < 6; i++) {
		struct h2_stream *stream;

		fake.ready = i < 3;
		stream = ask(CHECK, services[i % 3]);
		cr_expect_eq(fake_grpc_status(stream), 0);
		cr_expect_eq(told(stream), i < 3 ? 1 : 2);
		fake_close(stream);
	}
	cr_expect_eq(fake.ticket_count, 0);
}

Test(health, check_does_not_know_other_services)
{
	struct h2_stream *stream = ask(CHECK, "pbc.v1.Budget");

	cr_expect_eq(fake_grpc_status(stream), 5);
	fake_close(stream);
}

/* Whoever can connect may ask, so a message must not cost much memory. */
Test(health, takes_4_KiB_and_no_byte_more)
{
	struct h2_stream *stream =
	    fake_open("POST", CHECK, "content-type", "application/grpc", "anonymous", "", NULL);

	fake_send_bytes(stream, "\0\0\0\x10\0", 5);
	cr_expect_eq(fake_grpc_status(stream), -1);
	fake_close(stream);
	stream =
	    fake_open("POST", CHECK, "content-type", "application/grpc", "anonymous", "", NULL);
	fake_send_bytes(stream, "\0\0\0\x10\1", 5);
	cr_expect_eq(fake_grpc_status(stream), 8);
	fake_close(stream);
}

Test(health, watch_tells_changes_only_and_the_drain_last)
{
	struct h2_stream *stream = ask(WATCH, "");

	cr_expect_eq(told(stream), 1);
	rpc_state_changed(fake.rpc);
	cr_expect_eq(stream->body.length, 7);
	fake.ready = false;
	rpc_state_changed(fake.rpc);
	cr_expect_eq(told(stream), 2);
	fake.ready = true;
	rpc_state_changed(fake.rpc);
	cr_expect_eq(told(stream), 1);
	rpc_drain(fake.rpc);
	cr_expect_eq(told(stream), 2);
	cr_expect_eq(fake_grpc_status(stream), 14);
	fake_close(stream);
	stream = ask(CHECK, "");
	cr_expect_eq(told(stream), 2);
	fake_close(stream);
}

Test(health, watch_waits_for_a_service_that_may_come)
{
	struct h2_stream *stream = ask(WATCH, "not.yet");

	cr_expect_eq(told(stream), 3);
	cr_expect_eq(fake_grpc_status(stream), -1);
	fake_close(stream);
}

Test(health, watches_of_an_address_are_limited_and_keep_no_person_out)
{
	struct h2_stream *streams[7];

	for (size_t i = 0; i < 6; i++) {
		streams[i] = ask(WATCH, "");
		cr_expect_eq(fake_grpc_status(streams[i]), i < 5 ? -1 : 8);
	}
	streams[6] = fake_call("/pbc.v1.BudgetService/GetBudget");
	cr_expect_eq(fake_grpc_status(streams[6]), -1);
	for (size_t i = 0; i < 7; i++)
		fake_close(streams[i]);
}
