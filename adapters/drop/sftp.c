/*
 * The drop over SFTP (engine/drop.h): the work on files. The connection is
 * session.c's, the thread worker.c's.
 *
 * Nothing of theirs is overwritten or followed: a rename is SFTP's own, which fails
 * when the target exists; what is not a regular file by lstat is left alone. Of
 * ours, a file under out/ has its final name only when all its bytes were written,
 * synced (where the server has fsync@openssh.com) and counted. SFTP has no way to
 * sync a folder: after a power cut at the drop a delivered file can be gone; the
 * engine's next DROP_STAT says so, and the same bytes are delivered again.
 *
 * Once a rename was sent and no answer came, nobody knows: E_UNKNOWN. Asked again,
 * each job finds out what became of the first try.
 */
#include "adapters/drop/drop.h"

#include "adapters/drop/answer.h"
#include "adapters/drop/session.h"
#include "adapters/drop/worker.h"
#include "adapters/sign/digest.h"
#include "spool/afile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REMOTE_MOST = 1024 };

static struct session *session_of(struct place *p)
{
	return (struct session *)(void *)p;
}

static int fail(struct session *s, struct drop_done *done, int rc, const char *doing)
{
	const char *words;
	int err = session_error(s, rc, &words);
	return answer(done, err, "%s: %s", doing, words);
}

static void remote(const struct session *s, char out[REMOTE_MOST], const char *folder,
		   const char *name)
{
	/* 256 + 16 + 256 and separators: always fits. */
	snprintf(out, REMOTE_MOST, "%s/%s%s%s", s->place.config->root, folder, *name ? "/" : "",
		 name);
}

struct remote_file {
	bool regular;
	int64_t size, mtime_s;
};

static int facts_of(const LIBSSH2_SFTP_ATTRIBUTES *a, struct remote_file *ret_file)
{
	unsigned long need =
	    LIBSSH2_SFTP_ATTR_SIZE | LIBSSH2_SFTP_ATTR_PERMISSIONS | LIBSSH2_SFTP_ATTR_ACMODTIME;
	if ((a->flags & need) != need || a->filesize > INT64_MAX)
		return E_PROTO;
	ret_file->regular = LIBSSH2_SFTP_S_ISREG(a->permissions);
	ret_file->size = (int64_t)a->filesize;
	ret_file->mtime_s = (int64_t)a->mtime;
	return 0;
}

/* lstat. E_NOTFOUND is an answer; done gets words in any case of failure. */
static int look(struct session *s, const char *path, struct drop_done *done,
		struct remote_file *ret_file)
{
	LIBSSH2_SFTP_ATTRIBUTES a;
	int rc;

	SESSION_TRY(
	    s, rc,
	    libssh2_sftp_stat_ex(s->sftp, path, (unsigned)strlen(path), LIBSSH2_SFTP_LSTAT, &a));
	if (rc)
		return fail(s, done, rc, "looking at the file");
	if (facts_of(&a, ret_file) != 0)
		return answer(done, E_IO, "the drop does not tell size, kind and time of a file");
	return 0;
}

static int open_remote(struct session *s, const char *path, unsigned long flags,
		       struct drop_done *done, LIBSSH2_SFTP_HANDLE **ret_handle)
{
	LIBSSH2_SFTP_HANDLE *h;
	int rc;

	SESSION_TRY_PTR(s, h, rc,
			libssh2_sftp_open_ex(s->sftp, path, (unsigned)strlen(path), flags, 0640,
					     LIBSSH2_SFTP_OPENFILE));
	if (!h)
		return fail(s, done, rc, "opening the file");
	*ret_handle = h;
	return 0;
}

/* 0 or libssh2's answer. On a broken session the handle is still freed: the socket says no. */
static int close_remote(struct session *s, LIBSSH2_SFTP_HANDLE *h)
{
	int rc = LIBSSH2_ERROR_EAGAIN;
	if (!s->broken)
		SESSION_TRY(s, rc, libssh2_sftp_close_handle(h));
	if (rc == LIBSSH2_ERROR_EAGAIN) {
		session_disconnect_socket(s);
		for (int i = 0; i < 100 && rc == LIBSSH2_ERROR_EAGAIN; i++)
			rc = libssh2_sftp_close_handle(h);
		s->broken = true;
		return LIBSSH2_ERROR_SOCKET_DISCONNECT;
	}
	return rc;
}

