/*
 * Hot backup: the database files as the library copies them, page by page, while
 * the writer goes on, then the logs.
 *
 * The order matters. A page copied last may hold changes whose log record is still
 * in memory: the log is flushed after the pages and before it is copied. The last
 * checkpoint in the copied logs is older than every copied page, because `house`
 * keeps checkpoints out meanwhile; so the ordinary recovery of `open` is enough.
 * The library (5.3.28) copies the logs of the home folder even with
 * DB_BACKUP_NO_LOGS, but before our flush: they are written over.
 *
 * A backup that fails removes what it wrote: a folder is a whole backup or empty.
 */
#include "adapters/store/bdb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/full_io.h"
#include "engine/log.h"

enum { COPY_BYTES = 64 << 10 };

static int os_err(int no)
{
	int err = bdb_err(no);

	return err == 0 || err == E_INVALID ? E_IO : err;
}

static int copy_bytes(int in, int out)
{
	char *buffer = malloc(COPY_BYTES);
	int err = buffer == NULL ? E_NOMEM : 0;

	while (err == 0) {
		ssize_t n = read(in, buffer, COPY_BYTES);
		if (n == 0)
			break;
		if (n < 0)
			err = errno == EINTR ? 0 : os_err(errno);
		else
			err = write_full(out, buffer, (size_t)n);
	}
	free(buffer);
	return err;
}

static int copy_file(const char *home, const char *to_dir, const char *name)
{
	char from[MAX_PATH_BYTES + 64], to[MAX_PATH_BYTES + 64];
	int err = 0, out = -1;

	snprintf(from, sizeof from, "%s/%s", home, name);
	snprintf(to, sizeof to, "%s/%s", to_dir, name);
	int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return os_err(errno);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0)
		err = os_err(errno);
	if (err == 0)
		err = copy_bytes(in, out);
	if (out >= 0 && close(out) != 0 && err == 0)
		err = os_err(errno);
	close(in);
	return err;
}

static int copy_logs(struct store *s, const char *to_dir)
{
	char **names = NULL;
	int err = 0;
	int ret = s->env->log_flush(s->env, NULL);

	if (ret == 0)
		ret = s->env->log_archive(s->env, &names, DB_ARCH_LOG);
	if (ret != 0)
		return bdb_fail(s, ret);
	for (size_t i = 0; names != NULL && names[i] != NULL && err == 0; i++)
		err = copy_file(s->home, to_dir, names[i]);
	free(names);
	return err;
}

typedef int (*entry_fn)(int dir, const char *name);

static int each_entry(const char *dir, entry_fn fn)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int err = 0;

	if (d == NULL)
		return os_err(errno);
	while (err == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			err = fn(dirfd(d), e->d_name);
	closedir(d);
	return err;
}

static int say_full(int dir, const char *name)
{
	(void)dir;
	(void)name;
	return E_EXISTS;
}

static int remove_entry(int dir, const char *name)
{
	return unlinkat(dir, name, 0) == 0 ? 0 : os_err(errno);
}

static int sync_entry(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return os_err(errno);
	int ret = fsync(fd);
	int no = errno;
	close(fd);
	return ret == 0 ? 0 : os_err(no);
}

static int sync_all(const char *dir)
{
	int err = each_entry(dir, sync_entry);
	int fd = err == 0 ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (err != 0)
		return err;
	if (fd < 0)
		return os_err(errno);
	int ret = fsync(fd);
	int no = errno;
	close(fd);
	return ret == 0 ? 0 : os_err(no);
}

static int copy_all(struct store *s, const char *to_dir)
{
	DB_ENV *e = s->env;
	int ret = e->txn_checkpoint(e, 0, 0, 0);

	if (ret == 0)
		ret = e->log_archive(e, NULL, DB_ARCH_REMOVE);
	if (ret == 0)
		ret = e->backup(e, to_dir, DB_BACKUP_NO_LOGS);
	if (ret != 0)
		return bdb_fail(s, ret);
	int err = copy_logs(s, to_dir);
	return err != 0 ? err : sync_all(to_dir);
}

int bdb_backup(struct store *s, const char *to_dir)
{
	int err;

	if (atomic_load(&s->dead))
		return E_CORRUPT;
	if (strlen(to_dir) >= MAX_PATH_BYTES)
		return E_LIMIT;
	if (mkdir(to_dir, 0700) != 0 && errno != EEXIST)
		return os_err(errno);
	if ((err = each_entry(to_dir, say_full)) != 0)
		return err;
	pthread_mutex_lock(&s->house);
	err = copy_all(s, to_dir);
	pthread_mutex_unlock(&s->house);
	if (err != 0) {
		int left = each_entry(to_dir, remove_entry);
		log_error("event=store_backup to=%s error=\"%s\" left=%s", to_dir, err_str(err),
			  left == 0 ? "nothing" : "something");
		return err;
	}
	log_info("event=store_backup to=%s", to_dir);
	return 0;
}
