/*
 * Codes as parts of hash keys that are compared whole: of fixed size, NUL-padded to the end. No
 * code of practice, provider, currency or treatment function is longer than ten characters.
 */
#ifndef PBC_SERVER_JOB_CODE_KEY_H
#define PBC_SERVER_JOB_CODE_KEY_H

#include <string.h>

#define CODE_KEY_SIZE 12

/* A code that does not fit cannot be in a table of codes; it becomes one that nothing has. */
static inline void
code_key_set(char key[CODE_KEY_SIZE], const char *code)
{
	size_t length = strnlen(code, CODE_KEY_SIZE);

	memset(key, 0, CODE_KEY_SIZE);
	if (length < CODE_KEY_SIZE)
		memcpy(key, code, length);
	else
		key[CODE_KEY_SIZE - 1] = '?';
}

#endif
