/* See fake_drop.h. */
#include "tests/support/fake_drop.h"

#include "adapters/sign/digest.h"
#include "engine/event.h"
#include "spool/afile.h"
#include "spool/name.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Weak: test programs that have no events link this file too. */
#pragma weak event_new
#pragma weak event_free

enum { FILES = 256, KEPT = 256 };

struct fake_file {
	char path[MAX_FILE_NAME + 32];
	void *bytes; /* NULL: a free slot */
	size_t n;
	int64_t mtime_s;
};
struct drop {
	struct drop_config config;
	struct mailbox *to_engine;
	struct fake_file files[FILES];
	struct event *kept[KEPT];
	size_t n_kept, jobs;
	int fail_err;
	unsigned fail_times;
	bool fail_done;
};

static struct fake_file *find(struct drop *d, const char *path)
{
	for (size_t i = 0; i < FILES; i++)
		if (d->files[i].bytes && strcmp(d->files[i].path, path) == 0)
			return &d->files[i];
	return NULL;
}

void fake_drop_give(struct drop *d, const char *path, const void *p, size_t n, int64_t mtime_s)
{
	struct fake_file *f = find(d, path);
	for (size_t i = 0; !f && i < FILES; i++)
		if (!d->files[i].bytes)
			f = &d->files[i];
	if (!f)
		abort();
	free(f->bytes);
	f->bytes = malloc(n + 1);
	if (!f->bytes)
		abort();
	memcpy(f->bytes, p, n);
	f->n = n;
	f->mtime_s = mtime_s;
	snprintf(f->path, sizeof f->path, "%s", path);
}

const void *fake_drop_read(struct drop *d, const char *path, size_t *ret_n)
{
	struct fake_file *f = find(d, path);
	if (f && ret_n)
		*ret_n = f->n;
	return f ? f->bytes : NULL;
}

void fake_drop_remove(struct drop *d, const char *path)
{
	struct fake_file *f = find(d, path);
	if (f) {
		free(f->bytes);
		f->bytes = NULL;
	}
}

void fake_drop_fail(struct drop *d, int err, unsigned times, bool done)
{
	d->fail_err = err;
	d->fail_times = times;
	d->fail_done = done;
}

size_t fake_drop_jobs(struct drop *d)
{
	return d->jobs;
}

static void weigh(const struct fake_file *f, struct drop_done *done)
{
	struct sha256_state s;
	uint8_t sum[32];
	digest_sodium.sha256_begin(&s);
	digest_sodium.sha256_add(&s, f->bytes, f->n);
	digest_sodium.sha256_end(&s, sum);
	digest_hex(sum, 32, done->sha256);
	done->size = (int64_t)f->n;
}

static int by_name(const void *a, const void *b)
{
	const struct drop_entry *x = a, *y = b;
	return strcmp(x->name, y->name);
}

static int do_list(struct drop *d, struct drop_done *done)
{
	size_t n = 0, odd = 0;
	struct drop_entry *list = calloc(FILES, sizeof *list);
	for (size_t i = 0; list && i < FILES; i++) {
		const struct fake_file *f = &d->files[i];
		if (!f->bytes || strncmp(f->path, "in/", 3) != 0 ||
		    strncmp(f->path, "in/taken/", 9) == 0 ||
		    strncmp(f->path, "in/refused/", 11) == 0)
			continue;
		if (!name_is_safe(f->path + 3)) {
			odd++;
		} else if (!name_matches(d->config.temporary, f->path + 3)) {
			list[n].size = (int64_t)f->n;
			list[n].mtime_s = f->mtime_s;
			snprintf(list[n++].name, MAX_FILE_NAME, "%.255s", f->path + 3);
		}
	}
	if (list)
		qsort(list, n, sizeof *list, by_name);
	done->entries = list;
	done->n_entries = n;
	if (odd)
		snprintf(done->why, sizeof done->why, "left out: %zu names", odd);
	return list ? 0 : E_AGAIN;
}

static int do_put(struct drop *d, const struct drop_job *job, const char *path,
		  struct drop_done *done)
{
	char ours[65];
	FILE *in = fopen(job->path[0] ? job->path : "/dev/null", "rb");
	if (!in)
		return E_NOTFOUND;
	char *bytes = malloc(1 << 24);
	size_t n = bytes ? fread(bytes, 1, 1 << 24, in) : 0;
	fclose(in);
	struct fake_file mine = {.bytes = bytes, .n = n}, *theirs = find(d, path);
	int err = bytes ? 0 : E_AGAIN;
	if (err == 0) {
		weigh(&mine, done);
		memcpy(ours, done->sha256, sizeof ours);
		if (!theirs)
			fake_drop_give(d, path, bytes, n, 0);
		else
			weigh(theirs, done);
		err = strcmp(ours, done->sha256) == 0 ? 0 : E_EXISTS;
	}
	free(bytes);
	return err;
}

