/* See temp.h. */
#include "tests/support/temp.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static void template(char out[TEMP_MAX], const char *name)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(out, TEMP_MAX, "%s/osame-%s-XXXXXX", tmp && *tmp ? tmp : "/tmp", name);
	must(n > 0 && n < TEMP_MAX, "TMPDIR is too long");
}

void temp_folder(char out[TEMP_MAX], const char *name)
{
	template(out, name);
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

void temp_file(char out[TEMP_MAX], const char *name, const void *bytes, size_t n)
{
	template(out, name);
	int fd = mkostemp(out, O_CLOEXEC);
	must(fd >= 0, out);
	write_all(fd, bytes, n);
}

void temp_write(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0, path);
	write_all(fd, bytes, n);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void temp_remove(const char *folder)
{
	must(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, folder);
}
