/*
 * openat2 with RESOLVE_BENEATH lets the kernel refuse every way out of the folder, symbolic links
 * included. Who asks needs no certificate, so what a reply costs while its client reads nothing is
 * little: a piece of the file and no descriptor.
 */
#include "server/rpc/static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/hex.h"
#include "common/memory.h"
#include "server/rpc/callers.h"

#define NAME_SIZE 1024
#define CHUNK_SIZE H2_STREAM_LOW
#define ETAG_SIZE 48

struct static_files {
	int folder; /* descriptor */
};

struct file_reply {
	struct rpc_stream base;
	struct h2_stream *stream;
	const struct static_files *files;
	struct callers *callers;
	struct caller *caller;
	struct stat info;
	off_t left; /* bytes not yet written */
	char name[];
};

static const struct {
	const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".txt", "text/plain; charset=utf-8"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
};

struct static_files *
static_files_new(const char *folder, struct status *status)
{
	struct static_files *files;
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		status_set(status, STATUS_FAILED_PRECONDITION, NULL, NULL, NULL,
		    "cannot open the folder of static files: %s", strerror(errno));
		return NULL;
	}
	files = memory_calloc(1, sizeof(*files));
	files->folder = fd;
	return files;
}

void
static_files_free(struct static_files *files)
{
	if (files == NULL)
		return;
	close(files->folder);
	free(files);
}

/* One character of a path, percent-decoded; -1 at one that no name here may have. */
static int
next_character(const char **path)
{
	int c = (unsigned char)**path;

	if (c == '%') {
		int high = hex_digit_value((*path)[1]);
		int low = high < 0 ? -1 : hex_digit_value((*path)[2]);

		if (low < 0)
			return -1;
		c = high * 16 + low;
		*path += 2;
	}
	(*path)++;
	return c < ' ' || c == 0x7f || c == '\\' ? -1 : c;
}

/* No part is empty, and none begins with a dot: that covers "." and ".." and hidden files. */
static bool
parts_valid(const char *name)
{
	if (*name == '.' || *name == '/' || strstr(name, "/.") != NULL ||
	    strstr(name, "//") != NULL)
		return false;
	return true;
}

bool
static_files_name(const char *path, char *name, size_t size)
{
	static const char index_name[] = "index.html";
	size_t length = 0;

	if (*path++ != '/')
		return false;
	while (*path != '\0' && *path != '?' && *path != '#') {
		int c = next_character(&path);

		if (c < 0 || length + 1 >= size)
			return false;
		name[length++] = (char)c;
	}
	name[length] = '\0';
	if (!parts_valid(name))
		return false;
	if (length > 0 && name[length - 1] != '/')
		return true;
	if (length + sizeof(index_name) > size)
		return false;
	memcpy(name + length, index_name, sizeof(index_name));
	return true;
}

