/*
 * What the channels report about attempts, and where it is recorded: the outcome
 * of an attempt is written here, into its record in T_ATTEMPT (finish_attempt), in
 * one transaction with the target's next step and the contact row that goes back.
 */
#include "engine/turn/engine.h"
#include "engine/turn/holds.h"
#include "engine/turn/outlook.h"

#include "engine/log.h"
#include "engine/turn/expiry.h"

#include <stdlib.h>
#include <string.h>

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
	if (f)
		f->reserve_sen = 0;
	if (f && l->submitted && !f->submitted) {
		f->submitted = true;
		f->until_ms = l->until_ms;
		expiry_add(e->expiry, f);
		e->sms_used--;
		e->sms_waiting++;
	} else if (f && !l->submitted) {
		map_take(e->flights, &l->attempt, sizeof l->attempt);
		expiry_remove(e->expiry, f);
		if (f->channel == CHANNEL_VOICE)
			e->lines_used--;
		else if (f->submitted)
			e->sms_waiting--;
		else
			e->sms_used--;
		free(f);
		e->more = true; /* a line is free: somebody may be waiting for it */
	}
	free(l);
}

static int land_later(struct engine *e, uint64_t attempt, bool submitted, int64_t until_ms)
{
	struct landing *l = malloc(sizeof *l);
	if (!l)
		return E_NOMEM;
	*l = (struct landing){attempt, submitted, until_ms};
	return effect_add(e, land, l, free);
}

/* ---- the number ---- */

static int number_release(struct engine *e, const struct attempt *a, bool counts)
{
	struct number_rec n;
	int err = db_number_get(&e->tx, a->digits, &n);
	if (err)
		return err;
	if (n.attempt == a->id)
		n.attempt = 0;
	if (!counts && n.attempts > 0 && n.day == civil_day_at(a->intended_ms))
		n.attempts--;
	return db_number_put(&e->tx, &n);
}

/* ---- the end of an attempt ---- */

static int load(struct engine *e, uint64_t id, struct attempt *a, struct target *t)
{
	int err = db_attempt_get(&e->tx, id, a);
	if (!err)
		err = db_target_get(&e->tx, a->run, a->target, t);
	return err == E_NOTFOUND ? E_CORRUPT : err;
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

/* Records the outcome of an attempt that counts, and what follows from it. `a` has its code; `t` is
 * in this attempt. */
static int correct_results(struct engine *e, struct target *t);

/* A message that staff sent again stands beside the target's own course: a target that is done
 * stays so, and its debts' results are corrected. */
static int settle(struct engine *e, const struct attempt *a, struct target *t)
{
	if (!a->resend_of || t->state == TARGET_WAITING)
		return target_settle(e, t);
	int err = db_target_put(&e->tx, t);
	return err || t->state != TARGET_DONE ? err : correct_results(e, t);
}

static int finish_attempt(struct engine *e, struct attempt *a, struct target *t,
			  enum attempt_state to)
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
		err = land_later(e, a->id, false, 0);
	if (err)
		return err;
	if (t->n_past < MAX_TARGET_ATTEMPTS)
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
	struct run_rec *run;
	err = run_work(e, a->run, &run);
	if (!err)
		err = mark_by_outcome(e, a, run->department);
	return err ? err : settle(e, a, t);
}

/* Certainly nothing was sent: it does not count, and may be tried again from `not_before_ms` on. */
static int drop_attempt(struct engine *e, struct attempt *a, struct target *t, const char *why,
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
		err = land_later(e, a->id, false, 0);
	if (!err)
		err = run_work(e, a->run, &run);
	if (err)
		return err;
	run->dropped++;
	run_touch(e, run);
	if (a->resend_of) /* whoever asked for it sees that it was not sent, and may ask again */
		return 0;
	t->not_before_ms = not_before_ms;
	if (a->branch)
		t->branch_text = a->text; /* still to be sent */
	return target_settle(e, t);
}

enum { DROP_WAIT_MS = 60000 };

