/* See files.h. */
#include "console/files.h"

#include "adapters/sign/digest.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *type_of(const char *path)
{
	static const struct {
		const char *end, *type;
	} types[] = {{".html", "text/html; charset=utf-8"},
		     {".js", "text/javascript; charset=utf-8"},
		     {".css", "text/css; charset=utf-8"},
		     {".json", "application/json"},
		     {".svg", "image/svg+xml"},
		     {".png", "image/png"},
		     {".woff2", "font/woff2"}};
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
		if (strcmp(dot, types[i].end) == 0)
			return types[i].type;
	return NULL; /* a licence, a note: not served */
}

static void tag_of(struct page *p)
{
	struct sha256_state s;
	uint8_t hash[32];
	char hex[17];
	digest_sodium.sha256_begin(&s);
	digest_sodium.sha256_add(&s, p->bytes, p->n);
	digest_sodium.sha256_end(&s, hash);
	digest_hex(hash, 8, hex);
	snprintf(p->tag, sizeof p->tag, "\"%s\"", hex);
}

static int take(const char *folder, const FTSENT *at, struct files *f)
{
	const char *type = type_of(at->fts_path);
	if (!type)
		return 0;
	if (f->n == MAX_PAGES || at->fts_statp->st_size > MAX_PAGE_BYTES)
		return E_LIMIT;
	struct page *p = &f->list[f->n++];
	FILE *from = fopen(at->fts_accpath, "re");
	p->type = type;
	p->path = strdup(at->fts_path + strlen(folder));
	p->n = (size_t)at->fts_statp->st_size;
	p->bytes = malloc(p->n + 1);
	int err = !from ? E_IO : !p->path || !p->bytes ? E_NOMEM : 0;
	if (!err && fread(p->bytes, 1, p->n, from) != p->n)
		err = E_IO;
	if (from)
		fclose(from);
	if (!err)
		tag_of(p);
	return err;
}

int files_add(struct files *f, const char *path, const char *type, char *bytes, size_t n)
{
	char *name = strdup(path);
	if (!name || f->n == MAX_PAGES) {
		free(name);
		free(bytes);
		return name ? E_LIMIT : E_NOMEM;
	}
	struct page *p = &f->list[f->n++];
	*p = (struct page){.path = name, .type = type, .bytes = bytes, .n = n};
	tag_of(p);
	return 0;
}

int files_load(const char *folder, struct problems *problems, struct files *ret)
{
	char *root = strdup(folder);
	char *paths[] = {root, NULL};
	int err = root ? 0 : E_NOMEM;
	for (size_t n = root ? strlen(root) : 0; n > 1 && root[n - 1] == '/'; n--)
		root[n - 1] = '\0';
	FTS *walk = err ? NULL : fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *at;
	while (walk && !err && (at = fts_read(walk)) != NULL)
		if (at->fts_info == FTS_F)
			err = take(root, at, ret);
	if (walk)
		fts_close(walk);
	free(root);
	if (err || !files_find(ret, "/")) {
		problems_error(problems, folder, 0, "%s",
			       err ? err_str(err) : "has no index.html: make web makes the pages");
		return E_INVALID;
	}
	return 0;
}

void files_free(struct files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].path);
		free(f->list[i].bytes);
	}
	f->n = 0;
}

const struct page *files_find(const struct files *f, const char *path)
{
	const char *name = strcmp(path, "/") == 0 ? "/index.html" : path;
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].path, name) == 0)
			return &f->list[i];
	return NULL;
}