static void remove_remote(struct session *s, const char *path)
{
	int rc;
	SESSION_TRY(s, rc, libssh2_sftp_unlink_ex(s->sftp, path, (unsigned)strlen(path)));
	(void)rc; /* not there, or left: a temporary name of ours that the next try removes */
}

/* One name of a listing; rc as libssh2 gave it (the name's length). */
static int list_one(struct session *s, const char *name, int rc, LIBSSH2_SFTP_ATTRIBUTES *a,
		    struct listing *l)
{
	struct drop_entry entry = {.size = 0};
	struct remote_file file;

	if (facts_of(a, &file) != 0 || !file.regular)
		return 0; /* folders, links, pipes: not part of the contract, never followed */
	entry.size = file.size;
	entry.mtime_s = file.mtime_s;
	return listing_add(l, s->place.config->temporary, name, (size_t)rc, &entry);
}

static void do_list(struct session *s, struct drop_done *done)
{
	char path[REMOTE_MOST], name[4096];
	struct listing l = {0};
	LIBSSH2_SFTP_ATTRIBUTES a;
	LIBSSH2_SFTP_HANDLE *h;
	int rc, err = 0;

	remote(s, path, "in", "");
	SESSION_TRY_PTR(s, h, rc,
			libssh2_sftp_open_ex(s->sftp, path, (unsigned)strlen(path), 0, 0,
					     LIBSSH2_SFTP_OPENDIR));
	if (!h) {
		(void)fail(s, done, rc, "opening in/");
		return;
	}
	for (;;) {
		SESSION_TRY(s, rc, libssh2_sftp_readdir_ex(h, name, sizeof name - 1, NULL, 0, &a));
		if (rc <= 0)
			break;
		name[rc] = 0;
		err = list_one(s, name, rc, &a, &l);
		if (err)
			break;
	}
	if (rc < 0)
		(void)fail(s, done, rc, "reading in/");
	else if (err)
		(void)answer(done, E_AGAIN, "out of memory");
	else
		listing_end(&l, done);
	(void)close_remote(s, h); /* it was only read */
	listing_free(&l);
}

/* Where the bytes of a remote file go: a digest, and for a fetch a file of ours. */
static int read_all(struct session *s, LIBSSH2_SFTP_HANDLE *h, struct afile *to,
		    struct drop_done *done)
{
	char *piece = s->place.piece;
	struct sha256_state sum;
	uint8_t hash[32];
	int64_t size = 0;

	digest_sodium.sha256_begin(&sum);
	for (;;) {
		ssize_t rc;
		SESSION_TRY(s, rc, libssh2_sftp_read(h, piece, PLACE_PIECE));
		if (rc < 0)
			return fail(s, done, (int)rc, "reading the file");
		if (rc == 0)
			break;
		size += rc;
		if (size > MAX_FILE_BYTES)
			return answer(done, E_IO, "the file is over the limit of %lld bytes",
				      (long long)MAX_FILE_BYTES);
		digest_sodium.sha256_add(&sum, piece, (size_t)rc);
		int err = to ? afile_write(to, piece, (size_t)rc) : 0;
		if (err)
			return answer(done, err == E_NOSPC ? E_NOSPC : E_IO, "writing our copy: %s",
				      err_str(err));
	}
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, sizeof hash, done->sha256);
	done->size = size;
	return 0;
}

static bool unchanged(const struct remote_file *f, const struct drop_job *job)
{
	return f->regular && f->size == job->size && f->mtime_s == job->mtime_s;
}

static void do_fetch(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char path[REMOTE_MOST];
	struct remote_file file;
	LIBSSH2_SFTP_HANDLE *h = NULL;
	struct afile *to = NULL;
	int err;

	remote(s, path, "in", job->name);
	if (look(s, path, done, &file) != 0)
		return;
	if (file.size > MAX_FILE_BYTES || !file.regular) {
		(void)answer(done, E_IO, "not a regular file of at most %lld bytes",
			     (long long)MAX_FILE_BYTES);
		return;
	}
	if (!unchanged(&file, job)) {
		(void)answer(done, E_AGAIN, "the file changed since it was listed");
		return;
	}
	err = afile_open(job->path, 0600, AFILE_NEW, &to);
	if (err) {
		(void)answer(done, err == E_NOSPC ? E_NOSPC : E_IO, "making our copy: %s",
			     err_str(err));
		return;
	}
	err = open_remote(s, path, LIBSSH2_FXF_READ, done, &h);
	if (err == 0)
		err = read_all(s, h, to, done);
	if (h)
		(void)close_remote(s, h);
	if (err == 0)
		err = look(s, path, done, &file);
	if (err == 0 && (!unchanged(&file, job) || done->size != job->size))
		err = answer(done, E_AGAIN, "the file changed while it was read");
	if (err) {
		afile_abort(to);
		return;
	}
	err = afile_commit(to);
	if (err)
		(void)answer(done,
			     err == E_EXISTS || err == E_NOSPC || err == E_UNKNOWN ? err : E_IO,
			     "our copy: %s", err_str(err));
	else
		(void)answer(done, 0, "%s", "");
}

