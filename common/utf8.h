/* UTF-8 as a gate: what passes is well-formed and holds no NUL. */
#ifndef PBC_COMMON_UTF8_H
#define PBC_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Well-formed by Unicode table 3-7 (no surrogates, no overlong forms) and no NUL. */
bool utf8_valid(const char *text, size_t length);
/* Columns on a terminal. */
size_t utf8_width(const char *text);

#endif
