/* See days.h. Listing goes by openat(), so that a folder that is replaced by a link meanwhile is
 * not followed: who looks may be an auditor with rights that the archive's owner has not. */
#include "engine/archive/days.h"

#include "engine/archive/manifest.h"
#include "engine/full_io.h"
#include "spool/afile.h"
#include "spool/name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_DAYS = 36600 };

void day_folder(int32_t day, char out[16])
{
	struct civil c = civil_from_day(day);
	snprintf(out, 16, "%04u/%02u/%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100,
		 (unsigned)c.day % 100);
}

int day_path(const char *root, int32_t day, const char *name, char out[MAX_PATH_BYTES])
{
	char folder[16];
	day_folder(day, folder);
	int n = snprintf(out, MAX_PATH_BYTES, "%s/%s%s%s", root, folder, name ? "/" : "",
			 name ? name : "");
	return n > 0 && n < MAX_PATH_BYTES ? 0 : E_LIMIT;
}

static int open_folder(int at, const char *name, DIR **ret)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? E_NOTFOUND : E_IO;
	*ret = fdopendir(fd);
	if (*ret)
		return 0;
	close(fd);
	return E_NOMEM;
}

/* ---- days ---- */

static bool digits(const char *s, size_t n, int *ret)
{
	if (strlen(s) != n || strspn(s, "0123456789") != n)
		return false;
	*ret = atoi(s);
	return true;
}

struct walk {
	struct days *days;
	size_t cap;
	int part[3]; /* year, month, day */
};

