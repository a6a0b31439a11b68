/* A request's header list without copies: nghttp2's buffers are counted, and end in NUL. */
#include "server/h2/h2_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIELD_OVERHEAD 32 /* RFC 9113, 6.5.2 */
#define FIRST_CAPACITY 16

void
h2_fields_count(struct h2_fields *fields, nghttp2_rcbuf *name, nghttp2_rcbuf *value)
{
	fields->bytes +=
	    nghttp2_rcbuf_get_buf(name).len + nghttp2_rcbuf_get_buf(value).len + FIELD_OVERHEAD;
}

static void
grow(struct h2_fields *fields)
{
	fields->capacity = fields->capacity > 0 ? fields->capacity * 2 : FIRST_CAPACITY;
	fields->held = memory_realloc(fields->held, 2 * fields->capacity * sizeof(*fields->held));
	fields->headers =
	    memory_realloc(fields->headers, fields->capacity * sizeof(*fields->headers));
}

static void
hold(struct h2_fields *fields, nghttp2_rcbuf *buf)
{
	nghttp2_rcbuf_incref(buf);
	fields->held[fields->held_count++] = buf;
}

/* Names are compared for each header of each request: the length first, which tells most apart. */
#define IS_NAME(key, text) \
	((key).len == sizeof(text) - 1 && memcmp((key).base, (text), sizeof(text) - 1) == 0)

static void
add_pseudo_header(struct h2_fields *fields, nghttp2_vec key, const char *value)
{
	if (IS_NAME(key, ":method"))
		fields->method = value;
	else if (IS_NAME(key, ":path"))
		fields->path = value;
	else if (IS_NAME(key, ":authority"))
		fields->authority = value;
}

void
h2_fields_add(struct h2_fields *fields, nghttp2_rcbuf *name, nghttp2_rcbuf *value)
{
	nghttp2_vec key = nghttp2_rcbuf_get_buf(name);
	nghttp2_vec text = nghttp2_rcbuf_get_buf(value);
	const char *content = (const char *)text.base;

	fields->bytes += key.len + text.len + FIELD_OVERHEAD;
	if (fields->held_count + 2 > 2 * fields->capacity)
		grow(fields);
	hold(fields, value);
	if (key.base[0] == ':') {
		add_pseudo_header(fields, key, content);
		return;
	}
	hold(fields, name);
	fields->headers[fields->header_count++] =
	    (struct h2_header){(const char *)key.base, content};
	if (IS_NAME(key, "host"))
		fields->host = content;
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
