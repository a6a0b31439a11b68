/* A request's header list without copies: nghttp2's buffers are counted, and end in NUL. */
#include "server/h2/h2_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIELD_OVERHEAD 32 /* RFC 9113, 6.5.2 */
#define FIRST_CAPACITY 16

static const char *
rcbuf_text(nghttp2_rcbuf *buf)
{
	return (const char *)nghttp2_rcbuf_get_buf(buf).base;
}

void
h2_fields_count(struct h2_fields *fields, nghttp2_rcbuf *name, nghttp2_rcbuf *value)
{
	fields->bytes +=
	    nghttp2_rcbuf_get_buf(name).len + nghttp2_rcbuf_get_buf(value).len + FIELD_OVERHEAD;
}

static void
hold(struct h2_fields *fields, nghttp2_rcbuf *buf)
{
	if (fields->held_count == fields->held_capacity) {
		fields->held_capacity =
		    fields->held_capacity > 0 ? fields->held_capacity * 2 : 2 * FIRST_CAPACITY;
		fields->held =
		    memory_realloc(fields->held, fields->held_capacity * sizeof(*fields->held));
	}
	nghttp2_rcbuf_incref(buf);
	fields->held[fields->held_count++] = buf;
}

static void
add_header(struct h2_fields *fields, const char *name, const char *value)
{
	if (fields->header_count == fields->header_capacity) {
		fields->header_capacity =
		    fields->header_capacity > 0 ? fields->header_capacity * 2 : FIRST_CAPACITY;
		fields->headers = memory_realloc(
		    fields->headers, fields->header_capacity * sizeof(*fields->headers));
	}
	fields->headers[fields->header_count++] = (struct h2_header){name, value};
}

void
h2_fields_add(struct h2_fields *fields, nghttp2_rcbuf *name, nghttp2_rcbuf *value)
{
	const char *key = rcbuf_text(name);
	const char *text = rcbuf_text(value);

	h2_fields_count(fields, name, value);
	hold(fields, value);
	if (key[0] != ':') {
		hold(fields, name);
		add_header(fields, key, text);
		if (strcmp(key, "host") == 0)
			fields->host = text;
	} else if (strcmp(key, ":method") == 0) {
		fields->method = text;
	} else if (strcmp(key, ":path") == 0) {
		fields->path = text;
	} else if (strcmp(key, ":authority") == 0) {
		fields->authority = text;
	}
}

/* CONNECT has no path, and a client may name the host in either of two ways or not at all. */
void
h2_fields_request(const struct h2_fields *fields, struct h2_request *request)
{
	const char *authority = fields->authority != NULL ? fields->authority : fields->host;

	request->method = fields->method != NULL ? fields->method : "";
	request->path = fields->path != NULL ? fields->path : "";
	request->authority = authority != NULL ? authority : "";
	request->headers = fields->headers;
	request->header_count = fields->header_count;
}

void
h2_fields_clear(struct h2_fields *fields)
{
	size_t i;

	for (i = 0; i < fields->held_count; i++)
		nghttp2_rcbuf_decref(fields->held[i]);
	fields->held_count = 0;
	fields->header_count = 0;
	fields->bytes = 0;
	fields->method = NULL;
	fields->path = NULL;
	fields->authority = NULL;
	fields->host = NULL;
}

void
h2_fields_free(struct h2_fields *fields)
{
	h2_fields_clear(fields);
	free(fields->held);
	free(fields->headers);
	*fields = (struct h2_fields){0};
}
