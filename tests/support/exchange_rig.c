/* See exchange_rig.h. */
#include "tests/support/exchange_rig.h"

#include "adapters/exchange/exchange.h"

#include <fcntl.h>
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

struct layouts *xrig_layouts(void)
{
	struct layouts *all = NULL;
	struct problems p;

	problems_init(&p);
	int err = exchange_files.layouts_load("specs/layouts", "schemas", &p, &all);
	problems_print(&p, stderr);
	must(err == 0 && p.warnings == 0, "specs/layouts");
	problems_free(&p);
	return all;
}

void xrig_folder(char out[64])
{
	strcpy(out, "/tmp/osame-exchange-XXXXXX");
	must(mkdtemp(out) != NULL, out);
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
	strcpy(out_path, "/tmp/osame-exchange-XXXXXX");
	int fd = mkstemp(out_path);

	must(fd >= 0, out_path);
	write_all(fd, p, n);
}
