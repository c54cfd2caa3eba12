/*
 * How an attempt ends: its outcome is written here, into its record in T_ATTEMPT
 * (finish_attempt), in one transaction with the target's next step, what it cost and
 * the contact row that goes back. Or it certainly never began (finish_dropped): then it
 * does not count.
 *
 * Lines and places with the gateways are memory: they are given back by an effect, after
 * the commit, so that a line is never used again for a call that is not yet on record.
 */
#include "engine/turn/finish.h"

#include "engine/turn/bynumber.h"
#include "engine/turn/callback.h"
#include "engine/turn/expiry.h"
#include "engine/turn/holds.h"
#include "engine/turn/outlook.h"
#include "engine/turn/transfer.h"

#include <stdlib.h>

enum { CALLBACK_QUIET_MS = 3600000 };

/* ---- memory, after the commit ---- */

struct landing {
	uint64_t attempt;
	bool submitted; /* not over: the gateway has it, receipts are awaited */
	int64_t until_ms;
};

static void land(struct engine *e, void *arg)
{
	struct landing *l = arg;
	struct flight *f = map_get(e->flights, &l->attempt, sizeof l->attempt);
	struct run_view *run = f ? run_view(e, f->run) : NULL;

	if (run)
		run->reserved_sen -= f->reserve_sen; /* it is charged now, or costs nothing */
	else if (f && f->trial)
		e->staff_sen[f->transfer_department] -= f->reserve_sen;
	if (f) {
		f->reserve_sen = 0;
		bynumber_remove(f); /* over, or the gateway's: nothing could be recalled */
	}
	if (f && l->submitted && !f->submitted) {
		f->submitted = true;
		f->until_ms = l->until_ms;
		expiry_add(e->expiry, f);
		e->sms_used--;
		e->sms_waiting++;
	} else if (f && !l->submitted) {
		map_take(e->flights, &l->attempt, sizeof l->attempt);
		expiry_remove(e->expiry, f);
		transfer_land(e, f);
		e->trials -= f->trial;
		if (f->talking)
			e->callbacks->talking--;
		if (f->channel == CHANNEL_VOICE) {
			e->lines_used--;
			e->more = true; /* a line is free: somebody may be waiting for it */
		} else if (f->submitted) {
			e->sms_waiting--;
		} else {
			e->sms_used--; /* used again in this same transaction: sms_room() */
		}
		free(f);
	}
	free(l);
}

int finish_land(struct engine *e, uint64_t attempt, bool submitted, int64_t until_ms)
{
	struct flight *f = map_get(e->flights, &attempt, sizeof attempt);
	struct landing *l = malloc(sizeof *l);
	if (!l)
		return E_NOMEM;
	*l = (struct landing){attempt, submitted, until_ms};
	/* Once a transaction: answer and receipt may come in the same. */
	if (f && f->channel == CHANNEL_SMS && !f->submitted && f->back_tx != e->transactions) {
		f->back_tx = e->transactions;
		e->messages_back++;
	}
	return effect_add(e, land, l, free);
}

/* ---- the number ---- */

static int number_release(struct engine *e, const struct attempt *a, bool counts)
{
	struct number_rec n;
	if (counts && a->channel == CHANNEL_SMS)
		return 0; /* only a call keeps its number busy */
	int err = db_number_get(&e->tx, a->digits, &n);
	if (err)
		return err;
	if (n.attempt == a->id)
		n.attempt = 0;
	if (!counts && !a->inbound && n.attempts > 0 && n.day == civil_day_at(a->intended_ms))
		n.attempts--;
	return db_number_put(&e->tx, &n);
}

/* ---- the end of an attempt ---- */

