/* Base64: OpenSSL encodes; decoding is here because OpenSSL's wants padding and takes blanks. */
#include "common/base64.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>

size_t
base64_encoded_size(size_t length)
{
	return (length + 2) / 3 * 4 + 1;
}

void
base64_encode(const void *data, size_t length, char *text)
{
	assert(length <= INT_MAX / 2);
	EVP_EncodeBlock((unsigned char *)text, data, (int)length);
}

static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

bool
base64_decode(const char *text, size_t length, uint8_t *data, size_t *data_length)
{
	uint32_t bits = 0;
	unsigned held = 0; /* bits not yet written */
	size_t i, written = 0;

	if (length > 0 && length % 4 == 0 && text[length - 1] == '=') {
		length--;
		if (text[length - 1] == '=')
			length--;
	}
	if (length % 4 == 1)
		return false;
	for (i = 0; i < length; i++) {
		int value = sextet(text[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			data[written++] = (uint8_t)(bits >> held);
			bits &= (1u << held) - 1;
		}
	}
	if (bits != 0)
		return false;
	*data_length = written;
	return true;
}
