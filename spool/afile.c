/*
 * See afile.h. The folder is opened first and everything happens relative to its
 * descriptor: after the rename only one call is left that can fail (the folder's
 * fsync), and it cannot fail for want of a descriptor or because somebody moved
 * the folder meanwhile.
 *
 * A failed fsync is never repeated on the same file: Linux marks the pages clean
 * after the first failure, and a second fsync would say "done" about lost bytes.
 * The whole file is written again instead (the caller's decision).
 */
#include "spool/afile.h"

#include "engine/limits.h"
#include "engine/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define TEMPORARY ".afile-"
enum { TEMPORARY_SIZE = sizeof TEMPORARY + 16, NAME_TRIES = 8 };

struct afile {
	int dir, fd;
	enum afile_how how;
	int err; /* of the first failed write: nothing commits after it */
	char temporary[TEMPORARY_SIZE];
	char name[MAX_FILE_NAME];
};

static int real_openat(int dir, const char *name, int flags, mode_t mode)
{
	return openat(dir, name, flags, mode);
}

const struct afile_sys afile_sys_real = {
    .openat = real_openat,
    .write = write,
    .fsync = fsync,
    .close = close,
    .renameat2 = renameat2,
    .linkat = linkat,
    .unlinkat = unlinkat,
};
static const struct afile_sys *sys = &afile_sys_real;

void afile_sys_for_tests(const struct afile_sys *other)
{
	sys = other ? other : &afile_sys_real;
}

/* errno as a closed list. Only the unexpected is logged: the others are answers. */
static int failed(const char *call, const char *name)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
		return E_NOSPC;
	case EEXIST:
		return E_EXISTS;
	case ENOENT:
		return E_NOTFOUND;
	case ENOMEM:
		return E_NOMEM;
	case ENAMETOOLONG:
		return E_LIMIT;
	default:
		log_error("event=file-call-failed call=%s name=%s errno=%d", call, name, errno);
		return E_IO;
	}
}

