/*
 * See handed.h. The descriptor is another process's: its offset is not ours to move
 * (pread), it may be no file at all (a pipe would hold us for ever: refused), and the
 * file may change under us: what it was before and after the copy must agree.
 */
#include "engine/handed.h"

#include "engine/job_thread.h"
#include "spool/afile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUEUE = 16, PIECE = 1 << 16 };

struct handed {
	const struct digest_ops *digest;
	struct mailbox *to_engine;
	struct job_thread *thread;
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int copy_bytes(int fd, int64_t size, struct afile *out, const struct digest_ops *digest,
		      struct sha256_state *hash, const _Atomic bool *stop)
{
	char buf[PIECE];
	int64_t at = 0;
	while (at < size) {
		if (*stop)
			return E_CLOSED;
		size_t want = size - at < PIECE ? (size_t)(size - at) : PIECE;
		ssize_t n = pread(fd, buf, want, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		if (n == 0)
			return E_AGAIN; /* shorter than it was */
		digest->sha256_add(hash, buf, (size_t)n);
		int err = afile_write(out, buf, (size_t)n);
		if (err)
			return err;
		at += n;
	}
	return 0;
}

int handed_copy(const struct digest_ops *digest, const struct handed_job *job,
		const _Atomic bool *stop, int64_t *ret_size, char ret_sha256[65])
{
	struct stat before, after;
	struct sha256_state hash;
	struct afile *out = NULL;
	uint8_t raw[32];

	if (fstat(job->fd, &before) != 0 || !S_ISREG(before.st_mode))
		return E_INVALID;
	if (before.st_size > MAX_FILE_BYTES)
		return E_LIMIT;
	int err = afile_open(job->path, 0600, AFILE_NEW, &out);
	if (err)
		return err;
	digest->sha256_begin(&hash);
	err = copy_bytes(job->fd, before.st_size, out, digest, &hash, stop);
	if (!err && (fstat(job->fd, &after) != 0 || !same_file(&before, &after)))
		err = E_AGAIN;
	if (err) {
		afile_abort(out);
		return err;
	}
	err = afile_commit(out);
	if (err)
		return err;
	digest->sha256_end(&hash, raw);
	digest_hex(raw, sizeof raw, ret_sha256);
	*ret_size = before.st_size;
	return 0;
}

/* ---- the thread ---- */

/* Stopped: the copy has no record, and the next start removes it. */
static void work(void *ctx, struct job_thread *w, void *arg)
{
	const struct handed *h = ctx;
	const struct handed_job *job = arg;
	struct event *ev = job_thread_event(w, EV_HANDED);
	if (!ev)
		return;
	memcpy(ev->handed.name, job->name, sizeof ev->handed.name);
	ev->handed.intake = job->intake;
	ev->handed.err = handed_copy(h->digest, job, job_thread_stopping(w), &ev->handed.size,
				     ev->handed.sha256);
	job_thread_tell(w, h->to_engine, ev);
}

static void job_free(void *arg)
{
	struct handed_job *job = arg;
	close(job->fd);
	free(job);
}

int handed_start(const struct digest_ops *digest, struct mailbox *to_engine, struct handed **ret)
{
	struct handed *h = calloc(1, sizeof *h);
	if (!h)
		return E_NOMEM;
	h->digest = digest;
	h->to_engine = to_engine;
	int err = job_thread_start(
	    &(struct job_thread_config){
		.name = "handed", .queue = QUEUE, .work = work, .free_job = job_free, .ctx = h},
	    &h->thread);
	if (err)
		free(h);
	else
		*ret = h;
	return err;
}

int handed_post(struct handed *h, const struct handed_job *job)
{
	struct handed_job *copy = malloc(sizeof *copy);
	if (!copy) {
		close(job->fd);
		return E_NOMEM;
	}
	*copy = *job;
	int err = job_thread_post(h->thread, copy);
	if (err)
		job_free(copy);
	return err;
}

void handed_stop(struct handed *h)
{
	if (h)
		job_thread_stop(h->thread);
	free(h);
}
