/*
 * The archive (spool.h): a second name for a whole file that no longer changes.
 *
 * A hard link costs nothing, and no file of ours is ever written in place, so the
 * two names cannot disturb each other. Where linking is refused (EPERM on some
 * file systems, EMLINK) the bytes are copied. What stands there already is
 * compared, and never overwritten: the archive is what auditors keep.
 */
#include "spool/spool.h"

#include "spool/afile.h"
#include "spool/tree.h"

#include "engine/full_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536 };

static ssize_t read_piece(int fd, unsigned char *p)
{
	size_t n;
	return read_full(fd, p, PIECE, &n) ? -1 : (ssize_t)n;
}

static int open_regular(const char *path, int *ret_fd, struct stat *ret_st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? E_NOTFOUND : E_IO;
	if (fstat(fd, ret_st) < 0 || !S_ISREG(ret_st->st_mode)) {
		close(fd);
		return E_INVALID;
	}
	*ret_fd = fd;
	return 0;
}

/* 0: the same bytes; E_EXISTS: others. */
static int compare(const char *a_path, const char *b_path)
{
	unsigned char a_piece[PIECE], b_piece[PIECE];
	struct stat a_st, b_st;
	int a = -1, b = -1;
	int err = open_regular(a_path, &a, &a_st);

	if (err == 0)
		err = open_regular(b_path, &b, &b_st);
	if (err)
		goto out;
	if (a_st.st_ino == b_st.st_ino && a_st.st_dev == b_st.st_dev)
		goto out;
	for (ssize_t n = PIECE; err == 0 && n > 0;) {
		n = read_piece(a, a_piece);
		ssize_t m = read_piece(b, b_piece);
		if (n < 0 || m < 0)
			err = E_IO;
		else if (n != m || memcmp(a_piece, b_piece, (size_t)n) != 0)
			err = E_EXISTS;
	}
out:
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
	return err;
}

static int copy(const char *from, const char *to)
{
	unsigned char piece[PIECE];
	struct afile *f = NULL;
	struct stat st;
	int fd = -1;
	int err = open_regular(from, &fd, &st);

	if (err == 0)
		err = afile_open(to, 0600, AFILE_NEW, &f);
	while (err == 0) {
		ssize_t n = read_piece(fd, piece);
		if (n == 0)
			break;
		err = n < 0 ? E_IO : afile_write(f, piece, (size_t)n);
	}
	if (err == 0)
		err = afile_commit(f);
	else
		afile_abort(f);
	if (fd >= 0)
		close(fd);
	return err;
}

/* "2026/11/22" and nothing else: it becomes folders. */
static bool day_ok(const char *day)
{
	static const char shape[] = "dddd/dd/dd";
	for (size_t i = 0; i < sizeof shape; i++)
		if (shape[i] == 'd' ? day[i] < '0' || day[i] > '9' : day[i] != shape[i])
			return false;
	return true;
}

/* Year, month, day and class, one inside the other. */
static int make_folders(const struct spool *s, const char *day, const char *class_name,
			char folder[MAX_PATH_BYTES])
{
	char below[MAX_ID + 16];
	int err = 0;

	int n = snprintf(below, sizeof below, "%s/%s", day, class_name);
	if (n < 0 || n >= (int)sizeof below)
		return E_LIMIT;
	for (size_t i = 1; err == 0 && i <= (size_t)n; i++) {
		if (below[i] != '/' && below[i] != 0)
			continue;
		char end = below[i];
		below[i] = 0;
		err = tree_path(s, SPOOL_ARCHIVE, below, folder);
		if (err == 0)
			err = tree_make_folder(folder);
		below[i] = end;
	}
	return err;
}

static bool names_ok(const char *day, const char *class_name, const char *name)
{
	return day_ok(day) && name_is_safe(class_name) && name_is_safe(name) &&
	       !afile_is_temporary(name);
}

int spool_archive(struct spool *s, const char *day, const char *class_name, const char *path,
		  const char *name)
{
	char folder[MAX_PATH_BYTES], to[MAX_PATH_BYTES];
	struct stat st;
	int fd, err;

	if (!names_ok(day, class_name, name))
		return E_INVALID;
	err = open_regular(path, &fd, &st); /* a link to a link would keep nothing */
	if (err)
		return err;
	close(fd);
	err = make_folders(s, day, class_name, folder);
	if (err)
		return err;
	if (snprintf(to, sizeof to, "%s/%s", folder, name) >= (int)sizeof to)
		return E_LIMIT;
	err = afile_link_durable(path, to);
	if (err == E_IO)
		err = copy(path, to);
	if (err != E_EXISTS)
		return err;
	err = compare(path, to);
	return err ? err : afile_fsync_dir(folder);
}

/* 0: the file holds these bytes; E_EXISTS: others. */
static int compare_text(const char *path, const char *p, size_t n)
{
	unsigned char piece[PIECE];
	struct stat st;
	int fd = -1;
	int err = open_regular(path, &fd, &st);
	for (size_t at = 0; err == 0;) {
		ssize_t r = read_piece(fd, piece);
		if (r < 0)
			err = E_IO;
		else if ((size_t)r > n - at || memcmp(piece, (const char *)p + at, (size_t)r) != 0)
			err = E_EXISTS;
		else if (r == 0)
			err = at == n ? 0 : E_EXISTS;
		if (r <= 0)
			break;
		at += (size_t)r;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

int spool_archive_text(const struct spool *s, const char *day, const char *class_name,
		       const char *name, const void *p, size_t n)
{
	char folder[MAX_PATH_BYTES], to[MAX_PATH_BYTES];
	if (!names_ok(day, class_name, name))
		return E_INVALID;
	int err = make_folders(s, day, class_name, folder);
	if (err)
		return err;
	if (snprintf(to, sizeof to, "%s/%s", folder, name) >= (int)sizeof to)
		return E_LIMIT;
	err = afile_put(to, p, n, 0600, AFILE_NEW);
	if (err != E_EXISTS)
		return err;
	err = compare_text(to, p, n);
	return err ? err : afile_fsync_dir(folder);
}
