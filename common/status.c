/* Statuses as values, and the names of gRPC's codes. */
#include "common/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
    [STATUS_OK] = "OK",
    [STATUS_CANCELLED] = "CANCELLED",
    [STATUS_UNKNOWN] = "UNKNOWN",
    [STATUS_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [STATUS_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [STATUS_NOT_FOUND] = "NOT_FOUND",
    [STATUS_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [STATUS_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [STATUS_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [STATUS_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [STATUS_ABORTED] = "ABORTED",
    [STATUS_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [STATUS_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [STATUS_INTERNAL] = "INTERNAL",
    [STATUS_UNAVAILABLE] = "UNAVAILABLE",
    [STATUS_DATA_LOSS] = "DATA_LOSS",
    [STATUS_UNAUTHENTICATED] = "UNAUTHENTICATED",
};

/* Copies as much as fits and steps back to the start of a cut UTF-8 sequence. */
static void
copy_text(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);

	if (length >= size) {
		length = size - 1;
		while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(to, from, length);
	to[length] = '\0';
}

bool
status_set(struct status *status, enum status_code code, const char *reason, const char *field,
    const char *hint, const char *format, ...)
{
	char text[2 * sizeof(status->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	status->code = code;
	copy_text(status->reason, sizeof(status->reason), reason != NULL ? reason : "");
	copy_text(status->field, sizeof(status->field), field != NULL ? field : "");
	copy_text(status->hint, sizeof(status->hint), hint != NULL ? hint : "");
	copy_text(status->message, sizeof(status->message), text);
	return false;
}

const char *
status_code_name(enum status_code code)
{
	size_t index = (size_t)code;

	if (index >= sizeof(code_names) / sizeof(code_names[0]))
		return "UNKNOWN";
	return code_names[index];
}