/* Size and digest of a file at the drop. */
static int weigh(struct session *s, const char *path, struct drop_done *done)
{
	struct remote_file file;
	LIBSSH2_SFTP_HANDLE *h;
	int err = look(s, path, done, &file);

	if (err)
		return err;
	if (!file.regular || file.size > MAX_FILE_BYTES)
		return answer(done, E_IO, "not a regular file of at most %lld bytes",
			      (long long)MAX_FILE_BYTES);
	err = open_remote(s, path, LIBSSH2_FXF_READ, done, &h);
	if (err)
		return err;
	err = read_all(s, h, NULL, done);
	(void)close_remote(s, h);
	return err ? err : answer(done, 0, "%s", "");
}

static void do_stat(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char path[REMOTE_MOST];
	remote(s, path, "out", job->name);
	(void)weigh(s, path, done);
}

/* SFTP's rename, which refuses to overwrite (flags are of later protocols and are not sent). */
static int rename_remote(struct session *s, const char *from, const char *to,
			 struct drop_done *done)
{
	int rc;
	SESSION_TRY(s, rc,
		    libssh2_sftp_rename_ex(s->sftp, from, (unsigned)strlen(from), to,
					   (unsigned)strlen(to), 0));
	if (rc == 0)
		return 0;
	int err = fail(s, done, rc, "renaming");
	if (s->broken)
		return answer(done, E_UNKNOWN, "a rename was sent and no answer came");
	return err;
}

/* in/ and its sub-folder of that name. in/ and out/ themselves are never made: when they are
 * missing, the root is wrong or a disk is not mounted, and making them would hide it. */
static void make_folder(struct session *s, const char *folder)
{
	char path[REMOTE_MOST];
	int rc;
	remote(s, path, folder, "");
	SESSION_TRY(s, rc, libssh2_sftp_mkdir_ex(s->sftp, path, (unsigned)strlen(path), 0750));
	(void)rc; /* there already; anything else shows at the rename */
}

/* Both names stand. A server that renames by link and unlink may have died between the two: then
 * they are one file, the target is ours by its intake id, and the source goes. */
static int finish_move(struct session *s, const char *from, const char *to, struct drop_done *done)
{
	struct remote_file a, b;
	char sum[65];
	int err = look(s, from, done, &a);

	if (err == 0)
		err = look(s, to, done, &b);
	if (err)
		return err;
	if (!a.regular || !b.regular || a.size != b.size || a.mtime_s != b.mtime_s)
		return answer(done, E_EXISTS, "another file stands at the target");
	err = weigh(s, from, done);
	memcpy(sum, done->sha256, sizeof sum);
	if (err == 0)
		err = weigh(s, to, done);
	if (err)
		return err;
	if (strcmp(sum, done->sha256) != 0)
		return answer(done, E_EXISTS, "another file stands at the target");
	remove_remote(s, from);
	return s->broken ? answer(done, E_UNKNOWN, "a removal was sent and no answer came") : 0;
}

static void do_move(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char from[REMOTE_MOST], to[REMOTE_MOST], folder[32];
	struct remote_file file;
	int err;

	snprintf(folder, sizeof folder, "in/%.15s", job->folder);
	remote(s, from, "in", job->name);
	remote(s, to, folder, job->to_name);
	err = look(s, to, done, &file);
	bool target = err == 0;
	if (err && err != E_NOTFOUND)
		return;
	err = look(s, from, done, &file);
	if (err == E_NOTFOUND && target) {
		(void)answer(done, 0, "it was moved before");
		return;
	}
	if (err)
		return;
	if (!file.regular) {
		(void)answer(done, E_IO, "not a regular file");
		return;
	}
	if (job->size >= 0 && (file.size != job->size || file.mtime_s != job->mtime_s)) {
		(void)answer(done, E_NOTFOUND,
			     "another file stands under its name: it is left for the next look");
		return;
	}
	if (target) {
		err = finish_move(s, from, to, done);
	} else {
		make_folder(s, folder);
		err = s->broken ? answer(done, E_AGAIN, "the connection broke")
				: rename_remote(s, from, to, done);
	}
	if (err == 0)
		(void)answer(done, 0, "%s", "");
}

