/*
 * The drop as a folder of this machine (engine/drop.h): the core system, or whoever
 * carries its files, writes into in/ and takes from out/. Same contract as over
 * SFTP, and the same tests; here folders are synced as well.
 *
 * "Connected" means that in/ and out/ can be opened. They are not made: when they
 * are missing, a disk is not mounted or the configuration is wrong.
 */
#include "adapters/drop/drop.h"

#include "adapters/drop/answer.h"
#include "adapters/drop/worker.h"
#include "adapters/sign/digest.h"
#include "spool/afile.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct local {
	struct place place; /* first */
	bool up;
};

static struct local *local_of(struct place *p)
{
	return (struct local *)(void *)p;
}

static int path_of(const struct place *p, struct drop_done *done, char out[MAX_PATH_BYTES],
		   const char *folder, const char *name)
{
	int n = snprintf(out, MAX_PATH_BYTES, "%s/%s%s%s", p->config->folder, folder,
			 *name ? "/" : "", name);
	return n < 0 || n >= MAX_PATH_BYTES ? answer(done, E_IO, "the path is too long") : 0;
}

static bool told_to_stop(const struct place *p)
{
	struct pollfd f = {.fd = p->stop_fd, .events = POLLIN};
	return poll(&f, 1, 0) > 0;
}

/* Opens a regular file without following a link; its facts. */
static int open_regular(const char *path, struct drop_done *done, int *ret_fd, struct stat *ret_st)
{
	/* O_NONBLOCK: a pipe that stands there must not stop the thread. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return answer(done, errno == ENOENT ? E_NOTFOUND : E_IO,
			      errno == ENOENT ? "no such file or folder at the drop"
					      : "the file at the drop cannot be opened");
	if (fstat(fd, ret_st) < 0 || !S_ISREG(ret_st->st_mode) ||
	    ret_st->st_size > MAX_FILE_BYTES) {
		close(fd);
		return answer(done, E_IO, "not a regular file of at most %lld bytes",
			      (long long)MAX_FILE_BYTES);
	}
	*ret_fd = fd;
	return 0;
}

/* All bytes into the digest, and into `to` if there is one. */
static int pour(struct place *p, int fd, struct afile *to, struct drop_done *done)
{
	char *piece = p->piece;
	struct sha256_state sum;
	uint8_t hash[32];
	ptrdiff_t n;

	done->size = 0;
	digest_sodium.sha256_begin(&sum);
	while ((n = answer_read(fd, piece, PLACE_PIECE)) > 0) {
		if (told_to_stop(p))
			return answer(done, E_AGAIN, "stopping");
		done->size += n;
		if (done->size > MAX_FILE_BYTES)
			return answer(done, E_IO, "the file is over the limit of %lld bytes",
				      (long long)MAX_FILE_BYTES);
		digest_sodium.sha256_add(&sum, piece, (size_t)n);
		int err = to ? afile_write(to, piece, (size_t)n) : 0;
		if (err)
			return answer(done, err == E_NOSPC ? E_NOSPC : E_IO, "writing: %s",
				      err_str(err));
	}
	if (n < 0)
		return answer(done, E_IO, "reading: errno %d", errno);
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, sizeof hash, done->sha256);
	return 0;
}

static int commit(struct afile *to, struct drop_done *done)
{
	int err = afile_commit(to);
	if (err == 0)
		return answer(done, 0, "%s", "");
	return answer(done, err == E_EXISTS || err == E_NOSPC || err == E_UNKNOWN ? err : E_IO,
		      "the copy: %s", err_str(err));
}

static void do_list(struct place *p, struct drop_done *done)
{
	char folder[MAX_PATH_BYTES];
	struct listing l = {0};
	struct dirent *e;
	struct stat st;
	int err = path_of(p, done, folder, "in", "");

	DIR *dir = err ? NULL : opendir(folder);
	if (!dir) {
		(void)answer(done, errno == ENOENT ? E_NOTFOUND : E_IO, "in/ cannot be opened");
		return;
	}
	for (errno = 0; err == 0 && (e = readdir(dir)) != NULL; errno = 0) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue; /* gone again, a folder, a link: never followed */
		struct drop_entry entry = {.size = st.st_size, .mtime_s = st.st_mtime};
		err = listing_add(&l, p->config->temporary, e->d_name, strlen(e->d_name), &entry);
	}
	if (err)
		(void)answer(done, E_AGAIN, "out of memory");
	else if (errno)
		(void)answer(done, E_IO, "in/ cannot be read: errno %d", errno);
	else
		listing_end(&l, done);
	closedir(dir);
	listing_free(&l);
}

