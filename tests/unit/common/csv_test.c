/*
 * CSV as files of the field come: any column order, line ends and quotes; and what is refused, with
 * its line.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/csv.h"

static const struct csv_column columns[] = {
    {"record_id", CSV_MANDATORY}, {"price", CSV_MANDATORY}, {"note", CSV_OPTIONAL}};

/*
 * What a reading gave: "line:record_id|price|note<source>" for each row, and "?column" for each
 * unknown one.
 */
struct outcome {
	struct buf text;
	struct status status;
	bool ok;
	int stop_after; /* rows; 0 for never */
	int rows;
};

static bool
add_row(void *arg, const struct csv_row *row)
{
	struct outcome *outcome = arg;

	buf_printf(&outcome->text, "%lld:%s|%s|%s<%.*s>", (long long)row->line, row->fields[0],
	    row->fields[1], row->fields[2], (int)row->source_length, row->source);
	return ++outcome->rows != outcome->stop_after;
}

static void
add_unknown(void *arg, const char *column)
{
	struct outcome *outcome = arg;

	buf_printf(&outcome->text, "?%s", column);
}

/* Reads the file in pieces. */
static void
read_file(struct outcome *outcome, const char *file, size_t length, size_t piece)
{
	struct csv_reader *reader = csv_reader_new(columns, 3, add_row, add_unknown, outcome);

	outcome->ok = true;
	for (size_t at = 0; at < length && outcome->ok; at += piece) {
		size_t take = length - at < piece ? length - at : piece;
		/* A copy of its own, so that reading past it is seen. */
		char *copy = malloc(take);

		memcpy(copy, file + at, take);
		outcome->ok = csv_reader_feed(reader, copy, take, &outcome->status);
		free(copy);
	}
	if (outcome->ok)
		outcome->ok = csv_reader_finish(reader, &outcome->status);
	buf_append(&outcome->text, "", 1);
	csv_reader_free(reader);
}

