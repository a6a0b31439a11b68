/*
 * Writes rows for COPY FROM STDIN, text or binary. Binary: PostgreSQL's documentation of COPY, File
 * Formats: a signature, then for each row a count of fields and for each field its length and bytes
 * in network order.
 */
#include "server/db/sync_internal.h"

#include <assert.h>
#include <endian.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/memory.h"
#include "server/db/sqlstate.h"

/* Binary dates count from 2000-01-01. */
#define POSTGRES_EPOCH_DAYS 10957

static const char signature[] =
    "PGCOPY\n\377\r\n\0" /* and: no flags, no extension */ "\0\0\0\0\0\0\0\0";

struct sync_copy {
	struct sync_conn *conn;
	enum sync_copy_format format;
	int columns;
	int fields_left; /* of the row begun */
	bool any_row;
	bool failed; /* status says why; nothing more is sent */
	struct buf pending;
	struct status status;
};

/* Inline, as an import calls it fifty times a row. */
static inline void
put(struct sync_copy *copy, const void *data, size_t length)
{
	struct buf *pending = &copy->pending;

	if (pending->capacity - pending->length < length)
		buf_reserve(pending, length);
	memcpy(pending->data + pending->length, data, length);
	pending->length += length;
}

static inline void
put_int16(struct sync_copy *copy, int16_t value)
{
	uint16_t wire = htobe16((uint16_t)value);

	put(copy, &wire, sizeof(wire));
}

static inline void
put_int32(struct sync_copy *copy, int32_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	put(copy, &wire, sizeof(wire));
}

static void
copy_send(struct sync_copy *copy)
{
	PGconn *pg = copy->conn->pg;
	size_t length = copy->pending.length;

	/*
	 * Every flush empties libpq's own buffer, so this one's size bounds the memory. libpq reads
	 * no refusal before the end of a COPY; only a stop or a loss shows here.
	 */
	if (!copy->failed && length > 0) {
		assert(length <= INT_MAX);
		if (PQputCopyData(pg, (const char *)copy->pending.data, (int)length) != 1)
			copy->failed = !db_status_unavailable(&copy->status);
		else
			copy->failed = !sync_flush(copy->conn, &copy->status);
	}
	buf_clear(&copy->pending);
}

struct sync_copy *
sync_copy_start(struct sync_conn *conn, const char *text, enum sync_copy_format format, int columns,
    struct status *status)
{
	struct sync_copy *copy;
	PGresult *result;

	assert(columns > 0 && columns <= INT16_MAX);
	if (!PQsendQuery(conn->pg, text)) {
		db_status_unavailable(status);
		return NULL;
	}
	result = sync_take_success(conn, status);
	if (result == NULL)
		return NULL;
	assert(PQresultStatus(result) == PGRES_COPY_IN);
	assert(
	    PQbinaryTuples(result) == (format == SYNC_COPY_BINARY) && PQnfields(result) == columns);
	PQclear(result);
	copy = memory_calloc(1, sizeof(*copy));
	copy->conn = conn;
	copy->format = format;
	copy->columns = columns;
	buf_reserve(&copy->pending, SYNC_COPY_BUFFER);
	if (format == SYNC_COPY_BINARY)
		put(copy, signature, sizeof(signature) - 1);
	return copy;
}

static void
end_row(struct sync_copy *copy)
{
	assert(copy->fields_left == 0);
	if (copy->any_row && copy->format == SYNC_COPY_TEXT)
		put(copy, "\n", 1);
}

bool
sync_copy_row(struct sync_copy *copy)
{
	end_row(copy);
	if (copy->pending.length >= SYNC_COPY_BUFFER)
		copy_send(copy);
	copy->any_row = true;
	copy->fields_left = copy->columns;
	if (copy->format == SYNC_COPY_BINARY)
		put_int16(copy, (int16_t)copy->columns);
	return !copy->failed;
}

/* What stands before a field's bytes. */
static inline void
begin_field(struct sync_copy *copy, int32_t binary_length)
{
	assert(copy->fields_left > 0);
	if (copy->format == SYNC_COPY_BINARY)
		put_int32(copy, binary_length);
	else if (copy->fields_left < copy->columns)
		put(copy, "\t", 1);
	copy->fields_left--;
}

void
sync_copy_null(struct sync_copy *copy)
{
	begin_field(copy, -1);
	if (copy->format == SYNC_COPY_TEXT)
		put(copy, "\\N", 2);
}

