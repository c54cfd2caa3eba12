/*
 * What the telephone reports about calls: dropped before it was sent, placed, answered,
 * ended. Each report moves the attempt's state in the transaction of this turn; how an
 * attempt ends is finish.c's.
 */
#include "engine/turn/callback.h"
#include "engine/turn/finish.h"
#include "engine/turn/holds.h"
#include "engine/turn/trial.h"

#include "engine/log.h"

int on_dropped(struct engine *e, const struct event *ev)
{
	struct attempt a;
	struct target t;
	bool trial = false;
	int err = db_attempt_get(&e->tx, ev->attempt, &a);
	if (err == E_NOTFOUND) { /* a receipt ended it before: of a store that was restored */
		err = trial_late(e, ev, &trial);
		return err || trial ? err : E_CORRUPT;
	}
	if (!err)
		err = finish_load(e, ev->attempt, &a, &t);
	if (err)
		return err;
	log_info("event=dropped attempt=%llu why=\"%s\"", (unsigned long long)a.id, ev->why);
	if (a.state != ATTEMPT_INTENDED) {
		/* A receipt came for it before it was sent: of a store that was restored. Its
		 * outcome stands. */
		alert_raise(e, "receipt",
			    "message %llu was not sent, but the gateway has a receipt for it: was "
			    "the store "
			    "restored from a backup?",
			    (unsigned long long)a.id);
		return finish_land(e, a.id, false, 0);
	}
	/* A recalled one is settled by its payment at once; anything else waits, so that a channel
	 * that refuses all does not spin. */
	bool recalled = t.debts_version != a.debts_version;
	return finish_dropped(e, &a, &t, ev->why, recalled ? 0 : e->now_ms + FINISH_DROP_WAIT_MS);
}

/* ---- calls ---- */

int on_placed(struct engine *e, const struct event *ev)
{
	struct attempt a;
	int err = db_attempt_get(&e->tx, ev->attempt, &a);
	if (!err)
		err = attempt_set(a.channel, &a.state, ATTEMPT_PLACED);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	a.placed_ms = e->now_ms;
	return db_attempt_put(&e->tx, &a);
}

int on_answered(struct engine *e, const struct event *ev)
{
	struct attempt a;
	struct number_rec n;
	int err = db_attempt_get(&e->tx, ev->attempt, &a);
	if (!err)
		err = attempt_set(a.channel, &a.state, ATTEMPT_ANSWERED);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	a.answered_ms = e->now_ms;
	err = db_attempt_put(&e->tx, &a);
	if (!err)
		err = db_number_get(&e->tx, a.digits, &n);
	if (err)
		return err;
	/* Of the day on which he speaks, whenever the call began: after midnight it is the new
	 * day's one conversation. The attempt stays with the day before. */
	int32_t today = civil_day_at(e->now_ms);
	if (n.day < today) {
		n.day = today;
		n.attempts = n.conversations = 0;
	}
	n.conversations += a.inbound != INBOUND_ANNOUNCED;
	return db_number_put(&e->tx, &n);
}

static void copy_replies(struct attempt *a, const struct interp_result *r)
{
	for (size_t i = 0; i < r->n_replies && i < MAX_REPLIES; i++) {
		a->replies[i].name = r->replies[i].name; /* the event outlives the transaction */
		a->replies[i].value = r->replies[i].value;
		a->replies[i].by = r->replies[i].by;
		a->n_replies = i + 1;
	}
}

static void copy_spoken(struct attempt *a, const struct call_end *c)
{
	const struct interp_result *r = &c->result;

	a->listener = c->listener;
	a->unheard = r->unheard;
	for (size_t i = 0; i < r->n_spoken && i < MAX_SPOKEN; i++) {
		a->spoken[i].field = r->spoken[i].field;
		a->spoken[i].word = r->spoken[i].word;
		a->spoken[i].score = r->spoken[i].score;
		a->n_spoken = i + 1;
	}
}

/* Where an SMS of a branch goes: the mobile that answered, else the registered one, never a keyed
 * one. */
static int branch_number(const struct target *t, int answered)
{
	if (answered >= 0 && (size_t)answered < t->n_numbers && t->numbers[answered].sms)
		return answered;
	for (size_t i = 0; i < t->n_numbers; i++)
		if (t->numbers[i].sms && !t->numbers[i].dead)
			return (int)i;
	return -1;
}

/* A machine answered: nobody was spoken to, and the day's one conversation is still to be had. (It
 * was counted when it answered, so that no second call starts meanwhile.) */
static int no_conversation(struct engine *e, const struct attempt *a)
{
	struct number_rec n;
	if (a->state != ATTEMPT_ANSWERED ||
	    (a->code != OUT_MACHINE_LEFT && a->code != OUT_MACHINE && a->code != OUT_FAX))
		return 0;
	int err = db_number_get(&e->tx, a->digits, &n);
	if (err || n.day != civil_day_at(a->answered_ms) || n.conversations == 0)
		return err;
	n.conversations--;
	return db_number_put(&e->tx, &n);
}

int on_call_ended(struct engine *e, const struct event *ev)
{
	const struct call_end *c = ev->call;
	struct attempt a;
	struct target t;
	int err = finish_load(e, ev->attempt, &a, &t);
	if (err)
		return err;
	a.code = c->code;
	a.reached = c->result.reached;
	a.heard = c->result.heard;
	a.sip_status = c->sip_status;
	a.q850 = c->q850;
	a.local = c->local;
	a.by_us = c->by_us;
	a.ring_ms = c->ring_ms;
	a.talk_ms = c->talk_ms;
	copy_replies(&a, &c->result);
	copy_spoken(&a, c);
	int branch_err = 0;
	if (c->result.sms_text[0] && a.inbound) {
		branch_err =
		    callback_sms(e, &a, &t, c->result.sms_text, branch_number(&t, a.number));
	} else if (c->result.sms_text[0]) {
		t.branch_text = c->result.sms_text;
		t.branch_number = branch_number(&t, a.number);
		t.branch_wave = a.wave;
		if (t.branch_number < 0 && a.n_replies < MAX_REPLIES) {
			a.replies[a.n_replies].name = "sms";
			a.replies[a.n_replies++].value = "送信先なし";
			t.branch_text = "";
		}
	}
	log_info("event=call-ended attempt=%llu code=%d sip=%d q850=%d reached=%d heard=%d",
		 (unsigned long long)a.id, (int)a.code, a.sip_status, a.q850, (int)a.reached,
		 a.heard);
	err = branch_err ? branch_err : holds_by_reply(e, &a, &t);
	if (!err)
		err = no_conversation(e, &a);
	return err ? err : finish_attempt(e, &a, &t, ATTEMPT_ENDED);
}
