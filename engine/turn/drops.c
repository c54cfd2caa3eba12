/*
 * The drops: for each core system one job at a time with its adapter. Everything
 * here is memory; what must survive is in the intake and file records, and is
 * queued again from them at start.
 */
#include "engine/turn/engine.h"
#include "engine/turn/expects.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_FIRST_MS = 1000, RETRY_MOST_MS = 300000 };

struct drop_view *drop_by_id(struct engine *e, const char *id)
{
	for (size_t i = 0; i < e->n_drops; i++)
		if (strcmp(e->drops[i].config->id, id) == 0)
			return &e->drops[i];
	return NULL;
}

static void work_free(struct file_work *w)
{
	if (w)
		free(w->again);
	free(w);
}

/* ---- start and stop ---- */

int drops_start(struct engine *e)
{
	for (size_t i = 0; i < e->config->n_drops; i++) {
		struct drop_view *d = &e->drops[i];
		d->config = &e->config->drop[i];
		d->ops = strcmp(d->config->kind, "sftp") == 0 ? e->ports->drop_sftp
							      : e->ports->drop_local;
		d->seen = calloc(MAX_SEEN, sizeof *d->seen);
		if (!d->seen)
			return E_NOMEM;
		e->n_drops = i + 1;
		int err = d->ops->start(d->config, e->inbox, &d->drop);
		if (err)
			return err;
	}
	return 0;
}

void drops_stop(struct engine *e)
{
	for (size_t i = 0; i < e->n_drops; i++) {
		struct drop_view *d = &e->drops[i];
		if (d->drop)
			d->ops->stop(d->drop);
		while (d->work) {
			struct file_work *w = d->work;
			d->work = w->next;
			work_free(w);
		}
		work_free(d->current);
		free(d->seen);
	}
	e->n_drops = 0;
}

/* ---- queueing ---- */

static void enqueue(struct drop_view *d, struct file_work *w)
{
	struct file_work **at = &d->work;
	while (*at)
		at = &(*at)->next;
	w->next = NULL;
	*at = w;
	d->quiet = false;
}

struct queued {
	char drop[MAX_ID];
	struct file_work *work;
};

static void queued_free(void *arg)
{
	struct queued *q = arg;
	work_free(q->work);
	free(q);
}

static void queued_run(struct engine *e, void *arg)
{
	struct queued *q = arg;
	struct drop_view *d = drop_by_id(e, q->drop);
	if (d) {
		enqueue(d, q->work);
		q->work = NULL;
	} else {
		alert_raise(e, "drop",
			    "drop %s is not in the configuration any more: its files wait",
			    q->drop);
	}
	queued_free(q);
}

int file_work_later(struct engine *e, const char *drop, const struct drop_job *job, uint32_t intake,
		    uint32_t number)
{
	struct queued *q = calloc(1, sizeof *q);
	if (q)
		q->work = calloc(1, sizeof *q->work);
	if (q && q->work && number)
		q->work->again = again_new(number);
	if (!q || !q->work || (number && !q->work->again)) {
		if (q)
			queued_free(q);
		return E_NOMEM;
	}
	snprintf(q->drop, sizeof q->drop, "%s", drop);
	q->work->job = *job;
	q->work->intake = intake;
	q->work->number = number;
	return effect_add(e, queued_run, q, queued_free);
}

/* ---- posting ---- */

static struct file_work *take_ready(struct drop_view *d, int64_t boot)
{
	for (struct file_work **at = &d->work; *at; at = &(*at)->next)
		if ((*at)->not_before_real <= boot) {
			struct file_work *w = *at;
			*at = w->next;
			return w;
		}
	return NULL;
}

/* A completion file whose file was moved. The instant makes a name that no other has. */
static void put_away(struct seen *s, struct file_work *w)
{
	w->job = (struct drop_job){.kind = DROP_MOVE, .size = s->size, .mtime_s = s->mtime_s};
	snprintf(w->job.name, sizeof w->job.name, "%s", s->name);
	snprintf(w->job.folder, sizeof w->job.folder, "taken");
	snprintf(w->job.to_name, sizeof w->job.to_name, "%.200s.%lld", s->name,
		 (long long)s->mtime_s);
	s->busy = true;
}

/* A file that was listed twice with the same size and time, and is not known to be ours already. */
static struct file_work *next_fetch(struct engine *e, struct drop_view *d)
{
	for (size_t i = 0; i < d->n_seen; i++) {
		struct seen *s = &d->seen[i];
		if (!s->here || s->busy || !s->settled || s->waits)
			continue;
		s->waits = !expects_may_fetch(e, d, s);
		if (s->waits)
			continue;
		enum complete c = completion_of(e, d, s);
		if (c == COMPLETE_WAIT || c == COMPLETE_MARK)
			continue;
		struct file_work *w = calloc(1, sizeof *w);
		if (!w)
			return NULL;
		if (c == COMPLETE_SPENT) {
			put_away(s, w);
			return w;
		}
		if (e->next_intake < e->counters.next_intake)
			e->next_intake = e->counters.next_intake;
		w->intake = ++e->next_intake;
		w->job =
		    (struct drop_job){.kind = DROP_FETCH, .size = s->size, .mtime_s = s->mtime_s};
		snprintf(w->job.name, sizeof w->job.name, "%s", s->name);
		if (spool_path(e->spool, SPOOL_ARRIVING, w->intake, s->name, w->job.path)) {
			free(w);
			s->busy = true; /* a name that no path can hold: said once, left there */
			alert_raise(
			    e, "drop",
			    "a file in the drop has a name that is too long: it is left there");
			continue;
		}
		s->busy = true;
		return w;
	}
	return NULL;
}