/* Backslash, tab and line ends have a meaning in COPY's text. */
static void
put_escaped(struct sync_copy *copy, const char *text)
{
	static const char special[] = "\\\t\n\r", letters[] = "\\tnr";

	for (;;) {
		size_t plain = strcspn(text, special);
		char escape[2] = {'\\', '\0'};

		put(copy, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		escape[1] = letters[strchr(special, *text++) - special];
		put(copy, escape, sizeof(escape));
	}
}

void
sync_copy_text(struct sync_copy *copy, const char *text)
{
	size_t length;

	if (text == NULL) {
		sync_copy_null(copy);
		return;
	}
	length = strlen(text);
	assert(length <= INT32_MAX);
	begin_field(copy, (int32_t)length);
	if (copy->format == SYNC_COPY_BINARY)
		put(copy, text, length);
	else
		put_escaped(copy, text);
}

static void
put_decimal(struct sync_copy *copy, int64_t value)
{
	char text[24];

	put(copy, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)value));
}

void
sync_copy_int16(struct sync_copy *copy, int16_t value)
{
	begin_field(copy, sizeof(value));
	if (copy->format == SYNC_COPY_BINARY)
		put_int16(copy, value);
	else
		put_decimal(copy, value);
}

void
sync_copy_int32(struct sync_copy *copy, int32_t value)
{
	begin_field(copy, sizeof(value));
	if (copy->format == SYNC_COPY_BINARY)
		put_int32(copy, value);
	else
		put_decimal(copy, value);
}

void
sync_copy_int64(struct sync_copy *copy, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	begin_field(copy, sizeof(value));
	if (copy->format == SYNC_COPY_BINARY)
		put(copy, &wire, sizeof(wire));
	else
		put_decimal(copy, value);
}

void
sync_copy_bool(struct sync_copy *copy, bool value)
{
	begin_field(copy, 1);
	if (copy->format == SYNC_COPY_BINARY)
		put(copy, value ? "\1" : "\0", 1);
	else
		put(copy, value ? "t" : "f", 1);
}

void
sync_copy_date(struct sync_copy *copy, date_t value)
{
	char text[11];

	if (value == DATE_NONE) {
		sync_copy_null(copy);
		return;
	}
	begin_field(copy, sizeof(int32_t));
	if (copy->format == SYNC_COPY_BINARY) {
		put_int32(copy, value - POSTGRES_EPOCH_DAYS);
	} else {
		date_format(value, text);
		put(copy, text, strlen(text));
	}
}

void
sync_copy_bytes(struct sync_copy *copy, const void *data, size_t length)
{
	struct buf *pending = &copy->pending;

	assert(length <= INT32_MAX);
	begin_field(copy, (int32_t)length);
	if (copy->format == SYNC_COPY_BINARY) {
		put(copy, data, length);
		return;
	}
	put(copy, "\\\\x", 3);
	buf_reserve(pending, 2 * length + 1);
	hex_encode(data, length, (char *)pending->data + pending->length);
	pending->length += 2 * length;
}

static void
copy_free(struct sync_copy *copy)
{
	buf_free(&copy->pending);
	free(copy);
}

/* The end that makes the server store nothing. The statement may be over already. */
static void
copy_undo(struct sync_copy *copy)
{
	struct status ignored;

	copy->conn->unstoppable = true;
	if (PQputCopyEnd(copy->conn->pg, "given up") == 1)
		PQclear(sync_take_result(copy->conn, &ignored));
	copy->conn->unstoppable = false;
}

void
sync_copy_abandon(struct sync_copy *copy)
{
	copy_undo(copy);
	copy_free(copy);
}

bool
sync_copy_finish(struct sync_copy *copy, int64_t *rows, struct status *status)
{
	PGresult *result = NULL;

	/* Who stopped after a failure has left a row begun. */
	if (!copy->failed)
		end_row(copy);
	if (copy->format == SYNC_COPY_BINARY)
		put_int16(copy, -1);
	copy_send(copy);
	if (copy->failed)
		copy_undo(copy);
	else if (PQputCopyEnd(copy->conn->pg, NULL) != 1)
		db_status_unavailable(&copy->status);
	else
		result = sync_take_success(copy->conn, &copy->status);
	if (result != NULL && rows != NULL)
		*rows = strtoll(PQcmdTuples(result), NULL, 10);
	if (result == NULL)
		*status = copy->status;
	PQclear(result);
	copy_free(copy);
	return result != NULL;
}
