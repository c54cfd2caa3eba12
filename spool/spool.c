/*
 * See spool.h: opening, paths, moves and counts. The sweep is in spool/sweep.c,
 * the archive in spool/archive.c.
 */
#include "spool/spool.h"

#include "engine/log.h"
#include "spool/afile.h"
#include "spool/tree.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const kind_names[SPOOL_KINDS] = {
    [SPOOL_ARRIVING] = "arriving", [SPOOL_RECEIVED] = "received", [SPOOL_TAKEN] = "taken",
    [SPOOL_REFUSED] = "refused",   [SPOOL_OUTGOING] = "outgoing", [SPOOL_SENT] = "sent",
    [SPOOL_ARCHIVE] = "archive",   [SPOOL_TMP] = "tmp",           [SPOOL_ODD] = "odd",
};

const char *spool_kind_name(enum spool_kind kind)
{
	return kind >= 0 && kind < SPOOL_KINDS ? kind_names[kind] : "none";
}

const char *spool_root(const struct spool *s)
{
	return s->root;
}

int tree_path(const struct spool *s, enum spool_kind kind, const char *name,
	      char out[MAX_PATH_BYTES])
{
	int n = snprintf(out, MAX_PATH_BYTES, "%s/%s%s%s", s->root, kind_names[kind],
			 name ? "/" : "", name ? name : "");
	return n < 0 || n >= MAX_PATH_BYTES ? E_LIMIT : 0;
}

int tree_make_folder(const char *path)
{
	char parent[MAX_PATH_BYTES];

	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		log_error("event=mkdir-failed path=%s errno=%d", path, errno);
		return errno == ENOSPC ? E_NOSPC : errno == ENOENT ? E_NOTFOUND : E_IO;
	}
	/* Also when it was there: an earlier start may have died between mkdir and sync. */
	snprintf(parent, sizeof parent, "%s", path);
	char *slash = strrchr(parent, '/');
	if (!slash)
		return afile_fsync_dir(".");
	*(slash == parent ? slash + 1 : slash) = 0;
	return afile_fsync_dir(parent);
}

/* Personal data lies here: a folder that others may enter is a set-up error, not ours to mend
 * silently (whoever opened it may have read it). */
static int check_folder(const struct spool *s, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return E_IO;
	if (!S_ISDIR(st.st_mode)) {
		log_error("event=spool-refused path=%s why=\"not a folder\"", path);
		return E_INVALID;
	}
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		log_error("event=spool-refused path=%s uid=%lu mode=%03o why=\"must be owned by "
			  "the engine's user and closed to others: chown, chmod 700\"",
			  path, (unsigned long)st.st_uid, st.st_mode & 0777u);
		return E_DENIED;
	}
	if (s->device_known && st.st_dev != s->device) {
		log_error("event=spool-refused path=%s why=\"on another file system than the "
			  "spool: a rename could not move files there\"",
			  path);
		return E_INVALID;
	}
	return 0;
}

static int open_tree(struct spool *s)
{
	char path[MAX_PATH_BYTES];
	struct stat st;
	int err = tree_make_folder(s->root);

	if (err == 0)
		err = check_folder(s, s->root);
	if (err)
		return err;
	/* Held by the descriptor: it ends with the process, however that ends. */
	s->lock_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock_fd < 0 || fstat(s->lock_fd, &st) < 0)
		return E_IO;
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? E_AGAIN : E_IO;
	s->device = st.st_dev;
	s->device_known = true;
	for (int kind = 0; err == 0 && kind < SPOOL_KINDS; kind++) {
		err = tree_path(s, (enum spool_kind)kind, NULL, path);
		if (err == 0)
			err = tree_make_folder(path);
		if (err == 0)
			err = check_folder(s, path);
	}
	return err;
}

