/* Plain answers: 404, 405, 415. */
#include "server/rpc/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

const char *
http_header(const struct h2_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

/* No answer is kept unasked: what was refused or not there now may be there the next moment. */
const struct h2_header http_common_headers[HTTP_COMMON_HEADERS] = {
    {"x-content-type-options", "nosniff"},
    {"content-security-policy", "default-src 'self'; object-src 'none'; base-uri 'none'; "
				"form-action 'self'; frame-ancestors 'none'"},
    {"referrer-policy", "no-referrer"},
    {"cross-origin-opener-policy", "same-origin"},
    {"cross-origin-resource-policy", "same-origin"},
    {"strict-transport-security", "max-age=31536000"},
    {"cache-control", "no-cache"},
};

struct answer {
	struct rpc_stream base;
	struct h2_stream *stream;
};

static void
answer_data(struct rpc_stream *stream, const uint8_t *data, size_t length)
{
	(void)data;
	h2_stream_consume(((struct answer *)stream)->stream, length);
}

static void
answer_ignore(struct rpc_stream *stream)
{
	(void)stream;
}

static void
answer_closed(struct rpc_stream *stream)
{
	free(stream);
}

static const struct rpc_stream_ops answer_ops = {
    .data = answer_data,
    .end = answer_ignore,
    .drained = answer_ignore,
    .closed = answer_closed,
};

struct rpc_stream *
http_answer(
    struct h2_stream *stream, const struct h2_request *request, int http_status, const char *text)
{
	bool head = strcmp(request->method, "HEAD") == 0;
	struct answer *answer = memory_calloc(1, sizeof(*answer));
	struct h2_header headers[HTTP_COMMON_HEADERS + 3];
	size_t count = HTTP_COMMON_HEADERS;
	char length[24];

	answer->base.ops = &answer_ops;
	answer->stream = stream;
	snprintf(length, sizeof(length), "%zu", strlen(text));
	memcpy(headers, http_common_headers, sizeof(http_common_headers));
	headers[count++] = (struct h2_header){"content-type", "text/plain; charset=utf-8"};
	headers[count++] = (struct h2_header){"content-length", length};
	if (http_status == 405)
		headers[count++] = (struct h2_header){"allow", "GET, HEAD, POST"};
	h2_stream_respond(stream, http_status, headers, count, head);
	if (head)
		return &answer->base;
	h2_stream_write(stream, text, strlen(text));
	h2_stream_finish(stream, NULL, 0);
	return &answer->base;
}
