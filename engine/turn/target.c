/*
 * What becomes of a target: waiting for a time, or done with its debts' results.
 * Called after each outcome, each payment, and when its turn comes.
 */
#include "engine/turn/engine.h"

#include "engine/log.h"

#include <stdlib.h>
#include <string.h>

int target_active(struct engine *e, const struct target *t, struct debt **ret_debts, size_t *ret_n)
{
	struct debt *list = arena_take(e->arena, sizeof *list * (t->n_debts ? t->n_debts : 1));
	size_t n = 0;

	if (!list)
		return E_NOMEM;
	for (size_t i = 0; i < t->n_debts; i++) {
		int err = db_debt_get(&e->tx, t->run, t->debts[i], &list[n]);
		if (err)
			return err == E_NOTFOUND ? E_CORRUPT : err;
		if (list[n].settled == SETTLED_NO && !list[n].held)
			n++;
	}
	*ret_debts = list;
	*ret_n = n;
	return 0;
}

struct plan target_plan(struct engine *e, const struct target *t, const struct run_view *run)
{
	struct past_attempt past[MAX_TARGET_ATTEMPTS];
	for (size_t i = 0; i < t->n_past; i++)
		past[i] = t->past[i].past;
	struct plan_input in = {
	    .campaign = run->campaign,
	    .calendar = specs_calendar(e->specs),
	    .now_ms = e->now_ms,
	    .numbers = t->numbers,
	    .n_numbers = t->n_numbers,
	    .past = past,
	    .n_past = t->n_past,
	    .no_voice = t->unspeakable || t->care != CARE_NONE,
	};
	return plan_next(&in);
}

/* ---- done ---- */

static int debt_done(struct engine *e, const struct target *t, uint32_t row, enum outcome why)
{
	struct past_attempt past[MAX_TARGET_ATTEMPTS];
	struct debt debt;

	int err = db_debt_get(&e->tx, t->run, row, &debt);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (debt.result != OUT_NONE)
		return E_STATE; /* one result a debt, ever */
	if (debt.settled == SETTLED_PAID)
		why = OUT_PAID;
	else if (debt.settled == SETTLED_WITHDRAWN)
		why = OUT_WITHDRAWN;
	else if (debt.held)
		why = OUT_HELD;
	for (size_t i = 0; i < t->n_past; i++)
		past[i] = t->past[i].past;
	debt.result = plan_result(past, t->n_past, why);
	if (debt.result == OUT_NONE)
		debt.result = OUT_EXPIRED; /* nothing was tried and nothing else ended it */
	struct outrow out = {
	    .kind = KIND_RESULTS,
	    .run = t->run,
	    .at_ms = e->now_ms,
	    .row = row,
	    .code = debt.result,
	    .amount = debt.amount,
	    .attempts = (uint32_t)t->n_past,
	};
	err = outrow_add(e, &out);
	return err ? err : db_debt_put(&e->tx, &debt);
}

int target_finish(struct engine *e, struct target *t, enum outcome why)
{
	struct run_rec *run;

	int err = target_set(&t->state, TARGET_DONE);
	if (err)
		return err;
	t->why = why;
	t->attempt = 0;
	err = db_due_set(&e->tx, t, 0);
	for (size_t i = 0; i < t->n_debts && !err; i++)
		err = debt_done(e, t, t->debts[i], why);
	if (!err)
		err = db_target_put(&e->tx, t);
	if (!err)
		err = run_work(e, t->run, &run);
	if (err)
		return err;
	run->done++;
	if (run->loaded && run->done >= run->targets && run_may(run->state, RUN_CLOSED)) {
		err = run_set(&run->state, RUN_CLOSED);
		run->ended_ms = e->now_ms;
	}
	run_touch(e, run);
	return err ? err : ready_forget_later(e, t->run, t->id);
}

/* Why a target with no debt left to ask for is done. */
static int settled_code(struct engine *e, const struct target *t, enum outcome *ret_code)
{
	enum outcome code = OUT_HELD;
	for (size_t i = 0; i < t->n_debts; i++) {
		struct debt debt;
		int err = db_debt_get(&e->tx, t->run, t->debts[i], &debt);
		if (err)
			return err;
		if (debt.settled == SETTLED_WITHDRAWN && code == OUT_HELD)
			code = OUT_WITHDRAWN;
		if (debt.settled == SETTLED_PAID)
			code = OUT_PAID;
	}
	*ret_code = code;
	return 0;
}

/* Why a target that was never contacted ends, where the plan's own word is not the whole truth. */
static enum outcome no_contact_code(const struct target *t, enum outcome planned)
{
	if (t->n_past > 0)
		return planned;
	if (t->unspeakable)
		return OUT_UNSPEAKABLE;
	/* 音声不可 or SMSのみ, and no wave has a message for a number of his: 82, 配慮. */
	if (t->care != CARE_NONE && planned == OUT_NO_NUMBER)
		return OUT_EXCLUDED;
	return planned;
}

