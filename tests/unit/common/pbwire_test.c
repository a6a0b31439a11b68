/* The wire format by its published examples (protobuf.dev, "Encoding"), and its limits. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/hex.h"
#include "common/pbwire.h"

static void
expect(const struct buf *wire, const char *hex)
{
	char text[256];

	hex_encode(wire->data, wire->length, text);
	cr_expect_str_eq(text, hex);
}

Test(pbwire, varints_have_seven_bits_a_byte)
{
	static const struct {
		uint64_t value;
		const char *hex;
	} cases[] = {{0, "00"}, {1, "01"}, {127, "7f"}, {128, "8001"}, {150, "9601"}, {300, "ac02"},
	    {UINT64_MAX, "ffffffffffffffffff01"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf wire = {0};

		cr_assert(pbwire_varint(&wire, cases[i].value));
		expect(&wire, cases[i].hex);
		buf_free(&wire);
	}
}

Test(pbwire, a_tag_is_the_field_and_its_type)
{
	struct buf wire = {0};

	cr_assert(pbwire_tag(&wire, 1, PBWIRE_VARINT));
	cr_assert(pbwire_varint(&wire, 150));
	cr_assert(pbwire_tag(&wire, 2, PBWIRE_LENGTH));
	cr_assert(pbwire_tag(&wire, 16, PBWIRE_32BIT));
	cr_assert(pbwire_fixed32(&wire, 0x01020304));
	cr_assert(pbwire_fixed64(&wire, 1));
	expect(&wire, "08960112850104030201"
		      "0100000000000000");
	buf_free(&wire);
}

/* Lengths of one, two and three bytes. */
Test(pbwire, a_length_stands_in_front_of_what_it_measures)
{
	static const size_t lengths[] = {0, 1, 127, 128, 16383, 16384};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t start, count = lengths[i] < 128 ? 1 : lengths[i] < 16384 ? 2 : 3;
		struct buf wire = {0}, length = {0};

		cr_assert(pbwire_open(&wire, &start));
		for (size_t j = 0; j < lengths[i]; j++)
			cr_assert(buf_append(&wire, j + 1 < lengths[i] ? "x" : "y", 1));
		cr_assert(pbwire_close(&wire, start));
		cr_assert(pbwire_varint(&length, lengths[i]));
		cr_expect_eq(wire.length, count + lengths[i]);
		cr_expect_eq(memcmp(wire.data, length.data, count), 0);
		cr_expect(lengths[i] < 2 ||
			  (wire.data[count] == 'x' && wire.data[wire.length - 1] == 'y'));
		buf_free(&wire);
		buf_free(&length);
	}
}

Test(pbwire, the_limit_holds_to_the_byte)
{
	struct buf wire = {.limit = 3};
	size_t start;

	cr_assert(pbwire_varint(&wire, 300));
	cr_expect_not(pbwire_varint(&wire, 300));
	cr_expect_not(pbwire_fixed32(&wire, 1));
	cr_assert(pbwire_varint(&wire, 1));
	cr_expect_not(pbwire_open(&wire, &start));
	expect(&wire, "ac0201");
	buf_free(&wire);
}
