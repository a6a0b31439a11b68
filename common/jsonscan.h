/*
 * JSON text (RFC 8259) read from left to right by a caller who knows what should come: nothing is
 * built and nothing allocated. The first fault of the text ends the scan: all later calls say no.
 *
 *	jsonscan_enter(&scan);
 *	while (jsonscan_more(&scan, '}') && jsonscan_key(&scan, &key))
 *		... take exactly one value ...
 */
#ifndef PBC_COMMON_JSONSCAN_H
#define PBC_COMMON_JSONSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jsonscan_kind {
	JSONSCAN_OBJECT,
	JSONSCAN_ARRAY,
	JSONSCAN_STRING,
	JSONSCAN_NUMBER,
	JSONSCAN_TRUE,
	JSONSCAN_FALSE,
	JSONSCAN_NULL,
	JSONSCAN_FAULT, /* no value begins here */
};

struct jsonscan {
	const char *at;
	const char *end;
	bool entered;      /* nothing was taken since jsonscan_enter */
	const char *fault; /* what is wrong with the text; static. NULL: nothing so far */
};

/* A piece of the text: a number as it stands, or what is between a string's quotes. */
struct jsonscan_span {
	const char *text;
	size_t length;
	bool escaped; /* a string with a backslash in it */
};

/* The text is borrowed, and need not end with a NUL. */
void jsonscan_init(struct jsonscan *scan, const char *text, size_t length);
/* Skips white space and tells the next value by its first character. */
enum jsonscan_kind jsonscan_kind(struct jsonscan *scan);
/* Takes the bracket that begins an object or array, as jsonscan_kind has told. */
void jsonscan_enter(struct jsonscan *scan);
/*
 * True if another member or element follows; false once close ('}' or ']') is taken, or on a fault.
 */
bool jsonscan_more(struct jsonscan *scan, char close);
/* Takes a key and its colon. */
bool jsonscan_key(struct jsonscan *scan, struct jsonscan_span *key);
/* Takes a key and its colon if it is plainly this one; false, and nothing taken, otherwise. */
bool jsonscan_key_is(struct jsonscan *scan, const char *name);
/* Each takes a value of the kind that jsonscan_kind has told; false on a fault. */
bool jsonscan_string(struct jsonscan *scan, struct jsonscan_span *string);
bool jsonscan_number(struct jsonscan *scan, struct jsonscan_span *number);
bool jsonscan_word(struct jsonscan *scan); /* true, false or null */
/*
 * The usual number in one pass, without jsonscan_kind before it: a whole one within 64 bits, with a
 * comma or bracket behind it. False, and nothing but white space taken, for anything else.
 */
bool jsonscan_whole(struct jsonscan *scan, bool *negative, uint64_t *magnitude);
/* True if only white space is left and there was no fault. */
bool jsonscan_ended(struct jsonscan *scan);

/*
 * Undoes a string's escapes into to, which has room for span->length bytes and a NUL, and ends it
 * with one. False if it is not UTF-8, holds a NUL or half of a surrogate pair.
 */
bool jsonscan_unescape(const struct jsonscan_span *span, char *to, size_t *length);

#endif
