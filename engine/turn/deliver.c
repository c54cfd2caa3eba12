/*
 * How a file gets to the core system: built, put into the drop, delivered; tried for
 * days where the drop takes nothing.
 *
 * After a crash: `assigned` is built again; `sending` asks the drop first: there
 * with our size and hash is `delivered`, absent is put again under the same name
 * (the peer drops a number that it has seen).
 *
 * Where the layout says so, NAME is followed by an empty NAME.end, and `delivered` is
 * only when both are there. No record tells which of the two was put: NAME is asked
 * for, and NAME.end, of which every copy is the same, is put behind it again.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/builder.h"
#include "engine/turn/found.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AGAIN_MS = 5000, AGAIN_MOST_MS = 300000 };

/* ---- effects ---- */

struct out_step {
	struct again *again; /* should the next step be refused: made while memory may be refused */
	uint32_t number;
	char name[MAX_FILE_NAME];
	int counted;
	int64_t delivered_ms;
};

static void out_step_free(void *arg)
{
	struct out_step *s = arg;
	free(s->again);
	free(s);
}

static struct out_step *out_step(uint32_t number, const char *name)
{
	struct out_step *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->again = again_new(number);
	if (!s->again) {
		free(s);
		return NULL;
	}
	s->number = number;
	snprintf(s->name, sizeof s->name, "%s", name);
	return s;
}

static void build_run(struct engine *e, void *arg)
{
	struct out_step *s = arg;
	e->files_out += (size_t)s->counted;
	if (builder_post(e->builder, s->number)) {
		outgoing_again(e, s->again);
		s->again = NULL;
	}
	out_step_free(s);
}

static void again_run(struct engine *e, void *arg)
{
	struct out_step *s = arg;
	outgoing_again(e, s->again);
	s->again = NULL;
	out_step_free(s);
}

static int again_later(struct engine *e, uint32_t number)
{
	struct out_step *s = out_step(number, "");
	return s ? effect_add(e, again_run, s, out_step_free) : E_NOMEM;
}

int outfile_build_later(struct engine *e, uint32_t number, bool fresh)
{
	struct out_step *s = out_step(number, "");
	if (!s)
		return E_NOMEM;
	s->counted = fresh;
	return effect_add(e, build_run, s, out_step_free);
}

static void delivered_run(struct engine *e, void *arg)
{
	struct out_step *s = arg;
	char path[MAX_PATH_BYTES];

	/* The archive first: what still stands in outgoing/ at the next start comes here again, and
	 * what was moved away does not. */
	int err = spool_path(e->spool, SPOOL_OUTGOING, s->number, s->name, path);
	if (!err)
		err = archive_file(e, s->delivered_ms, CLASS_OUT, path, s->name);
	if (!err)
		err = spool_move(e->spool, SPOOL_OUTGOING, SPOOL_SENT, s->number, s->name);
	if (err)
		alert_raise(e, "archive", "file %u was delivered, but is not in the archive (%s)",
			    s->number, err_str(err));
	e->files_out -= s->counted && e->files_out > 0;
	out_step_free(s);
}

/* ---- built: the bytes are recorded, then sent ---- */

static int put_later(struct engine *e, const struct outfile *f, enum drop_job_kind kind)
{
	struct drop_job job = {.kind = kind, .size = f->size};
	snprintf(job.name, sizeof job.name, "%s", f->name);
	int err = spool_path(e->spool, SPOOL_OUTGOING, f->number, f->name, job.path);
	return err ? err : file_work_later(e, f->drop, &job, 0, f->number);
}

/* The empty file that says that NAME is whole. */
static int mark_name(const struct outfile *f, char out[MAX_FILE_NAME])
{
	int n = snprintf(out, MAX_FILE_NAME, "%s%s", f->name, f->completion);
	return n > 0 && n < MAX_FILE_NAME ? 0 : E_LIMIT;
}

