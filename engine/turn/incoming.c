/*
 * Files that come in, in durable steps (each idempotent by intake id):
 *
 *   fetch + fsync (drop thread) -> intake record `received`, commit -> local rename ->
 *   check and load (intake thread; rows and progress in one transaction each) ->
 *   `taken` or `refused`, commit -> local and remote move
 *
 * Crash windows: before the record the folder is the truth, the remote file is still
 * there and is fetched again; after it incoming_recover() goes on from the record.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "spool/afile.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RELOAD_MS = 5000 };

/* ---- effects ---- */

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

static int move_later(struct engine *e, const struct intake_rec *in, enum spool_kind from,
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
	struct civil now = civil_from_ms(s->at_ms);
	char path[MAX_PATH_BYTES], day[16], name[MAX_FILE_NAME + 16];

	snprintf(day, sizeof day, "%04d/%02d/%02d", now.year, now.month, now.day);
	int err = spool_path(e->spool, s->to, s->id, s->name, path);
	if (!err) {
		snprintf(name, sizeof name, "%s", strrchr(path, '/') + 1);
		err = spool_archive(e->spool, day, "exchange-in", path, name);
	}
	if (err)
		alert_raise(e, "archive",
			    "file of intake %u is not in the archive (%s): copy it by hand from %s",
			    s->id, err_str(err), path);
	free(s);
}

static int archive_later(struct engine *e, const struct intake_rec *in, enum spool_kind at)
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

struct counted {
	int in, payments;
};

static void count_run(struct engine *e, void *arg)
{
	struct counted *c = arg;
	e->files_in = (size_t)((long)e->files_in + c->in);
	e->payments_in = (size_t)((long)e->payments_in + c->payments);
	free(c);
}

static int count_later(struct engine *e, const struct intake_rec *in, int by)
{
	struct counted *c = malloc(sizeof *c);
	if (!c)
		return E_NOMEM;
	*c = (struct counted){.in = by, .payments = in->kind == LAYOUT_PAYMENTS ? by : 0};
	return effect_add(e, count_run, c, free);
}

/* Memory: look at this file again soon. Something of the moment (memory, disk, too many files at
 * once) kept it from being read. */
static void reload_later(struct engine *e, uint32_t intake)
{
	struct again *a = calloc(1, sizeof *a);
	if (!a)
		return; /* the next start takes it up */
	a->number = intake;
	a->boot_ms = clock_boot_ms() + RELOAD_MS;
	a->next = e->reload;
	e->reload = a;
}

static void reload_run(struct engine *e, void *arg)
{
	uint32_t *intake = arg;
	reload_later(e, *intake);
	free(intake);
}

static int trouble(struct engine *e, const struct intake_rec *in, int err)
{
	uint32_t *id = malloc(sizeof *id);
	alert_raise(e, "intake", "intake %u stands at row %u of %u (%s) and is tried again%s",
		    in->id, in->rows_done, in->rows_total, err_str(err),
		    in->kind == LAYOUT_PAYMENTS ? "; nobody is called until these payments are read"
						: "");
	if (!id)
		return E_NOMEM;
	*id = in->id;
	return effect_add(e, reload_run, id, free);
}

static void load_run(struct engine *e, void *arg)
{
	struct intake_job *job = arg;
	/* Without the thread we are stopping; the next start goes on from the record. */
	int err = e->intake ? intake_post(e->intake, job) : 0;
	if (err)
		reload_later(e, job->intake);
	free(job);
}

static int load_later(struct engine *e, const struct intake_rec *in, bool check)
{
	const struct layout *l =
	    e->ports->exchange->layout_find(specs_layouts(e->specs), in->layout);
	struct intake_job *job = calloc(1, sizeof *job);
	if (!job)
		return E_NOMEM;
	job->intake = in->id;
	job->layout = l;
	job->check = check;
	job->skip_rows = in->rows_done;
	int err = spool_path(e->spool, SPOOL_RECEIVED, in->id, in->name, job->path);
	if (err || !l) {
		free(job);
		return err ? err : E_NOTFOUND;
	}
	return effect_add(e, load_run, job, free);
}

/* ---- whose file is it? ---- */

struct owner {
	size_t n;
	const struct layout *layout;
	const struct campaign *campaign;
};

