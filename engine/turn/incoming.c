/*
 * Files that come in, in durable steps (each idempotent by intake id):
 *
 *   fetch + fsync (drop thread) -> intake record `received`, commit -> local rename ->
 *   check and load (intake thread; rows and progress in one transaction each) ->
 *   `taken` or `refused`, commit -> local and remote move
 *
 * Here are the records; steps.c makes the moves, incoming_recover.c goes on after a
 * crash. Crash windows: before the record the folder is the truth, the remote file
 * is still there and is fetched again; after it recovery goes on from the record.
 */
#include "engine/turn/expects.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/holds.h"
#include "engine/turn/put.h"
#include "engine/turn/steps.h"

#include "engine/log.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

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
		/* Files that no campaign owns are known by their layout's own pattern. */
		if (kind_changes_debts(x->layout_kind(l)) &&
		    fnmatch(x->layout_pattern(l), name, FNM_PERIOD) == 0) {
			o->n++;
			o->campaign = NULL;
			o->layout = l;
		}
}

/* ---- the end of a file ---- */

static int end_file(struct engine *e, struct intake_rec *in, enum file_state to,
		    enum spool_kind folder)
{
	char key[INTAKE_ALERT];
	int err = file_set(&in->state, to);
	if (err)
		return err;
	alert_clear(e, intake_alert(in->id, key));
	in->ended_ms = e->now_ms;
	err = outfile_for_intake(e, in);
	if (!err)
		err = db_intake_put(&e->tx, in);
	if (!err && (!in->lost || incoming_copy_stands(e, in)))
		err = step_move_later(e, in, SPOOL_RECEIVED, folder);
	if (!err && !in->lost)
		err = step_archive_later(e, in, folder);
	if (!err)
		err = step_remote_move_later(e, in, false);
	if (!err)
		err = step_count_later(e, in, -1);
	if (!err)
		err = fresh_note_later(e, in);
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
	int err = step_remove_copy_later(e, fetch, done->job.name);
	if (!err)
		err = db_intake_get(&e->tx, known, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	/* Seen before: a crash came before its remote move, or it was put back. Acknowledged once.
	 */
	log_info("event=known-drop intake=%u state=%s", known, file_state_word(in.state));
	if (in.state != FILE_TAKEN && in.state != FILE_REFUSED)
		return 0; /* its end moves it */
	return step_remote_move_later(e, &in, in.moved);
}

/* The record of a whole copy in arriving/. mtime_s 0 and `by`: handed in by hand. */
static int receive(struct engine *e, struct intake_rec *in)
{
	struct owner owner;

	find_owner(e, in->name, &owner);
	in->state = FILE_RECEIVED;
	in->kind = LAYOUT_RECEIPT; /* none yet */
	in->arriving = in->why = in->code = in->layout = in->campaign = "";
	in->received_ms = e->now_ms;
	if (owner.n == 1 && owner.layout) {
		in->layout = e->ports->exchange->layout_id(owner.layout);
		in->kind = e->ports->exchange->layout_kind(owner.layout);
	}
	if (owner.n == 1 && owner.campaign)
		in->campaign = owner.campaign->id;
	if (e->counters.next_intake < in->id)
		e->counters.next_intake = in->id;
	log_info("event=received intake=%u bytes=%lld layout=%s campaign=%s by=%s", in->id,
		 (long long)in->size, in->layout, in->campaign, in->by[0] ? in->by : "drop");
	int err = db_drop_put(&e->tx, in);
	if (!err)
		err = expects_came(e, in);
	if (!err)
		err = db_intake_put(&e->tx, in);
	if (!err)
		err = step_count_later(e, in, 1);
	if (!err)
		err = step_move_later(e, in, SPOOL_ARRIVING, SPOOL_RECEIVED);
	if (err)
		return err;
	if (owner.n == 0)
		return refuse_file(e, in, "E0005", 0,
				   "ファイル名に合う配信業務・レイアウトがありません。ファイル名と"
				   "設定を確かめてください");
	if (owner.n > 1)
		return refuse_file(e, in, "E0005", 0,
				   "ファイル名に複数の配信業務・レイアウトが合います。設定のファイ"
				   "ル名の型を直してください");
	if (!owner.layout)
		return refuse_file(e, in, "E0005", 0, "配信業務の指すレイアウトがありません");
	return step_load_later(e, in, true);
}

int on_fetched(struct engine *e, const struct drop_view *d, const struct drop_done *done,
	       uint32_t intake)
{
	uint32_t known;
	int err = db_drop_get(&e->tx, d->config->id, done->job.name, done->size, done->job.mtime_s,
			      done->sha256, &known);
	if (!err)
		return known_drop(e, done, intake, known);
	if (err != E_NOTFOUND)
		return err;
	struct intake_rec in = {.id = intake,
				.drop = d->config->id,
				.name = done->job.name,
				.size = done->size,
				.mtime_s = done->job.mtime_s,
				.sha256 = done->sha256,
				.by = ""};
	return receive(e, &in);
}

/* ---- handed in by hand ---- */

bool incoming_may_hand(struct engine *e, const char *name, const char *department)
{
	const struct campaign *c;
	for (size_t i = 0; (c = specs_campaign_at(e->specs, i)) != NULL; i++)
		if (fnmatch(c->file_pattern, name, FNM_PERIOD) == 0 &&
		    strcmp(c->department, department) != 0)
			return false;
	return true;
}

int incoming_hand(struct engine *e, const char *drop, const struct handed_file *file,
		  const char *by, struct intake_rec *ret, bool *ret_known)
{
	uint32_t known;
	/* Without a time: whoever copies a file gives it another one, and it is the same file. */
	int err = db_drop_get(&e->tx, drop, file->name, file->size, 0, file->sha256, &known);
	*ret_known = !err;
	if (!err) {
		err = step_remove_copy_later(e, file->intake, file->name);
		if (!err)
			err = db_intake_get(&e->tx, known, ret);
		return err == E_NOTFOUND ? E_CORRUPT : err;
	}
	if (err != E_NOTFOUND)
		return err;
	*ret = (struct intake_rec){.id = file->intake,
				   .drop = drop,
				   .name = file->name,
				   .size = file->size,
				   .sha256 = file->sha256,
				   .by = by};
	return receive(e, ret);
}

const struct layout *incoming_layout(struct engine *e, const char *name)
{
	struct owner owner;
	find_owner(e, name, &owner);
	return owner.n == 1 ? owner.layout : NULL;
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
		return step_trouble(e, &in, ev->checked.err);
	in.rows_total = ev->checked.rows;
	in.order = ev->checked.order;
	err = file_set(&in.state, FILE_CHECKED);
	if (!err && in.kind == LAYOUT_TARGETS) {
		in.full = full_is(e, &in) ? FULL_COUNT : FULL_NO;
		err = make_run(e, &in);
	}
	return err ? err : db_intake_put(&e->tx, &in);
}

/* ---- rows ---- */

static int load_rows(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		     struct load_counts *counts)
{
	switch (in->kind) {
	case LAYOUT_TARGETS:
		return load_targets(e, in, batch, counts);
	case LAYOUT_PAYMENTS:
		return load_payments(e, in, batch, counts);
	case LAYOUT_WITHDRAWALS:
		return load_withdrawals(e, in, batch, counts);
	case LAYOUT_EXCLUSIONS:
		return load_exclusions(e, in, batch, counts);
	case LAYOUT_KEY_CHANGES:
		return load_key_changes(e, in, batch, counts);
	case LAYOUT_HOLDS_IN:
		return load_holds(e, in, batch, counts);
	case LAYOUT_NUMBERS_IN:
		return load_numbers(e, in, batch, counts);
	default:
		return E_STATE; /* find_owner() takes no other */
	}
}

int on_rows(struct engine *e, const struct row_batch *batch)
{
	struct intake_rec in;
	struct load_counts counts = {0};
	int err = db_intake_get(&e->tx, batch->intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (in.state != FILE_CHECKED || batch->last_row <= in.rows_done)
		return 0; /* loaded already, before a crash or by an earlier job */
	/* In another order its places are others: nothing of it; the end says what is missing. */
	if (batch->order != in.order)
		return 0;
	/* rows_done would pass over rows that nobody has applied, a payment among them; or count
	 * some twice. The end finds the file short, and it is read again from rows_done on. */
	if (batch->first_row != in.rows_done + 1) {
		log_error("event=rows intake=%u done=%u first=%u last=%u err=\"out of order\" "
			  "next=reload",
			  in.id, in.rows_done, batch->first_row, batch->last_row);
		return 0;
	}
	for (size_t i = 0; i < batch->n_errors && !err; i++) {
		const struct row_error *r = &batch->errors[i];
		err = row_error(e, &in, r->row, r->warning, r->code, r->item, r->words);
		counts.warned += r->warning;
	}
	counts.refused = batch->last_row - batch->first_row + 1 - (uint32_t)batch->n;
	/* Rows of another file may change whose debts are whose. */
	if (in.run != e->loaded_run)
		load_forget_people(e);
	if (!err)
		err = load_rows(e, &in, batch, &counts);
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

static int run_loaded(struct engine *e, struct intake_rec *in)
{
	struct run_rec *run;
	int err = run_work(e, in->run, &run);
	if (err)
		return err;
	if (run->targets == 0)
		return unmake_run(e, in);
	run->loaded = true;
	if (run->done == run->targets) {
		err = run_set(&run->state, RUN_CLOSED);
		run->ended_ms = e->now_ms;
	}
	run_touch(e, run);
	return err;
}

int incoming_taken(struct engine *e, struct intake_rec *in)
{
	int err = in->kind == LAYOUT_TARGETS ? run_loaded(e, in) : 0;
	if (err)
		return err;
	if (in->run == e->loaded_run)
		load_forget_people(e);
	log_info("event=taken intake=%u rows=%u taken=%u refused=%u warned=%u run=%u", in->id,
		 in->rows_total, in->rows_taken, in->rows_refused, in->rows_warned, in->run);
	return end_file(e, in, FILE_TAKEN, SPOOL_TAKEN);
}

int incoming_give_up(struct engine *e, struct intake_rec *in, const char *words)
{
	int err = in->run ? unmake_run(e, in) : 0;
	return err ? err : refuse_file(e, in, "E0004", 0, words);
}

int on_intake_end(struct engine *e, const struct event *ev)
{
	struct intake_rec in;
	char key[INTAKE_ALERT];
	int err = db_intake_get(&e->tx, ev->checked.intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (in.state != FILE_CHECKED)
		return 0;
	/* The bytes were whole when they were checked: the disk, or memory. Nothing of this run is
	 * read until it is loaded whole. */
	if (ev->checked.err || in.rows_done < in.rows_total)
		return step_trouble(e, &in, ev->checked.err ? ev->checked.err : E_IO);
	alert_clear(e, intake_alert(in.id, key));
	return full_is_open(&in) ? full_begin(e, &in) : incoming_taken(e, &in);
}
