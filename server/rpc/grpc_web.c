/* gRPC-Web (doc/PROTOCOL-WEB.md), binary form, for browsers that cannot read HTTP/2 trailers. */
#include "server/rpc/grpc_web.h"

#include <string.h>

#include "common/grpc_frame.h"

#define TRAILER_FLAG 0x80

/* After the type may come "+proto", parameters, or nothing. */
static bool
is_type(const char *content_type, const char *type)
{
	size_t length = strlen(type);

	if (strncmp(content_type, type, length) != 0)
		return false;
	content_type += length;
	if (strncmp(content_type, "+proto", 6) == 0)
		content_type += 6;
	return *content_type == '\0' || *content_type == ';';
}

enum grpc_wire
grpc_wire_of_content_type(const char *content_type)
{
	if (content_type == NULL)
		return GRPC_WIRE_NONE;
	if (is_type(content_type, "application/grpc"))
		return GRPC_WIRE_GRPC;
	if (is_type(content_type, "application/grpc-web"))
		return GRPC_WIRE_WEB;
	return GRPC_WIRE_NONE;
}

const char *
grpc_wire_content_type(enum grpc_wire wire)
{
	return wire == GRPC_WIRE_WEB ? "application/grpc-web+proto" : "application/grpc";
}

void
grpc_web_append_trailers(struct buf *body, const struct h2_header *trailers, size_t count)
{
	size_t start = body->length;
	uint8_t prefix[GRPC_FRAME_PREFIX] = {0};

	buf_append(body, prefix, sizeof(prefix));
	for (size_t i = 0; i < count; i++)
		buf_printf(body, "%s: %s\r\n", trailers[i].name, trailers[i].value);
	grpc_frame_prefix(prefix, TRAILER_FLAG, body->length - start - sizeof(prefix));
	memcpy(body->data + start, prefix, sizeof(prefix));
}
