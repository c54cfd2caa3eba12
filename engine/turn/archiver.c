/* See archiver.h. */
#include "engine/turn/archiver.h"

#include "engine/archive/days.h"
#include "engine/archive/seal.h"
#include "engine/event.h"
#include "engine/full_io.h"
#include "engine/log.h"
#include "engine/turn/audit_head.h"
#include "engine/turn/expect.h"
#include "engine/turn/keep.h"
#include "engine/turn/retire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUEUE = 64, TICK_MS = 50 };

struct archiver {
	struct archiver_config config;
	struct mailbox *jobs;
	pthread_t thread;
	bool started;
	_Atomic bool stopping;
	char root[MAX_PATH_BYTES];
};

static int step(void *arg, size_t bytes)
{
	const struct archiver *a = arg;
	(void)bytes;
	return a->stopping ? E_CLOSED : 0;
}

/* ---- answers ---- */

void archive_done_free(struct archive_done *d)
{
	if (d)
		free(d->plan);
	free(d);
}

/* An answer waits for memory and for room; at the end it is lost, and the next start asks again. */
static void answer(struct archiver *a, const struct archive_done *done)
{
	struct event *ev = NULL;
	while (!a->stopping) {
		if (!ev)
			ev = event_new(EV_ARCHIVE);
		if (ev && !ev->archive)
			ev->archive = malloc(sizeof *ev->archive);
		if (ev && ev->archive) {
			*ev->archive = *done;
			if (mailbox_post(a->config.to_engine, ev) == 0)
				return;
		}
		poll(NULL, 0, TICK_MS);
	}
	if (!ev || !ev->archive)
		free(done->plan);
	event_free(ev);
}

/* ---- sealing ---- */

static int seal_one(struct archiver *a, int32_t day, struct expected *expected,
		    struct archive_done *done)
{
	struct seal_config c = {.root = a->root,
				.sum = {a->config.ports->digest, step, a},
				.sign = a->config.ports->sign,
				.key = a->config.key,
				.check = expected_check,
				.check_arg = expected};
	struct sealed sealed;
	int err = seal_day(&c, day, &sealed, done->words);
	if (err || sealed.empty)
		return err;
	log_info("event=sealed day=%d files=%zu bytes=%llu odd=%zu sha256=%.16s", day, sealed.files,
		 (unsigned long long)sealed.bytes, sealed.odd, sealed.sha256);
	struct archive_done one = {.kind = ARCHIVE_SEAL, .day = day, .odd = sealed.odd};
	memcpy(one.sha256, sealed.sha256, sizeof one.sha256);
	if (sealed.odd)
		snprintf(one.words, sizeof one.words, "%s", sealed.first_odd);
	answer(a, &one);
	return 0;
}

/* What the records say must be there is put there first: then the folders are whole. */
static int seal_days(struct archiver *a, const struct archive_job *job, struct archive_done *done)
{
	struct expected *expected = NULL;
	struct days days = {0};
	int err = expected_read(&a->config, job->after, job->day, &expected);
	if (!err)
		err = expected_fill(&a->config, expected, done->words);
	if (!err)
		err = audit_heads_keep(&a->config, job->after, job->day);
	if (!err)
		err = days_list(a->root, &days);
	for (size_t i = 0; !err && i < days.n; i++)
		if (days.list[i] > job->after && days.list[i] <= job->day) {
			done->day = days.list[i];
			err = seal_one(a, days.list[i], expected, done);
		}
	days_free(&days);
	expected_free(expected);
	return err;
}

/* ---- what is over its time ---- */

static int answer_plan(struct archiver *a, const struct archive_job *job, const struct retire *r)
{
	struct archive_done shown = {.kind = job->kind, .day = job->day, .command = job->command};
	shown.plan = malloc(sizeof *shown.plan);
	if (!shown.plan)
		return E_NOMEM;
	*shown.plan = *retire_shown(r);
	memcpy(shown.by, job->by, sizeof shown.by);
	answer(a, &shown);
	return 0;
}

/* The plan is answered first: deleting may take longer than somebody waits. */
static int retire(struct archiver *a, const struct archive_job *job, struct archive_done *done)
{
	struct retire_order order = {
	    .by = job->by, .today = job->day, .sum = {a->config.ports->digest, step, a}};
	struct retire *r = NULL;
	int err = retire_plan(&a->config, a->root, job, &r);
	done->recordings = job->recordings;
	done->command = job->command; /* who waits is answered, by the plan or by the failure */
	if (!err)
		err = answer_plan(a, job, r);
	if (!err)
		done->command = NULL;
	if (!err && job->kind == ARCHIVE_DELETE)
		err = retire_delete(r, &order, &done->files, &done->left, done->words);
	retire_free(r);
	return err;
}

