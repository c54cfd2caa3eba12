/* See keep.h. Files are read whole and copied, never linked: somebody who edits a spec in place
 * would change the archive with it. */
#include "engine/turn/keep.h"

#include "engine/archive/days.h"
#include "engine/archive/sum.h"
#include "engine/log.h"
#include "engine/plan/civil.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_PREFIX "versions-"
enum { MOST_FILES = 5000, MOST_BYTES = MAX_SOUND_FILE, DEPTH = 4, HALF = 16 };

struct version {
	char *name, *path; /* "specs/campaigns/x.xml", and where it lies */
	char sha256[65];
};

struct keeping {
	const struct archiver_config *c;
	size_t n;
	struct version *list;
	char *config; /* the configuration without its secrets */
	size_t n_config;
	char *why;
};

static int add(struct keeping *k, const char *name, const char *path, const void *p, size_t n)
{
	if (k->n == MOST_FILES)
		return E_LIMIT;
	struct version *list = realloc(k->list, (k->n + 1) * sizeof *list);
	if (!list)
		return E_NOMEM;
	k->list = list;
	struct version *v = &list[k->n++];
	v->name = strdup(name);
	v->path = strdup(path);
	sum_bytes(k->c->ports->digest, p, n, v->sha256);
	return v->name && v->path ? 0 : E_NOMEM;
}

static int slurp(struct keeping *k, const char *path, char **ret, size_t *ret_n)
{
	int err = day_slurp(path, MOST_BYTES, ret, ret_n);
	if (err)
		snprintf(k->why, MAX_WORDS, "%.400s: %s", path, err_str(err));
	return err;
}

/* ---- what is in force ---- */

static int walk(struct keeping *k, const char *name, const char *path, int depth)
{
	struct dirent **list;
	int err = 0, n = scandir(path, &list, NULL, alphasort);
	if (n < 0)
		return E_IO;
	for (int i = 0; i < n; i++) {
		char below[MAX_PATH_BYTES], shown[MAX_PATH_BYTES], *text = NULL;
		struct stat st;
		size_t size;
		bool ok = !err && list[i]->d_name[0] != '.' &&
			  snprintf(below, sizeof below, "%s/%s", path, list[i]->d_name) <
			      (int)sizeof below &&
			  snprintf(shown, sizeof shown, "%s/%s", name, list[i]->d_name) <
			      (int)sizeof shown &&
			  stat(below, &st) == 0;
		if (ok && S_ISDIR(st.st_mode) && depth > 0)
			err = walk(k, shown, below, depth - 1);
		else if (ok && S_ISREG(st.st_mode) && !(err = slurp(k, below, &text, &size)))
			err = add(k, shown, below, text, size);
		free(text);
		free(list[i]);
	}
	free(list);
	return err;
}

/* Bytewise, whatever order the folders were walked in. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct version *)a)->name, ((const struct version *)b)->name);
}

static int find_all(struct keeping *k)
{
	const struct config *config = k->c->config;
	int err = walk(k, "specs", config->engine.specs, DEPTH);
	if (err)
		return err;
	err = config_redacted(config->path, &k->config, &k->n_config);
	if (!err)
		err = add(k, "osame.conf", "", k->config, k->n_config);
	else if (err == E_NOTFOUND)
		err = 0; /* the configuration was read from no file */
	if (!err && k->n)
		qsort(k->list, k->n, sizeof *k->list, by_name);
	return err;
}

static int write_list(const struct keeping *k, char **ret, size_t *ret_n)
{
	FILE *to = open_memstream(ret, ret_n);
	if (!to)
		return E_NOMEM;
	for (size_t i = 0; i < k->n; i++)
		fprintf(to, "%s  %s\n", k->list[i].sha256, k->list[i].name);
	return fclose(to) == 0 ? 0 : E_NOMEM;
}

/* ---- the newest list in the archive ---- */

static const char *newest_of(const struct day_files *files)
{
	static const char begin[] = CLASS_CONFIGURATION "/" LIST_PREFIX;
	for (size_t i = files->n; i > 0; i--) /* the time is in the name: the last is the newest */
		if (!files->list[i - 1].odd &&
		    strncmp(files->list[i - 1].path, begin, sizeof begin - 1) == 0)
			return files->list[i - 1].path;
	return NULL;
}

