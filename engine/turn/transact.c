/*
 * The transaction of a turn: records in hand, effects, and the commit, run again until it
 * is on disk or the engine is asked to stop.
 *
 * Promise: effects run after the commit and only then, once; an aborted run leaves nothing
 * behind. Crash windows: before the commit nothing happened; after it and before the effects,
 * recovery finds the intents (outcome_recover.c) and the files (incoming_recover.c,
 * outgoing.c) and goes on from the records.
 */
#include "engine/turn/transact.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/apply.h"
#include "engine/turn/holds.h"
#include "engine/turn/status.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_RETRY_MS = 1000 };

/* ---- effects ---- */

int effect_add(struct engine *e, effect_fn run, void *arg, void (*drop)(void *))
{
	if (e->n_effects == e->cap_effects) {
		size_t cap = e->cap_effects ? e->cap_effects * 2 : 64;
		struct effect *list = realloc(e->effects, cap * sizeof *list);
		if (!list) {
			if (drop)
				drop(arg);
			return E_NOMEM;
		}
		e->effects = list;
		e->cap_effects = cap;
	}
	e->effects[e->n_effects++] = (struct effect){run, arg, drop};
	return 0;
}

static void effects_drop(struct engine *e)
{
	for (size_t i = 0; i < e->n_effects; i++)
		if (e->effects[i].drop)
			e->effects[i].drop(e->effects[i].arg);
	e->n_effects = 0;
}

static void effects_run(struct engine *e)
{
	/* An effect never adds effects. */
	for (size_t i = 0; i < e->n_effects; i++)
		e->effects[i].run(e, e->effects[i].arg);
	e->n_effects = 0;
}

/* ---- records in hand ---- */

const char *keep(struct engine *e, const char *s)
{
	const char *copy = arena_str(e->arena, s);
	return copy ? copy : "";
}

struct tx tx_in_hand(const struct engine *e)
{
	struct tx tx = e->tx;
	tx.arena = e->in_hand;
	return tx;
}

int run_work(struct engine *e, uint32_t id, struct run_rec **ret_run)
{
	struct tx tx = tx_in_hand(e);

	for (struct work_run *w = e->work_runs; w; w = w->next)
		if (w->rec.id == id) {
			*ret_run = &w->rec;
			return 0;
		}
	struct work_run *w = arena_take(e->in_hand, sizeof *w);
	int err = w ? db_run_get(&tx, id, &w->rec) : E_NOMEM;
	if (err)
		return err;
	w->dirty = false;
	w->next = e->work_runs;
	e->work_runs = w;
	*ret_run = &w->rec;
	return 0;
}

void run_touch(struct engine *e, const struct run_rec *run)
{
	for (struct work_run *w = e->work_runs; w; w = w->next)
		if (&w->rec == run)
			w->dirty = true;
}

void run_forget(struct engine *e, uint32_t id)
{
	for (struct work_run **at = &e->work_runs; *at; at = &(*at)->next)
		if ((*at)->rec.id == id) {
			*at = (*at)->next;
			return;
		}
}

/* The records that handlers had in hand, and the turn's number. */
static int write_back(struct engine *e)
{
	int err = 0;
	for (struct work_run *w = e->work_runs; w && !err; w = w->next)
		if (w->dirty)
			err = db_run_put(&e->tx, &w->rec);
	if (!err)
		err = run_views_reserve(e);
	if (!err)
		err = money_write_back(e);
	if (!err && e->tx.dirty) {
		e->counters.turn++;
		e->counters.schema = SCHEMA_VERSION;
		err = db_counters_put(&e->tx, &e->counters);
	}
	return err;
}

/* ---- the transaction ---- */

static int begin(struct engine *e)
{
	arena_reset(e->arena);
	arena_reset(e->in_hand);
	e->work_runs = NULL;
	e->work_money = NULL;
	for (size_t i = 0; i < e->n_runs; i++)
		e->runs[i]->reserving_sen = 0;
	e->intents_now = e->messages_now = e->messages_back = e->calls_in_now = e->transfers_now =
	    0;
	e->preparing_now = e->looks_now = e->edits_now = e->payments_now = 0;
	memset(e->staff_now_sen, 0, sizeof e->staff_now_sen);
	e->transactions++;
	e->work_inbound = NULL;
	e->now_ms = clock_now_ms();
	e->tx = (struct tx){.ops = e->ports->store, .arena = e->arena};
	return e->ports->store->begin(e->store, &e->tx.txn);
}