static int write_piece(struct session *s, LIBSSH2_SFTP_HANDLE *h, const char *p, size_t n,
		       struct drop_done *done)
{
	while (n > 0) {
		ssize_t rc;
		/* The same bytes again after EAGAIN: libssh2 remembers what it has sent of them. */
		SESSION_TRY(s, rc, libssh2_sftp_write(h, p, n));
		if (rc < 0)
			return fail(s, done, (int)rc, "writing the file");
		p += rc;
		n -= (size_t)rc;
	}
	return 0;
}

static int write_all(struct session *s, LIBSSH2_SFTP_HANDLE *h, int fd, struct drop_done *done)
{
	char *piece = s->place.piece;
	struct sha256_state sum;
	uint8_t hash[32];
	ptrdiff_t n;
	int rc, err;

	done->size = 0;
	digest_sodium.sha256_begin(&sum);
	while ((n = answer_read(fd, piece, PLACE_PIECE)) > 0) {
		digest_sodium.sha256_add(&sum, piece, (size_t)n);
		err = write_piece(s, h, piece, (size_t)n, done);
		if (err)
			return err;
		done->size += n;
	}
	if (n < 0)
		return answer(done, E_IO, "our file cannot be read");
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, sizeof hash, done->sha256);
	SESSION_TRY(s, rc, libssh2_sftp_fsync(h));
	if (rc == LIBSSH2_ERROR_SFTP_PROTOCOL &&
	    libssh2_sftp_last_error(s->sftp) == LIBSSH2_FX_OP_UNSUPPORTED)
		rc = 0; /* a server without the extension: the best there is */
	return rc ? fail(s, done, rc, "syncing the file") : 0;
}

/* The protocol's third version has no word for "disk full": ask. */
static void full_perhaps(struct session *s, LIBSSH2_SFTP_HANDLE *h, int64_t left,
			 struct drop_done *done)
{
	LIBSSH2_SFTP_STATVFS v;
	int rc;
	if (s->broken || done->err != E_IO)
		return;
	SESSION_TRY(s, rc, libssh2_sftp_fstatvfs(h, &v));
	if (rc == 0 && v.f_bavail * v.f_frsize <= (libssh2_uint64_t)left)
		(void)answer(done, E_NOSPC, "the drop is full");
}

/* Our temporary name: of fixed length, begins with a dot, the same at each try, so that a try that
 * was cut off is cleared away by the next. */
static void temporary_of(const struct session *s, const char *name, char out[REMOTE_MOST])
{
	struct sha256_state sum;
	uint8_t hash[32];
	char hex[17], temporary[40];

	digest_sodium.sha256_begin(&sum);
	digest_sodium.sha256_add(&sum, name, strlen(name));
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, 8, hex);
	snprintf(temporary, sizeof temporary, ".osame-%s.part", hex);
	remote(s, out, "out", temporary);
}

/* All bytes under the temporary name, counted. */
static int upload(struct session *s, const char *temporary, int fd, int64_t size,
		  struct drop_done *done)
{
	LIBSSH2_SFTP_HANDLE *h;
	struct remote_file file;
	int rc, err;

	remove_remote(s, temporary);
	if (s->broken)
		return answer(done, E_AGAIN, "the connection broke");
	/* Exclusive: never through a link that somebody put there. */
	err = open_remote(s, temporary, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_EXCL,
			  done, &h);
	if (err)
		return err;
	err = write_all(s, h, fd, done);
	if (err)
		full_perhaps(s, h, size - done->size, done);
	rc = close_remote(s, h);
	if (err == 0 && rc)
		err = fail(s, done, rc, "closing the file");
	if (err == 0)
		err = look(s, temporary, done, &file);
	if (err == 0 && (file.size != size || done->size != size))
		err = answer(done, E_IO, "the drop has %lld bytes of %lld", (long long)file.size,
			     (long long)size);
	return done->err ? done->err : err;
}