int target_settle(struct engine *e, struct target *t)
{
	struct run_view *view = run_view(e, t->run);
	struct run_rec *run;
	struct debt *debts;
	size_t n;

	int err = run_work(e, t->run, &run);
	if (!err && t->state == TARGET_IN_ATTEMPT)
		err = target_set(&t->state, TARGET_WAITING);
	if (!err)
		err = target_active(e, t, &debts, &n);
	if (err)
		return err;
	t->attempt = 0;
	if (!run->loaded)
		return db_target_put(&e->tx, t); /* more of its debts may come: its turn decides */
	if (n == 0) {
		enum outcome code;
		err = settled_code(e, t, &code);
		return err ? err : target_finish(e, t, code);
	}
	if (run->ending != OUT_NONE)
		return target_finish(e, t, run->ending);
	if (t->n_past >= MAX_TARGET_ATTEMPTS)
		return target_finish(e, t, OUT_NONE);
	int64_t due = e->now_ms;
	if (run->state != RUN_RUNNING && run->state != RUN_PAUSED && t->due_ms) {
		due = t->due_ms; /* not started: it is planned when its turn comes */
	} else if (t->branch_text[0] == '\0' && view && view->campaign) {
		struct plan plan = target_plan(e, t, view);
		if (plan.what == PLAN_DONE)
			return target_finish(e, t, no_contact_code(t, plan.code));
		if (plan.what == PLAN_WAIT)
			due = plan.until_ms;
	}
	if (due < t->not_before_ms)
		due = t->not_before_ms;
	err = db_due_set(&e->tx, t, due);
	return err ? err : db_target_put(&e->tx, t);
}

/* ---- changed ---- */

struct recall_arg {
	uint64_t attempt;
};

void flight_recall(struct engine *e, struct flight *f)
{
	int err = 0;

	/* Once a flight: one intent and one recall a line are what the channel's mailbox was made
	 * for. Without channels we are stopping, and they have ended what they had. */
	if (f->ghost || f->submitted || f->recalled || !e->voice || !e->text)
		return;
	if (f->channel == CHANNEL_VOICE)
		err = e->ports->voice->post(
		    e->voice, &(struct voice_cmd){.kind = VC_RECALL, .attempt = f->attempt});
	else
		err = e->ports->text->post(
		    e->text, &(struct text_cmd){.kind = TC_RECALL, .attempt = f->attempt});
	/* A recall that is lost would let an old amount be spoken: an unknown call is better. */
	BUG_IF(err != 0);
	f->recalled = true;
}

static void recall(struct engine *e, void *arg)
{
	struct recall_arg *r = arg;
	struct flight *f = map_get(e->flights, &r->attempt, sizeof r->attempt);
	if (f)
		flight_recall(e, f);
	free(r);
}

int target_changed(struct engine *e, struct target *t)
{
	int err = ready_forget_later(e, t->run, t->id);
	t->debts_version++;
	t->unspeakable = false; /* another amount may be */
	if (err || t->state == TARGET_DONE)
		return err ? err : db_target_put(&e->tx, t);
	if (t->state == TARGET_WAITING)
		return target_settle(e, t);
	/* In an attempt: recall it; its outcome (dropped, or what the call gave) settles the
	 * target. */
	struct recall_arg *r = malloc(sizeof *r);
	if (!r)
		return E_NOMEM;
	r->attempt = t->attempt;
	err = effect_add(e, recall, r, free);
	return err ? err : db_target_put(&e->tx, t);
}

/* ---- prepared prompts ---- */

struct ready_key {
	size_t n;
	char bytes[8];
};

static void forget(struct engine *e, void *arg)
{
	struct ready_key *k = arg;
	struct ready *r = map_take(e->ready, k->bytes, k->n);
	free(k);
	if (!r)
		return;
	if (!r->done) {
		/* The pool still works on it: its answer finds no target and is thrown away. */
		map_take(e->jobs, &r->job, sizeof r->job);
		e->preparing--;
	}
	prompt_set_unref(r->set);
	free(r);
}

int ready_forget_later(struct engine *e, uint32_t run, uint32_t target)
{
	struct ready_key *k = malloc(sizeof *k);
	if (!k)
		return E_NOMEM;
	k->n = key_target(k->bytes, run, target);
	return effect_add(e, forget, k, free);
}

int target_later(struct engine *e, struct target *t, int64_t due_ms)
{
	int err = db_due_set(&e->tx, t, due_ms);
	if (!err && prepare_ready(e, t->run, t->id))
		err = ready_forget_later(e, t->run, t->id);
	return err ? err : db_target_put(&e->tx, t);
}
