/*
 * See handed.h. The descriptor is another process's: its offset is not ours to move
 * (pread), it may be no file at all (a pipe would hold us for ever: refused), and the
 * file may change under us: what it was before and after the copy must agree.
 */
#include "engine/handed.h"

#include "engine/event.h"
#include "engine/log.h"
#include "spool/afile.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUEUE = 16, PIECE = 1 << 16, WAIT_MS = 20, IDLE_MS = 500 };

struct handed {
	const struct digest_ops *digest;
	struct mailbox *to_engine, *jobs;
	pthread_t thread;
	bool started;
	_Atomic bool stopping;
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

static void answer(struct handed *h, struct event *ev)
{
	while (mailbox_post(h->to_engine, ev)) {
		if (h->stopping) {
			event_free(ev); /* the copy has no record: the next start removes it */
			return;
		}
		poll(NULL, 0, WAIT_MS);
	}
}

static void one_job(struct handed *h, const struct handed_job *job)
{
	struct event *ev;
	while ((ev = event_new(EV_HANDED)) == NULL && !h->stopping)
		poll(NULL, 0, IDLE_MS);
	if (!ev)
		return;
	memcpy(ev->handed.name, job->name, sizeof ev->handed.name);
	ev->handed.intake = job->intake;
	ev->handed.err =
	    handed_copy(h->digest, job, &h->stopping, &ev->handed.size, ev->handed.sha256);
	answer(h, ev);
}

static void job_free(void *arg)
{
	struct handed_job *job = arg;
	close(job->fd);
	free(job);
}

static void *handed_main(void *arg)
{
	struct handed *h = arg;
	log_thread_name("handed");
	while (!h->stopping) {
		struct handed_job *job = mailbox_take(h->jobs);
		if (!job) {
			struct pollfd p = {.fd = mailbox_fd(h->jobs), .events = POLLIN};
			poll(&p, 1, IDLE_MS);
			continue;
		}
		one_job(h, job);
		job_free(job);
	}
	return NULL;
}

int handed_start(const struct digest_ops *digest, struct mailbox *to_engine, struct handed **ret)
{
	struct handed *h = calloc(1, sizeof *h);
	if (!h)
		return E_NOMEM;
	h->digest = digest;
	h->to_engine = to_engine;
	int err = mailbox_new(QUEUE, &h->jobs);
	if (!err && pthread_create(&h->thread, NULL, handed_main, h) != 0)
		err = E_NOMEM;
	if (err) {
		handed_stop(h);
		return err;
	}
	h->started = true;
	*ret = h;
	return 0;
}

int handed_post(struct handed *h, const struct handed_job *job)
{
	struct handed_job *copy = malloc(sizeof *copy);
	if (!copy) {
		close(job->fd);
		return E_NOMEM;
	}
	*copy = *job;
	int err = mailbox_post(h->jobs, copy);
	if (err)
		job_free(copy);
	return err;
}

void handed_stop(struct handed *h)
{
	if (!h)
		return;
	h->stopping = true;
	if (h->jobs)
		mailbox_wake(h->jobs);
	if (h->started)
		pthread_join(h->thread, NULL);
	if (h->jobs)
		mailbox_free(h->jobs, job_free);
	free(h);
}
