/* A growing run of bytes with a limit. Zero-initialised with a limit is an empty buffer. */
#ifndef PBC_COMMON_BUF_H
#define PBC_COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	unsigned char *data; /* owned; NULL while empty */
	size_t length;
	size_t capacity;
	size_t limit; /* most bytes it may hold; 0 = no limit */
};

/*
 * Each returns false, having changed nothing, when the limit would be passed; no memory ends the
 * process.
 */
bool buf_append(struct buf *buf, const void *data, size_t length);
bool buf_append_text(struct buf *buf, const char *text);
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for length more bytes at data + length, which the caller fills and then adds to length. */
bool buf_reserve(struct buf *buf, size_t length);
/* Removes the first length bytes. */
void buf_consume(struct buf *buf, size_t length);
void buf_clear(struct buf *buf); /* keeps the memory */
void buf_free(struct buf *buf);

#endif