/* Reads the stored turn number: was the transaction of turn `turn` committed? */
static int was_committed(struct engine *e, uint64_t turn, bool *ret_done)
{
	struct counters stored;
	struct tx tx = {.ops = e->ports->store, .arena = e->arena};
	int err = tx.ops->snapshot(e->store, &tx.txn);
	if (err)
		return err;
	err = db_counters_get(&tx, &stored);
	tx.ops->abort(tx.txn);
	if (!err)
		*ret_done = stored.turn >= turn;
	return err;
}

/* While the store cannot be written nothing else is taken; but an operator must be able to stop us.
 * What was not written is with the peers or unknown, and recovery sees to it. */
static bool is_asked_to_stop(struct engine *e)
{
	return atomic_load(&e->stop_asked);
}

static void wait_ms(int ms)
{
	poll(NULL, 0, ms);
}

static int commit(struct engine *e, bool *ret_done)
{
	int err = 0;
	enum commit_result result = e->ports->store->commit(e->tx.txn, &err);

	*ret_done = result == COMMIT_DONE;
	if (result == COMMIT_UNKNOWN) {
		log_error("event=commit result=unknown turn=%llu next=read-back",
			  (unsigned long long)e->counters.turn);
		alert_raise(e, "commit",
			    "the store cannot say whether the last turn is on disk: nothing "
			    "is dialled until it can; check the disk of the store");
		e->commit_trouble = true;
		while ((err = was_committed(e, e->counters.turn, ret_done)) != 0) {
			if (err == E_CORRUPT || is_asked_to_stop(e))
				return err;
			status_publish(e);
			wait_ms(COMMIT_RETRY_MS);
		}
		return 0;
	}
	if (result == COMMIT_NOT && err != E_DEADLOCK) {
		log_error("event=commit result=not err=\"%s\" next=retry", err_str(err));
		return err ? err : E_IO;
	}
	return 0;
}

/* Our bug, or a store that is gone: nothing to go on with. The supervisor starts us again, and
 * recovery reads what is on disk. */
static void give_up_if(int err, const char *what)
{
	/* The outside failed: it may pass. */
	if (err != E_NOSPC && err != E_IO && err != E_NOMEM && err != E_AGAIN) {
		log_error("event=engine err=\"%s\" at=%s next=abort", err_str(err), what);
		abort();
	}
}

static void committed(struct engine *e)
{
	effects_run(e);
	bookrows_committed(e);
	for (struct work_run *w = e->work_runs; w; w = w->next)
		if (w->dirty)
			run_view_update(e, &w->rec);
}

int recover_commit(struct engine *e, int err)
{
	bool done = false;
	if (!err)
		err = write_back(e);
	if (err || !e->tx.dirty) {
		e->ports->store->abort(e->tx.txn);
		done = !err;
	} else {
		err = commit(e, &done);
	}
	if (!err && done)
		committed(e);
	else
		effects_drop(e);
	return err || done ? err : E_AGAIN;
}

int transact(struct engine *e, struct event *const *events, size_t n)
{
	for (;;) {
		bool done = false;
		int err = begin(e);
		if (!err) {
			err = apply_all(e, events, n);
			if (!err)
				err = write_back(e);
			if (!err && !e->tx.dirty) {
				e->ports->store->abort(e->tx.txn); /* nothing to keep */
				effects_run(e);
				return 0;
			}
			if (err)
				e->ports->store->abort(e->tx.txn);
			else
				err = commit(e, &done);
		}
		if (!err && done) {
			e->commit_trouble = false;
			alert_clear(e,
				    "commit"); /* also after a commit that was not known at first */
			committed(e);
			return 0;
		}
		effects_drop(e);
		if (!err || err == E_DEADLOCK)
			continue;
		give_up_if(err, "apply");
		/* Disk full, no memory: keep the messages, dial nothing, say so, try again. */
		if (!e->commit_trouble)
			log_error("event=turn err=\"%s\" events=%zu next=retry", err_str(err), n);
		e->commit_trouble = true;
		alert_raise(e, "commit", "the store cannot be written (%s): nothing is dialled; %s",
			    err_str(err),
			    err == E_NOMEM
				? "give this machine memory; if it has enough, a turn needs more "
				  "than it may keep: report it with the log"
				: "make room on its disk");
		status_publish(e);
		wait_ms(COMMIT_RETRY_MS);
		if (e->stopping || is_asked_to_stop(e))
			return err;
	}
}
