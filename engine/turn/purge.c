/*
 * See purge.h. A mark in the store (db_purge_put) says which runs; it goes with the
 * last row, so a crash at any turn goes on at the next start, from the beginning of
 * what is left.
 *
 * The order matters while payments come in: first the index by which they find debts
 * goes, a part each turn; then nothing can make a new row of this run, and when all
 * its rows are filed, no file is on its way and nobody speaks of it, the rest follows: targets
 * before their debts. Whoever rings back is known whole, or not at all; a debt that changed must
 * not be read from its pack (debts.h) when the entry that says "paid" has gone.
 *
 * Calls that came in go with the run that was meant. Those that meant nobody (withheld and
 * unknown callers) belong to "run 0", PURGE_CALLERS: each day's retention sweeps what of them is
 * over the same time, from the records themselves, so it needs no mark.
 */
#include "engine/turn/purge.h"

#include "engine/log.h"
#include "engine/turn/callback.h"
#include "engine/turn/callrec.h"
#include "engine/turn/debts.h"
#include "engine/turn/identities.h"
#include "engine/turn/renamed.h"
#include "engine/turn/found.h"
#include "engine/turn/soundrec.h"
#include "engine/turn/transferrec.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST = 400,       /* keys removed in a turn */
	MOST_SEEN = 2000, /* attempts looked at in a turn */
};

/* What a turn collects; in its arena. */
struct keys {
	struct tx *tx;
	struct engine *e;
	size_t n;
	struct bytes list[MOST];
	uint32_t last_row, last_target; /* of a debt */
	size_t seen;
	uint64_t last_id; /* of an attempt or a callback */
	uint32_t run;
	int64_t before_ms;    /* PURGE_CALLERS: only what came before */
	struct keys *callers; /* T_CALLER, of the targets in `list` */
	struct keys *notes;   /* T_NOTE, of the callbacks in `list`: it holds their numbers */
};

static int keep_key(struct keys *k, const void *p, size_t n)
{
	void *copy = arena_copy(k->e->arena, p, n);
	if (!copy)
		return E_NOMEM;
	k->list[k->n++] = (struct bytes){copy, n};
	return 0;
}

static int any_found(void *arg, struct bytes key, struct bytes value)
{
	struct keys *k = arg;
	(void)value;
	int err = keep_key(k, key.p, key.n);
	return err ? err : k->n == MOST;
}

/* The keys under which a debt is found by its identity: of its own, or of all of its target's. */
static int debt_found(void *arg, const struct debt *d)
{
	struct keys *k = arg;
	char identity[MAX_KEY_BYTES];
	size_t n;
	int err = key_identity(identity, &n, &d->key);
	if (!err)
		err = keep_key(k, identity, key_identity_row(identity, n, d->run, d->row));
	if (!err && d->target != k->last_target) /* debts of one lie together */
		err = keep_key(k, identity,
			       key_group_of_names(identity, d->key.person, d->run, d->target));
	k->last_row = d->row;
	k->last_target = d->target;
	return err ? err : k->n + 2 > MOST;
}

static int attempt_found(void *arg, struct bytes key, struct bytes value)
{
	struct keys *k = arg;
	struct attempt a;
	int err = found_attempt(value, &a);
	k->last_id = a.id;
	k->seen++;
	if (!err && a.run == k->run)
		err = keep_key(k, key.p, key.n);
	return err ? err : k->n == MOST || k->seen == MOST_SEEN;
}

static int callback_found(void *arg, struct bytes key, struct bytes value)
{
	struct keys *k = arg;
	struct callback_rec r;
	char note[MAX_KEY_BYTES];
	int err = found_callback(value, &r);
	k->last_id = r.id;
	k->seen++;
	if (err || r.run != k->run || (!k->run && r.came_ms >= k->before_ms))
		return err ? err : k->seen == MOST_SEEN;
	/* Without its entry a later call only gets a note of its own. */
	if (r.note && !r.done_ms)
		err = keep_key(k->notes, note, key_note(note, &r));
	if (!err)
		err = keep_key(k, key.p, key.n);
	return err ? err : k->n == MOST || k->seen == MOST_SEEN;
}

/* A target, and each of its numbers in the index of callers. */
static int target_found(void *arg, struct bytes key, struct bytes value)
{
	struct keys *k = arg;
	struct target t;
	char caller[MAX_KEY_BYTES];
	int err = found_target(value, &t);
	for (size_t i = 0; i < t.n_numbers && !err; i++)
		err = keep_key(k->callers, caller,
			       key_caller(caller, t.numbers[i].digits, t.run, t.id));
	if (!err)
		err = keep_key(k, key.p, key.n);
	return err ? err : k->callers->n + MAX_NUMBERS > MOST || k->n == MOST;
}

