/* Log lines: built in one fixed buffer, written by one write(2), so that lines never mix. */
#include "common/log.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

#include "common/clock.h"
#include "common/utf8.h"

#define LOG_LINE_LIMIT 4096
/* Kept free for what must end a cut line: a quote and the line feed. */
#define LOG_LINE_END 2

struct line {
	char text[LOG_LINE_LIMIT];
	size_t length;
	bool full; /* something did not fit: the rest of the line is left out */
};

static enum log_level lowest = LOG_LEVEL_INFO;
static const char *program = NULL;
static unsigned long lost; /* lines since the last that was written */

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

void
log_set_level(enum log_level level)
{
	lowest = level;
}

void
log_set_program(const char *name)
{
	program = name;
}

static void
line_put(struct line *line, const char *text, size_t length)
{
	if (line->full || line->length + length > sizeof(line->text) - LOG_LINE_END) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

/* Characters that could end a line, move the cursor or reorder what is read. */
static bool
must_escape(int32_t character)
{
	switch (utf8proc_category(character)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		return character == '"' || character == '\\';
	}
}

/* Puts the first character of text, escaped as it needs; returns its bytes. */
static size_t
line_put_character(struct line *line, const char *text, size_t length)
{
	char escaped[12];
	int32_t character;
	size_t taken = utf8_next(text, length, &character);

	if (taken == 0) {
		snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)text[0]);
		line_put(line, escaped, strlen(escaped));
		return 1;
	}
	if (!must_escape(character)) {
		line_put(line, text, taken);
		return taken;
	}
	if (character == '"' || character == '\\')
		snprintf(escaped, sizeof(escaped), "\\%c", (char)character);
	else if (character == '\n')
		snprintf(escaped, sizeof(escaped), "\\n");
	else
		snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)character);
	line_put(line, escaped, strlen(escaped));
	return taken;
}

/* A value of these alone is read back unquoted by every logfmt reader. */
static bool
is_bare(const char *value)
{
	static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "-_.:/,+@[]()%#*";

	return value[0] != '\0' && value[strspn(value, bare)] == '\0';
}

static void
line_put_pair(struct line *line, const char *key, const char *value)
{
	size_t length = strlen(value), at = 0;
	size_t before = line->length;

	if (before > 0)
		line_put(line, " ", 1);
	line_put(line, key, strlen(key));
	line_put(line, "=", 1);
	if (is_bare(value)) {
		line_put(line, value, length);
		if (line->full) /* half a bare value would pass for a whole one */
			line->length = before;
		return;
	}
	line_put(line, "\"", 1);
	if (line->full) {
		line->length = before;
		return;
	}
	while (at < length && !line->full)
		at += line_put_character(line, value + at, length - at);
	line->text[line->length++] = '"';
}

static void
line_begin(struct line *line, enum log_level level, const char *event)
{
	char time[25];

	assert((size_t)level < sizeof(level_names) / sizeof(level_names[0]));
	line->length = 0;
	line->full = false;
	clock_wall_text(time);
	line_put_pair(line, "time", time);
	line_put_pair(line, "level", level_names[level]);
	if (program != NULL)
		line_put_pair(line, "program", program);
	line_put_pair(line, "event", event);
}

/*
 * A log that cannot be written must not stop the service: failure ends the attempt only, and a
 * reader that has stopped reading costs lines. A pipe with room at all has it for a whole line.
 */
static bool
line_write(struct line *line)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	size_t written = 0;

	if (poll(&out, 1, 0) == 0)
		return false;
	line->text[line->length++] = '\n';
	while (written < line->length) {
		ssize_t count = write(STDERR_FILENO, line->text + written, line->length - written);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return true;
		written += (size_t)count;
	}
	return true;
}

static void
line_end(struct line *line)
{
	struct line notice;
	char lines[24];

	if (lost > 0) {
		snprintf(lines, sizeof(lines), "%lu", lost);
		line_begin(&notice, LOG_LEVEL_WARN, "log_lines_lost");
		line_put_pair(&notice, "lines", lines);
		if (line_write(&notice))
			lost = 0;
	}
	if (!line_write(line))
		lost++;
}

void
log_write(enum log_level level, const char *event, ...)
{
	int saved_errno = errno;
	struct line line;
	const char *key;
	va_list args;

	if (level < lowest)
		return;
	line_begin(&line, level, event);
	va_start(args, event);
	while ((key = va_arg(args, const char *)) != NULL) {
		const char *value = va_arg(args, const char *);

		if (value != NULL && !line.full)
			line_put_pair(&line, key, value);
	}
	va_end(args);
	line_end(&line);
	errno = saved_errno;
}

void
log_printf(enum log_level level, const char *event, const char *format, ...)
{
	int saved_errno = errno;
	char detail[LOG_LINE_LIMIT];
	struct line line;
	va_list args;

	if (level < lowest)
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	line_begin(&line, level, event);
	line_put_pair(&line, "detail", detail);
	line_end(&line);
	errno = saved_errno;
}