static struct file_work *next_work(struct engine *e, struct drop_view *d)
{
	int64_t boot = clock_boot_ms();
	struct file_work *w = take_ready(d, boot);

	if (!w)
		w = next_fetch(e, d);
	if (!w && boot >= d->poll_real) {
		w = calloc(1, sizeof *w);
		if (w)
			w->job.kind = DROP_LIST;
	}
	return w;
}

static void post_next(struct engine *e, struct drop_view *d)
{
	struct file_work *w = next_work(e, d);
	if (!w)
		return;
	w->job.id = ++e->next_drop_job; /* one counter for all drops: whose answer is it? */
	if (d->ops->post(d->drop, &w->job)) {
		w->next =
		    d->work; /* its mailbox is full: not with one job at a time, but then again */
		d->work = w;
		return;
	}
	d->current = w;
	d->busy = true;
	if (w->job.kind != DROP_LIST)
		d->quiet = false;
}

void drops_work(struct engine *e)
{
	for (size_t i = 0; i < e->n_drops; i++)
		if (!e->drops[i].busy && !e->stopping)
			post_next(e, &e->drops[i]);
}

/* A file seen once: two listings in a row without time between them would say that it is whole. */
static bool still_growing(const struct drop_view *d)
{
	for (size_t i = 0; i < d->n_seen; i++)
		if (d->seen[i].here && !d->seen[i].busy && !d->seen[i].settled)
			return true;
	return false;
}

bool drops_quiet(struct engine *e)
{
	for (size_t i = 0; i < e->n_drops; i++) {
		struct drop_view *d = &e->drops[i];
		/* The next listing under way does not unsay the last one: with a short poll there
		 * is always one, and the rehearsal would never jump. */
		bool at_work = d->work || (d->busy && d->current->job.kind != DROP_LIST);
		if (d->quiet && !at_work)
			continue;
		if (!d->busy && !d->work && !still_growing(d))
			d->poll_real = 0; /* look now: the rehearsal waits for it */
		return false;
	}
	return true;
}

/* ---- done: in the transaction ---- */

static struct drop_view *view_of(struct engine *e, const struct drop_done *done)
{
	for (size_t i = 0; i < e->n_drops; i++) {
		struct drop_view *d = &e->drops[i];
		if (d->busy && d->current && d->current->job.id == done->job.id)
			return d;
	}
	return NULL;
}

int on_drop_done(struct engine *e, const struct event *ev)
{
	const struct drop_done *done = ev->drop;
	const struct drop_view *d = view_of(e, done);
	if (!d)
		return 0;
	switch (done->job.kind) {
	case DROP_LIST:
		return 0;
	case DROP_FETCH:
		return done->err ? 0 : on_fetched(e, d, done, d->current->intake);
	case DROP_MOVE:
		/* E_NOTFOUND: whoever owns the folder took it away; there is nothing to move. */
		if (d->current->intake == 0)
			return 0; /* a completion file: nothing is recorded of it */
		return done->err == 0 || done->err == E_NOTFOUND ? on_moved(e, d->current->intake)
								 : 0;
	case DROP_PUT:
		return on_put(e, done, d->current->number);
	case DROP_STAT:
		return on_stat(e, done, d->current->number);
	}
	return 0;
}

/* ---- done: memory ---- */

/* The list is kept sorted by name. */
static int by_name(const void *key, const void *seen)
{
	return strcmp(key, ((const struct seen *)seen)->name);
}

static int seen_order(const void *a, const void *b)
{
	return by_name(((const struct seen *)a)->name, b);
}

static struct seen *seen_find(struct drop_view *d, size_t n, const char *name)
{
	return bsearch(name, d->seen, n, sizeof *d->seen, by_name);
}

static void seen_one(struct drop_view *d, size_t known, const struct drop_entry *entry)
{
	struct seen *s = seen_find(d, known, entry->name);
	if (!s) {
		if (d->n_seen == MAX_SEEN)
			return; /* its turn comes when others are gone */
		s = &d->seen[d->n_seen++];
		*s = (struct seen){.size = entry->size, .mtime_s = entry->mtime_s, .here = true};
		snprintf(s->name, sizeof s->name, "%s", entry->name);
		d->quiet = false;
		return;
	}
	bool same = s->size == entry->size && s->mtime_s == entry->mtime_s;
	if (!same)
		s->busy = false; /* another file under a known name */
	s->settled = same;
	s->size = entry->size;
	s->mtime_s = entry->mtime_s;
	s->here = true;
	if (!s->busy && !s->waits) /* what waits is no work: the rehearsal may go on */
		d->quiet = false;
}