static int do_move(struct drop *d, const struct drop_job *job)
{
	char from[sizeof d->files->path], to[sizeof d->files->path];
	snprintf(from, sizeof from, "in/%.255s", job->name);
	snprintf(to, sizeof to, "in/%.15s/%.255s", job->folder, job->to_name);
	struct fake_file *source = find(d, from), *target = find(d, to);
	if (!source)
		return target ? 0 : E_NOTFOUND;
	if (job->size >= 0 && ((int64_t)source->n != job->size || source->mtime_s != job->mtime_s))
		return E_NOTFOUND;
	if (target)
		return E_EXISTS;
	strcpy(source->path, to);
	return 0;
}

static int work(struct drop *d, const struct drop_job *job, struct drop_done *done)
{
	char path[sizeof d->files->path];
	bool in = job->kind == DROP_FETCH;

	if (job->kind == DROP_LIST)
		return do_list(d, done);
	if (!name_is_safe(job->name) || (job->kind == DROP_MOVE && !name_is_safe(job->to_name)))
		return E_INVALID;
	if (job->kind == DROP_MOVE)
		return strcmp(job->folder, "taken") == 0 || strcmp(job->folder, "refused") == 0
			   ? do_move(d, job)
			   : E_INVALID;
	snprintf(path, sizeof path, "%s/%.255s", in ? "in" : "out", job->name);
	if (job->kind == DROP_PUT)
		return do_put(d, job, path, done);
	struct fake_file *f = find(d, path);
	if (!f)
		return E_NOTFOUND;
	weigh(f, done);
	if (job->kind == DROP_STAT)
		return 0;
	if ((int64_t)f->n != job->size || f->mtime_s != job->mtime_s)
		return E_AGAIN;
	return afile_put(job->path, f->bytes, f->n, 0600, AFILE_NEW);
}

static int fake_perform(struct drop *d, const struct drop_job *job, struct drop_done *done)
{
	memset(done, 0, sizeof *done);
	done->job = *job;
	d->jobs++;
	bool fails = d->fail_times > 0;
	if (!fails || d->fail_done)
		done->err = work(d, job, done);
	if (fails) {
		d->fail_times--;
		free(done->entries);
		done->entries = NULL;
		done->n_entries = 0;
		done->err = d->fail_err;
	}
	if (done->err)
		snprintf(done->why, sizeof done->why, "fake: %s", err_str(done->err));
	return done->err;
}

void fake_drop_pump(struct drop *d)
{
	size_t i = 0;
	while (i < d->n_kept && mailbox_post(d->to_engine, d->kept[i]) == 0)
		i++;
	memmove(d->kept, d->kept + i, (d->n_kept - i) * sizeof *d->kept);
	d->n_kept -= i;
}

static void tell(struct drop *d, struct event *ev)
{
	d->kept[d->n_kept++] = ev;
	fake_drop_pump(d);
}

void fake_drop_state(struct drop *d, bool up)
{
	struct event *ev = event_new(EV_DROP_STATE);
	if (!ev || d->n_kept == KEPT)
		abort();
	ev->trunk.up = up;
	tell(d, ev);
}

static int fake_post(struct drop *d, const struct drop_job *job)
{
	if (d->n_kept + 1 >= KEPT)
		return E_FULL;
	struct event *ev = event_new(EV_DROP_DONE);
	if (!ev || !(ev->drop = calloc(1, sizeof *ev->drop)))
		abort();
	fake_perform(d, job, ev->drop);
	tell(d, ev);
	return 0;
}

static int fake_start(const struct drop_config *config, struct mailbox *to_engine,
		      struct drop **ret_drop)
{
	struct drop *d = calloc(1, sizeof *d);
	if (!d)
		return E_NOMEM;
	d->config = *config;
	d->to_engine = to_engine;
	*ret_drop = d;
	fake_drop_state(d, true);
	return 0;
}

static void fake_stop(struct drop *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < FILES; i++)
		free(d->files[i].bytes);
	for (size_t i = 0; i < d->n_kept; i++)
		event_free(d->kept[i]);
	free(d);
}

const struct drop_ops drop_fake = {
    .name = "fake",
    .start = fake_start,
    .post = fake_post,
    .stop = fake_stop,
    .perform = fake_perform,
};
