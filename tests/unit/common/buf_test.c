/*
 * Rules of the growing buffer: what fits is kept in order, and the limit changes nothing when it
 * refuses.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "common/buf.h"

static void
expect_text(const struct buf *buf, const char *text)
{
	cr_expect_eq(buf->length, strlen(text));
	cr_expect(buf->length == 0 || memcmp(buf->data, text, buf->length) == 0);
}

Test(buf, appends_in_order)
{
	struct buf buf = {0};

	cr_expect(buf_append(&buf, "", 0));
	cr_expect(buf_append(&buf, NULL, 0));
	expect_text(&buf, "");
	cr_expect(buf_append_text(&buf, "one,"));
	cr_expect(buf_append(&buf, "two,xx", 4));
	cr_expect(buf_printf(&buf, "%d", 3));
	expect_text(&buf, "one,two,3");
	buf_free(&buf);
	cr_expect_null(buf.data);
	cr_expect_eq(buf.length, 0);
}

Test(buf, takes_up_to_its_limit_and_not_one_byte_more)
{
	struct buf buf = {.limit = 8};

	cr_expect(buf_append_text(&buf, "12345"));
	cr_expect_not(buf_append_text(&buf, "6789"));
	expect_text(&buf, "12345");
	cr_expect_not(buf_printf(&buf, "%s", "6789"));
	expect_text(&buf, "12345");
	cr_expect(buf_printf(&buf, "%s", "678"));
	expect_text(&buf, "12345678");
	cr_expect_not(buf_reserve(&buf, 1));
	cr_expect(buf_reserve(&buf, 0));
	buf_consume(&buf, 1);
	cr_expect(buf_append_text(&buf, "9"));
	expect_text(&buf, "23456789");
	cr_expect_not(buf_reserve(&buf, (size_t)-1));
	buf_free(&buf);
}

Test(buf, grows_through_many_appends)
{
	static const char digits[] = "0123456789";
	struct buf buf = {0};

	for (int i = 0; i < 100000; i++)
		cr_assert(buf_append(&buf, &digits[i % 10], 1));
	cr_expect_eq(buf.length, 100000);
	for (size_t i = 0; i < buf.length; i++)
		cr_assert_eq(buf.data[i], digits[i % 10]);
	buf_free(&buf);
}

Test(buf, reserved_room_is_the_callers_to_fill)
{
	struct buf buf = {0};

	cr_assert(buf_reserve(&buf, 1000));
	memset(buf.data, 'x', 1000);
	buf.length += 1000;
	buf_consume(&buf, 998);
	expect_text(&buf, "xx");
	buf_consume(&buf, 2);
	expect_text(&buf, "");
	buf_free(&buf);
}

Test(buf, printf_writes_text_that_just_fills_the_memory)
{
	struct buf buf = {0};

	/* One byte more than any first capacity that is a power of two leaves for a NUL. */
	for (int width = 1; width <= 2048; width *= 2) {
		cr_assert(buf_printf(&buf, "%*d", width, 7));
		cr_assert_eq(buf.length, (size_t)width);
		cr_assert_eq(buf.data[buf.length - 1], '7');
		buf_clear(&buf);
	}
	buf_free(&buf);
}
