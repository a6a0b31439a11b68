/* Bytes as lower-case hex and back. */
#include "common/hex.h"

void
hex_encode(const void *data, size_t length, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < length; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * length] = '\0';
}

int
hex_digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(const char *text, size_t length, uint8_t *data)
{
	size_t i;

	if (length % 2 != 0)
		return false;
	for (i = 0; i < length; i += 2) {
		int high = hex_digit_value(text[i]), low = hex_digit_value(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		data[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}