static int mark_later(struct engine *e, const struct outfile *f)
{
	struct drop_job job = {.kind = DROP_PUT}; /* no path: an empty file */
	int err = mark_name(f, job.name);
	return err ? err : file_work_later(e, f->drop, &job, 0, f->number);
}

static bool is_mark(const struct outfile *f, const char *name)
{
	char mark[MAX_FILE_NAME];
	return f->completion[0] && mark_name(f, mark) == 0 && strcmp(name, mark) == 0;
}

int on_built(struct engine *e, const struct event *ev)
{
	struct outfile f;
	char name[MAX_FILE_NAME];
	int err = db_outfile_get(&e->tx, ev->built.number, &f);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (ev->built.err) {
		alert_raise(
		    e, "out-file",
		    "file %u (%s) cannot be made (%s): its rows wait; see the log and layout %s",
		    f.number, out_kind_word(f.kind), err_str(ev->built.err), f.layout);
		return again_later(e, f.number);
	}
	if (ev->built.replaced > 0)
		alert_raise(e, "out-characters",
			    "file %u (%s): %u characters that the encoding of layout %s lacks are "
			    "written as 〓; the records keep them",
			    f.number, out_kind_word(f.kind), ev->built.replaced, f.layout);
	const struct layout *l = e->ports->exchange->layout_find(specs_layouts(e->specs), f.layout);
	err =
	    l ? e->ports->exchange->file_name(l, f.number, f.stamp_ms, e->config->engine.city, name)
	      : E_NOTFOUND;
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	if (f.state == OUTFILE_SENDING) {
		if (strcmp(f.sha256, ev->built.sha256) != 0) {
			alert_raise(
			    e, "out-file",
			    "file %u was made again with other bytes: it is not sent; was layout "
			    "%s changed?",
			    f.number, f.layout);
			return 0;
		}
		return put_later(e, &f, DROP_PUT);
	}
	if (f.state != OUTFILE_ASSIGNED)
		return 0;
	err = outfile_set(&f.state, OUTFILE_SENDING);
	if (err)
		return err;
	f.name = name;
	f.size = ev->built.size;
	f.sha256 = ev->built.sha256;
	f.completion = e->ports->exchange->layout_completion(l);
	char mark[MAX_FILE_NAME];
	if (mark_name(&f, mark)) {
		alert_raise(e, "out-file",
			    "file %u: the name of its completion file is too long: shorten the "
			    "names of layout %s",
			    f.number, f.layout);
		return again_later(e, f.number);
	}
	err = db_outfile_put(&e->tx, &f);
	return err ? err : put_later(e, &f, DROP_PUT);
}

/* ---- delivered ---- */

/* Our copy leaves outgoing/ and is linked into the archive. */
static int file_away(struct engine *e, const struct outfile *f, bool counted)
{
	struct out_step *s = out_step(f->number, f->name);
	if (!s)
		return E_NOMEM;
	s->counted = counted;
	s->delivered_ms = f->delivered_ms;
	return effect_add(e, delivered_run, s, out_step_free);
}

static void late_clear(struct engine *e, const char *drop);

static int delivered(struct engine *e, struct outfile *f)
{
	int err = outfile_set(&f->state, OUTFILE_DELIVERED);
	if (err)
		return err;
	f->delivered_ms = e->now_ms;
	f->why = "";
	late_clear(e, f->drop);
	log_info("event=delivered file=%u kind=%s bytes=%lld", f->number, out_kind_word(f->kind),
		 (long long)f->size);
	err = db_outfile_put(&e->tx, f);
	if (err)
		return err;
	return file_away(e, f, true);
}

/* The file is there whole; the receiver may take it once its completion file is, too. */
static int arrived(struct engine *e, struct outfile *f)
{
	return f->completion[0] ? mark_later(e, f) : delivered(e, f);
}

/* ---- a delivery that does not succeed, for minutes or for days ---- */