/* Something has the name already: ours if it is the same bytes. */
static int same_there(struct session *s, const char *path, int fd, struct drop_done *done)
{
	struct sha256_state sum;
	char *piece = s->place.piece;
	uint8_t hash[32];
	char hex[65];
	ptrdiff_t n;

	int err = weigh(s, path, done);
	if (err)
		return err;
	digest_sodium.sha256_begin(&sum);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return answer(done, E_IO, "our file cannot be read");
	while ((n = answer_read(fd, piece, PLACE_PIECE)) > 0)
		digest_sodium.sha256_add(&sum, piece, (size_t)n);
	if (n < 0)
		return answer(done, E_IO, "our file cannot be read");
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, sizeof hash, hex);
	if (strcmp(hex, done->sha256) != 0)
		return answer(done, E_EXISTS, "another file of this name stands at the drop");
	return answer(done, 0, "it was there already");
}

static void do_put(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char path[REMOTE_MOST], temporary[REMOTE_MOST];
	struct remote_file file;
	int64_t size;
	int fd;

	if (answer_open_source(job, done, &fd, &size) != 0)
		return;
	remote(s, path, "out", job->name);
	temporary_of(s, job->name, temporary);
	int err = look(s, path, done, &file);
	if (err == 0) {
		(void)same_there(s, path, fd, done);
		goto out;
	}
	if (err != E_NOTFOUND)
		goto out;
	(void)answer(done, 0, "%s", "");
	err = upload(s, temporary, fd, size, done);
	if (err == 0)
		err = rename_remote(s, temporary, path, done);
	if (err == E_IO && !s->broken) {
		/* Version three says "failure" for a name that came into being meanwhile. */
		struct drop_done other = {.err = 0};
		if (look(s, path, &other, &file) == 0)
			err = same_there(s, path, fd, done);
	}
	if (err && !s->broken)
		remove_remote(s, temporary);
	if (err == 0 && done->err == 0 && !done->why[0])
		(void)answer(done, 0, "%s", "");
out:
	close(fd);
}

static void sftp_perform(struct place *p, const struct drop_job *job, struct drop_done *done)
{
	struct session *s = session_of(p);

	if (answer_check_names(job, done) != 0)
		return;
	switch (job->kind) {
	case DROP_LIST:
		do_list(s, done);
		break;
	case DROP_FETCH:
		do_fetch(s, job, done);
		break;
	case DROP_MOVE:
		do_move(s, job, done);
		break;
	case DROP_PUT:
		do_put(s, job, done);
		break;
	case DROP_STAT:
		do_stat(s, job, done);
		break;
	}
	if (s->broken)
		session_disconnect(s);
}

/* A look at in/ instead of an SSH keepalive: it proves that files can be reached. */
static void sftp_idle(struct place *p)
{
	struct session *s = session_of(p);
	struct drop_done done = {.err = 0};
	struct remote_file file;
	char path[REMOTE_MOST];

	remote(s, path, "in", "");
	(void)look(s, path, &done, &file);
	if (s->broken)
		session_disconnect(s);
}

static int sftp_connect(struct place *p, char why[MAX_WORDS])
{
	return session_connect(session_of(p), why);
}

static bool sftp_connected(const struct place *p)
{
	return ((const struct session *)(const void *)p)->sftp != NULL;
}

static int sftp_fd(const struct place *p)
{
	return ((const struct session *)(const void *)p)->fd;
}

static void sftp_disconnect(struct place *p)
{
	session_disconnect(session_of(p));
}

static int sftp_make(const struct drop_config *config, int stop_fd, struct place **ret_place)
{
	struct session *s;

	if (!config->host[0] || config->port < 1 || config->port > 65535 || !config->user[0] ||
	    config->root[0] != '/' || strncmp(config->host_key, "SHA256:", 7) != 0)
		return E_INVALID;
	s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->place.config = config;
	s->place.stop_fd = stop_fd;
	s->fd = -1;
	*ret_place = &s->place;
	return 0;
}

static void sftp_unmake(struct place *p)
{
	if (!p)
		return;
	session_disconnect(session_of(p));
	free(p);
}

static const struct place_ops place_sftp = {
    .name = "sftp",
    .make = sftp_make,
    .connect = sftp_connect,
    .connected = sftp_connected,
    .fd = sftp_fd,
    .disconnect = sftp_disconnect,
    .idle = sftp_idle,
    .perform = sftp_perform,
    .unmake = sftp_unmake,
};

static int sftp_start(const struct drop_config *config, struct mailbox *to_engine,
		      struct drop **ret_drop)
{
	return worker_start(&place_sftp, config, to_engine, ret_drop);
}

const struct drop_ops drop_sftp = {
    .name = "sftp",
    .start = sftp_start,
    .post = worker_post,
    .stop = worker_stop,
    .perform = worker_perform,
};
