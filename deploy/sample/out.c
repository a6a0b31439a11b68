/* CSV rows to disk. */
#include "deploy/sample/out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/money.h"

_Noreturn void
out_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("pbc-sample: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* Makes every folder of path that is missing; path is changed and restored on the way. */
static void
make_folders(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			out_die("cannot make the folder %s: %s", path, strerror(errno));
		*slash = '/';
	}
}

void
out_open(struct out_file *out, const char *directory, const char *format, ...)
{
	char full[2 * OUT_PATH_SIZE];
	va_list args;
	int length;

	memset(out, 0, sizeof(*out));
	va_start(args, format);
	length = vsnprintf(out->path, sizeof(out->path), format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(out->path))
		out_die("path too long: %s", out->path);
	length = snprintf(full, sizeof(full), "%s/%s", directory, out->path);
	if (length < 0 || (size_t)length >= sizeof(full))
		out_die("path too long: %s", directory);
	make_folders(full);
	out->file = fopen(full, "w");
	if (out->file == NULL)
		out_die("cannot write %s: %s", full, strerror(errno));
}

void
out_header(struct out_file *out, const char *header)
{
	fprintf(out->file, "%s\n", header);
}

void
out_text(struct out_file *out, const char *text)
{
	const char *p;

	if (out->fields++ > 0)
		putc(',', out->file);
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, out->file);
		return;
	}
	putc('"', out->file);
	for (p = text; *p != '\0'; p++) {
		if (*p == '"')
			putc('"', out->file);
		putc(*p, out->file);
	}
	putc('"', out->file);
}

void
out_number(struct out_file *out, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, number);
	out_text(out, text);
}

void
out_money(struct out_file *out, int64_t pence)
{
	char text[32];

	money_format(pence, text);
	out_text(out, text);
}

void
out_row_end(struct out_file *out)
{
	putc('\n', out->file);
	out->fields = 0;
	out->rows++;
}

void
out_close(struct out_file *out)
{
	int failed = ferror(out->file);

	if (fclose(out->file) != 0 || failed)
		out_die("cannot write %s: %s", out->path, strerror(errno));
	out->file = NULL;
}