/* Its first line may be a patient's, so nobody is told its fields as names of columns. */
Test(csv, a_header_is_asked_for_a_column)
{
	static const struct {
		const char *header;
		bool names;
	} cases[] = {
	    {"record_id,net_change\r\n", true},
	    {"\xef\xbb\xbf\"net_change\",record_id", true},
	    {"net_change", true},
	    {"record_id,net_changes\n", false},
	    {"record_id,\"a,net_change,b\"\n", false},
	    {"", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(
		    csv_header_names(cases[i].header, strlen(cases[i].header), "net_change"),
		    cases[i].names, "%s", cases[i].header);
	cr_expect_not(csv_header_names(NULL, 0, "net_change"), "an empty file's");
}

Test(csv, a_file_without_a_header_names_no_unknown_column)
{
	static const char file[] = "R1,672.00,4010232137\nR2,672.00,9434765919\n";
	struct outcome outcome = {.ok = true};

	read_file(&outcome, file, strlen(file), sizeof(file));
	cr_expect_not(outcome.ok);
	cr_expect_str_eq(outcome.status.reason, "CSV_COLUMN_MISSING");
	cr_expect_str_eq((char *)outcome.text.data, "");
	buf_free(&outcome.text);
}

static void
expect_rows(const char *file, const char *rows)
{
	size_t length = strlen(file);

	for (size_t piece = 1; piece <= length; piece++) {
		struct outcome outcome = {.ok = false};

		read_file(&outcome, file, length, piece);
		cr_expect(outcome.ok, "%s: %s", file, outcome.status.message);
		cr_expect_str_eq((char *)outcome.text.data, rows, "piece %zu", piece);
		buf_free(&outcome.text);
	}
}

static void
expect_refusal(const char *file, size_t length, const char *reason, const char *field,
    const char *message_part)
{
	for (size_t piece = 1; piece <= length; piece += 1 + length / 50) {
		struct outcome outcome = {.ok = true};

		read_file(&outcome, file, length, piece);
		cr_expect_not(outcome.ok, "%s", reason);
		cr_expect_eq(outcome.status.code, STATUS_INVALID_ARGUMENT);
		cr_expect_str_eq(outcome.status.reason, reason);
		cr_expect_str_eq(outcome.status.field, field);
		cr_expect_not_null(
		    strstr(outcome.status.message, message_part), "%s", outcome.status.message);
		buf_free(&outcome.text);
	}
}

Test(csv, rows_come_by_column_name_in_any_order)
{
	expect_rows("record_id,price,note\nR1,1.00,x\n", "2:R1|1.00|x<R1,1.00,x>");
	expect_rows("note,price,record_id\nx,1.00,R1\n", "2:R1|1.00|x<x,1.00,R1>");
	expect_rows("price,record_id\n1.00,R1\n", "2:R1|1.00|<1.00,R1>");
	expect_rows("record_id,price,colour,note\nR1,,red,\n", "?colour"
							       "2:R1||<R1,,red,>");
	expect_rows("record_id,price\n", "");
	expect_rows("record_id,price", "");
}

Test(csv, line_ends_and_a_byte_order_mark_are_not_part_of_rows)
{
	expect_rows("record_id,price\r\nR1,1\r\nR2,2\r\n", "2:R1|1|<R1,1>3:R2|2|<R2,2>");
	expect_rows("\xef\xbb\xbf"
		    "record_id,price\nR1,1",
	    "2:R1|1|<R1,1>");
	expect_rows("\xef\xbb\xbf"
		    "\"record_id\",price\nR1,1\n",
	    "2:R1|1|<R1,1>");
	expect_rows("record_id,price\n\nR1,1\n\r\n\r\nR2,2\n\n", "3:R1|1|<R1,1>6:R2|2|<R2,2>");
	expect_rows("\r\nrecord_id,price\r\nR1,1\r\n", "3:R1|1|<R1,1>");
	expect_rows(
	    "record_id,price\rR1,1\rR2,2\nR3,3\n", "2:R1|1|<R1,1>3:R2|2|<R2,2>4:R3|3|<R3,3>");
}

Test(csv, quoted_fields_hold_anything_and_lines_go_on_counting)
{
	expect_rows("record_id,price,note\n\"R,1\",\"1\",\"say \"\"x\"\"\"\n",
	    "2:R,1|1|say \"x\"<\"R,1\",\"1\",\"say \"\"x\"\"\">");
	expect_rows("record_id,price,note\nR1,1,\"a\nb\"\nR2,2,\n",
	    "2:R1|1|a\nb<R1,1,\"a\nb\">4:R2|2|<R2,2,>");
	expect_rows("record_id,price,note\r\nR1,1,\"a\r\n\r\nb\"\r\nR2,2,\r\n",
	    "2:R1|1|a\r\n\r\nb<R1,1,\"a\r\n\r\nb\">5:R2|2|<R2,2,>");
	expect_rows("record_id,price,note\nR1,1,\"\n\"", "2:R1|1|\n<R1,1,\"\n\">");
	expect_rows("record_id,price,note\nR1,\"\",\n", "2:R1||<R1,\"\",>");
}

Test(csv, spaces_are_part_of_a_field)
{
	expect_rows("record_id,price\n R1 ,\t1\n", "2: R1 |\t1|< R1 ,\t1>");
}

#define REFUSED(file, reason, field, part) \
	expect_refusal(file, sizeof(file) - 1, reason, field, part)

Test(csv, a_wrong_header_refuses_the_file)
{
	REFUSED("\xef\xbb\xbf", "CSV_NO_HEADER", "", "no header");
	REFUSED("\n\r\n", "CSV_NO_HEADER", "", "no header");
	REFUSED("record_id,note\nR1,x\n", "CSV_COLUMN_MISSING", "price", "no column price");
	REFUSED(
	    "note,Price\nx,1\n", "CSV_COLUMN_MISSING", "record_id", "no column record_id, price");
	REFUSED("record_id,price,record_id\n1,2,3\n", "CSV_COLUMN_TWICE", "record_id",
	    "record_id twice");
	REFUSED("record_id;price\nR1;2.00\n", "CSV_SEPARATOR", "", "semicolons");
	REFUSED("\"record_id\tprice\"\nx\n", "CSV_SEPARATOR", "", "tabs");
}

Test(csv, an_empty_file_has_no_header)
{
	struct csv_reader *reader = csv_reader_new(columns, 3, add_row, NULL, NULL);
	struct status status;

	cr_expect_not(csv_reader_finish(reader, &status));
	cr_expect_str_eq(status.reason, "CSV_NO_HEADER");
	cr_expect_null(csv_reader_header(reader));
	csv_reader_free(reader);
}

Test(csv, a_refusal_names_the_file_and_a_remedy)
{
	static const struct {
		const char *file, *said, *unnamed;
	} cases[] = {
	    {"", "plan.csv has no header", "the file has no header"},
	    {"note\n", "plan.csv has no column record_id, price",
		"the file has no column record_id, price"},
	    {"price,price\n", "plan.csv names the column price twice",
		"the file names the column price twice"},
	    {"a;b\n", "plan.csv separates its fields by semicolons, not by commas",
		"the file separates its fields by semicolons, not by commas"},
	    {"record_id,price\nR1,1\nR2\n", "plan.csv, line 3 has 1 fields, but the header has 2",
		"line 3 has 1 fields, but the header has 2"},
	    {"record_id,price\nR1,\"", "plan.csv, line 2: a quote that opens here is not closed",
		"line 2: a quote that opens here is not closed"},
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome = {.ok = true};
		struct csv_reader *reader = csv_reader_new(columns, 3, add_row, NULL, &outcome);
		const char *file = cases[i / 2].file;

		csv_reader_name(reader, i % 2 == 0 ? "plan.csv" : NULL);
		cr_expect_not(csv_reader_feed(reader, file, strlen(file), &outcome.status) &&
			      csv_reader_finish(reader, &outcome.status));
		cr_expect_str_eq(
		    outcome.status.message, i % 2 == 0 ? cases[i / 2].said : cases[i / 2].unnamed);
		cr_expect_str_not_empty(outcome.status.hint);
		csv_reader_free(reader);
		buf_free(&outcome.text);
	}
}

Test(csv, wrong_rows_are_named_by_their_line)
{
	REFUSED("record_id,price\nR1,1\nR2\n", "CSV_RAGGED", "", "line 3 has 1 fields");
	REFUSED("record_id,price\nR1,1,2\n", "CSV_RAGGED", "", "line 2 has 3 fields");
	REFUSED("record_id,price,note\nR1,1,\"a\nb\"\nR2\n", "CSV_RAGGED", "", "line 4 ");
	REFUSED("record_id,price\nR1,\xe9\n", "CSV_BAD_TEXT", "price", "line 2:");
	REFUSED("record_id,price\nR\0"
		"1,1\n",
	    "CSV_BAD_TEXT", "record_id", "line 2:");
	REFUSED("record_id,pr\xff\n", "CSV_BAD_TEXT", "", "line 1:");
	REFUSED("record_id,price\nR1,5\" pipe\n", "CSV_QUOTE", "price", "line 2:");
	REFUSED("record_id,price\nR1,\"a\"b\n", "CSV_QUOTE", "price", "line 2:");
	REFUSED("record_id,price\nR1,1\nR2,\"2\nR3,3\n", "CSV_QUOTE", "", "line 3:");
	REFUSED("record_id,price\nR1,\"", "CSV_QUOTE", "", "line 2:");
}

/*
 * A file with one row of three fields of these lengths; the middle one in quotes with line feeds.
 */
static char *
long_row(size_t first, size_t second, size_t third, size_t *length)
{
	static const char header[] = "record_id,price,note,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n";
	size_t head = sizeof(header) - 1, commas = 19;
	char *file = malloc(head + first + second + third + commas + 1);

	memcpy(file, header, head);
	memset(file + head, 'x', first + second + third + commas + 1);
	file[head + first] = ',';
	file[head + first + 1 + second] = ',';
	for (size_t i = 0; i < 17; i++)
		file[head + first + second + third + 2 + i] = ',';
	*length = head + first + second + third + commas + 1;
	file[*length - 1] = '\n';
	return file;
}

Test(csv, field_limit_is_4096_bytes)
{
	struct outcome outcome = {.ok = false};
	size_t length;
	char *file = long_row(CSV_FIELD_LIMIT, 1, 1, &length);

	read_file(&outcome, file, length, 1000);
	cr_expect(outcome.ok, "%s", outcome.status.message);
	cr_expect_eq(outcome.rows, 1);
	buf_free(&outcome.text);
	free(file);
	file = long_row(1, CSV_FIELD_LIMIT + 1, 1, &length);
	expect_refusal(file, length, "CSV_FIELD_TOO_LONG", "price", "line 2:");
	free(file);
}

Test(csv, row_limit_is_65536_bytes)
{
	struct buf file = {0};
	static char field[4000];

	memset(field, 'x', sizeof(field));
	for (int extra = 0; extra <= 1; extra++) {
		struct outcome outcome = {.ok = false};

		buf_append_text(&file, "record_id,price");
		for (int i = 0; i < 15; i++)
			buf_printf(&file, ",c%d", i);
		buf_append_text(&file, "\r\n");
		for (int i = 0; i < 16; i++) {
			buf_append(&file, field, sizeof(field));
			buf_append_text(&file, ",");
		}
		/* 16 fields of 4,000 and 16 commas leave 1,520 bytes. */
		buf_append(&file, field, (size_t)(1520 + extra));
		buf_append_text(&file, "\r\n");
		read_file(&outcome, (char *)file.data, file.length, 4096);
		cr_expect_eq(outcome.ok, extra == 0);
		if (extra == 1)
			cr_expect_str_eq(outcome.status.reason, "CSV_ROW_TOO_LONG");
		buf_free(&outcome.text);
		buf_free(&file);
	}
}

Test(csv, a_quote_left_open_stops_at_the_row_limit_not_at_the_end_of_the_file)
{
	struct outcome outcome = {.ok = true};
	struct buf file = {0};

	buf_append_text(&file, "record_id,price\nR1,\"1\n");
	for (int i = 0; i < 100000; i++)
		buf_append_text(&file, "R2,2\n");
	read_file(&outcome, (char *)file.data, file.length, 4096);
	cr_expect_not(outcome.ok);
	cr_expect_str_eq(outcome.status.reason, "CSV_ROW_TOO_LONG");
	cr_expect_not_null(strstr(outcome.status.message, "line 2:"));
	buf_free(&outcome.text);
	buf_free(&file);
}

/* Looking for an LF anew in the rest after each CR would take minutes. */
Test(csv, lines_that_end_in_return_alone_are_read_once, .timeout = 20)
{
	const size_t length = 8U << 20;
	char *returns = malloc(length);
	struct status status = {0};
	struct outcome outcome = {.ok = true};
	struct csv_reader *reader = csv_reader_new(columns, 3, add_row, add_unknown, &outcome);

	cr_assert(csv_reader_feed(reader, "record_id,price,note\r", 21, &status));
	memset(returns, '\r', length);
	cr_expect(csv_reader_feed(reader, returns, length, &status));
	cr_expect(csv_reader_finish(reader, &status));
	cr_expect_eq(outcome.rows, 0);
	csv_reader_free(reader);
	free(returns);
}

Test(csv, a_caller_that_stops_hears_nothing_more)
{
	static const char file[] = "record_id,price\nR1,1\nR2,2\nR3,3\n";
	struct outcome outcome = {.stop_after = 2, .status = {.code = STATUS_OK}};

	read_file(&outcome, file, sizeof(file) - 1, sizeof(file));
	cr_expect_not(outcome.ok);
	cr_expect_eq(outcome.rows, 2);
	cr_expect_eq(outcome.status.code, STATUS_OK);
	buf_free(&outcome.text);
}

Test(csv, header_is_kept_as_sent)
{
	static const char file[] = "\xef\xbb\xbf"
				   "\"record_id\",price,colour\r\n";
	struct csv_reader *reader = csv_reader_new(columns, 3, add_row, NULL, NULL);
	struct status status;

	cr_expect_null(csv_reader_header(reader));
	cr_assert(csv_reader_feed(reader, file, sizeof(file) - 1, &status));
	cr_expect_str_eq(csv_reader_header(reader), "\"record_id\",price,colour");
	csv_reader_free(reader);
}

Test(csv, fields_are_written_so_that_they_read_back)
{
	static const struct {
		const char *text;
		bool guard;
		const char *written;
	} cases[] = {
	    {"plain", true, "plain"},
	    {"", true, ""},
	    {"a,b", false, "\"a,b\""},
	    {"say \"x\"", false, "\"say \"\"x\"\"\""},
	    {"a\nb", true, "\"a\nb\""},
	    {"a\rb", true, "\"a\rb\""},
	    {"=1+1", false, "=1+1"},
	    {"=1+1", true, "'=1+1"},
	    {"+44", true, "'+44"},
	    {"-12.50", false, "-12.50"},
	    {"-x", true, "'-x"},
	    {"@x", true, "'@x"},
	    {"\tx", true, "'\tx"},
	    {"\rx", true, "\"'\rx\""},
	    {"=\"a\",b", true, "\"'=\"\"a\"\",b\""},
	    {"a=b", true, "a=b"},
	    {" =x", true, " =x"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].written);
		struct buf out = {.limit = length > 0 ? length : 1};
		struct buf small = {.limit = length > 1 ? length - 1 : 1};

		cr_expect(csv_write_field(&out, cases[i].text, cases[i].guard));
		cr_expect_eq(out.length, length, "case %zu", i);
		cr_expect(length == 0 || memcmp(out.data, cases[i].written, length) == 0,
		    "case %zu: %.*s", i, (int)out.length, (char *)out.data);
		if (length > 1) {
			cr_expect_not(csv_write_field(&small, cases[i].text, cases[i].guard));
			cr_expect_eq(small.length, 0);
		}
		buf_free(&out);
		buf_free(&small);
	}
}

struct redaction {
	struct csv_reader *reader;
	struct buf text;
};

static bool
redact_row(void *arg, const struct csv_row *row)
{
	static const bool keep[] = {true, false, true};
	struct redaction *redaction = arg;

	(void)row;
	csv_reader_redact(redaction->reader, keep, &redaction->text);
	return buf_append(&redaction->text, "\n", 1);
}

Test(csv, redacted_row_has_the_fields_that_are_kept_in_the_columns_of_the_file)
{
	static const char file[] = "who,note,price,record_id\n"
				   "Ann,\"said \"\"no, thanks\"\"\",5,R1\r\n"
				   "Ben,,6,R2\n";
	struct redaction redaction = {0};
	struct status status = {0};

	redaction.reader = csv_reader_new(columns, 3, redact_row, NULL, &redaction);
	cr_assert(csv_reader_feed(redaction.reader, file, sizeof(file) - 1, &status));
	cr_assert(csv_reader_finish(redaction.reader, &status));
	buf_append(&redaction.text, "", 1);
	cr_expect_str_eq((char *)redaction.text.data, ",\"said \"\"no, thanks\"\"\",,R1\n"
						      ",,,R2\n");
	csv_reader_free(redaction.reader);
	buf_free(&redaction.text);
}
