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
	char length[24];
	const struct h2_header headers[] = {
	    {"content-type", "text/plain; charset=utf-8"},
	    {"content-length", length},
	    {"x-content-type-options", "nosniff"},
	};

	answer->base.ops = &answer_ops;
	answer->stream = stream;
	snprintf(length, sizeof(length), "%zu", strlen(text));
	h2_stream_respond(stream, http_status, headers, sizeof(headers) / sizeof(headers[0]), head);
	if (head)
		return &answer->base;
	h2_stream_write(stream, text, strlen(text));
	h2_stream_finish(stream, NULL, 0);
	return &answer->base;
}
