/* Base64 by the vectors of RFC 4648, section 10. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/base64.h"

Test(base64, encodes_and_decodes_the_rfc_vectors)
{
	static const char *const vectors[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
	    {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
	    {"\xff\xef\xfe", "/+/+"}};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const char *plain = vectors[i][0], *encoded = vectors[i][1];
		char text[16];
		uint8_t data[16];
		size_t length = 99;

		cr_expect_eq(base64_encoded_size(strlen(plain)), strlen(encoded) + 1);
		base64_encode(plain, strlen(plain), text);
		cr_expect_str_eq(text, encoded);
		cr_expect(base64_decode(encoded, strlen(encoded), data, &length));
		cr_expect_eq(length, strlen(plain));
		cr_expect_eq(memcmp(data, plain, length), 0);
	}
}

Test(base64, decodes_without_padding_and_in_the_url_alphabet)
{
	static const char *const cases[][2] = {
	    {"Zg", "f"}, {"Zm8", "fo"}, {"_-_-", "\xff\xef\xfe"}, {"Zm9vYg", "foob"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t data[16];
		size_t length;

		cr_expect(base64_decode(cases[i][0], strlen(cases[i][0]), data, &length));
		cr_expect_eq(length, strlen(cases[i][1]));
		cr_expect_eq(memcmp(data, cases[i][1], length), 0);
	}
}

Test(base64, refuses_what_no_bytes_encode_to)
{
	static const char *const cases[] = {"Z", "Zm9vY", "Zm9v====", "Z===", "=",
	    "====", "Zg=", "Zm 8=", "Zm9v\n", "Zg==Zg==", "Zh==", "Zm9=", "Zm9v!AAA", "\xc3\xa9zz"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t data[16];
		size_t length;

		cr_expect_not(
		    base64_decode(cases[i], strlen(cases[i]), data, &length), "%s", cases[i]);
	}
}