struct slower {
	uint32_t number;
	int64_t wait_ms;
};

/* Memory: the job under way is tried again after this long. */
static void slower_run(struct engine *e, void *arg)
{
	struct slower *s = arg;
	for (size_t i = 0; i < e->n_drops; i++) {
		struct file_work *w = e->drops[i].current;
		if (w && w->again && w->number == s->number)
			w->again->wait_ms = s->wait_ms;
	}
	free(s);
}

static int64_t wait_of(uint32_t tries)
{
	int64_t wait = (int64_t)AGAIN_MS << (tries < 8 ? tries : 8);
	return wait < AGAIN_MOST_MS ? wait : AGAIN_MOST_MS;
}

static void late_key(const char *drop, char key[MAX_ID])
{
	snprintf(key, MAX_ID, "late-%.50s", drop);
}

static void late_clear(struct engine *e, const char *drop)
{
	char key[MAX_ID];
	late_key(drop, key);
	alert_clear(e, key);
}

static void late_say(struct engine *e, const struct outfile *f)
{
	char key[MAX_ID];
	int64_t age = e->now_ms - f->stamp_ms;
	if (age < e->config->engine.deliver_alert)
		return;
	late_key(f->drop, key);
	alert_raise(
	    e, key,
	    "file %u (%s) has waited %lld h %lld min for drop %s: %u tries failed, the last: "
	    "%.200s. It is tried until it succeeds, every %lld s now; ask whoever runs that "
	    "core system",
	    f->number, out_kind_word(f->kind), (long long)(age / 3600000),
	    (long long)(age / 60000 % 60), f->drop, f->tries, f->why,
	    (long long)(wait_of(f->tries) / 1000));
}

/* Said in the record, so that a restart does not forget since when; tried again after a growing
 * wait, without end: a result that never arrives is worse than one that is late. */
static int put_failed(struct engine *e, struct outfile *f, const struct drop_done *done)
{
	struct slower *s = malloc(sizeof *s);
	if (!s)
		return E_NOMEM;
	f->tries++;
	f->failed_ms = e->now_ms;
	f->why = done->why[0] ? done->why : err_str(done->err);
	*s = (struct slower){f->number, wait_of(f->tries)};
	late_say(e, f);
	int err = effect_add(e, slower_run, s, free);
	return err ? err : db_outfile_put(&e->tx, f);
}

static bool copy_stands(struct engine *e, const struct outfile *f)
{
	char path[MAX_PATH_BYTES];
	return spool_path(e->spool, SPOOL_OUTGOING, f->number, f->name, path) == 0 &&
	       access(path, F_OK) == 0;
}

int on_put(struct engine *e, const struct drop_done *done, uint32_t number)
{
	struct outfile f;
	int err = db_outfile_get(&e->tx, number, &f);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (f.state != OUTFILE_SENDING)
		return 0;
	if (is_mark(&f, done->job.name))
		return done->err == 0 ? delivered(e, &f) : put_failed(e, &f, done);
	if (done->err == 0 && strcmp(done->sha256, f.sha256) == 0)
		return arrived(e, &f);
	/* Our copy is gone from the spool: it is made again, and sent only if the bytes are the
	 * same. (Or the drop has no out/: the same answer, but then our copy is there.) */
	return done->err == E_NOTFOUND && !copy_stands(e, &f)
		   ? outfile_build_later(e, f.number, false)
		   : put_failed(e, &f, done);
}

/* Before a file is put again: is it there already? */
int on_stat(struct engine *e, const struct drop_done *done, uint32_t number)
{
	struct outfile f;
	int err = db_outfile_get(&e->tx, number, &f);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (f.state != OUTFILE_SENDING)
		return 0;
	if (done->err == 0 && done->size == f.size && strcmp(done->sha256, f.sha256) == 0)
		return arrived(e, &f);
	if (done->err == E_NOTFOUND)
		return put_later(e, &f, DROP_PUT);
	if (done->err == 0) {
		alert_raise(
		    e, "drop-exists",
		    "out/%s is there with other bytes than ours: move it away; file %u is then "
		    "delivered",
		    f.name, f.number);
		return again_later(e, f.number);
	}
	return put_failed(e, &f, done);
}