/* *ret stays NULL if there is none. */
static int newest_list(const char *root, char **ret)
{
	struct days days;
	size_t n;
	*ret = NULL;
	int err = days_list(root, &days);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	for (size_t i = days.n; !err && !*ret && i > 0; i--) {
		char path[MAX_PATH_BYTES];
		struct day_files files;
		err = day_files(root, days.list[i - 1], &files);
		const char *name = err ? NULL : newest_of(&files);
		if (name)
			err = day_path(root, days.list[i - 1], name, path);
		if (!err && name)
			err = day_slurp(path, MOST_BYTES, ret, &n);
		day_files_free(&files);
	}
	days_free(&days);
	return err;
}

/* ---- keeping ---- */

static void local_name(const struct version *v, char out[MAX_FILE_NAME])
{
	int n = snprintf(out, MAX_FILE_NAME, "%.*s.%.200s", HALF, v->sha256, v->name);
	for (int i = 0; i < n && out[i]; i++)
		if (out[i] == '/' || out[i] == '\\' || (unsigned char)out[i] < 0x20)
			out[i] = '_';
}

static int keep_one(struct keeping *k, const struct version *v, const char *day)
{
	char name[MAX_FILE_NAME], *text = NULL, hex[65];
	size_t n;
	local_name(v, name);
	if (!*v->path)
		return spool_archive_text(k->c->spool, day, CLASS_CONFIGURATION, name, k->config,
					  k->n_config);
	int err = slurp(k, v->path, &text, &n);
	if (!err) {
		sum_bytes(k->c->ports->digest, text, n, hex);
		/* edited since it was listed: the list that follows must not lie */
		err = strcmp(hex, v->sha256) == 0 ? 0 : E_AGAIN;
	}
	if (!err)
		err = spool_archive_text(k->c->spool, day, CLASS_CONFIGURATION, name, text, n);
	free(text);
	return err;
}

static bool has_line(const char *list, const struct version *v)
{
	char line[MAX_PATH_BYTES + 80];
	size_t n = (size_t)snprintf(line, sizeof line, "%s  %s\n", v->sha256, v->name);
	for (const char *p = list; p && (p = strstr(p, line)) != NULL; p += n)
		if (p == list || p[-1] == '\n')
			return true;
	return false;
}

static int keep_new(struct keeping *k, const char *before, const char *list, size_t n,
		    int32_t today, int64_t now_ms)
{
	struct civil t = civil_from_ms(now_ms);
	char day[16], name[MAX_FILE_NAME], hex[65];
	size_t copied = 0;
	int err = 0;
	day_folder(today, day);
	for (size_t i = 0; i < k->n && !err; i++)
		if (!has_line(before, &k->list[i])) {
			err = keep_one(k, &k->list[i], day);
			copied++;
		}
	if (err)
		return err;
	sum_bytes(k->c->ports->digest, list, n, hex);
	snprintf(name, sizeof name, LIST_PREFIX "%02d%02d%02d%03d-%.*s.sha256", t.hour, t.minute,
		 t.second, (int)(now_ms % 1000), HALF, hex);
	err = spool_archive_text(k->c->spool, day, CLASS_CONFIGURATION, name, list, n);
	if (!err)
		log_info("event=versions-kept files=%zu new=%zu list=%s", k->n, copied, name);
	return err;
}

int keep_versions(const struct archiver_config *c, int32_t today, int64_t now_ms,
		  char why[MAX_WORDS])
{
	struct keeping k = {.c = c, .why = why};
	char root[MAX_PATH_BYTES], *list = NULL, *before = NULL;
	size_t n;
	snprintf(root, sizeof root, "%s/%s", spool_root(c->spool), spool_kind_name(SPOOL_ARCHIVE));
	int err = find_all(&k);
	if (!err)
		err = write_list(&k, &list, &n);
	if (!err)
		err = newest_list(root, &before);
	if (!err && (!before || strcmp(before, list) != 0))
		err = keep_new(&k, before, list, n, today, now_ms);
	for (size_t i = 0; i < k.n; i++) {
		free(k.list[i].name);
		free(k.list[i].path);
	}
	free(k.list);
	free(k.config);
	free(list);
	free(before);
	return err;
}