int on_dropped(struct engine *e, const struct event *ev)
{
	struct attempt a;
	struct target t;
	int err = load(e, ev->attempt, &a, &t);
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
		return land_later(e, a.id, false, 0);
	}
	/* A recalled one is settled by its payment at once; anything else waits, so that a channel
	 * that refuses all does not spin. */
	bool recalled = t.debts_version != a.debts_version;
	return drop_attempt(e, &a, &t, ev->why, recalled ? 0 : e->now_ms + DROP_WAIT_MS);
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
	n.conversations++;
	return db_number_put(&e->tx, &n);
}

static void copy_replies(struct attempt *a, const struct interp_result *r)
{
	for (size_t i = 0; i < r->n_replies && i < MAX_REPLIES; i++) {
		a->replies[i].name = r->replies[i].name; /* the event outlives the transaction */
		a->replies[i].value = r->replies[i].value;
		a->n_replies = i + 1;
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
	int err = load(e, ev->attempt, &a, &t);
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
	if (c->result.sms_text[0]) {
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
	err = holds_by_reply(e, &a, &t);
	if (!err)
		err = no_conversation(e, &a);
	return err ? err : finish_attempt(e, &a, &t, ATTEMPT_ENDED);
}

/* ---- messages ---- */

/* Which gateway has it, and its id there. A failover may have changed what was meant at first. */
static void note_gateway(struct engine *e, struct attempt *a, int gateway, const char *ref)
{
	if (gateway >= 0 && (size_t)gateway < e->config->sms.n_gateways)
		a->gateway = e->config->sms.gateway[gateway].id;
	if (*ref)
		a->ref = ref; /* the event outlives the transaction */
}

int on_sms_result(struct engine *e, const struct event *ev)
{
	struct attempt a;
	struct target t;
	int err = load(e, ev->attempt, &a, &t);
	if (err)
		return err;
	if (a.state != ATTEMPT_INTENDED)
		return 0; /* its final receipt was faster than the gateway's answer */
	a.gateway_code = ev->sms.code;
	note_gateway(e, &a, ev->sms.gateway, ev->sms.ref);
	log_info("event=sms attempt=%llu result=%d gateway=%d", (unsigned long long)a.id,
		 (int)ev->sms.result, ev->sms.code);
	switch (ev->sms.result) {
	case TEXT_ACCEPTED:
		err = attempt_set(CHANNEL_SMS, &a.state, ATTEMPT_SUBMITTED);
		if (err)
			return err;
		a.placed_ms = e->now_ms;
		a.code = OUT_SMS_SENT;
		err = money_charge(e, &a);
		if (!err)
			err = watch_begin(e, &a);
		if (!err)
			err = db_attempt_put(&e->tx, &a);
		return err ? err
			   : land_later(e, a.id, true, e->now_ms + e->config->engine.receipt_wait);
	case TEXT_REFUSED:
		a.code = OUT_SMS_REFUSED;
		return finish_attempt(e, &a, &t, ATTEMPT_ENDED);
	case TEXT_RETRY:
		return drop_attempt(e, &a, &t, ev->sms.why,
				    e->now_ms +
					(ev->sms.retry_ms > 0 ? ev->sms.retry_ms : DROP_WAIT_MS));
	case TEXT_UNKNOWN:
		a.code = OUT_UNKNOWN;
		err = watch_begin(e, &a); /* it may turn up */
		return err ? err : finish_attempt(e, &a, &t, ATTEMPT_UNKNOWN);
	}
	return 0;
}

static enum outcome receipt_code(enum text_receipt r)
{
	switch (r) {
	case RECEIPT_DELIVERED:
		return OUT_SMS_RECEIVED;
	case RECEIPT_OUT_OF_AREA:
		return OUT_SMS_OUT_OF_AREA;
	case RECEIPT_FAILED:
		return OUT_SMS_FAILED;
	case RECEIPT_REJECTED:
		return OUT_SMS_REFUSED;
	case RECEIPT_BUFFERED:
	case RECEIPT_NONE:
		break;
	}
	return OUT_SMS_SENT;
}

/* A result that went out (or will) with the old code gets a correction row. */
static int correct_results(struct engine *e, struct target *t)
{
	struct outlook look;
	int err = outlook_read(e, t, &look);
	for (size_t i = 0; i < look.n && !err; i++) {
		err = debt_correct(e, &look.debts[i], t, &look.standings[i], look.debts[i].amount);
		if (!err)
			err = db_debt_put(&e->tx, &look.debts[i]);
	}
	return err;
}

enum { CORRECTION_MS = 72 * 3600 * 1000 };

/* A receipt after the end: never a state, only a sharper code (90 -> 61 -> 60 | 62 | 63 | 64). */
static int sharpen(struct engine *e, struct attempt *a, struct target *t, enum outcome code)
{
	bool sharper = (a->code == OUT_UNKNOWN && code != OUT_UNKNOWN) ||
		       (a->code == OUT_SMS_SENT && code != OUT_SMS_SENT);
	if (!sharper || e->now_ms > a->intended_ms + CORRECTION_MS)
		return db_attempt_put(&e->tx, a); /* the first final receipt stands */
	a->code = code;
	int err = db_attempt_put(&e->tx, a);
	for (size_t i = 0; i < t->n_past; i++)
		if (t->past[i].id == a->id)
			t->past[i].past.code = code;
	if (!err)
		err = db_target_put(&e->tx, t);
	if (!err && t->state == TARGET_DONE)
		err = correct_results(e, t);
	return err;
}

int on_sms_receipt(struct engine *e, const struct event *ev)
{
	struct attempt a;
	struct target t;
	enum outcome code = receipt_code(ev->receipt.receipt);
	bool final = ev->receipt.receipt != RECEIPT_BUFFERED && ev->receipt.receipt != RECEIPT_NONE;

	int err = db_attempt_get(&e->tx, ev->attempt, &a);
	if (err == E_NOTFOUND || (!err && a.channel != CHANNEL_SMS)) {
		/* signed by us, so it was ours: of a store that was restored, perhaps */
		log_warn("event=receipt attempt=%llu err=unknown-attempt next=ignore",
			 (unsigned long long)ev->attempt);
		return 0;
	}
	if (!err)
		err = load(e, ev->attempt, &a, &t);
	if (err)
		return err;
	a.receipts++;
	note_gateway(e, &a, ev->receipt.gateway, ev->receipt.ref);
	if (ev->receipt.segments && a.segments && (uint32_t)ev->receipt.segments != a.segments)
		alert_raise(
		    e, "sms-segments",
		    "message %llu: gateway %s bills %d segments, we count %u: what we say of "
		    "money is not its invoice",
		    (unsigned long long)a.id, a.gateway, ev->receipt.segments, a.segments);
	if (final || ev->receipt.receipt == RECEIPT_NONE)
		err = watch_end(e, a.id);
	if (err)
		return err;
	if (!final && a.receipt_final)
		return db_attempt_put(&e->tx, &a); /* out of order: "buffered" after the end */
	a.receipt_final = a.receipt_final || final;
	switch (a.state) {
	case ATTEMPT_SUBMITTED:
		if (!final && ev->receipt.receipt != RECEIPT_NONE)
			return db_attempt_put(&e->tx, &a);
		a.code = code;
		return finish_attempt(e, &a, &t, ATTEMPT_ENDED);
	case ATTEMPT_INTENDED:
		/* The receipt overtook the gateway's answer: it has the message. */
		err = attempt_set(CHANNEL_SMS, &a.state, ATTEMPT_SUBMITTED);
		if (err)
			return err;
		a.placed_ms = e->now_ms;
		a.code = code;
		if (final)
			return finish_attempt(e, &a, &t, ATTEMPT_ENDED);
		err = money_charge(e, &a);
		if (!err)
			err = watch_begin(e, &a);
		if (!err)
			err = db_attempt_put(&e->tx, &a);
		return err ? err
			   : land_later(e, a.id, true, e->now_ms + e->config->engine.receipt_wait);
	case ATTEMPT_DROPPED:
		alert_raise(e, "receipt",
			    "a receipt came for message %llu, which the channel says it never "
			    "sent: ask the "
			    "gateway's operator",
			    (unsigned long long)a.id);
		return db_attempt_put(&e->tx, &a);
	case ATTEMPT_ENDED:
	case ATTEMPT_UNKNOWN:
		return sharpen(e, &a, &t, code);
	default:
		return 0;
	}
}

/* ---- messages whose receipt does not come, lines that a crash left ---- */

enum { MOST_EXPIRED = 64 }; /* in one turn */

int expire_receipts(struct engine *e)
{
	struct flight *due[MOST_EXPIRED];
	size_t n = expiry_due(e->expiry, e->now_ms, MOST_EXPIRED, due);

	for (size_t i = 0; i < n; i++) {
		const struct flight *f = due[i];
		struct attempt a;
		struct target t;
		if (f->ghost) {
			int err = db_open_del(&e->tx, f->attempt);
			if (!err)
				err = land_later(e, f->attempt, false, 0);
			if (err)
				return err;
			continue;
		}
		int err = load(e, f->attempt, &a, &t);
		if (!err && a.state == ATTEMPT_SUBMITTED)
			err = finish_attempt(e, &a, &t, ATTEMPT_ENDED); /* as 61 */
		if (err)
			return err;
	}
	return 0;
}

/* ---- recovery ---- */

static int open_found(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	return key.n == 8 ? ids_add(arg, read_u64(key.p)) : E_CORRUPT;
}

struct comeback {
	struct flight *flight;
};

static void come_back(struct engine *e, void *arg)
{
	struct comeback *c = arg;
	struct flight *f = c->flight;
	BUG_IF(map_put(e->flights, &f->attempt, sizeof f->attempt, f) != 0);
	expiry_add(e->expiry, f);
	if (f->channel == CHANNEL_VOICE)
		e->lines_used++;
	else
		e->sms_waiting++;
	free(c);
}

static void comeback_free(void *arg)
{
	struct comeback *c = arg;
	free(c->flight);
	free(c);
}

static int come_back_later(struct engine *e, const struct attempt *a, bool ghost, int64_t until_ms)
{
	struct comeback *c = calloc(1, sizeof *c);
	if (!c)
		return E_NOMEM;
	c->flight = calloc(1, sizeof *c->flight);
	if (!c->flight) {
		free(c);
		return E_NOMEM;
	}
	c->flight->attempt = a->id;
	c->flight->run = a->run;
	c->flight->channel = a->channel;
	c->flight->ghost = ghost;
	c->flight->submitted = !ghost;
	c->flight->until_ms = until_ms;
	memcpy(c->flight->digits, a->digits, strnlen(a->digits, MAX_NUMBER - 1));
	return effect_add(e, come_back, c, comeback_free);
}

/* An intent without an outcome: it may have rung. It counts, says so (90), is not repeated in its
 * wave; its number is locked and its line counted busy for as long as the call could last. */
static int recover_one(struct engine *e, uint64_t id)
{
	struct attempt a;
	struct target t;
	struct number_rec n;
	int err = load(e, id, &a, &t);
	if (err)
		return err;
	if (a.state == ATTEMPT_SUBMITTED)
		return come_back_later(e, &a, false, a.placed_ms + e->config->engine.receipt_wait);
	if (a.state == ATTEMPT_UNKNOWN) /* a second crash: its line may still be busy */
		return come_back_later(e, &a, true, a.ended_ms + a.limit_ms);
	log_warn("event=recovery attempt=%llu state=\"%s\" next=unknown", (unsigned long long)id,
		 attempt_state_word(a.state));
	a.code = OUT_UNKNOWN;
	if (a.channel == CHANNEL_SMS)
		err = watch_begin(e, &a);
	if (!err)
		err = finish_attempt(e, &a, &t, ATTEMPT_UNKNOWN);
	if (err || a.channel != CHANNEL_VOICE)
		return err;
	int64_t until = e->now_ms + a.limit_ms;
	err = db_number_get(&e->tx, a.digits, &n);
	if (err)
		return err;
	n.locked_ms = until;
	err = db_number_put(&e->tx, &n);
	if (!err)
		err = db_open_put(&e->tx,
				  id); /* on the list until the line is free: expire_receipts() */
	return err ? err : come_back_later(e, &a, true, until);
}

int outcome_recover(struct engine *e)
{
	struct ids s = {0};
	int err = db_scan(&e->tx, T_OPEN, "", 0, 0, 0, open_found, &s);
	for (size_t i = 0; i < s.n && !err; i++)
		err = recover_one(e, s.list[i]);
	ids_free(&s);
	return err;
}
