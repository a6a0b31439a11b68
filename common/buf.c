/* A growing run of bytes with a limit. */
#include "common/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define BUF_FIRST_CAPACITY 256

bool
buf_reserve(struct buf *buf, size_t length)
{
	size_t limit = buf->limit > 0 ? buf->limit : SIZE_MAX;
	size_t needed, capacity;

	if (buf->length > limit || length > limit - buf->length)
		return false;
	needed = buf->length + length;
	if (needed <= buf->capacity)
		return true;
	capacity = buf->capacity > 0 ? buf->capacity : BUF_FIRST_CAPACITY;
	while (capacity < needed)
		capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
	buf->data = memory_realloc(buf->data, capacity);
	buf->capacity = capacity;
	return true;
}

bool
buf_append(struct buf *buf, const void *data, size_t length)
{
	if (!buf_reserve(buf, length))
		return false;
	if (length > 0)
		memcpy(buf->data + buf->length, data, length);
	buf->length += length;
	return true;
}

bool
buf_append_text(struct buf *buf, const char *text)
{
	return buf_append(buf, text, strlen(text));
}

bool
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;
	int length;
	size_t room;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(length >= 0);
	room = (size_t)length;
	if (!buf_reserve(buf, room)) {
		va_end(again);
		return false;
	}
	/*
	 * vsnprintf also writes a NUL, for which the limit leaves no room: one spare byte of
	 * capacity.
	 */
	if (buf->capacity - buf->length <= room) {
		buf->capacity = buf->length + room + 1;
		buf->data = memory_realloc(buf->data, buf->capacity);
	}
	vsnprintf((char *)buf->data + buf->length, room + 1, format, again);
	va_end(again);
	buf->length += room;
	return true;
}

void
buf_consume(struct buf *buf, size_t length)
{
	assert(length <= buf->length);
	buf->length -= length;
	if (buf->length > 0)
		memmove(buf->data, buf->data + length, buf->length);
}

void
buf_clear(struct buf *buf)
{
	buf->length = 0;
}

void
buf_free(struct buf *buf)
{
	free(buf->data);
	buf->data = NULL;
	buf->length = 0;
	buf->capacity = 0;
}
