/*
 * What becomes of a target: waiting for a time, or done with its debts' results.
 * Called after each outcome, each payment, and when its turn comes.
 */
#include "engine/turn/dues.h"
#include "engine/turn/engine.h"
#include "engine/turn/callback.h"
#include "engine/turn/holds.h"
#include "engine/turn/outlook.h"

#include "engine/log.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a; nobody outside chooses these numbers. */
uint64_t debts_print(const struct debt *debts, size_t n)
{
	uint64_t h = 0xcbf29ce484222325ull;
	for (size_t i = 0; i < n; i++) {
		const uint64_t parts[] = {debts[i].row, (uint64_t)debts[i].amount,
					  (uint64_t)debts[i].due_day};
		for (size_t k = 0; k < 3; k++)
			h = (h ^ parts[k]) * 0x100000001b3ull;
	}
	return h;
}

int target_active(struct engine *e, const struct target *t, struct asked *ret)
{
	struct outlook look;
	int err = outlook_read(e, t, &look);
	if (err)
		return err;
	*ret = (struct asked){.debts = look.asked, .n = look.n_asked};
	return 0;
}

int target_plan(struct engine *e, const struct target *t, const struct run_view *run,
		struct plan *ret_plan)
{
	struct past_attempt past[MAX_TARGET_ATTEMPTS];
	struct number numbers[MAX_NUMBERS];
	memcpy(numbers, t->numbers, sizeof numbers);
	for (size_t i = 0; i < t->n_past; i++)
		past[i] = t->past[i].past;
	struct plan_input in = {
	    .campaign = run->campaign,
	    .calendar = specs_calendar(e->specs),
	    .now_ms = e->now_ms,
	    .numbers = numbers,
	    .n_numbers = t->n_numbers,
	    .past = past,
	    .n_past = t->n_past,
	    .no_voice = t->unspeakable || t->care != CARE_NONE,
	    .no_text = t->unwritable,
	};
	int err = numbers_usable(e, t->person, numbers, t->n_numbers, in.number_no_voice);
	if (!err)
		*ret_plan = plan_next(&in);
	return err;
}

/* ---- done ---- */

static int debt_done(struct engine *e, const struct target *t, struct debt *debt,
		     const struct standing *s, enum outcome why)
{
	if (debt->result != OUT_NONE)
		return E_STATE; /* one result a debt, ever */
	debt_stands(debt, s);
	debt->result = standing_result(s, t->past, t->n_past, why);
	debt->reason = result_reason(t, s, debt->result);
	struct outrow out = {
	    .kind = KIND_RESULTS,
	    .run = t->run,
	    .at_ms = e->now_ms,
	    .row = debt->row,
	    .code = debt->result,
	    .reason = debt->reason,
	    .amount = debt->amount,
	    .attempts = (uint32_t)t->n_past,
	};
	int err = outrow_add(e, &out);
	return err ? err : db_debt_put(&e->tx, debt);
}

/* Done: `why` is the code that ended it without contact, or OUT_NONE. Results are written. */
static int target_finish(struct engine *e, struct target *t, const struct outlook *look,
			 enum outcome why)
{
	struct run_rec *run;