static struct keys *keys_new(struct engine *e, uint32_t run)
{
	struct keys *k = arena_take(e->arena, sizeof *k);
	if (k)
		*k = (struct keys){.tx = &e->tx, .e = e, .run = run};
	return k;
}

/* Absent is fine: a part of it went before a crash. */
static int remove_all(struct keys *k, enum store_table t)
{
	for (size_t i = 0; i < k->n; i++) {
		int err = k->tx->ops->del(k->tx->txn, t, k->list[i]);
		if (err && err != E_NOTFOUND)
			return err;
		k->tx->dirty = true;
	}
	return 0;
}

/* ---- what the next turn begins with: memory, after the commit ---- */

struct progress {
	bool unhooked, attempts_gone, done;
	uint32_t next_row;
	uint64_t next_id; /* attempts, then callbacks */
};

static void progressed(struct engine *e, void *arg)
{
	struct progress *p = arg;
	if (p->done) {
		if (e->purge.runs.list[0] != PURGE_CALLERS)
			log_info("event=run-data-deleted run=%u", (unsigned)e->purge.runs.list[0]);
		memmove(e->purge.runs.list, e->purge.runs.list + 1,
			--e->purge.runs.n * sizeof *e->purge.runs.list);
		e->purge.unhooked = false;
		e->purge.attempts_gone = false;
		e->purge.next_row = 0;
		e->purge.next_id = 0;
	} else {
		e->purge.unhooked = p->unhooked;
		e->purge.attempts_gone = p->attempts_gone;
		e->purge.next_row = p->next_row;
		e->purge.next_id = p->next_id;
	}
	e->more = true;
	free(p);
}

static int go_on(struct engine *e, struct progress next)
{
	struct progress *p = malloc(sizeof *p);
	if (!p)
		return E_NOMEM;
	*p = next;
	e->tx.dirty = true; /* effects follow a commit */
	return effect_add(e, progressed, p, free);
}

static struct progress now(const struct engine *e)
{
	return (struct progress){.unhooked = e->purge.unhooked,
				 .attempts_gone = e->purge.attempts_gone,
				 .next_row = e->purge.next_row,
				 .next_id = e->purge.next_id};
}

/* ---- the steps ---- */

static int unhook(struct engine *e, uint32_t run)
{
	struct keys *k = keys_new(e, run);
	bool more;
	if (!k)
		return E_NOMEM;
	int gone = renamed_unhook(e, run, &more);
	if (gone || more)
		return gone ? gone : go_on(e, now(e));
	int err = debts_scan(&e->tx, run, e->purge.next_row, debt_found, k);
	if (!err)
		err = remove_all(k, T_DEBTKEY);
	if (err)
		return err;
	struct progress p = now(e);
	p.unhooked = k->n + 2 <= MOST;
	if (k->n)
		p.next_row = k->last_row + 1;
	return go_on(e, p);
}

struct about {
	uint32_t run;
	bool any;
};

static int is_about(void *arg, void *value)
{
	struct about *a = arg;
	const struct flight *f = value;
	a->any = a->any || f->run == a->run;
	return 0;
}

/* By who rang back, or a message that staff sent again; also since this very turn. What comes of it
 * is written beside its target. */
static bool is_spoken_of(struct engine *e, uint32_t run)
{
	struct about a = {.run = run};
	if (callbacks_wait(e) || e->calls_in_now || e->intents_now || e->messages_now)
		return true;
	map_each(e->flights, is_about, &a);
	return a.any;
}

/* A row was written, or its file cut: e->files_out counts that from the commit on. */
static bool is_changed_now(const struct engine *e, uint32_t run)
{
	for (const struct work_run *w = e->work_runs; w; w = w->next)
		if (w->rec.id == run && w->dirty)
			return true;
	return false;
}

static bool at_rest(struct engine *e, const struct run_rec *run)
{
	for (int i = 0; i < RUN_KINDS; i++)
		if (run->next_row[i] > run->filed[i])
			return false;
	return !run_is_open(run->state) && e->files_out == 0 && !is_changed_now(e, run->id) &&
	       !is_spoken_of(e, run->id);
}

/* *ret_more: something was there. */
static int sweep(struct engine *e, uint32_t run, enum store_table t, const char *key, size_t n,
		 bool *ret_more)
{
	struct keys *k = keys_new(e, run);
	if (!k)
		return E_NOMEM;
	int err = db_scan(&e->tx, t, key, n, n, MOST, any_found, k);
	if (!err)
		err = remove_all(k, t);
	*ret_more = k->n > 0;
	return err;
}

