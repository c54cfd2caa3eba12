/* See corpus.h. */
#include "tests/support/corpus.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 17, FILES_LEAST = 4 };

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "corpus: %s\n", what);
	abort();
}

static void piece(const uint8_t *bytes, size_t n, int (*target)(const uint8_t *, size_t))
{
	uint8_t *exact = malloc(n ? n : 1);
	must(exact != NULL, "no memory");
	memcpy(exact, bytes, n);
	must(target(exact, n) == 0, "the target wants an input forgotten");
	free(exact);
}

static void file(const char *path, int (*target)(const uint8_t *, size_t), size_t cuts)
{
	static uint8_t bytes[FILE_MAX];
	FILE *f = fopen(path, "rbe");
	must(f != NULL, path);
	size_t n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	size_t step = cuts ? n / cuts + 1 : 1;
	for (size_t cut = 0; cut < n; cut += step)
		piece(bytes, cut, target);
	piece(bytes, n, target);
}

void corpus_run(const char *name, int (*target)(const uint8_t *, size_t), size_t cuts)
{
	char folder[128], path[512];
	int files = 0;

	snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name);
	DIR *d = opendir(folder);
	must(d != NULL, folder);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		file(path, target, cuts);
		files++;
	}
	closedir(d);
	must(files >= FILES_LEAST, folder);
}