/* ---- trying again ---- */

struct again *again_new(uint32_t number)
{
	struct again *a = calloc(1, sizeof *a);
	if (a)
		a->number = number;
	return a;
}

/* Memory: a stat of the file later; what is next follows from its answer or from the record. */
void outgoing_again(struct engine *e, struct again *a)
{
	a->boot_ms = clock_boot_ms() + (a->wait_ms ? a->wait_ms : AGAIN_MS);
	a->next = e->again;
	e->again = a;
}

static int resume(struct engine *e, const struct outfile *f)
{
	if (f->state == OUTFILE_ASSIGNED)
		return outfile_build_later(e, f->number, false);
	return f->state == OUTFILE_SENDING ? put_later(e, f, DROP_STAT) : 0;
}

static void again_gone(struct engine *e, void *arg)
{
	for (struct again **at = &e->again; *at; at = &(*at)->next)
		if (*at == arg) {
			*at = (*at)->next;
			break;
		}
	free(arg);
}

int outgoing_retry(struct engine *e)
{
	int64_t boot = clock_boot_ms();
	for (struct again *a = e->again; a; a = a->next) {
		struct outfile f;
		if (a->boot_ms > boot)
			continue;
		int err = db_outfile_get(&e->tx, a->number, &f);
		if (!err)
			err = resume(e, &f);
		if (!err)
			err = effect_add(e, again_gone, a, NULL);
		if (err)
			return err;
	}
	return 0;
}

/* Our copy comes back from sent/; if it is gone, the put finds that out and has it built. */
static void comes_back(struct engine *e, void *arg)
{
	struct out_step *s = arg;
	int err = spool_move(e->spool, SPOOL_SENT, SPOOL_OUTGOING, s->number, s->name);
	if (err && err != E_NOTFOUND)
		log_warn("event=spool-move file=%u to=outgoing err=\"%s\" next=build", s->number,
			 err_str(err));
	e->files_out++;
	out_step_free(s);
}

int outgoing_again_now(struct engine *e, const struct outfile *f)
{
	struct out_step *s = out_step(f->number, f->name);
	if (!s)
		return E_NOMEM;
	int err = effect_add(e, comes_back, s, out_step_free);
	return err ? err : put_later(e, f, DROP_STAT);
}

/* ---- recovery ---- */

static int out_found(void *arg, struct bytes key, struct bytes value)
{
	struct outfile f;
	if (key.n != 4)
		return E_CORRUPT;
	if (found_outfile(value, &f))
		return E_CORRUPT;
	return f.state == OUTFILE_DELIVERED ? 0 : ids_add(arg, f.number);
}

/* Delivered and on record, but the crash came before our copy was filed away. */
static int left_found(void *arg, uint32_t id, const char *path)
{
	struct engine *e = arg;
	struct outfile f;
	(void)path;
	int err = db_outfile_get(&e->tx, id, &f);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	return f.state == OUTFILE_DELIVERED ? file_away(e, &f, false) : 0;
}

int outgoing_recover(struct engine *e)
{
	struct ids s = {0};
	int err = db_scan(&e->tx, T_OUTFILE, "", 0, 0, 0, out_found, &s);
	for (size_t i = 0; i < s.n && !err; i++) {
		struct outfile f;
		err = db_outfile_get(&e->tx, (uint32_t)s.list[i], &f);
		if (!err)
			err = resume(e, &f);
	}
	if (!err)
		e->files_out = s.n;
	ids_free(&s);
	return err ? err : spool_each(e->spool, SPOOL_OUTGOING, left_found, e);
}