static void find_owner(struct engine *e, const char *name, struct owner *o)
{
	const struct exchange_ops *x = e->ports->exchange;
	const struct layouts *all = specs_layouts(e->specs);
	const struct campaign *c;
	const struct layout *l;

	*o = (struct owner){0};
	for (size_t i = 0; (c = specs_campaign_at(e->specs, i)) != NULL; i++)
		if (fnmatch(c->file_pattern, name, FNM_PERIOD) == 0) {
			o->n++;
			o->campaign = c;
			o->layout = x->layout_find(all, c->layout);
		}
	for (size_t i = 0; (l = x->layout_at(all, i)) != NULL; i++)
		if (x->layout_kind(l) == LAYOUT_PAYMENTS &&
		    fnmatch(x->layout_pattern(l), name, FNM_PERIOD) == 0) {
			o->n++;
			o->campaign = NULL;
			o->layout = l;
		}
}

/* ---- the end of a file ---- */

/* `again`: the same file was put back after its move, so its place there is taken. The move never
 * overwrites, and would be tried for ever; the instant makes another name. */
static int remote_move_later(struct engine *e, const struct intake_rec *in, bool again)
{
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

static int end_file(struct engine *e, struct intake_rec *in, enum file_state to,
		    enum spool_kind folder)
{
	int err = file_set(&in->state, to);
	if (err)
		return err;
	in->ended_ms = e->now_ms;
	err = outfile_for_intake(e, in);
	if (!err)
		err = db_intake_put(&e->tx, in);
	if (!err)
		err = move_later(e, in, SPOOL_RECEIVED, folder);
	if (!err)
		err = archive_later(e, in, folder);
	if (!err)
		err = remote_move_later(e, in, false);
	if (!err)
		err = count_later(e, in, -1);
	return err;
}

static int refuse_file(struct engine *e, struct intake_rec *in, const char *code, uint32_t row,
		       const char *words)
{
	log_warn("event=refused intake=%u code=%s row=%u", in->id, code, row);
	in->why = words;
	in->code = code;
	int err = row_error(e, in, row, false, code, "", words);
	return err ? err : end_file(e, in, FILE_REFUSED, SPOOL_REFUSED);
}

/* ---- fetched: the intake record ---- */

static int known_drop(struct engine *e, const struct drop_done *done, uint32_t fetch,
		      uint32_t known)
{
	struct intake_rec in;
	struct file_step *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->id = fetch;
	snprintf(s->name, sizeof s->name, "%s", done->job.name);
	int err = effect_add(e, removed_run, s, free);
	if (!err)
		err = db_intake_get(&e->tx, known, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	/* Seen before: a crash came before its remote move, or it was put back. Acknowledged once.
	 */
	log_info("event=known-drop intake=%u state=%s", known, file_state_word(in.state));
	if (in.state != FILE_TAKEN && in.state != FILE_REFUSED)
		return 0; /* its end moves it */
	return remote_move_later(e, &in, in.moved);
}

int on_fetched(struct engine *e, const struct drop_view *d, const struct drop_done *done,
	       uint32_t intake)
{
	uint32_t known;
	struct owner owner;

	int err = db_drop_get(&e->tx, d->config->id, done->job.name, done->size, done->job.mtime_s,
			      done->sha256, &known);
	if (!err)
		return known_drop(e, done, intake, known);
	if (err != E_NOTFOUND)
		return err;
	find_owner(e, done->job.name, &owner);
	struct intake_rec in = {
	    .id = intake,
	    .state = FILE_RECEIVED,
	    .kind = LAYOUT_RECEIPT, /* none yet */
	    .drop = d->config->id,
	    .name = done->job.name,
	    .size = done->size,
	    .mtime_s = done->job.mtime_s,
	    .sha256 = done->sha256,
	    .arriving = "",
	    .layout =
		owner.n == 1 && owner.layout ? e->ports->exchange->layout_id(owner.layout) : "",
	    .campaign = owner.n == 1 && owner.campaign ? owner.campaign->id : "",
	    .why = "",
	    .code = "",
	    .received_ms = e->now_ms,
	};
	if (owner.n == 1 && owner.layout)
		in.kind = e->ports->exchange->layout_kind(owner.layout);
	if (e->counters.next_intake < intake)
		e->counters.next_intake = intake;
	log_info("event=received intake=%u bytes=%lld layout=%s campaign=%s", in.id,
		 (long long)in.size, in.layout, in.campaign);
	err = db_drop_put(&e->tx, &in);
	if (!err)
		err = db_intake_put(&e->tx, &in);
	if (!err)
		err = count_later(e, &in, 1);
	if (!err)
		err = move_later(e, &in, SPOOL_ARRIVING, SPOOL_RECEIVED);
	if (err)
		return err;
	if (owner.n == 0)
		return refuse_file(e, &in, "E0005", 0,
				   "ファイル名に合う配信業務・レイアウトがありません。ファイル名と"
				   "設定を確かめてください");
	if (owner.n > 1)
		return refuse_file(e, &in, "E0005", 0,
				   "ファイル名に複数の配信業務・レイアウトが合います。設定のファイ"
				   "ル名の型を直してください");
	if (!owner.layout)
		return refuse_file(e, &in, "E0005", 0, "配信業務の指すレイアウトがありません");
	return load_later(e, &in, true);
}

int on_moved(struct engine *e, uint32_t intake)
{
	struct intake_rec in;
	int err = db_intake_get(&e->tx, intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (in.moved)
		return 0;
	in.moved = true;
	return db_intake_put(&e->tx, &in);
}

/* ---- checked: a run for its rows ---- */

static int make_run(struct engine *e, struct intake_rec *in)
{
	const struct campaign *c = specs_campaign(e->specs, in->campaign);
	struct run_rec run = {
	    .id = ++e->counters.next_run,
	    .state = RUN_DRAFT,
	    .campaign = in->campaign,
	    .campaign_version = c ? c->version : "",
	    .scenario_version = "",
	    .department = c ? c->department : "",
	    .layout = in->layout,
	    .drop = in->drop,
	    .intake = in->id,
	    .created_ms = e->now_ms,
	    .submitter = "",
	    .approver = "",
	    .approval = "",
	};
	struct run_rec *work;
	in->run = run.id;
	int err = db_run_put(&e->tx, &run);
	if (!err)
		err = run_work(e, run.id, &work);
	if (!err)
		run_touch(e, work); /* its view comes with the commit */
	return err;
}

int on_checked(struct engine *e, const struct event *ev)
{
	struct intake_rec in;
	int err = db_intake_get(&e->tx, ev->checked.intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (in.state != FILE_RECEIVED)
		return 0;
	if (ev->checked.err == E_INVALID || ev->checked.err == E_LIMIT)
		return refuse_file(e, &in, ev->checked.why.code, ev->checked.why.row,
				   ev->checked.why.words);
	if (ev->checked.err)
		return trouble(e, &in, ev->checked.err);
	in.rows_total = ev->checked.rows;
	err = file_set(&in.state, FILE_CHECKED);
	if (!err && in.kind == LAYOUT_TARGETS)
		err = make_run(e, &in);
	return err ? err : db_intake_put(&e->tx, &in);
}

/* ---- rows ---- */

int on_rows(struct engine *e, const struct row_batch *batch)
{
	struct intake_rec in;
	struct load_counts counts = {0};
	int err = db_intake_get(&e->tx, batch->intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (in.state != FILE_CHECKED || batch->last_row <= in.rows_done)
		return 0; /* loaded already, before a crash or by an earlier job */
	for (size_t i = 0; i < batch->n_errors && !err; i++) {
		const struct row_error *r = &batch->errors[i];
		err = row_error(e, &in, r->row, r->warning, r->code, r->item, r->words);
		counts.warned += r->warning;
	}
	counts.refused = batch->last_row - batch->first_row + 1 - (uint32_t)batch->n;
	if (!err)
		err = in.kind == LAYOUT_TARGETS ? load_targets(e, &in, batch, &counts)
						: load_payments(e, &in, batch, &counts);
	if (err)
		return err;
	in.rows_done = batch->last_row;
	in.rows_taken += counts.taken;
	in.rows_refused += counts.refused;
	in.rows_warned += counts.warned;
	in.rows_matched += counts.matched;
	return db_intake_put(&e->tx, &in);
}

static void view_gone(struct engine *e, void *arg)
{
	uint32_t *id = arg;
	run_view_drop(e, *id);
	free(id);
}

/* Nothing of the file can run: no run, and the receipt says so. */
static int unmake_run(struct engine *e, struct intake_rec *in)
{
	uint32_t *id = malloc(sizeof *id);
	if (!id)
		return E_NOMEM;
	*id = in->run;
	in->run = 0;
	uint32_t run = *id;
	run_forget(e, run);
	int err = effect_add(e, view_gone, id, free);
	return err ? err : db_run_del(&e->tx, run);
}

int on_intake_end(struct engine *e, const struct event *ev)
{
	struct intake_rec in;
	struct run_rec *run;
	int err = db_intake_get(&e->tx, ev->checked.intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (in.state != FILE_CHECKED)
		return 0;
	/* The bytes were whole when they were checked: the disk, or memory. Nothing of this run is
	 * read until it is loaded whole. */
	if (ev->checked.err || in.rows_done < in.rows_total)
		return trouble(e, &in, ev->checked.err ? ev->checked.err : E_IO);
	alert_clear(e, "intake");
	if (in.kind == LAYOUT_TARGETS) {
		err = run_work(e, in.run, &run);
		if (err)
			return err;
		if (run->targets == 0) {
			err = unmake_run(e, &in);
		} else {
			run->loaded = true;
			if (run->done == run->targets) {
				err = run_set(&run->state, RUN_CLOSED);
				run->ended_ms = e->now_ms;
			}
			run_touch(e, run);
		}
		if (err)
			return err;
	}
	log_info("event=taken intake=%u rows=%u taken=%u refused=%u warned=%u run=%u", in.id,
		 in.rows_total, in.rows_taken, in.rows_refused, in.rows_warned, in.run);
	return end_file(e, &in, FILE_TAKEN, SPOOL_TAKEN);
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

int incoming_retry(struct engine *e)
{
	int64_t boot = clock_boot_ms();
	for (struct again *a = e->reload; a; a = a->next) {
		struct intake_rec in;
		if (a->boot_ms > boot)
			continue;
		int err = db_intake_get(&e->tx, a->number, &in);
		if (!err && (in.state == FILE_RECEIVED || in.state == FILE_CHECKED))
			err = load_later(e, &in, in.state == FILE_RECEIVED);
		if (!err || err == E_NOTFOUND)
			err = effect_add(e, reload_gone, a, NULL);
		if (err)
			return err;
	}
	return 0;
}

/* ---- recovery ---- */

static int intake_found(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	return key.n == 4 ? ids_add(arg, read_u32(key.p)) : E_CORRUPT;
}

static bool stands_in(struct engine *e, const struct intake_rec *in, enum spool_kind folder)
{
	char path[MAX_PATH_BYTES];
	return spool_path(e->spool, folder, in->id, in->name, path) == 0 && access(path, F_OK) == 0;
}

static int recover_one(struct engine *e, struct intake_rec *in)
{
	int err = 0;
	switch (in->state) {
	case FILE_RECEIVED:
		err = move_later(e, in, SPOOL_ARRIVING, SPOOL_RECEIVED);
		if (!err)
			err = count_later(e, in, 1);
		if (!err)
			err = load_later(e, in, true);
		break;
	case FILE_CHECKED:
		err = count_later(e, in, 1);
		if (!err)
			err = load_later(e, in, false);
		break;
	default:
		if (in->moved)
			return 0;
		/* Refused by its name, in the transaction that recorded it: no step of its way was
		 * made. */
		if (stands_in(e, in, SPOOL_ARRIVING))
			err = move_later(e, in, SPOOL_ARRIVING, SPOOL_RECEIVED);
		if (!err)
			err = move_later(e, in, SPOOL_RECEIVED,
					 in->state == FILE_TAKEN ? SPOOL_TAKEN : SPOOL_REFUSED);
		if (!err)
			err = archive_later(e, in,
					    in->state == FILE_TAKEN ? SPOOL_TAKEN : SPOOL_REFUSED);
		if (!err)
			err = remote_move_later(e, in, false);
	}
	if (err == E_NOTFOUND) {
		alert_raise(e, "intake",
			    "intake %u: its layout %s is not in the specs any more: put it back "
			    "and restart%s",
			    in->id, in->layout,
			    in->kind == LAYOUT_PAYMENTS
				? "; nobody is called until these payments are read"
				: "");
		return 0;
	}
	return err;
}

struct stray {
	struct engine *e;
	size_t n;
	char path[64][MAX_PATH_BYTES];
};

static int stray_found(void *arg, uint32_t id, const char *path)
{
	struct stray *s = arg;
	struct intake_rec in;
	int err = db_intake_get(&s->e->tx, id, &in);
	if (err == E_NOTFOUND && s->n < sizeof s->path / sizeof *s->path)
		snprintf(s->path[s->n++], MAX_PATH_BYTES, "%s", path);
	return err == E_NOTFOUND ? 0 : err;
}

/* A copy without a record: the original is still in the drop, and is fetched again. */
static int remove_strays(struct engine *e)
{
	struct stray *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->e = e;
	int err = spool_each(e->spool, SPOOL_ARRIVING, stray_found, s);
	for (size_t i = 0; i < s->n && !err; i++)
		err = afile_remove_durable(s->path[i]);
	free(s);
	return err;
}

int incoming_recover(struct engine *e)
{
	struct ids s = {0};
	int err = db_scan(&e->tx, T_INTAKE, "", 0, 0, 0, intake_found, &s);
	for (size_t i = 0; i < s.n && !err; i++) {
		struct intake_rec in;
		err = db_intake_get(&e->tx, (uint32_t)s.list[i], &in);
		if (!err)
			err = recover_one(e, &in);
	}
	ids_free(&s);
	return err ? err : remove_strays(e);
}
