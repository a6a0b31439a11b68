/* UTF-8 as a gate: what passes is well-formed and holds no NUL. */
#ifndef PBC_COMMON_UTF8_H
#define PBC_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed by Unicode table 3-7 (no surrogates, no overlong forms) and no NUL. */
bool utf8_valid(const char *text, size_t length);
/*
 * Bytes of the well-formed character at the start of text, and the character itself; 0 if there is
 * none.
 */
size_t utf8_next(const char *text, size_t length, int32_t *character);
/* Characters of well-formed text. */
size_t utf8_length(const char *text);
/* Columns on a terminal. A byte that is not UTF-8 counts as one. */
size_t utf8_width(const char *text);
/* The same of the first length bytes. */
size_t utf8_width_of(const char *text, size_t length);

#endif