	int err = target_set(&t->state, TARGET_DONE);
	if (!err)
		err = run_work(e, t->run, &run);
	if (err)
		return err;
	if (why == OUT_EXPIRED && t->n_past == 0 && run->budget_ms)
		why = OUT_BUDGET; /* its time ran out while there was no money */
	t->why = why;
	t->attempt = 0;
	err = db_due_set(&e->tx, t, 0);
	for (size_t i = 0; i < look->n && !err; i++)
		err = debt_done(e, t, &look->debts[i], &look->standings[i], why);
	if (!err)
		err = db_target_put(&e->tx, t);
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

/* No debt is asked for. Done, unless one of them may be again while there is still time: a 速報
 * that may be taken back, a debit that may fail, an exclusion that ends. */
static int settle_unasked(struct engine *e, struct target *t, const struct run_rec *run,
			  const struct outlook *look)
{
	const struct run_view *view = run_view(e, t->run);
	struct plan plan = {.what = PLAN_DONE};
	bool open =
	    run->ending == OUT_NONE && t->n_past < MAX_TARGET_ATTEMPTS && view && view->campaign;
	int err = open ? target_plan(e, t, view, &plan) : 0;
	if (err)
		return err;
	bool time_left = plan.what != PLAN_DONE;

	if (!look->until_ms || !time_left)
		return target_finish(e, t, look, look->code);
	/* Not started: its turn comes when it is, and sets the time. */
	bool started = run->state == RUN_RUNNING || run->state == RUN_PAUSED;
	err = started || !t->due_ms ? db_due_set(&e->tx, t, look->until_ms) : 0;
	return err ? err : db_target_put(&e->tx, t);
}

/* Why a target ends, where the plan's own word is not the whole truth. */
static enum outcome no_contact_code(const struct target *t, enum outcome planned)
{
	if (t->held && (planned == OUT_NONE || planned == OUT_EXPIRED))
		return OUT_HELD; /* it was the hold that let the last window pass */
	if (t->n_past > 0 && t->past[t->n_past - 1].past.wave == INBOUND_WAVE)
		return OUT_DONE_ELSEWHERE; /* he rang back, and heard it */
	if (t->n_past > 0)
		return planned;
	if (t->unspeakable || t->unwritable)
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
	struct outlook look;

	int err = run_work(e, t->run, &run);
	if (!err && t->state == TARGET_IN_ATTEMPT)
		err = target_set(&t->state, TARGET_WAITING);
	if (!err)
		err = outlook_read(e, t, &look);
	if (err)
		return err;
	t->attempt = 0;
	if (!run->loaded)
		return db_target_put(&e->tx, t); /* more of its debts may come: its turn decides */
	if (look.n_asked == 0)
		return settle_unasked(e, t, run, &look);
	if (run->ending != OUT_NONE)
		return target_finish(
		    e, t, &look, run->ending == OUT_EXPIRED && t->held ? OUT_HELD : run->ending);
	if (t->n_past >= MAX_TARGET_ATTEMPTS)
		return target_finish(e, t, &look, OUT_NONE);
	int64_t due = e->now_ms;
	if (run->state != RUN_RUNNING && run->state != RUN_PAUSED && t->due_ms) {
		due = t->due_ms; /* not started: it is planned when its turn comes */
	} else if (t->branch_text[0] == '\0' && view && view->campaign) {
		struct plan plan;
		err = target_plan(e, t, view, &plan);
		if (err)
			return err;
		if (plan.what == PLAN_DONE)
			return target_finish(e, t, &look, no_contact_code(t, plan.code));
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
	if (f->inbound && !f->talking)
		return; /* it rings: before it is answered, the records are looked at again */
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

static int recall_later(struct engine *e, uint64_t attempt)
{
	struct recall_arg *r = attempt ? malloc(sizeof *r) : NULL;
	if (!attempt)
		return 0;
	if (!r)
		return E_NOMEM;
	r->attempt = attempt;
	return effect_add(e, recall, r, free);
}

int target_recall(struct engine *e, const struct target *t)
{
	int err = recall_later(e, t->attempt);
	return err ? err : recall_later(e, t->resend);
}

int target_changed(struct engine *e, struct target *t)
{
	int err = ready_forget_later(e, t->run, t->id);
	t->debts_version++;
	t->unspeakable = t->unwritable = false; /* another amount may be, and fewer rows */
	/* In an attempt: its outcome (dropped, or what the call gave) settles the target. */
	if (!err)
		err = target_recall(e, t);
	if (!err)
		err = callback_stale(e, t);
	if (err)
		return err;
	return t->state == TARGET_WAITING ? target_settle(e, t) : db_target_put(&e->tx, t);
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
	if (r)
		prepare_forget(e, r);
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
