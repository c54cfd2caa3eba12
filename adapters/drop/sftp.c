/*
 * The drop over SFTP (engine/drop.h): the work on files. The connection is
 * session.c's, the thread worker.c's, single files remote.c's, putting sftp_put.c's.
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
#include "adapters/drop/remote.h"
#include "adapters/drop/sftp_put.h"
#include "adapters/drop/worker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct session *session_of(struct place *p)
{
	return (struct session *)(void *)p;
}

/* One name of a listing; rc as libssh2 gave it (the name's length). */
static int list_one(struct session *s, const char *name, int rc, LIBSSH2_SFTP_ATTRIBUTES *a,
		    struct listing *l)
{
	struct drop_entry entry = {.size = 0};
	struct remote_file file;

	if (remote_facts(a, &file) != 0 || !file.regular)
		return 0; /* folders, links, pipes: not part of the contract, never followed */
	entry.size = file.size;
	entry.mtime_s = file.mtime_s;
	return listing_add(l, s->place.config->temporary, name, (size_t)rc, &entry);
}

static void do_list(struct session *s, struct drop_done *done)
{
	char path[REMOTE_PATH], name[4096];
	struct listing l = {0};
	LIBSSH2_SFTP_ATTRIBUTES a;
	LIBSSH2_SFTP_HANDLE *h = NULL;
	int rc, err = 0;

	remote_path(s, path, "in", "");
	SESSION_TRY_PTR(s, h, rc,
			libssh2_sftp_open_ex(s->sftp, path, (unsigned)strlen(path), 0, 0,
					     LIBSSH2_SFTP_OPENDIR));
	if (!h) {
		(void)remote_fail(s, done, rc, "opening in/");
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
		(void)remote_fail(s, done, rc, "reading in/");
	else if (err)
		(void)answer(done, E_AGAIN, "out of memory");
	else
		listing_end(&l, done);
	(void)remote_close(s, h); /* it was only read */
	listing_free(&l);
}

static bool unchanged(const struct remote_file *f, const struct drop_job *job)
{
	return f->regular && f->size == job->size && f->mtime_s == job->mtime_s;
}

static void do_fetch(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char path[REMOTE_PATH];
	struct remote_file file;
	LIBSSH2_SFTP_HANDLE *h = NULL;
	struct afile *to = NULL;
	int err;

	remote_path(s, path, "in", job->name);
	if (remote_look(s, path, done, &file) != 0)
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
	err = remote_open(s, path, LIBSSH2_FXF_READ, done, &h);
	if (err == 0)
		err = remote_read(s, h, to, done);
	if (h)
		(void)remote_close(s, h);
	if (err == 0)
		err = remote_look(s, path, done, &file);
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

static void do_stat(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char path[REMOTE_PATH];
	remote_path(s, path, "out", job->name);
	(void)remote_weigh(s, path, done);
}

/* in/ and its sub-folder of that name. in/ and out/ themselves are never made: when they are
 * missing, the root is wrong or a disk is not mounted, and making them would hide it. */
static void make_folder(struct session *s, const char *folder)
{
	char path[REMOTE_PATH];
	int rc;
	remote_path(s, path, folder, "");
	SESSION_TRY(s, rc, libssh2_sftp_mkdir_ex(s->sftp, path, (unsigned)strlen(path), 0750));
	(void)rc; /* there already; anything else shows at the rename */
}

/* Both names stand. A server that renames by link and unlink may have died between the two: then
 * they are one file, the target is ours by its intake id, and the source goes. */
static int finish_move(struct session *s, const char *from, const char *to, struct drop_done *done)
{
	struct remote_file a, b;
	char sum[65];
	int err = remote_look(s, from, done, &a);

	if (err == 0)
		err = remote_look(s, to, done, &b);
	if (err)
		return err;
	if (!a.regular || !b.regular || a.size != b.size || a.mtime_s != b.mtime_s)
		return answer(done, E_EXISTS, "another file stands at the target");
	err = remote_weigh(s, from, done);
	memcpy(sum, done->sha256, sizeof sum);
	if (err == 0)
		err = remote_weigh(s, to, done);
	if (err)
		return err;
	if (strcmp(sum, done->sha256) != 0)
		return answer(done, E_EXISTS, "another file stands at the target");
	remote_remove(s, from);
	return s->broken ? answer(done, E_UNKNOWN, "a removal was sent and no answer came") : 0;
}

static void do_move(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char from[REMOTE_PATH], to[REMOTE_PATH], folder[32];
	struct remote_file file;
	int err;

	snprintf(folder, sizeof folder, "in/%.15s", job->folder);
	remote_path(s, from, "in", job->name);
	remote_path(s, to, folder, job->to_name);
	err = remote_look(s, to, done, &file);
	bool target = err == 0;
	if (err && err != E_NOTFOUND)
		return;
	err = remote_look(s, from, done, &file);
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
				: remote_rename(s, from, to, done);
	}
	if (err == 0)
		(void)answer(done, 0, "%s", "");
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
		sftp_put(s, job, done);
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
	char path[REMOTE_PATH];

	remote_path(s, path, "in", "");
	(void)remote_look(s, path, &done, &file);
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
