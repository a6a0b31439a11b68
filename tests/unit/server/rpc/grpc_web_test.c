/* Content types, and trailers as a frame of the body: doc/PROTOCOL-WEB.md. */
#include <criterion/criterion.h>
#include <string.h>

#include "server/rpc/grpc_web.h"

Test(grpc_web, takes_the_content_types_of_grpc_and_of_binary_grpc_web)
{
	static const struct {
		const char *type;
		enum grpc_wire wire;
	} cases[] = {
	    {"application/grpc", GRPC_WIRE_GRPC},
	    {"application/grpc+proto", GRPC_WIRE_GRPC},
	    {"application/grpc;charset=utf-8", GRPC_WIRE_GRPC},
	    {"application/grpc-web", GRPC_WIRE_WEB},
	    {"application/grpc-web+proto", GRPC_WIRE_WEB},
	    {"application/grpc-web-text", GRPC_WIRE_NONE},
	    {"application/grpc+json", GRPC_WIRE_NONE},
	    {"application/grpcx", GRPC_WIRE_NONE},
	    {"application/json", GRPC_WIRE_NONE},
	    {"", GRPC_WIRE_NONE},
	    {NULL, GRPC_WIRE_NONE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(
		    grpc_wire_of_content_type(cases[i].type), cases[i].wire, "case %zu", i);
}

Test(grpc_web, puts_trailers_in_a_frame_with_the_top_bit)
{
	static const char wanted[] = "\x80\0\0\0\x21"
				     "grpc-status: 5\r\ngrpc-message: x\r\n";
	const struct h2_header trailers[] = {{"grpc-status", "5"}, {"grpc-message", "x"}};
	struct buf body = {0};

	grpc_web_append_trailers(&body, trailers, 2);
	cr_assert_eq(body.length, sizeof(wanted) - 1);
	cr_expect_eq(memcmp(body.data, wanted, body.length), 0);
	buf_free(&body);
}