/* Nothing is there but files that wait for their completion files, or these: a drop that waits for
 * the core system holds up no rehearsal. */
static bool only_waits(struct engine *e, struct drop_view *d)
{
	for (size_t i = 0; i < d->n_seen; i++) {
		const struct seen *s = &d->seen[i];
		if (s->busy)
			continue;
		enum complete c = s->settled ? completion_of(e, d, s) : COMPLETE;
		if (c != COMPLETE_WAIT && c != COMPLETE_MARK)
			return false;
	}
	return true;
}

static void listed(struct engine *e, struct drop_view *d, const struct drop_done *done)
{
	d->poll_real = clock_boot_ms() + e->config->engine.poll;
	if (done->err)
		return;
	d->quiet = !d->work;
	for (size_t i = 0; i < d->n_seen; i++)
		d->seen[i].here = false;
	size_t known = d->n_seen; /* new ones are added behind, and sorted in afterwards */
	for (size_t i = 0; i < done->n_entries; i++)
		seen_one(d, known, &done->entries[i]);
	size_t kept = 0;
	for (size_t i = 0; i < d->n_seen; i++)
		if (d->seen[i].here)
			d->seen[kept++] = d->seen[i];
	d->n_seen = kept;
	for (size_t i = 0; i < kept; i++)
		d->seen[i].waits = false; /* others came or went: each is asked anew */
	qsort(d->seen, kept, sizeof *d->seen, seen_order);
	if (!d->quiet)
		d->quiet = !d->work && only_waits(e, d);
	if (!d->quiet && !d->work)
		d->poll_real = clock_boot_ms() +
			       (e->config->engine.poll < 1000 ? e->config->engine.poll : 1000);
}

/* Whether the same job is to be tried again; if not, memory is done with it. */
static bool try_again(struct engine *e, struct file_work *w, const struct drop_done *done)
{
	if (done->err == 0)
		return false;
	if (done->job.kind == DROP_LIST || done->job.kind == DROP_FETCH)
		return false; /* the next listing brings it back */
	if (done->job.kind == DROP_MOVE && done->err == E_NOTFOUND)
		return false;
	if (done->job.kind == DROP_STAT || done->job.kind == DROP_PUT) {
		if (done->job.kind == DROP_PUT || done->err != E_NOTFOUND) {
			outgoing_again(e, w->again);
			w->again = NULL;
		}
		return false; /* a stat that found nothing: on_stat() has put it again */
	}
	return true;
}

static void complain(struct engine *e, const struct drop_view *d, const struct drop_done *done)
{
	if (!done->err || done->err == E_NOTFOUND)
		return;
	log_warn("event=drop-job drop=%s kind=%d err=\"%s\" why=\"%s\" next=again", d->config->id,
		 (int)done->job.kind, err_str(done->err), done->why);
	if (done->err == E_AUTH)
		alert_raise(
		    e, "drop-auth",
		    "drop %s: sign-in refused or the server's key is not the pinned one: %s",
		    d->config->id, done->why);
	else if (done->err == E_NOSPC)
		alert_raise(e, "disk", "drop %s: no room: %s", d->config->id, done->why);
	else if (done->err == E_EXISTS)
		alert_raise(e, "drop-exists", "drop %s: another file stands in the way of %s: %s",
			    d->config->id, done->job.name, done->why);
}

void drops_done(struct engine *e, struct event *ev)
{
	const struct drop_done *done = ev->drop;
	struct drop_view *d = view_of(e, done);
	if (!d)
		return;
	struct file_work *w = d->current;
	complain(e, d, done);
	if (done->job.kind == DROP_LIST)
		listed(e, d, done);
	else
		d->quiet = false;
	if (done->job.kind == DROP_FETCH && done->err) {
		struct seen *s = seen_find(d, d->n_seen, done->job.name);
		if (s)
			s->busy = s->settled = false;
	}
	if (done->job.kind == DROP_MOVE && !done->err) {
		/* The name is free: who stands there at the next look is another file, though it be
		 * the same to the second and the byte (put back before a listing showed the gap).
		 */
		struct seen *s = seen_find(d, d->n_seen, done->job.name);
		if (s) {
			s->busy = s->settled = false;
			s->size = -1;
		}
	}
	bool again = try_again(e, w, done);
	d->busy = false;
	d->current = NULL;
	if (done->job.kind != DROP_LIST || !d->quiet)
		e->more = true;
	if (!again) {
		work_free(w);
		return;
	}
	int64_t wait = (int64_t)RETRY_FIRST_MS << (w->tries < 9 ? w->tries : 9);
	w->tries++;
	w->not_before_real = clock_boot_ms() + (wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS);
	enqueue(d, w);
}
