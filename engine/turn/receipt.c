/*
 * What the gateways report about messages: the answer to a submission, then receipts, in
 * any order and any number. A receipt never moves an attempt that is over: it only sharpens
 * its code (90 -> 61 -> 60 | 62 | 63 | 64), and the results that went out with the old one
 * are corrected. One that does not come in time ends the attempt as 61.
 */
#include "engine/turn/finish.h"

#include "engine/log.h"
#include "engine/turn/expiry.h"
#include "engine/turn/purge.h"
#include "engine/turn/trial.h"

/* Which gateway has it, and its id there. A failover may have changed what was meant at first. */
static void note_gateway(struct engine *e, struct attempt *a, int gateway, const char *ref)
{
	if (gateway >= 0 && (size_t)gateway < e->config->sms.n_gateways)
		a->gateway = e->config->sms.gateway[gateway].id;
	if (*ref)
		a->ref = ref; /* the event outlives the transaction */
}

/* The gateway has the message: it costs, it can be asked for, and its receipt is waited for. */
static int wait_for_receipt(struct engine *e, struct attempt *a)
{
	struct target t;
	int err = money_charge(e, a);
	if (!err)
		err = watch_begin(e, a);
	if (!err && a->resend_of) { /* for no other is the target read: it stays as it is */
		err = finish_target(e, a, &t);
		if (!err)
			err = finish_resend_out(e, a, &t);
	}
	if (!err)
		err = db_attempt_put(&e->tx, a);
	return err ? err : finish_land(e, a->id, true, e->now_ms + e->config->engine.receipt_wait);
}

int on_sms_result(struct engine *e, const struct event *ev)
{
	struct attempt a;
	struct target t;
	bool trial = false;
	int err = db_attempt_get(&e->tx, ev->attempt, &a);
	if (err == E_NOTFOUND) {
		err = trial_late(e, ev, &trial);
		return err || trial ? err : E_CORRUPT;
	}
	if (err)
		return err;
	if (a.state != ATTEMPT_INTENDED)
		return 0; /* its final receipt was faster than the gateway's answer */
	if (ev->sms.result != TEXT_ACCEPTED)
		err = finish_target(e, &a, &t);
	if (err)
		return err;
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
		return wait_for_receipt(e, &a);
	case TEXT_REFUSED:
		a.code = OUT_SMS_REFUSED;
		return finish_attempt(e, &a, &t, ATTEMPT_ENDED);
	case TEXT_RETRY:
		return finish_dropped(
		    e, &a, &t, ev->sms.why,
		    e->now_ms + (ev->sms.retry_ms > 0 ? ev->sms.retry_ms : FINISH_DROP_WAIT_MS));
	case TEXT_UNKNOWN:
		a.code = OUT_UNKNOWN;
		err = watch_begin(e, &a); /* it may turn up */
		return err ? err : finish_attempt(e, &a, &t, ATTEMPT_UNKNOWN);
	}
	return 0;
}

enum outcome receipt_code(enum text_receipt r)
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
		err = finish_correct(e, t);
	return err;
}

int on_sms_receipt(struct engine *e, const struct event *ev)
{
	struct attempt a;
	struct target t;
	enum outcome code = receipt_code(ev->receipt.receipt);
	bool final = ev->receipt.receipt != RECEIPT_BUFFERED && ev->receipt.receipt != RECEIPT_NONE;

	bool trial = false;
	int err = db_attempt_get(&e->tx, ev->attempt, &a);
	if (err == E_NOTFOUND) {
		int late = trial_late(e, ev, &trial);
		if (late || trial)
			return late;
	}
	if (err == E_NOTFOUND || (!err && (a.channel != CHANNEL_SMS || purge_takes(e, a.run)))) {
		/* signed by us, so it was ours: of a store that was restored, perhaps, or of a run
		 * that is being deleted: its target may be gone already */
		log_warn("event=receipt attempt=%llu err=unknown-attempt next=ignore",
			 (unsigned long long)ev->attempt);
		return 0;
	}
	/* Half of what Kannel sends only says that it has the message: that is about the attempt
	 * alone. */
	if (!err && (final || a.state != ATTEMPT_SUBMITTED || ev->receipt.receipt == RECEIPT_NONE))
		err = finish_target(e, &a, &t);
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
		return wait_for_receipt(e, &a);
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
				err = finish_land(e, f->attempt, false, 0);
			if (err)
				return err;
			continue;
		}
		int err =
		    f->trial ? trial_expire(e, f->attempt) : finish_load(e, f->attempt, &a, &t);
		if (!err && !f->trial && a.state == ATTEMPT_SUBMITTED)
			err = finish_attempt(e, &a, &t, ATTEMPT_ENDED); /* as 61 */
		if (err)
			return err;
	}
	return 0;
}