/* Opens the folder of `path`; its last part goes to `name`. */
static int open_folder(const char *path, char name[MAX_FILE_NAME], int *ret_dir)
{
	char folder[MAX_PATH_BYTES];
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	size_t n = slash ? (size_t)(slash - path) : 0;

	size_t last_n = strlen(last);
	if (last_n >= MAX_FILE_NAME || n >= sizeof folder)
		return E_LIMIT;
	if (*last == 0 || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
		return E_INVALID;
	memcpy(folder, path, n);
	folder[n] = 0;
	const char *open_it = !slash ? "." : n == 0 ? "/" : folder;
	int dir = sys->openat(AT_FDCWD, open_it, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (dir < 0)
		return failed("open", open_it);
	memcpy(name, last, last_n + 1);
	*ret_dir = dir;
	return 0;
}

static int sync_dir(int dir, const char *what)
{
	while (sys->fsync(dir) < 0)
		if (errno != EINTR) {
			(void)failed("fsync-folder", what);
			return E_UNKNOWN;
		}
	return 0;
}

static void temporary_name(char out[TEMPORARY_SIZE])
{
	uint64_t r = 0;
	if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r) { /* O_EXCL is what protects us */
		static atomic_uint_least64_t n;
		r = (uint64_t)getpid() << 32 ^ atomic_fetch_add(&n, 1);
	}
	snprintf(out, TEMPORARY_SIZE, TEMPORARY "%016llx", (unsigned long long)r);
}

bool afile_is_temporary(const char *name)
{
	size_t prefix = sizeof TEMPORARY - 1;
	return strncmp(name, TEMPORARY, prefix) == 0 && strlen(name) == TEMPORARY_SIZE - 1 &&
	       strspn(name + prefix, "0123456789abcdef") == 16;
}

int afile_open(const char *path, mode_t mode, enum afile_how how, struct afile **ret_file)
{
	struct afile *f = calloc(1, sizeof *f);
	int err;

	if (!f)
		return E_NOMEM;
	f->dir = f->fd = -1;
	f->how = how;
	err = open_folder(path, f->name, &f->dir);
	for (int i = 0; err == 0 && f->fd < 0 && i < NAME_TRIES; i++) {
		temporary_name(f->temporary);
		f->fd = sys->openat(f->dir, f->temporary,
				    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (f->fd < 0 && errno != EEXIST && errno != EINTR)
			err = failed("create", f->name);
	}
	if (err == 0 && f->fd < 0)
		err = E_IO;
	if (err) {
		afile_abort(f);
		return err;
	}
	*ret_file = f;
	return 0;
}

int afile_write(struct afile *f, const void *p, size_t n)
{
	const unsigned char *at = p;

	while (f->err == 0 && n > 0) {
		ssize_t w = sys->write(f->fd, at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			f->err = failed("write", f->name);
		} else if (w == 0) {
			f->err = E_IO; /* would loop for ever */
		} else {
			at += w;
			n -= (size_t)w;
		}
	}
	return f->err;
}

/* The file's own bytes on disk, and closed. */
static int settle(struct afile *f)
{
	if (f->err)
		return f->err;
	while (sys->fsync(f->fd) < 0)
		if (errno != EINTR)
			return failed("fsync", f->name);
	int fd = f->fd;
	f->fd = -1; /* never closed twice: on Linux it is closed even when close fails */
	/* Network and quota file systems report late write errors here. */
	if (sys->close(fd) < 0 && errno != EINTR)
		return failed("close", f->name);
	return 0;
}

/* File systems without RENAME_NOREPLACE: link refuses to overwrite as well. A crash between the two
 * calls leaves the temporary name beside the whole file; the sweep removes it. */
static int rename_new(int dir, const char *from, int to_dir, const char *to)
{
	if (sys->renameat2(dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return failed("rename", to);
	if (sys->linkat(dir, from, to_dir, to, 0) < 0)
		return failed("link", to);
	/* The target has the bytes. Both names standing is not wrong, only untidy. */
	if (sys->unlinkat(dir, from, 0) < 0)
		(void)failed("unlink", from);
	return 0;
}

int afile_commit(struct afile *f)
{
	int err = settle(f);

	if (err == 0 && f->how == AFILE_NEW)
		err = rename_new(f->dir, f->temporary, f->dir, f->name);
	else if (err == 0 && sys->renameat2(f->dir, f->temporary, f->dir, f->name, 0) < 0)
		err = failed("rename", f->name);
	if (err == 0) {
		f->temporary[0] = 0; /* it has its final name: abort must not remove it */
		err = sync_dir(f->dir, f->name);
	}
	afile_abort(f);
	return err;
}

void afile_abort(struct afile *f)
{
	if (!f)
		return;
	if (f->fd >= 0) {
		sys->close(f->fd);
	}
	if (f->dir >= 0) {
		if (f->temporary[0])
			sys->unlinkat(f->dir, f->temporary, 0); /* else: the sweep's */
		sys->close(f->dir);
	}
	free(f);
}

int afile_put(const char *path, const void *p, size_t n, mode_t mode, enum afile_how how)
{
	struct afile *f;
	int err = afile_open(path, mode, how, &f);

	if (err)
		return err;
	err = afile_write(f, p, n);
	if (err) {
		afile_abort(f);
		return err;
	}
	return afile_commit(f);
}

enum two_names { RENAME_IT, LINK_IT };

static int change_name(enum two_names what, const char *from, const char *to)
{
	char from_name[MAX_FILE_NAME], to_name[MAX_FILE_NAME];
	int from_dir = -1, to_dir = -1;
	int err = open_folder(from, from_name, &from_dir);

	if (err == 0)
		err = open_folder(to, to_name, &to_dir);
	if (err == 0 && what == RENAME_IT)
		err = rename_new(from_dir, from_name, to_dir, to_name);
	else if (err == 0 && sys->linkat(from_dir, from_name, to_dir, to_name, 0) < 0)
		err = failed("link", to_name);
	/* The target's folder first: a power cut between the two must not lose both names. */
	if (err == 0)
		err = sync_dir(to_dir, to_name);
	if (err == 0 && what == RENAME_IT)
		err = sync_dir(from_dir, from_name);
	if (to_dir >= 0)
		sys->close(to_dir);
	if (from_dir >= 0)
		sys->close(from_dir);
	return err;
}

int afile_rename_durable(const char *from, const char *to)
{
	return change_name(RENAME_IT, from, to);
}

int afile_link_durable(const char *from, const char *to)
{
	return change_name(LINK_IT, from, to);
}

int afile_remove_durable(const char *path)
{
	char name[MAX_FILE_NAME];
	int dir;
	int err = open_folder(path, name, &dir);

	if (err)
		return err;
	if (sys->unlinkat(dir, name, 0) < 0)
		err = failed("unlink", name);
	/* Gone already: perhaps by us, just before a sync that failed. */
	if (err == 0 || err == E_NOTFOUND) {
		int synced = sync_dir(dir, name);
		err = synced ? synced : err;
	}
	sys->close(dir);
	return err;
}

int afile_fsync_dir(const char *folder)
{
	int dir = sys->openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	if (dir < 0)
		return failed("open", folder);
	int err = sync_dir(dir, folder);
	sys->close(dir);
	return err;
}
