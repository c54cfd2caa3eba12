/*
 * The steps of a file that comes in, as effects of the transaction that decided
 * them: its local moves, the archive, its check and load, its remote move, and the
 * counts in memory.
 *
 * Each is idempotent by intake id and may be lost to a crash: the record is right,
 * and incoming_recover() makes the folders match it. What the moment refused
 * (memory, disk) is tried again by step_retry().
 */
#include "engine/turn/steps.h"
#include "engine/turn/hush.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "spool/afile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELOAD_MS = 5000 };

struct file_step {
	enum spool_kind from, to;
	uint32_t id;
	char name[MAX_FILE_NAME];
	int64_t at_ms;
};

static void step_run(struct engine *e, void *arg)
{
	struct file_step *s = arg;
	int err = spool_move(e->spool, s->from, s->to, s->id, s->name);
	if (err) {
		log_error("event=spool-move intake=%u to=%s err=\"%s\" next=at-next-start", s->id,
			  spool_kind_name(s->to), err_str(err));
		alert_raise(e, "spool",
			    "file of intake %u could not be moved to %s (%s): the record is right, "
			    "the folder is mended at the next start",
			    s->id, spool_kind_name(s->to), err_str(err));
	}
	free(s);
}

int step_move_later(struct engine *e, const struct intake_rec *in, enum spool_kind from,
		    enum spool_kind to)
{
	struct file_step *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	*s = (struct file_step){.from = from, .to = to, .id = in->id};
	snprintf(s->name, sizeof s->name, "%s", in->name);
	return effect_add(e, step_run, s, free);
}

static void archive_run(struct engine *e, void *arg)
{
	struct file_step *s = arg;
	char path[MAX_PATH_BYTES], name[MAX_FILE_NAME + 16];

	int err = spool_path(e->spool, s->to, s->id, s->name, path);
	if (!err) {
		snprintf(name, sizeof name, "%s", strrchr(path, '/') + 1);
		err = archive_file(e, s->at_ms, CLASS_IN, path, name);
	}
	if (err)
		alert_raise(e, "archive",
			    "file of intake %u is not in the archive (%s): its day is not sealed "
			    "before it is; it is tried again then, from %s",
			    s->id, err_str(err), path);
	free(s);
}

int step_archive_later(struct engine *e, const struct intake_rec *in, enum spool_kind at)
{
	struct file_step *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	*s = (struct file_step){.to = at, .id = in->id, .at_ms = in->ended_ms};
	snprintf(s->name, sizeof s->name, "%s", in->name);
	return effect_add(e, archive_run, s, free);
}

static void removed_run(struct engine *e, void *arg)
{
	struct file_step *s = arg;
	char path[MAX_PATH_BYTES];
	int err = spool_path(e->spool, SPOOL_ARRIVING, s->id, s->name, path);
	if (!err)
		err = afile_remove_durable(path);
	if (err && err != E_NOTFOUND)
		log_warn("event=remove-copy intake=%u err=\"%s\"", s->id, err_str(err));
	free(s);
}

int step_remove_copy_later(struct engine *e, uint32_t id, const char *name)
{
	struct file_step *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->id = id;
	snprintf(s->name, sizeof s->name, "%s", name);
	return effect_add(e, removed_run, s, free);
}

bool kind_changes_debts(enum layout_kind kind)
{
	return kind == LAYOUT_PAYMENTS || kind == LAYOUT_WITHDRAWALS || kind == LAYOUT_EXCLUSIONS ||
	       kind == LAYOUT_KEY_CHANGES || kind == LAYOUT_HOLDS_IN || kind == LAYOUT_NUMBERS_IN;
}

struct counted {
	int in, payments;
	uint32_t intake;
	struct hushing *file; /* made before the commit, where memory may still be refused */
};

static void count_free(void *arg)
{
	struct counted *c = arg;
	free(c->file);
	free(c);
}

static void count_run(struct engine *e, void *arg)
{
	struct counted *c = arg;
	e->files_in = (size_t)((long)e->files_in + c->in);
	e->payments_in = (size_t)((long)e->payments_in + c->payments);
	if (c->payments > 0)
		hush_add(e, c->file);
	else if (c->payments < 0)
		hush_gone(e, c->intake);
	free(c);
}

int step_count_later(struct engine *e, const struct intake_rec *in, int by)
{
	bool hushes = kind_changes_debts(in->kind);
	struct counted *c = malloc(sizeof *c);
	if (!c)
		return E_NOMEM;
	*c = (struct counted){.in = by, .payments = hushes ? by : 0, .intake = in->id};
	if (c->payments > 0) {
		c->file = malloc(sizeof *c->file);
		if (!c->file) {
			free(c);
			return E_NOMEM;
		}
		*c->file = (struct hushing){.intake = in->id, .since_ms = in->received_ms};
	}
	int err = effect_add(e, count_run, c, count_free);
	if (err || !hushes || by < 0)
		return err;
	e->payments_now++;
	return hush_begin(e);
}