int finish_target(struct engine *e, const struct attempt *a, struct target *t)
{
	int err = db_target_get(&e->tx, a->run, a->target, t);
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

int finish_load(struct engine *e, uint64_t id, struct attempt *a, struct target *t)
{
	int err = db_attempt_get(&e->tx, id, a);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	return finish_target(e, a, t);
}

static int contact_row(struct engine *e, const struct attempt *a)
{
	struct outrow row = {
	    .kind = KIND_CONTACTS,
	    .run = a->run,
	    .at_ms = a->intended_ms,
	    .attempt = a->id,
	    .code = a->code,
	    .reached = a->reached,
	    .heard = a->heard,
	};
	return outrow_add(e, &row);
}

/* What an outcome says about the number, for the rest of this run. */
static void mark_number(struct target *t, const struct attempt *a)
{
	if (a->number >= 0 && (size_t)a->number < t->n_numbers &&
	    (a->code == OUT_DEAD_NUMBER || a->code == OUT_WRONG_NUMBER))
		t->numbers[a->number].dead = true;
}

int finish_correct(struct engine *e, struct target *t)
{
	struct outlook look;
	int err = outlook_read(e, t, &look);
	for (size_t i = 0; i < look.n && !err; i++) {
		struct debt before = look.debts[i];
		err =
		    debt_correct(e, &look.debts[i], &before, t, &look.standings[i], CAUSE_MESSAGE);
		if (!err)
			err = db_debt_put(&e->tx, &look.debts[i]);
	}
	return err;
}

/* A message that staff sent again, and some calls that came in, stand beside the target's own
 * course: a target that is done stays so, and its debts' results are corrected. */
static int settle(struct engine *e, const struct attempt *a, struct target *t)
{
	bool beside = a->resend_of || (a->inbound && a->inbound != INBOUND_OWN);
	if (!beside || t->state == TARGET_WAITING)
		return target_settle(e, t);
	int err = db_target_put(&e->tx, t);
	return err || t->state != TARGET_DONE ? err : finish_correct(e, t);
}

int finish_attempt(struct engine *e, struct attempt *a, struct target *t, enum attempt_state to)
{
	int err = attempt_set(a->channel, &a->state, to);
	if (err)
		return err;
	a->ended_ms = e->now_ms;
	err = money_charge(e, a);
	if (!err)
		err = db_attempt_put(&e->tx, a);
	if (!err)
		err = db_open_del(&e->tx, a->id);
	if (!err)
		err = number_release(e, a, true);
	if (!err)
		err = contact_row(e, a);
	if (!err)
		err = finish_land(e, a->id, false, 0);
	if (err)
		return err;
	if (!callback_counts(a))
		t->not_before_ms = e->now_ms + CALLBACK_QUIET_MS; /* he just spoke to us */
	else if (t->n_past < MAX_TARGET_ATTEMPTS)
		t->past[t->n_past++] = (struct target_attempt){
		    .id = a->id,
		    .past = {.wave = a->wave,
			     .number = a->number,
			     .channel = a->channel,
			     .code = a->code,
			     .heard = a->heard,
			     .ended_ms = a->ended_ms},
		};
	mark_number(t, a);
	if (t->resend == a->id)
		t->resend = 0;
	struct run_rec *run;
	err = run_work(e, a->run, &run);
	if (!err)
		err = mark_by_outcome(e, a, run->department);
	return err ? err : settle(e, a, t);
}

int finish_resend_out(struct engine *e, const struct attempt *a, struct target *t)
{
	if (t->resend != a->id)
		return 0;
	t->resend = 0;
	return db_target_put(&e->tx, t);
}

int finish_dropped(struct engine *e, struct attempt *a, struct target *t, const char *why,
		   int64_t not_before_ms)
{
	struct run_rec *run;
	int err = attempt_set(a->channel, &a->state, ATTEMPT_DROPPED);
	if (err)
		return err;
	a->ended_ms = e->now_ms;
	a->why = why;
	err = db_attempt_put(&e->tx, a);
	if (!err)
		err = db_open_del(&e->tx, a->id);
	if (!err)
		err = number_release(e, a, false);
	if (!err)
		err = finish_land(e, a->id, false, 0);
	if (!err)
		err = run_work(e, a->run, &run);
	if (err)
		return err;
	if (a->inbound) /* the target, if it was in it, goes on as before */
		return a->inbound == INBOUND_OWN ? target_settle(e, t) : 0;
	run->dropped++;
	run_touch(e, run);
	if (a->resend_of) /* whoever asked for it sees that it was not sent, and may ask again */
		return finish_resend_out(e, a, t);
	t->not_before_ms = not_before_ms;
	if (a->branch)
		t->branch_text = a->text; /* still to be sent */
	return target_settle(e, t);
}
