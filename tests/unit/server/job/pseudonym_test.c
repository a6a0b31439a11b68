/* Pseudonyms: fixed answers by Python's hmac, and what a key file must be. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/hex.h"
#include "server/job/pseudonym.h"

/* Writes bytes 0, 1, 2, ... */
static void
make_key(char name[32], size_t length, mode_t mode)
{
	unsigned char bytes[PSEUDONYM_KEY_MAX + 1];
	int file;
	size_t i;

	for (i = 0; i < length; i++)
		bytes[i] = (unsigned char)i;
	snprintf(name, 32, "/tmp/pseudonym_XXXXXX");
	file = mkstemp(name);
	cr_assert(file >= 0);
	cr_assert_eq(write(file, bytes, length), (ssize_t)length);
	cr_assert_eq(fchmod(file, mode), 0);
	close(file);
}

static struct pseudonym *
load(size_t length, mode_t mode, struct status *status)
{
	struct pseudonym *pseudonym;
	char name[32];

	make_key(name, length, mode);
	pseudonym = pseudonym_load(name, status);
	unlink(name);
	return pseudonym;
}

Test(pseudonym, is_the_keyed_hash_of_kind_pct_and_number)
{
	struct status status = {0};
	struct pseudonym *pseudonym = load(32, 0600, &status);
	uint8_t key[PSEUDONYM_SIZE];
	char text[2 * PSEUDONYM_SIZE + 1];

	cr_assert_not_null(pseudonym);
	/*
	 * hmac.new(bytes(range(32)), b"nhs\0" b"5XZ\0" b"9434765919\0", "sha256").hexdigest()[:32]
	 */
	pseudonym_of_nhs_number(pseudonym, "5XZ", "9434765919", key);
	hex_encode(key, sizeof(key), text);
	cr_assert_str_eq(text, "b7e23b2a68dc436da915f94bfe74b141");
	/* b"local\0" b"5XZ\0" b"RXA\0" b"P1\0" */
	pseudonym_of_local_id(pseudonym, "5XZ", "RXA", "P1", key);
	hex_encode(key, sizeof(key), text);
	cr_assert_str_eq(text, "b919c1d471a61137cfa4a3f4a166b856");
	pseudonym_free(pseudonym);
}

Test(pseudonym, differs_between_pcts)
{
	struct status status = {0};
	struct pseudonym *pseudonym = load(32, 0600, &status);
	uint8_t ours[PSEUDONYM_SIZE], theirs[PSEUDONYM_SIZE];

	pseudonym_of_nhs_number(pseudonym, "5XZ", "9434765919", ours);
	pseudonym_of_nhs_number(pseudonym, "5YZ", "9434765919", theirs);
	cr_assert_neq(memcmp(ours, theirs, sizeof(ours)), 0);
	pseudonym_free(pseudonym);
}

Test(pseudonym, key_file_is_long_enough_and_closed_to_others)
{
	static const struct {
		size_t length;
		mode_t mode;
		bool good;
	} cases[] = {
	    {PSEUDONYM_KEY_MIN - 1, 0600, false},
	    {PSEUDONYM_KEY_MIN, 0600, true},
	    {PSEUDONYM_KEY_MIN, 0400, true},
	    {PSEUDONYM_KEY_MIN, 0640, false},
	    {PSEUDONYM_KEY_MIN, 0604, false},
	    {PSEUDONYM_KEY_MAX, 0600, true},
	    {PSEUDONYM_KEY_MAX + 1, 0600, false},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {0};
		struct pseudonym *pseudonym = load(cases[i].length, cases[i].mode, &status);

		cr_expect_eq(pseudonym != NULL, cases[i].good, "case %zu", i);
		cr_expect_eq(status.code == STATUS_OK, cases[i].good);
		pseudonym_free(pseudonym);
	}
}

Test(pseudonym, missing_key_file_is_named)
{
	struct status status = {0};

	cr_assert_null(pseudonym_load("/nonexistent/key", &status));
	cr_assert_not_null(strstr(status.message, "/nonexistent/key"));
}