static bool unchanged(const char *path, const struct drop_job *job)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == job->size &&
	       st.st_mtime == job->mtime_s;
}

static void do_fetch(struct place *p, const struct drop_job *job, struct drop_done *done)
{
	char path[MAX_PATH_BYTES];
	struct afile *to = NULL;
	struct stat st;
	int fd = -1;

	if (path_of(p, done, path, "in", job->name) != 0 || open_regular(path, done, &fd, &st) != 0)
		return;
	int err = 0;
	if (!unchanged(path, job))
		err = answer(done, E_AGAIN, "the file changed since it was listed");
	if (err == 0) {
		err = afile_open(job->path, 0600, AFILE_NEW, &to);
		if (err)
			err = answer(done, err == E_NOSPC ? E_NOSPC : E_IO, "making our copy: %s",
				     err_str(err));
	}
	if (err == 0)
		err = pour(p, fd, to, done);
	if (err == 0 && (!unchanged(path, job) || done->size != job->size))
		err = answer(done, E_AGAIN, "the file changed while it was read");
	close(fd);
	if (err)
		afile_abort(to);
	else
		(void)commit(to, done);
}

static void do_stat(struct place *p, const struct drop_job *job, struct drop_done *done)
{
	char path[MAX_PATH_BYTES];
	struct stat st;
	int fd = -1;

	if (path_of(p, done, path, "out", job->name) != 0 ||
	    open_regular(path, done, &fd, &st) != 0)
		return;
	if (pour(p, fd, NULL, done) == 0)
		(void)answer(done, 0, "%s", "");
	close(fd);
}

/* Something has the name already: done if it is the same bytes. `done` holds our digest. */
static int same_there(struct place *p, const char *path, struct drop_done *done)
{
	struct drop_done theirs = {.err = 0};
	struct stat st;
	int fd = -1;

	int err = open_regular(path, &theirs, &fd, &st);
	if (err == E_NOTFOUND)
		return err;
	if (err == 0) {
		err = pour(p, fd, NULL, &theirs);
		close(fd);
	}
	if (err)
		return answer(done, err, "%s", theirs.why);
	if (strcmp(theirs.sha256, done->sha256) != 0)
		return answer(done, E_EXISTS, "another file of this name stands at the drop");
	return answer(done, 0, "it was there already");
}

/* The target's name is taken: by the same bytes, put back or half moved, or by another file. */
static int finish_move(struct place *p, const char *from, const char *to, struct drop_done *done)
{
	struct stat st;
	int fd = -1;

	int err = open_regular(from, done, &fd, &st);
	if (err)
		return err;
	err = pour(p, fd, NULL, done);
	close(fd);
	if (err == 0)
		err = same_there(p, to, done);
	if (err == 0 && (err = afile_remove_durable(from)) == E_NOTFOUND)
		err = 0;
	return err;
}

static void do_move(struct place *p, const struct drop_job *job, struct drop_done *done)
{
	char from[MAX_PATH_BYTES], to[MAX_PATH_BYTES], folder[MAX_PATH_BYTES], in[MAX_PATH_BYTES];
	char below[32];
	struct stat st;
	int err;

	snprintf(below, sizeof below, "in/%.15s", job->folder);
	if (path_of(p, done, from, "in", job->name) != 0 ||
	    path_of(p, done, to, below, job->to_name) != 0 ||
	    path_of(p, done, folder, below, "") != 0 || path_of(p, done, in, "in", "") != 0)
		return;
	if (lstat(from, &st) == 0 && !S_ISREG(st.st_mode)) {
		(void)answer(done, E_IO, "not a regular file");
		return;
	}
	if (job->size >= 0 && lstat(from, &st) == 0 &&
	    (st.st_size != job->size || st.st_mtime != job->mtime_s)) {
		(void)answer(done, E_NOTFOUND,
			     "another file stands under its name: it is left for the next look");
		return;
	}
	if (mkdir(folder, 0750) == 0 && afile_fsync_dir(in) != 0) {
		(void)answer(done, E_IO, "%s/ cannot be made", below);
		return;
	}
	err = afile_rename_durable(from, to);
	if (err == E_EXISTS)
		err = finish_move(p, from, to, done);
	if (err == E_NOTFOUND && lstat(to, &st) == 0) {
		/* Moved before, perhaps without the sync that makes it so. */
		err = afile_fsync_dir(folder);
		if (err == 0)
			err = afile_fsync_dir(in);
	}
	(void)answer(done,
		     err == 0 || err == E_NOTFOUND || err == E_EXISTS || err == E_UNKNOWN ||
			     err == E_NOSPC
			 ? err
			 : E_IO,
		     "%s", err ? err_str(err) : "");
}

