/*
 * The turn, the heart of the system (engine.h says how it works).
 *
 * Promise: the intent is on disk before the telephone rings, and an outcome is on
 * disk before anyone sees it. Crash windows: before the commit nothing happened;
 * after it and before the effects, recovery finds the intents (outcome.c) and the
 * files (incoming_recover.c, outgoing.c) and goes on from the records.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/control.h"
#include "engine/log.h"
#include "engine/turn/builder.h"
#include "engine/turn/purge.h"
#include "engine/turn/early.h"
#include "engine/turn/expects.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/holds.h"
#include "engine/turn/put.h"
#include "engine/turn/rebuild.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_EVENTS = 256, /* messages of one turn */
	MOST_GATHER_MS = 20,
	ARENA_BYTES = 256 << 20, /* a turn's records; a batch of 2,000 rows needs a few MB */
	CLOCK_JUMP_MS = 5000,
	CLOCK_SETTLE_MS = 10000,
	COMMIT_RETRY_MS = 1000,
	BACKLOG_MS = 20,
};

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

int run_work(struct engine *e, uint32_t id, struct run_rec **ret_run)
{
	for (struct work_run *w = e->work_runs; w; w = w->next)
		if (w->rec.id == id) {
			*ret_run = &w->rec;
			return 0;
		}
	struct work_run *w = arena_take(e->arena, sizeof *w);
	int err = w ? db_run_get(&e->tx, id, &w->rec) : E_NOMEM;
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

/* ---- applying ---- */

static int apply_event(struct engine *e, struct event *ev)
{
	switch (ev->kind) {
	case EV_DROPPED:
		return on_dropped(e, ev);
	case EV_TOO_LATE:
		return 0; /* the call goes on; its outcome follows */
	case EV_PLACED:
		return on_placed(e, ev);
	case EV_ANSWERED:
		return on_answered(e, ev);
	case EV_CALL_ENDED:
		return on_call_ended(e, ev);
	case EV_SMS_RESULT:
		return on_sms_result(e, ev);
	case EV_SMS_RECEIPT:
		return on_sms_receipt(e, ev);
	case EV_DROP_DONE:
		return on_drop_done(e, ev);
	case EV_INTAKE_CHECKED:
		return on_checked(e, ev);
	case EV_ROWS:
		return on_rows(e, ev->batch);
	case EV_INTAKE_END:
		return on_intake_end(e, ev);
	case EV_REBUILT:
		return on_rebuilt(e, ev);
	case EV_HANDED:
		return on_handed(e, ev);
	case EV_OUT_BUILT:
		return on_built(e, ev);
	case EV_COMMAND:
		return on_command(e, ev->command);
	case EV_ARCHIVE:
		return on_archive(e, ev);
	case EV_RENDERED:
	case EV_TRUNK:
	case EV_GATEWAY:
	case EV_DROP_STATE:
	case EV_STOP:
		return 0; /* memory only: memory_event() */
	}
	return 0;
}

/* What changes memory alone, once, after the turn that took it. */
static void memory_event(struct engine *e, struct event *ev)
{
	switch (ev->kind) {
	case EV_RENDERED:
		on_rendered(e, ev);
		break;
	case EV_TRUNK: {
		bool was_up = e->trunk_up;
		if (was_up != ev->trunk.up)
			log_info("event=trunk up=%d status=%d why=\"%s\"", ev->trunk.up,
				 ev->trunk.status, ev->trunk.why);
		e->trunk_up = ev->trunk.up;
		e->trunk_status = ev->trunk.status;
		if (ev->trunk.up)
			alert_clear(e, "trunk");
		else if (ev->trunk.status ||
			 was_up) /* else it was asked and has not answered yet */
			alert_raise(
			    e, "trunk",
			    "the trunk does not register us (%d %s): calls wait; check [voice] "
			    "and ask the telephone company",
			    ev->trunk.status, ev->trunk.why);
		break;
	}
	case EV_GATEWAY: {
		char key[MAX_ID];
		snprintf(key, sizeof key, "gateway-%.50s", ev->why);
		if (ev->trunk.up)
			alert_clear(e, key);
		else
			alert_raise(
			    e, key,
			    "SMS gateway %s takes nothing (%s): messages wait or go by the next "
			    "one; check [gateway %s]",
			    ev->why, ev->trunk.why, ev->why);
		break;
	}
	case EV_DROP_STATE: {
		struct drop_view *d = drop_by_id(e, ev->why);
		if (!d)
			break;
		d->up = ev->trunk.up;
		char key[MAX_ID];
		snprintf(key, sizeof key, "drop-%.50s", d->config->id);
		if (ev->trunk.up)
			alert_clear(e, key);
		else
			alert_raise(e, key, "drop %s: not connected (%s); it is tried again",
				    d->config->id, ev->trunk.why);
		break;
	}
	case EV_DROP_DONE:
		drops_done(e, ev);
		break;
	case EV_ARCHIVE:
		archive_done(e, ev);
		break;
	default:
		break;
	}
}

static bool may_start(const struct engine *e)
{
	return !e->stopping && !e->commit_trouble && clock_boot_ms() >= e->settle_boot_ms;
}

/* The records that handlers had in hand, and the turn's number. */
static int write_back(struct engine *e)
{
	int err = 0;
	for (struct work_run *w = e->work_runs; w && !err; w = w->next)
		if (w->dirty)
			err = db_run_put(&e->tx, &w->rec);
	if (!err)
		err = money_write_back(e);
	if (!err && e->tx.dirty) {
		e->counters.turn++;
		e->counters.schema = SCHEMA_VERSION;
		err = db_counters_put(&e->tx, &e->counters);
	}
	return err;
}

static int apply(struct engine *e, struct event *const *events, size_t n)
{
	int err = db_counters_get(&e->tx, &e->counters);
	/* After trouble nothing starts before one commit succeeded: the turn's number is written
	 * even when there is nothing else, or a quiet engine never learns that the disk has room
	 * again. */
	e->tx.dirty = e->tx.dirty || e->commit_trouble;
	for (size_t i = 0; i < n && !err; i++)
		err = apply_event(e, events[i]);
	if (!err && may_start(e))
		err = expire_receipts(e);
	if (!err && may_start(e))
		err = promises_look(e);
	if (!err)
		err = cut_files(e);
	if (!err)
		err = bookrows_cut(e);
	if (!err)
		err = outgoing_retry(e);
	if (!err)
		err = step_retry(e);
	if (!err)
		err = early_expire(e);
	if (!err)
		err = full_sweep(e);
	if (!err && may_start(e))
		err = purge_turn(e);
	if (!err && may_start(e))
		err = start_attempts(e);
	return err ? err : write_back(e);
}

/* ---- what readers see ---- */

static void publish(struct engine *e)
{
	struct engine_status *s = &e->status;

	pthread_mutex_lock(&e->status_lock);
	s->now_ms = clock_now_ms();
	s->rehearsal = clock_is_rehearsal();
	s->starting = may_start(e);
	s->trunk_up = e->trunk_up;
	s->trunk_status = e->trunk_status;
	s->lines = (size_t)e->config->voice.lines;
	s->lines_used = e->lines_used;
	s->sms_in_flight = e->sms_used;
	s->sms_waiting = e->sms_waiting;
	s->preparing = e->preparing;
	s->ready = map_count(e->ready) - e->preparing;
	s->files_in = e->files_in;
	s->files_out = e->files_out;
	s->n_drops = e->n_drops;
	for (size_t i = 0; i < e->n_drops; i++) {
		memcpy(s->drops[i].id, e->drops[i].config->id, MAX_ID);
		s->drops[i].up = e->drops[i].up;
	}
	s->turns = e->turns;
	s->turn_longest_ms = e->turn_longest_ms;
	s->n_fresh = e->n_fresh;
	memcpy(s->fresh, e->fresh, e->n_fresh * sizeof *e->fresh);
	s->n_alerts = e->n_alerts;
	memcpy(s->alerts, e->alerts, e->n_alerts * sizeof *e->alerts);
	pthread_mutex_unlock(&e->status_lock);
}

/* ---- the transaction ---- */

static int begin(struct engine *e)
{
	arena_reset(e->arena);
	e->work_runs = NULL;
	e->work_money = NULL;
	for (size_t i = 0; i < e->n_runs; i++)
		e->runs[i]->reserving_sen = 0;
	e->intents_now = e->messages_now = 0;
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

void engine_stop(struct engine *e)
{
	struct event *ev = event_new(EV_STOP);
	atomic_store(&e->stop_asked, true);
	if (ev && mailbox_post(e->inbox, ev))
		event_free(ev); /* full: the flag is looked at once a turn too */
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
			publish(e);
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

/* One transaction around these events, run again until it is on disk. */
static int transact(struct engine *e, struct event *const *events, size_t n)
{
	for (;;) {
		bool done = false;
		int err = begin(e);
		if (!err) {
			err = apply(e, events, n);
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
		alert_raise(e, "commit",
			    "the store cannot be written (%s): nothing is dialled; make room "
			    "on its disk",
			    err_str(err));
		publish(e);
		wait_ms(COMMIT_RETRY_MS);
		if (e->stopping || is_asked_to_stop(e))
			return err;
	}
}

/* ---- waiting ---- */

static void guard_clock(struct engine *e)
{
	int64_t wall = clock_real_ms(), boot = clock_boot_ms();
	int64_t drift = (wall - e->wall_ms) - (boot - e->boot_ms);

	if (e->wall_ms && (drift > CLOCK_JUMP_MS || drift < -CLOCK_JUMP_MS)) {
		e->settle_boot_ms = boot + CLOCK_SETTLE_MS;
		log_warn("event=clock-jump ms=%lld next=wait", (long long)drift);
		alert_raise(e, "clock",
			    "the machine's clock jumped by %lld s: nothing starts for %d s; "
			    "check its time service",
			    (long long)(drift / 1000), CLOCK_SETTLE_MS / 1000);
	} else if (e->settle_boot_ms && boot >= e->settle_boot_ms) {
		e->settle_boot_ms = 0;
		alert_clear(e, "clock");
	}
	e->wall_ms = wall;
	e->boot_ms = boot;
}

/* How long there is nothing to do, at most `most` ms. */
static int idle_ms(struct engine *e, int most)
{
	int64_t due = start_next_due(e), other = outgoing_next_due(e);
	int64_t book = bookrows_next_due(e), promise = promises_next_due(e);
	other = book < other ? book : other;
	other = promise < other ? promise : other;
	int64_t ms = (due < other ? due : other) - clock_now_ms();
	int64_t boot = clock_boot_ms();

	if (e->more)
		return 0;
	if (ms < BACKLOG_MS)
		ms = BACKLOG_MS; /* due, and waiting for a line, prompts or the pacer */
	for (size_t i = 0; i < e->n_drops; i++)
		if (!e->drops[i].busy && e->drops[i].poll_real - boot < ms)
			ms = e->drops[i].poll_real - boot;
	if (ms > most)
		ms = most;
	return ms < 0 ? 0 : (int)ms;
}

static void wait_for_work(struct engine *e, int most)
{
	struct pollfd fds[] = {{.fd = mailbox_fd(e->inbox), .events = POLLIN},
			       {.fd = mailbox_fd(e->rows), .events = POLLIN}};
	poll(fds, 2, idle_ms(e, most));
}

/* Commands and outcomes first; a row batch only when there is room left in the turn. */
static size_t gather(struct engine *e, struct event **events)
{
	int64_t end = clock_boot_ms() + MOST_GATHER_MS;
	size_t n = 0;
	struct event *ev;

	while (n < MOST_EVENTS - 1 && (ev = mailbox_take(e->inbox)) != NULL) {
		events[n++] = ev;
		if (clock_boot_ms() > end)
			break;
	}
	if (n < MOST_EVENTS / 2 && (ev = mailbox_take(e->rows)) != NULL)
		events[n++] = ev;
	return n;
}

/* ---- the turn ---- */

int engine_turn(struct engine *e, int wait)
{
	struct event *events[MOST_EVENTS];

	wait_for_work(e, wait);
	guard_clock(e);
	int64_t from = clock_boot_ms();
	e->more = false;
	size_t n = gather(e, events);
	for (size_t i = 0; i < n; i++)
		e->stopping =
		    e->stopping || events[i]->kind == EV_STOP; /* its own turn starts nothing */
	int err = transact(e, events, n);
	for (size_t i = 0; i < n; i++) {
		if (!err)
			memory_event(e, events[i]);
		event_free(events[i]);
	}
	if (err)
		return err;
	if (n == MOST_EVENTS)
		e->more = true;
	expects_look(e);
	drops_work(e);
	archive_work(e);
	rehearse(e);
	e->turns++;
	int64_t took = clock_boot_ms() - from;
	if (took > e->turn_longest_ms)
		e->turn_longest_ms = (uint32_t)took;
	publish(e);
	return 0;
}

/* An orderly stop loses nothing: the channels end what is in progress and report it, and those
 * last messages are applied. What they could not report is unknown after recovery. */
static int drain(struct engine *e)
{
	struct event *events[MOST_EVENTS];
	size_t n;
	int err = 0;

	e->stopping = true;
	channels_stop(e);
	intake_stop(e->intake); /* a file under way goes on at the next start */
	e->intake = NULL;
	while (!err && (n = gather(e, events)) > 0) {
		err = transact(e, events, n);
		for (size_t i = 0; i < n; i++)
			event_free(events[i]);
	}
	return err;
}

int engine_run(struct engine *e)
{
	log_thread_name("engine");
	while (!e->stopping && !atomic_load(&e->stop_asked)) {
		int err = engine_turn(e, (int)e->config->engine.tick);
		if (err)
			return err;
	}
	return drain(e);
}

void engine_status(struct engine *e, struct engine_status *ret_status)
{
	pthread_mutex_lock(&e->status_lock);
	*ret_status = e->status;
	pthread_mutex_unlock(&e->status_lock);
}

struct mailbox *engine_inbox(struct engine *e)
{
	return e->inbox;
}

const struct ports *engine_ports(struct engine *e)
{
	return e->ports;
}

struct store *engine_store(struct engine *e)
{
	return e->store;
}

const struct config *engine_config(struct engine *e)
{
	return e->config;
}

struct specs *engine_specs(struct engine *e)
{
	return e->specs;
}