/* ---- recordings ---- */

void sound_file_free(struct sound_file *f)
{
	if (f && f->bytes)
		explicit_bzero(f->bytes, f->n);
	if (f)
		free(f->bytes);
	free(f);
}

static void job_free(void *arg)
{
	struct archive_job *job = arg;
	sound_file_free(job->sound);
	if (job->kind == ARCHIVE_GIVE)
		close(job->fd);
	free(job);
}

static int write_sound(struct archiver *a, const struct sound_file *f)
{
	char day[16];
	day_folder(f->day, day);
	return spool_archive_text(a->config.spool, day, CLASS_RECORDINGS, f->name, f->bytes, f->n);
}

static int give(struct archiver *a, const struct archive_job *job)
{
	char name[MAX_FILE_NAME], path[MAX_PATH_BYTES], buf[16384];
	snprintf(name, sizeof name, CLASS_RECORDINGS "/%s", job->name);
	int err = day_path(a->root, job->day, name, path), from = -1;
	ssize_t n = 0;
	if (!err && (from = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		err = errno == ENOENT ? E_NOTFOUND : E_IO;
	while (!err && (n = read(from, buf, sizeof buf)) > 0)
		err = write_full(job->fd, buf, (size_t)n);
	explicit_bzero(buf, sizeof buf);
	if (from >= 0)
		close(from);
	return n < 0 ? E_IO : err;
}

static void one_job(struct archiver *a, const struct archive_job *job)
{
	struct archive_done done = {.kind = job->kind, .ended = true, .day = job->day};
	switch (job->kind) {
	case ARCHIVE_KEEP:
		done.err = keep_versions(&a->config, job->day, job->now_ms, done.words);
		break;
	case ARCHIVE_SEAL:
		done.err = seal_days(a, job, &done);
		break;
	case ARCHIVE_PLAN:
	case ARCHIVE_DELETE:
		done.err = retire(a, job, &done);
		break;
	case ARCHIVE_SOUND:
		done.err = write_sound(a, job->sound);
		done.call = job->sound->call;
		done.number = job->sound->number;
		done.bytes = job->sound->n;
		break;
	case ARCHIVE_GIVE:
		done.err = give(a, job);
		done.command = job->command;
		break;
	}
	if (done.err == E_CLOSED)
		return; /* we are stopping */
	if (done.err && !done.words[0])
		snprintf(done.words, sizeof done.words, "%s", err_str(done.err));
	answer(a, &done);
}

/* ---- the thread ---- */

static void *archiver_main(void *arg)
{
	struct archiver *a = arg;
	log_thread_name("archiver");
	while (!a->stopping) {
		struct archive_job *job = mailbox_take(a->jobs);
		if (job) {
			one_job(a, job);
			job_free(job);
			continue;
		}
		struct pollfd p = {.fd = mailbox_fd(a->jobs), .events = POLLIN};
		poll(&p, 1, 200);
	}
	/* Voices that wait here are nowhere else. Nobody hears the answer: a record whose file is
	 * not there says so itself. */
	for (struct archive_job *job; (job = mailbox_take(a->jobs)) != NULL; job_free(job))
		if (job->kind == ARCHIVE_SOUND && write_sound(a, job->sound) != 0)
			log_warn("event=recordings lost=%s", job->sound->name);
	return NULL;
}

int archiver_start(const struct archiver_config *config, struct archiver **ret)
{
	struct archiver *a = calloc(1, sizeof *a);
	if (!a)
		return E_NOMEM;
	a->config = *config;
	int n = snprintf(a->root, sizeof a->root, "%s/%s", spool_root(config->spool),
			 spool_kind_name(SPOOL_ARCHIVE));
	int err = n < (int)sizeof a->root ? 0 : E_LIMIT;
	if (!err)
		err = mailbox_new(QUEUE, &a->jobs);
	if (!err && pthread_create(&a->thread, NULL, archiver_main, a) != 0)
		err = E_NOMEM;
	if (err) {
		archiver_stop(a);
		return err;
	}
	a->started = true;
	*ret = a;
	return 0;
}

int archiver_post(struct archiver *a, const struct archive_job *job)
{
	struct archive_job *copy = malloc(sizeof *copy);
	if (!copy)
		return E_NOMEM;
	*copy = *job;
	int err = mailbox_post(a->jobs, copy);
	if (err)
		free(copy);
	return err;
}

void archiver_stop(struct archiver *a)
{
	if (!a)
		return;
	a->stopping = true;
	if (a->jobs)
		mailbox_wake(a->jobs);
	if (a->started)
		pthread_join(a->thread, NULL);
	if (a->jobs)
		mailbox_free(a->jobs, job_free);
	free(a);
}
