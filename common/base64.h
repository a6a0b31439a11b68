/* Bytes as base64 (RFC 4648) and back. */
#ifndef PBC_COMMON_BASE64_H
#define PBC_COMMON_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room that encoding length bytes takes, its NUL included. */
size_t base64_encoded_size(size_t length);
/* The standard alphabet, padded; text has room for base64_encoded_size(length). */
void base64_encode(const void *data, size_t length, char *text);
/*
 * Takes both alphabets, padded or not; data has room for 3 bytes for each 4 characters begun. False
 * on another character, an impossible length, or bits after the last byte that are not 0; data is
 * undefined then.
 */
bool base64_decode(const char *text, size_t length, uint8_t *data, size_t *data_length);

#endif
