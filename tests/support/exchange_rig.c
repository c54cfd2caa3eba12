/* See exchange_rig.h. */
#include "tests/support/exchange_rig.h"

#include "tests/support/temp.h"

#include "adapters/exchange/exchange.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static struct layouts *layouts_of(const char *dir)
{
	struct layouts *all = NULL;
	struct problems p;

	problems_init(&p);
	int err = exchange_files.layouts_load(dir, "schemas", &p, &all);
	problems_print(&p, stderr);
	must(err == 0 && p.warnings == 0, dir);
	problems_free(&p);
	return all;
}

struct layouts *xrig_layouts(void)
{
	return layouts_of("specs/layouts");
}

/* The text with its encoding changed: each layout names it once. */
void xrig_layout_cp932(const char *from, const char *to)
{
	static const char utf8[] = "encoding=\"UTF-8\"", bom[] = "bom=\"";
	static char text[1 << 16], out[1 << 16];
	FILE *f = fopen(from, "r");

	must(f != NULL, from);
	size_t n = fread(text, 1, sizeof text - 1, f);
	must(n < sizeof text - 1 && fclose(f) == 0, from);
	text[n] = '\0';
	char *file = strstr(text, "<file ");
	must(file != NULL, from);
	char *at = strstr(file, utf8), *mark = strstr(file, bom);
	must(at && mark && mark > at, from);
	char *rest = strchr(mark + sizeof bom - 1, '"') + 1;
	bool goes_out = strstr(file, " name=\"{") != NULL;
	snprintf(out, sizeof out, "%.*sencoding=\"CP932\"%s%s", (int)(at - text), text,
		 goes_out ? " missing=\"geta\"" : "", rest);
	xrig_write(to, out, strlen(out));
}

struct layouts *xrig_layouts_cp932(void)
{
	char dir[64], path[512];
	glob_t found = {0};

	xrig_folder(dir);
	must(glob("specs/layouts/*.xml", 0, NULL, &found) == 0, "specs/layouts");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, strrchr(found.gl_pathv[i], '/') + 1);
		xrig_layout_cp932(found.gl_pathv[i], path);
	}
	struct layouts *all = layouts_of(dir);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, strrchr(found.gl_pathv[i], '/') + 1);
		must(unlink(path) == 0, path);
	}
	must(rmdir(dir) == 0, dir);
	globfree(&found);
	return all;
}

void xrig_folder(char out[64])
{
	temp_folder(out, "exchange");
}

static void write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);
		must(w > 0, "write");
		p += w;
		n -= (size_t)w;
	}
	must(close(fd) == 0, "close");
}

void xrig_write(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0, path);
	write_all(fd, p, n);
}

void xrig_file(const void *p, size_t n, char out_path[64])
{
	temp_file(out_path, "exchange", p, n);
}