int spool_open(const char *root, struct spool **ret_spool)
{
	struct spool *s = calloc(1, sizeof *s);
	size_t n = strlen(root);

	if (!s)
		return E_NOMEM;
	s->lock_fd = -1;
	while (n > 1 && root[n - 1] == '/')
		n--;
	int err = n == 0 || n >= sizeof s->root ? E_LIMIT : 0;
	if (err == 0) {
		memcpy(s->root, root, n);
		err = open_tree(s);
	}
	if (err) {
		spool_close(s);
		return err;
	}
	*ret_spool = s;
	return 0;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s);
}

int spool_path(const struct spool *s, enum spool_kind kind, uint32_t id, const char *name,
	       char out[MAX_PATH_BYTES])
{
	char local[NAME_LOCAL_MOST];
	name_local(id, name, local);
	return tree_path(s, kind, local, out);
}

static bool is_there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

int spool_move(struct spool *s, enum spool_kind from, enum spool_kind to, uint32_t id,
	       const char *name)
{
	char from_path[MAX_PATH_BYTES], to_path[MAX_PATH_BYTES];
	char from_folder[MAX_PATH_BYTES], to_folder[MAX_PATH_BYTES];
	int err = spool_path(s, from, id, name, from_path);

	if (err == 0)
		err = spool_path(s, to, id, name, to_path);
	if (err == 0)
		err = afile_rename_durable(from_path, to_path);
	if (err != E_NOTFOUND || !is_there(to_path))
		return err;
	/* Moved before, perhaps without the sync that makes it so. */
	err = tree_path(s, to, NULL, to_folder);
	if (err == 0)
		err = tree_path(s, from, NULL, from_folder);
	if (err == 0)
		err = afile_fsync_dir(to_folder);
	if (err == 0)
		err = afile_fsync_dir(from_folder);
	return err;
}

int tree_list(struct spool *s, enum spool_kind kind, struct dirent ***ret_list)
{
	char folder[MAX_PATH_BYTES];
	int err = tree_path(s, kind, NULL, folder);

	if (err)
		return err;
	/* Ids have ten digits: the order of bytes is the order of ids. */
	int n = scandir(folder, ret_list, NULL, alphasort);
	if (n >= 0)
		return n;
	log_error("event=scandir-failed path=%s errno=%d", folder, errno);
	return errno == ENOMEM ? E_NOMEM : E_IO;
}

void tree_list_free(struct dirent **list, int n)
{
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

int spool_each(struct spool *s, enum spool_kind kind, spool_each_fn fn, void *arg)
{
	struct dirent **list;
	char path[MAX_PATH_BYTES];
	uint32_t id;
	int err = 0, n = tree_list(s, kind, &list);

	if (n < 0)
		return n;
	for (int i = 0; err == 0 && i < n; i++) {
		if (!name_local_id(list[i]->d_name, &id))
			continue; /* the sweep moves it aside, with its reason */
		err = tree_path(s, kind, list[i]->d_name, path);
		if (err == 0)
			err = fn(arg, id, path);
	}
	tree_list_free(list, n);
	return err;
}

static int count_kind(struct spool *s, enum spool_kind kind, struct spool_count *count)
{
	char folder[MAX_PATH_BYTES];
	struct dirent *entry;
	struct stat st;
	int err = tree_path(s, kind, NULL, folder);
	DIR *dir = err ? NULL : opendir(folder);

	if (!dir)
		return err ? err : E_IO;
	while ((entry = readdir(dir)) != NULL)
		/* A name that goes while we look is a move, not an error. */
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode)) {
			count->files++;
			count->bytes += (uint64_t)st.st_size;
		}
	closedir(dir);
	return 0;
}

int spool_counts(struct spool *s, struct spool_count ret_counts[SPOOL_KINDS])
{
	struct spool_count counts[SPOOL_KINDS] = {{0, 0}};
	int err = 0;

	for (int kind = 0; err == 0 && kind < SPOOL_KINDS; kind++)
		if (kind != SPOOL_ARCHIVE)
			err = count_kind(s, (enum spool_kind)kind, &counts[kind]);
	if (err == 0)
		memcpy(ret_counts, counts, sizeof counts);
	return err;
}