/* Something of the moment (memory, disk, too many files at once) kept a file from being read: it is
 * looked at again soon. The note for that is made before the commit, where memory may still be
 * refused: without it the file would stand until the next start. */
static void again_run(struct engine *e, void *arg)
{
	struct again *a = arg;
	a->boot_ms = clock_boot_ms() + RELOAD_MS;
	a->next = e->reload;
	e->reload = a;
}

const char *intake_alert(uint32_t id, char key[INTAKE_ALERT])
{
	snprintf(key, INTAKE_ALERT, "intake-%u", id);
	return key;
}

int step_trouble(struct engine *e, const struct intake_rec *in, int err)
{
	struct again *a = again_new(in->id);
	char key[INTAKE_ALERT];

	alert_raise(e, intake_alert(in->id, key),
		    "intake %u stands at row %u of %u (%s) and is tried again%s", in->id,
		    in->rows_done, in->rows_total, err_str(err),
		    kind_changes_debts(in->kind) ? "; nobody is called until this file is read"
						 : "");
	return a ? effect_add(e, again_run, a, free) : E_NOMEM;
}

struct load {
	struct intake_job job;
	struct again *again;
};

static void load_free(void *arg)
{
	struct load *l = arg;
	free(l->again);
	free(l);
}

static void load_run(struct engine *e, void *arg)
{
	struct load *l = arg;
	/* Without the thread we are stopping; the next start goes on from the record. */
	int err = e->intake ? intake_post(e->intake, &l->job) : 0;
	if (err) {
		again_run(e, l->again);
		l->again = NULL;
	}
	load_free(l);
}

int step_load_later(struct engine *e, const struct intake_rec *in, bool check)
{
	struct load *l = calloc(1, sizeof *l);
	if (!l)
		return E_NOMEM;
	l->again = again_new(in->id);
	l->job = (struct intake_job){
	    .intake = in->id,
	    .layout = e->ports->exchange->layout_find(specs_layouts(e->specs), in->layout),
	    .check = check,
	    .skip_rows = in->rows_done,
	    .order = in->order,
	};
	int err = l->again ? spool_path(e->spool, SPOOL_RECEIVED, in->id, in->name, l->job.path)
			   : E_NOMEM;
	if (!err && !l->job.layout)
		err = E_NOTFOUND;
	if (err) {
		load_free(l);
		return err;
	}
	return effect_add(e, load_run, l, load_free);
}

/* `again`: the same file was put back after its move, so its place there is taken. The move never
 * overwrites, and would be tried for ever; the instant makes another name. */
int step_remote_move_later(struct engine *e, const struct intake_rec *in, bool again)
{
	if (in->by[0])
		return 0; /* handed in: nothing of it lies in the drop */
	struct drop_job job = {.kind = DROP_MOVE, .size = in->size, .mtime_s = in->mtime_s};
	char tail[40] = "";
	if (again)
		snprintf(tail, sizeof tail, ".again-%lld", (long long)e->now_ms);
	snprintf(job.name, sizeof job.name, "%s", in->name);
	snprintf(job.folder, sizeof job.folder, "%s",
		 in->state == FILE_TAKEN ? "taken" : "refused");
	int n = snprintf(job.to_name, sizeof job.to_name, "%s.%u%s", in->name, in->id, tail);
	if (n < 0 || (size_t)n >= sizeof job.to_name)
		snprintf(job.to_name, sizeof job.to_name, "%.200s.%u%s", in->name, in->id, tail);
	return file_work_later(e, in->drop, &job, in->id, 0);
}

static void reload_gone(struct engine *e, void *arg)
{
	for (struct again **at = &e->reload; *at; at = &(*at)->next)
		if (*at == arg) {
			*at = (*at)->next;
			break;
		}
	free(arg);
}

int step_retry(struct engine *e)
{
	int64_t boot = clock_boot_ms();
	for (struct again *a = e->reload; a; a = a->next) {
		struct intake_rec in;
		if (a->boot_ms > boot)
			continue;
		int err = db_intake_get(&e->tx, a->number, &in);
		if (!err && (in.state == FILE_RECEIVED || in.state == FILE_CHECKED))
			err = step_load_later(e, &in, in.state == FILE_RECEIVED);
		if (!err || err == E_NOTFOUND)
			err = effect_add(e, reload_gone, a, NULL);
		if (err)
			return err;
	}
	return 0;
}