static int add_day(struct walk *w)
{
	int32_t day;
	if (!civil_day_of(w->part[0], w->part[1], w->part[2], &day))
		return 0;
	if (w->days->n == MOST_DAYS)
		return E_LIMIT;
	if (w->days->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 128;
		int32_t *list = realloc(w->days->list, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		w->days->list = list;
		w->cap = cap;
	}
	w->days->list[w->days->n++] = day;
	return 0;
}

static int walk(struct walk *w, int at, const char *name, int depth)
{
	static const size_t width[] = {4, 2, 2};
	DIR *dir;
	struct dirent *entry;
	int err = open_folder(at, name, &dir);
	if (err)
		return err;
	while (!err && (entry = readdir(dir)) != NULL) {
		if (!digits(entry->d_name, width[depth], &w->part[depth]))
			continue;
		if (depth < 2)
			err = walk(w, dirfd(dir), entry->d_name, depth + 1);
		else
			err = add_day(w);
		if (err == E_NOTFOUND)
			err = 0; /* no folder: nothing of ours */
	}
	closedir(dir);
	return err;
}

static int by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

int days_list(const char *root, struct days *ret)
{
	struct walk w = {.days = ret};
	*ret = (struct days){0};
	int err = walk(&w, AT_FDCWD, root, 0);
	if (err) {
		days_free(ret);
		return err;
	}
	if (ret->n)
		qsort(ret->list, ret->n, sizeof *ret->list, by_day);
	return 0;
}

void days_free(struct days *d)
{
	free(d->list);
	*d = (struct days){0};
}

/* ---- the files of a day ---- */

static int add_file(struct day_files *f, const char *class_name, const char *name,
		    const struct stat *st, bool odd)
{
	size_t size = strlen(class_name) + strlen(name) + 2;
	if (f->n == MAX_ARCHIVE_FILES)
		return E_LIMIT;
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 64;
		struct day_file *list = realloc(f->list, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		f->list = list;
		f->cap = cap;
	}
	char *path = malloc(size);
	if (!path)
		return E_NOMEM;
	snprintf(path, size, "%s%s%s", class_name, *class_name ? "/" : "", name);
	bool temporary = afile_is_temporary(name) && S_ISREG(st->st_mode);
	f->list[f->n++] = (struct day_file){
	    .path = path, .size = st->st_size, .odd = odd || temporary, .temporary = temporary};
	return 0;
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int list_class(struct day_files *f, int at, const char *class_name)
{
	DIR *dir;
	struct dirent *entry;
	struct stat st;
	int err = open_folder(at, class_name, &dir);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	while (!err && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		if (is_dot(name) || fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		err =
		    add_file(f, class_name, name, &st, !S_ISREG(st.st_mode) || !name_is_safe(name));
	}
	closedir(dir);
	return err;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

/* Manifest, certificates, and their signatures. */
static bool is_ours(const char *name)
{
	if (strcmp(name, MANIFEST_NAME) == 0 || strcmp(name, MANIFEST_NAME SIGNATURE_SUFFIX) == 0)
		return true;
	return strncmp(name, CERTIFICATE_PREFIX, strlen(CERTIFICATE_PREFIX)) == 0 &&
	       (ends_with(name, CERTIFICATE_SUFFIX) ||
		ends_with(name, CERTIFICATE_SUFFIX SIGNATURE_SUFFIX));
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct day_file *)a)->path, ((const struct day_file *)b)->path);
}

/* A folder that could be a class; spaces would blur the manifest's "# class" lines. */
static bool is_class(const char *name, const struct stat *st)
{
	return S_ISDIR(st->st_mode) && name_is_safe(name) && strlen(name) < MAX_ID &&
	       !strchr(name, ' ');
}

static int open_day(const char *root, int32_t day, DIR **ret)
{
	char folder[MAX_PATH_BYTES];
	int err = day_path(root, day, NULL, folder);
	return err ? err : open_folder(AT_FDCWD, folder, ret);
}

int day_files(const char *root, int32_t day, struct day_files *ret)
{
	DIR *dir;
	struct dirent *entry;
	struct stat st;
	*ret = (struct day_files){0};
	int err = open_day(root, day, &dir);
	if (err)
		return err;
	while (!err && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		if (is_dot(name) || is_ours(name) ||
		    fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		err = is_class(name, &st) ? list_class(ret, dirfd(dir), name)
					  : add_file(ret, "", name, &st, true);
	}
	closedir(dir);
	if (err) {
		day_files_free(ret);
		return err;
	}
	if (ret->n)
		qsort(ret->list, ret->n, sizeof *ret->list, by_path);
	return 0;
}

void day_files_free(struct day_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->list[i].path);
	free(f->list);
	*f = (struct day_files){0};
}

int day_certificates(const char *root, int32_t day, struct day_classes *ret)
{
	size_t before = strlen(CERTIFICATE_PREFIX), after = strlen(CERTIFICATE_SUFFIX);
	DIR *dir;
	struct dirent *entry;
	ret->n = 0;
	int err = open_day(root, day, &dir);
	if (err)
		return err;
	while ((entry = readdir(dir)) != NULL && ret->n < MAX_ARCHIVE_CLASSES) {
		const char *name = entry->d_name;
		size_t n = strlen(name);
		if (strncmp(name, CERTIFICATE_PREFIX, before) != 0 ||
		    !ends_with(name, CERTIFICATE_SUFFIX) || n <= before + after ||
		    n - before - after >= MAX_ID)
			continue;
		char *class_name = ret->list[ret->n++];
		memcpy(class_name, name + before, n - before - after);
		class_name[n - before - after] = '\0';
	}
	closedir(dir);
	return 0;
}

/* ---- small files ---- */

int day_slurp(const char *path, size_t most, char **ret_text, size_t *ret_n)
{
	struct stat st;
	char *text = NULL;
	size_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? E_NOTFOUND : E_IO;
	int err = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? 0 : E_IO;
	if (!err && (uint64_t)st.st_size > most)
		err = E_LIMIT;
	if (!err && !(text = malloc((size_t)st.st_size + 1)))
		err = E_NOMEM;
	if (!err)
		err = read_full(fd, text, (size_t)st.st_size, &n);
	close(fd);
	if (err) {
		free(text);
		return err;
	}
	text[n] = '\0';
	*ret_text = text;
	*ret_n = n;
	return 0;
}