static void do_put(struct place *p, const struct drop_job *job, struct drop_done *done)
{
	char path[MAX_PATH_BYTES];
	struct afile *to = NULL;
	int64_t size;
	int fd = -1;

	if (path_of(p, done, path, "out", job->name) != 0 ||
	    answer_open_source(job, done, &fd, &size) != 0)
		return;
	int err = pour(p, fd, NULL, done);
	if (err == 0)
		err = same_there(p, path, done);
	if (err != E_NOTFOUND)
		goto out;
	err = lseek(fd, 0, SEEK_SET) == 0 ? afile_open(path, 0640, AFILE_NEW, &to) : E_IO;
	if (err) {
		(void)answer(done, err == E_NOSPC || err == E_NOTFOUND ? err : E_IO,
			     "out/ cannot be written: %s", err_str(err));
		goto out;
	}
	err = pour(p, fd, to, done);
	if (err) {
		afile_abort(to);
	} else if (commit(to, done) == E_EXISTS) {
		(void)same_there(p, path, done); /* it came into being meanwhile */
	}
out:
	close(fd);
}

static bool folder_there(const struct place *p, const char *name)
{
	char path[MAX_PATH_BYTES];
	struct drop_done done;
	struct stat st;
	return path_of(p, &done, path, name, "") == 0 && stat(path, &st) == 0 &&
	       S_ISDIR(st.st_mode) && access(path, R_OK | X_OK) == 0;
}

/* A put that a crash cut leaves its unfinished file, under a name that no later put uses: ours
 * alone, and nobody writes now. What cannot be removed hurts nobody. */
static void sweep_out(struct place *p)
{
	char folder[MAX_PATH_BYTES];
	struct drop_done done;
	struct dirent *e;

	DIR *dir = path_of(p, &done, folder, "out", "") == 0 ? opendir(folder) : NULL;
	if (!dir)
		return;
	while ((e = readdir(dir)) != NULL)
		if (afile_is_temporary(e->d_name))
			(void)unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
}

static int local_connect(struct place *p, char why[MAX_WORDS])
{
	if (!folder_there(p, "in") || !folder_there(p, "out")) {
		snprintf(why, MAX_WORDS, "%s has no in/ or no out/ that we may enter",
			 p->config->folder);
		return E_AGAIN;
	}
	sweep_out(p);
	local_of(p)->up = true;
	return 0;
}

static void local_perform(struct place *p, const struct drop_job *job, struct drop_done *done)
{
	if (answer_check_names(job, done) != 0)
		return;
	switch (job->kind) {
	case DROP_LIST:
		do_list(p, done);
		break;
	case DROP_FETCH:
		do_fetch(p, job, done);
		break;
	case DROP_MOVE:
		do_move(p, job, done);
		break;
	case DROP_PUT:
		do_put(p, job, done);
		break;
	case DROP_STAT:
		do_stat(p, job, done);
		break;
	}
}

static bool local_connected(const struct place *p)
{
	return ((const struct local *)(const void *)p)->up;
}

static int local_fd(const struct place *p)
{
	(void)p;
	return -1;
}

static void local_disconnect(struct place *p)
{
	local_of(p)->up = false;
}

static void local_idle(struct place *p)
{
	if (!folder_there(p, "in") || !folder_there(p, "out"))
		local_of(p)->up = false;
}

static int local_make(const struct drop_config *config, int stop_fd, struct place **ret_place)
{
	if (config->folder[0] != '/')
		return E_INVALID;
	struct local *l = calloc(1, sizeof *l);
	if (!l)
		return E_NOMEM;
	l->place.config = config;
	l->place.stop_fd = stop_fd;
	*ret_place = &l->place;
	return 0;
}

static void local_unmake(struct place *p)
{
	free(p);
}

static const struct place_ops place_local = {
    .name = "local",
    .make = local_make,
    .connect = local_connect,
    .connected = local_connected,
    .fd = local_fd,
    .disconnect = local_disconnect,
    .idle = local_idle,
    .perform = local_perform,
    .unmake = local_unmake,
};

static int local_start(const struct drop_config *config, struct mailbox *to_engine,
		       struct drop **ret_drop)
{
	return worker_start(&place_local, config, to_engine, ret_drop);
}

const struct drop_ops drop_local = {
    .name = "local",
    .start = local_start,
    .post = worker_post,
    .stop = worker_stop,
    .perform = worker_perform,
};
