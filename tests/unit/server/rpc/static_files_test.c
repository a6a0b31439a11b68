/* Which names a path may mean, and what they are. */
#include <criterion/criterion.h>

#include "server/rpc/static_files.h"

Test(static_files, never_leave_the_folder_by_name)
{
	static const struct {
		const char *path, *name; /* NULL: refused */
	} cases[] = {
	    {"/", "index.html"},
	    {"/app.js", "app.js"},
	    {"/a/b/c.css?v=1", "a/b/c.css"},
	    {"/a/", "a/index.html"},
	    {"/a%20b.txt", "a b.txt"},
	    {"/..", NULL},
	    {"/../etc/passwd", NULL},
	    {"/a/../b", NULL},
	    {"/%2e%2e/etc/passwd", NULL},
	    {"/a/%2E%2E/b", NULL},
	    {"/..%2fetc/passwd", NULL},
	    {"//etc/passwd", NULL},
	    {"/a//b", NULL},
	    {"/.git/config", NULL},
	    {"/a/.env", NULL},
	    {"/a\\..\\b", NULL},
	    {"/%5c", NULL},
	    {"/a%00.js", NULL},
	    {"/a%0a", NULL},
	    {"/%", NULL},
	    {"/%4", NULL},
	    {"/%zz", NULL},
	    {"*", NULL},
	    {"", NULL},
	    {"/0123456789012345678901234567890123456789", NULL},
	};
	char name[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool ok = static_files_name(cases[i].path, name, sizeof(name));

		cr_expect_eq(ok, cases[i].name != NULL, "%s", cases[i].path);
		if (ok && cases[i].name != NULL)
			cr_expect_str_eq(name, cases[i].name);
	}
}

Test(static_files, have_a_type_by_their_ending)
{
	cr_expect_str_eq(static_files_type("index.html"), "text/html; charset=utf-8");
	cr_expect_str_eq(static_files_type("a.min.js"), "text/javascript; charset=utf-8");
	cr_expect_str_eq(static_files_type("x.html.exe"), "application/octet-stream");
	cr_expect_str_eq(static_files_type("LICENSE"), "application/octet-stream");
}
