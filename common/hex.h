/* Bytes as lower-case hex and back. */
#ifndef PBC_COMMON_HEX_H
#define PBC_COMMON_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes 2 * length characters and NUL. */
void hex_encode(const void *data, size_t length, char *text);
/*
 * Reads length characters of either case into length / 2 bytes; false on an odd length or another
 * character, with data undefined.
 */
bool hex_decode(const char *text, size_t length, uint8_t *data);
/* 0 to 15 of a digit of either case; -1 for another character. */
int hex_digit_value(char c);

#endif
