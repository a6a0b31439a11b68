/* SHA-256 by published digests. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/sha256.h"

Test(sha256, gives_the_published_digests)
{
	char hex[SHA256_HEX];

	sha256_hex("", 0, hex);
	cr_expect_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_hex("abc", 3, hex);
	cr_expect_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(sha256, pieces_make_the_digest_of_the_whole)
{
	struct sha256 sha256;
	char hex[SHA256_HEX], piece[1000];

	memset(piece, 'a', sizeof(piece));
	sha256_init(&sha256);
	for (int i = 0; i < 1000; i++)
		sha256_update(&sha256, piece, sizeof(piece));
	sha256_finish(&sha256, hex);
	cr_expect_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	cr_expect_null(sha256.context);
}

Test(sha256, can_be_given_up)
{
	struct sha256 sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, "abc", 3);
	sha256_free(&sha256);
	sha256_free(&sha256);
	cr_expect_null(sha256.context);
}