const char *
static_files_type(const char *name)
{
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(ending, types[i].ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static int
open_beneath(const struct static_files *files, const char *name, struct stat *info)
{
	/* O_NONBLOCK: a FIFO put there must not stop the loop; it is refused below. */
	struct open_how how = {
	    .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, files->folder, name, &how, sizeof(how));

	if (fd >= 0 && (fstat(fd, info) != 0 || !S_ISREG(info->st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Takes over fd, which may be -1. A file that is another by now cannot keep what was promised. */
static void
write_chunk(struct file_reply *reply, int fd)
{
	char chunk[CHUNK_SIZE];
	size_t wanted = reply->left < CHUNK_SIZE ? (size_t)reply->left : CHUNK_SIZE;
	ssize_t got = -1;

	if (fd >= 0) {
		got = pread(fd, chunk, wanted, reply->info.st_size - reply->left);
		close(fd);
	}
	if (got != (ssize_t)wanted) {
		reply->left = 0;
		h2_stream_reset(reply->stream, 2 /* INTERNAL_ERROR */);
		return;
	}
	h2_stream_write(reply->stream, chunk, wanted);
	reply->left -= got;
	if (reply->left == 0)
		h2_stream_finish(reply->stream, NULL, 0);
}

static bool
is_same_file(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_size == other->st_size &&
	       one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

static void
reply_data(struct rpc_stream *stream, const uint8_t *data, size_t length)
{
	(void)data;
	h2_stream_consume(((struct file_reply *)stream)->stream, length);
}

static void
reply_end(struct rpc_stream *stream)
{
	(void)stream;
}

static void
reply_drained(struct rpc_stream *stream)
{
	struct file_reply *reply = (struct file_reply *)stream;
	struct stat info;
	int fd;

	if (reply->left == 0)
		return;
	fd = open_beneath(reply->files, reply->name, &info);
	if (fd >= 0 && !is_same_file(&info, &reply->info)) {
		close(fd);
		fd = -1;
	}
	write_chunk(reply, fd);
}

static void
reply_closed(struct rpc_stream *stream)
{
	struct file_reply *reply = (struct file_reply *)stream;

	callers_release(reply->callers, reply->caller, 0);
	free(reply);
}

static const struct rpc_stream_ops reply_ops = {
    .data = reply_data,
    .end = reply_end,
    .drained = reply_drained,
    .closed = reply_closed,
};

static void
respond(struct h2_stream *stream, int http_status, const char *name, const struct stat *info,
    const char *etag, bool end)
{
	struct h2_header headers[HTTP_COMMON_HEADERS + 3];
	char length[24];
	size_t count = HTTP_COMMON_HEADERS;

	memcpy(headers, http_common_headers, sizeof(http_common_headers));
	headers[count++] = (struct h2_header){"etag", etag};
	if (http_status == 200) {
		snprintf(length, sizeof(length), "%jd", (intmax_t)info->st_size);
		headers[count++] = (struct h2_header){"content-length", length};
		headers[count++] = (struct h2_header){"content-type", static_files_type(name)};
	}
	h2_stream_respond(stream, http_status, headers, count, end);
}

static struct file_reply *
reply_new(const struct static_files *files, struct callers *callers, struct caller *caller,
    struct h2_stream *stream, const char *name)
{
	size_t length = strlen(name) + 1;
	struct file_reply *reply = memory_calloc(1, sizeof(*reply) + length);

	reply->base.ops = &reply_ops;
	reply->stream = stream;
	reply->files = files;
	reply->callers = callers;
	reply->caller = caller;
	memcpy(reply->name, name, length);
	return reply;
}

/* Takes over fd, of the file that the reply is of. */
static void
begin_reply(struct file_reply *reply, int fd, const struct h2_request *request)
{
	const struct stat *info = &reply->info;
	const char *known = http_header(request, "if-none-match");
	bool head = strcmp(request->method, "HEAD") == 0;
	char etag[ETAG_SIZE];

	snprintf(etag, sizeof(etag), "\"%jx-%lx-%jx\"", (intmax_t)info->st_mtim.tv_sec,
	    (unsigned long)info->st_mtim.tv_nsec, (intmax_t)info->st_size);
	if (known != NULL && strstr(known, etag) != NULL) {
		respond(reply->stream, 304, reply->name, info, etag, true);
		close(fd);
		return;
	}
	respond(reply->stream, 200, reply->name, info, etag, head);
	if (head) {
		close(fd);
		return;
	}
	reply->left = info->st_size;
	write_chunk(reply, fd);
}

struct rpc_stream *
static_files_serve(const struct static_files *files, struct callers *callers,
    struct h2_stream *stream, const struct h2_request *request)
{
	struct file_reply *reply;
	struct caller *caller;
	char name[NAME_SIZE];
	struct stat info;
	int fd;

	if (files == NULL || !static_files_name(request->path, name, sizeof(name)))
		return http_answer(stream, request, 404, "not found\n");
	caller = callers_take(callers, "", request->peer->network);
	if (caller == NULL || h2_stream_room(stream) < CHUNK_SIZE) {
		if (caller != NULL)
			callers_release(callers, caller, 0);
		return http_answer(stream, request, 429, "too many requests at a time\n");
	}
	fd = open_beneath(files, name, &info);
	if (fd < 0) {
		callers_release(callers, caller, 0);
		return http_answer(stream, request, 404, "not found\n");
	}
	reply = reply_new(files, callers, caller, stream, name);
	reply->info = info;
	begin_reply(reply, fd, request);
	return &reply->base;
}