static int sweep_targets(struct engine *e, uint32_t run, bool *ret_more)
{
	char key[MAX_KEY_BYTES];
	struct keys *k = keys_new(e, run);
	if (!k || !(k->callers = keys_new(e, run)))
		return E_NOMEM;
	size_t n = key_u32(key, run);
	int err = db_scan(&e->tx, T_TARGET, key, n, n, 0, target_found, k);
	if (!err)
		err = remove_all(k->callers, T_CALLER);
	if (!err)
		err = remove_all(k, T_TARGET);
	*ret_more = k->n > 0;
	return err;
}

static int sweep_tables(struct engine *e, const struct run_rec *run, bool *ret_more)
{
	char key[MAX_KEY_BYTES];
	int err = sweep(e, run->id, T_DUE, key, key_u32(key, run->id), ret_more);
	if (!err && !*ret_more)
		err = sweep_targets(e, run->id, ret_more);
	if (!err && !*ret_more)
		err = sweep(e, run->id, T_DEBT, key, key_u32(key, run->id), ret_more);
	for (int kind = 0; kind < RUN_KINDS && !err && !*ret_more; kind++) {
		size_t n = key_outrow(key, (enum out_kind)kind, run->id, 0) - 8;
		err = sweep(e, run->id, T_OUTROW, key, n, ret_more);
	}
	if (!err && !*ret_more && run->intake)
		err = sweep(e, run->id, T_ROWERR, key, key_u32(key, run->intake), ret_more);
	return err;
}

/* Attempts, then callbacks: their keys do not name the run. */
static int sweep_calls(struct engine *e, uint32_t run)
{
	char key[8];
	struct keys *k = keys_new(e, run);
	struct progress p = now(e);
	if (!k || !(k->notes = keys_new(e, run)))
		return E_NOMEM;
	enum store_table t = p.attempts_gone || run == PURGE_CALLERS ? T_CALLBACK : T_ATTEMPT;
	k->before_ms = e->now_ms - e->config->retention.run_data;
	size_t n = key_u64(key, p.next_id);
	int err =
	    db_scan(&e->tx, t, key, n, 0, 0, t == T_ATTEMPT ? attempt_found : callback_found, k);
	if (!err)
		err = remove_all(k->notes, T_NOTE);
	if (!err)
		err = remove_all(k, t);
	for (size_t i = 0; i < k->n && !err; i++) {
		err = db_transfer_del(&e->tx, read_u64(k->list[i].p));
		if (!err)
			err = db_sounds_del(&e->tx, read_u64(k->list[i].p));
	}
	if (err)
		return err;
	bool all = k->seen < MOST_SEEN && k->n < MOST;
	p.next_id = all ? 0 : k->last_id + 1;
	p.attempts_gone |= all;
	p.done = all && t == T_CALLBACK;
	if (p.done && run != PURGE_CALLERS)
		err = db_purge_del(&e->tx, run);
	return err ? err : go_on(e, p);
}

int purge_turn(struct engine *e)
{
	struct run_rec *run;
	bool more;
	if (e->purge.runs.n == 0)
		return 0;
	if (e->purge.runs.list[0] == PURGE_CALLERS)
		return sweep_calls(e, PURGE_CALLERS);
	int err = run_work(e, (uint32_t)e->purge.runs.list[0], &run);
	if (err == E_NOTFOUND)
		return E_CORRUPT;
	if (err)
		return err;
	if (!e->purge.unhooked)
		return unhook(e, run->id);
	if (!at_rest(e, run))
		return 0; /* a file is on its way: a later turn */
	err = sweep_tables(e, run, &more);
	if (err)
		return err;
	return more ? go_on(e, now(e)) : sweep_calls(e, run->id);
}

bool purge_takes(const struct engine *e, uint32_t run)
{
	for (size_t i = 0; i < e->purge.runs.n; i++)
		if (e->purge.runs.list[i] == run)
			return true;
	return false;
}

void purge_add(struct engine *e, uint32_t run)
{
	if (purge_takes(e, run))
		return;
	if (ids_add(&e->purge.runs, run) == 0)
		e->more = true;
	/* else: the mark is in the store, and the next start reads it */
}

static int mark_found(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	if (key.n < 4)
		return E_CORRUPT;
	return ids_add(arg, read_u32((const char *)key.p + key.n - 4));
}

int purge_recover(struct engine *e)
{
	char key[MAX_KEY_BYTES];
	size_t n = key_purge(key, 0) - 4;
	e->purge.runs.n = 0; /* recovery may run again */
	return db_scan(&e->tx, T_META, key, n, n, 0, mark_found, &e->purge.runs);
}
