/* Client streaming: one transaction per message, and no credit while one runs. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/server/rpc/fake.h"
#include "pbc/v1/upload.pb-c.h"

#define UPLOAD "/pbc.v1.UploadService/UploadFile"
#define UUID "11111111-2222-3333-4444-555555555555"

TestSuite(upload, .init = fake_set_up, .fini = fake_tear_down);

static size_t
send_chunk(struct h2_stream *stream, int64_t offset)
{
	Pbc__V1__UploadFileRequest request = PBC__V1__UPLOAD_FILE_REQUEST__INIT;

	request.upload_id = (char *)UUID;
	request.offset = offset;
	request.data = (ProtobufCBinaryData){3, (uint8_t *)"abc"};
	fake_send(stream, &request.base);
	return 5 + protobuf_c_message_get_packed_size(&request.base);
}

Test(upload, looks_at_a_message_when_the_one_before_is_stored)
{
	struct h2_stream *stream = fake_call(UPLOAD);
	size_t first = send_chunk(stream, 0);
	size_t second;

	cr_expect_eq(fake.ticket_count, 1);
	cr_expect_eq(fake_ticket(0)->lane, DB_WRITE);
	cr_expect_eq(stream->consumed, 0, "no credit while the database works");
	second = send_chunk(stream, 3);
	fake_end(stream);
	cr_expect_eq(fake.ticket_count, 1);
	fake_answer(fake_ticket(0), "{\"upload\":{\"received_bytes\":3}}");
	cr_expect_eq(fake.ticket_count, 2);
	cr_expect_eq(stream->consumed, 0);
	cr_expect_eq(stream->http_status, 0, "only the last answer is the reply");
	fake_answer(fake_ticket(1), "{\"upload\":{\"received_bytes\":6}}");
	cr_expect_eq(stream->consumed, first + second);
	cr_expect_eq(fake_grpc_status(stream), 0);
	/* Upload{received_bytes: 6} in UploadFileResponse{upload} */
	cr_expect_eq(stream->body.length, 9);
	cr_expect_eq(memcmp(stream->body.data, "\0\0\0\0\4\x0a\2\x18\6", 9), 0);
	fake_close(stream);
}

Test(upload, ends_with_the_first_refusal)
{
	struct h2_stream *stream = fake_call(UPLOAD);
	size_t sent = send_chunk(stream, 0);

	sent += send_chunk(stream, 9);
	fake_refuse(fake_ticket(0), STATUS_FAILED_PRECONDITION, "ZC412");
	cr_expect_eq(fake_grpc_status(stream), 9);
	cr_expect_eq(fake.ticket_count, 1);
	cr_expect_eq(stream->consumed, sent);
	fake_close(stream);
}

Test(upload, of_nothing_is_refused)
{
	struct h2_stream *stream = fake_call(UPLOAD);

	fake_end(stream);
	cr_expect_eq(fake_grpc_status(stream), 3);
	fake_close(stream);
}

Test(upload, may_be_left_in_the_middle)
{
	struct h2_stream *stream = fake_call(UPLOAD);

	send_chunk(stream, 0);
	send_chunk(stream, 3);
	fake_close(stream);
	cr_expect(fake_ticket(0)->cancelled);
	fake_refuse(fake_ticket(0), STATUS_CANCELLED, "57014");
	cr_expect_eq(fake.ticket_count, 1, "what was not looked at is not stored");
}
