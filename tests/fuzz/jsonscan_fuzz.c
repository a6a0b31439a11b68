/*
 * JSON text: taken if and only if jansson takes it, save numbers that jansson has no room for and
 * the NUL that it passes over after one.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonscan.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH_MAX 100
#define DIGITS_MAX 15

struct walk {
	struct jsonscan scan;
	unsigned depth;
	bool unlike; /* what jansson may see otherwise */
};

static bool walk_value(struct walk *walk);

static bool
unescapes(const struct jsonscan_span *span)
{
	char *text = malloc(span->length + 1);
	size_t length;
	bool ok = text != NULL && jsonscan_unescape(span, text, &length);

	assert(!ok || length <= span->length);
	free(text);
	return ok;
}

static bool
walk_container(struct walk *walk, bool keys)
{
	struct jsonscan_span key;

	if (++walk->depth > DEPTH_MAX) {
		walk->unlike = true;
		return false;
	}
	jsonscan_enter(&walk->scan);
	while (jsonscan_more(&walk->scan, keys ? '}' : ']'))
		if ((keys && !(jsonscan_key(&walk->scan, &key) && unescapes(&key))) ||
		    !walk_value(walk))
			return false;
	walk->depth--;
	return walk->scan.fault == NULL;
}

static bool
walk_value(struct walk *walk)
{
	struct jsonscan_span span;

	switch (jsonscan_kind(&walk->scan)) {
	case JSONSCAN_OBJECT:
		return walk_container(walk, true);
	case JSONSCAN_ARRAY:
		return walk_container(walk, false);
	case JSONSCAN_STRING:
		return jsonscan_string(&walk->scan, &span) && unescapes(&span);
	case JSONSCAN_NUMBER:
		if (!jsonscan_number(&walk->scan, &span))
			return false;
		if (span.length > DIGITS_MAX || memchr(span.text, 'e', span.length) != NULL ||
		    memchr(span.text, 'E', span.length) != NULL)
			walk->unlike = true;
		return true;
	case JSONSCAN_FAULT:
		return false;
	default:
		return jsonscan_word(&walk->scan);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk walk = {.unlike = size > 0 && memchr(data, '\0', size) != NULL};
	json_t *json = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
	bool taken;

	jsonscan_init(&walk.scan, (const char *)data, size);
	taken = walk_value(&walk) && jsonscan_ended(&walk.scan);
	assert(walk.unlike || taken == (json != NULL));
	json_decref(json);
	return 0;
}
