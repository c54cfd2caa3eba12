/*
 * See trial.h. What the gateways say about trials, in the order and with the codes of
 * receipt.c: a receipt never moves one that is over, it only sharpens its code.
 */
#include "engine/turn/trial.h"

#include "engine/log.h"
#include "engine/turn/comeback.h"
#include "engine/turn/finish.h"
#include "engine/turn/trialrec.h"

#include <stdio.h>
#include <string.h>

bool trial_flies(const struct engine *e, uint64_t id)
{
	const struct flight *f = e->trials ? map_get(e->flights, &id, sizeof id) : NULL;
	return f && f->trial;
}

static int load(struct engine *e, uint64_t id, struct trial_rec *r)
{
	int err = db_trial_get(&e->tx, id, r);
	return err == E_NOTFOUND ? E_CORRUPT : err; /* one that is under way is kept */
}

static void note_gateway(const struct engine *e, struct trial_rec *r, int gateway)
{
	if (gateway >= 0 && (size_t)gateway < e->config->sms.n_gateways)
		r->gateway = e->config->sms.gateway[gateway].id;
}

static int end(struct engine *e, struct trial_rec *r, enum attempt_state to)
{
	int err = attempt_set(r->channel, &r->state, to);
	if (err)
		return err;
	r->ended_ms = e->now_ms;
	log_info("event=trial-ended id=%llu state=\"%s\" code=%d", (unsigned long long)r->id,
		 attempt_state_word(to), (int)r->code);
	err = db_trial_put(&e->tx, r);
	return err ? err : finish_land(e, r->id, false, 0);
}

/* The gateway has it: it costs, and its receipt is waited for. */
static int submitted(struct engine *e, struct trial_rec *r)
{
	int err = attempt_set(r->channel, &r->state, ATTEMPT_SUBMITTED);
	if (err)
		return err;
	r->placed_ms = e->now_ms;
	return money_charge_trial(e, r);
}

static int on_result(struct engine *e, const struct event *ev, struct trial_rec *r)
{
	if (r->state != ATTEMPT_INTENDED)
		return 0; /* its final receipt was faster than the gateway's answer */
	r->gateway_code = ev->sms.code;
	note_gateway(e, r, ev->sms.gateway);
	int err = 0;
	switch (ev->sms.result) {
	case TEXT_ACCEPTED:
		r->code = OUT_SMS_SENT;
		err = submitted(e, r);
		if (!err)
			err = db_trial_put(&e->tx, r);
		return err ? err
			   : finish_land(e, r->id, true,
					 e->now_ms + e->config->engine.receipt_wait);
	case TEXT_REFUSED:
		r->code = OUT_SMS_REFUSED;
		return end(e, r, ATTEMPT_ENDED);
	case TEXT_RETRY: /* who asked for it sees that it did not go, and may ask again */
		r->why = ev->sms.why;
		return end(e, r, ATTEMPT_DROPPED);
	case TEXT_UNKNOWN:
		r->code = OUT_UNKNOWN;
		err = money_charge_trial(e, r);
		return err ? err : end(e, r, ATTEMPT_UNKNOWN);
	}
	return 0;
}

static int on_receipt(struct engine *e, const struct event *ev, struct trial_rec *r)
{
	enum outcome code = receipt_code(ev->receipt.receipt);
	bool final = code != OUT_SMS_SENT, said_all = ev->receipt.receipt == RECEIPT_NONE;
	int err = 0;

	r->receipts++;
	note_gateway(e, r, ev->receipt.gateway);
	if (!final && r->receipt_final)
		return db_trial_put(&e->tx, r); /* out of order */
	r->receipt_final = r->receipt_final || final;
	if (r->state == ATTEMPT_INTENDED) { /* it overtook the gateway's answer */
		err = submitted(e, r);
		r->code = code;
		if (!err && !final)
			err =
			    finish_land(e, r->id, true, e->now_ms + e->config->engine.receipt_wait);
	}
	if (err)
		return err;
	if (r->state == ATTEMPT_SUBMITTED && (final || said_all)) {
		r->code = code;
		return end(e, r, ATTEMPT_ENDED);
	}
	if (r->code == OUT_UNKNOWN || (r->code == OUT_SMS_SENT && final))
		r->code = code; /* 90 -> 61 -> 60 | 62 | 63 | 64 */
	return db_trial_put(&e->tx, r);
}

static int take(struct engine *e, const struct event *ev, struct trial_rec *r)
{
	switch (ev->kind) {
	case EV_DROPPED:
		if (r->state != ATTEMPT_INTENDED)
			return finish_land(e, r->id, false, 0);
		r->why = ev->why;
		return end(e, r, ATTEMPT_DROPPED);
	case EV_SMS_RESULT:
		return on_result(e, ev, r);
	case EV_SMS_RECEIPT:
		return on_receipt(e, ev, r);
	default:
		return 0; /* too late: its outcome follows */
	}
}

int on_trial(struct engine *e, const struct event *ev)
{
	struct trial_rec r;
	int err = load(e, ev->attempt, &r);
	return err ? err : take(e, ev, &r);
}

int trial_late(struct engine *e, const struct event *ev, bool *ret_known)
{
	struct trial_rec r;
	int err = db_trial_get(&e->tx, ev->attempt, &r);

	*ret_known = !err;
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	return take(e, ev, &r);
}

int trial_expire(struct engine *e, uint64_t id)
{
	struct trial_rec r;
	int err = load(e, id, &r);

	if (err || r.state != ATTEMPT_SUBMITTED)
		return err;
	return end(e, &r, ATTEMPT_ENDED); /* as 61 */
}

/* ---- at start ---- */

static int found(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	return key.n == 8 ? ids_add(arg, UINT64_MAX - read_u64(key.p)) : E_CORRUPT;
}

static int recover_one(struct engine *e, uint64_t id)
{
	struct trial_rec r;
	int err = load(e, id, &r);

	if (err)
		return err;
	if (r.state == ATTEMPT_SUBMITTED) {
		struct flight f = {.attempt = id,
				   .channel = CHANNEL_SMS,
				   .trial = true,
				   .submitted = true,
				   .until_ms = r.placed_ms + e->config->engine.receipt_wait};
		snprintf(f.digits, sizeof f.digits, "%s", r.digits);
		return come_back_later(e, &f);
	}
	if (r.state != ATTEMPT_INTENDED)
		return 0;
	log_warn("event=recovery trial=%llu next=unknown", (unsigned long long)id);
	r.code = OUT_UNKNOWN;
	err = money_charge_trial(e, &r);
	return err ? err : end(e, &r, ATTEMPT_UNKNOWN);
}

int trials_recover(struct engine *e)
{
	struct ids s = {0};
	int err = db_scan(&e->tx, T_TRIAL, "", 0, 0, 0, found, &s);

	for (size_t i = 0; i < s.n && !err; i++) { /* MAX_TRIALS of them */
		struct arena_mark step = arena_mark(e->arena);
		err = recover_one(e, s.list[i]);
		arena_release(e->arena, step);
	}
	ids_free(&s);
	return err;
}
