/*
 * One call.
 *
 * (Calls that come in begin in inbound.c: offered, accepted, talking.)
 *
 *   waiting ──► calling ──► ringing ──► talking ──► ending ──► ended
 *      │           │  │        │ │         │           ▲          ▲
 *      │           │  └────────┼─┼─► talking            │          │
 *      │           ▼           ▼ │                      │          │
 *      │        cancelling ◄───┘ └──────────────────────┼──────────┤
 *      │           └── 200 crossed our CANCEL: BYE ─────┘          │
 *      └── dropped: nothing was sent ──────────────────────────────┘
 *
 * Each state but `waiting` ends by itself: the ring time cancels, the hard limit
 * cancels or hangs up, and hangup_wait_ms frees a line whose peer never answers
 * our CANCEL or BYE. Sofia's own INVITE timer is not used: it stops at a 180.
 */
#include "adapters/voice/call.h"
#include "adapters/voice/inbound.h"
#include "adapters/voice/keep.h"
#include "adapters/voice/map.h"
#include "adapters/voice/staff.h"
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <inttypes.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <stdlib.h>
#include <string.h>

#define TO(s) (1u << (s))
static const unsigned moves[CALL_STATES] = {
    [CALL_WAITING] = TO(CALL_CALLING) | TO(CALL_ENDED),
    [CALL_CALLING] = TO(CALL_RINGING) | TO(CALL_TALKING) | TO(CALL_CANCELLING) | TO(CALL_ENDING) |
		     TO(CALL_ENDED),
    [CALL_RINGING] = TO(CALL_TALKING) | TO(CALL_CANCELLING) | TO(CALL_ENDING) | TO(CALL_ENDED),
    [CALL_CANCELLING] = TO(CALL_ENDING) | TO(CALL_ENDED),
    [CALL_TALKING] = TO(CALL_ENDING) | TO(CALL_ENDED),
    [CALL_ENDING] = TO(CALL_ENDED),
    [CALL_OFFERED] = TO(CALL_ACCEPTED) | TO(CALL_ENDED),
    [CALL_ACCEPTED] = TO(CALL_TALKING) | TO(CALL_ENDING) | TO(CALL_ENDED),
};

bool call_may_move(enum call_state from, enum call_state to)
{
	return from < CALL_STATES && to < CALL_STATES && (moves[from] & TO(to));
}

void call_move(struct call *c, enum call_state to)
{
	BUG_IF(!call_may_move(c->state, to));
	c->state = to;
}

struct call *call_new(struct voice *v, struct order *order)
{
	size_t line = 0;
	while (line < (size_t)v->config.lines && v->calls[line])
		line++;
	if (line == (size_t)v->config.lines || v->n_calls + v->n_staff >= (size_t)v->config.lines)
		return NULL;
	struct call *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->voice = v;
	c->line = line;
	c->order = order;
	c->intent = order->cmd.intent;
	v->calls[line] = c;
	v->n_calls++;
	return c;
}

void call_free(struct call *c)
{
	if (!c)
		return;
	staff_free(c->staff);
	keep_free(c);
	c->voice->calls[c->line] = NULL;
	c->voice->n_calls--;
	media_close(c->leg);
	call_leave_trunk(c);
	interp_free(c->interp);
	order_free(c->order);
	free(c);
}

void call_drop(struct call *c, const char *why)
{
	struct event *ev = c->order->first;
	call_move(c, CALL_ENDED);
	c->order->first = NULL;
	ev->kind = EV_DROPPED;
	strncpy(ev->why, why, sizeof ev->why - 1);
	sip_post(c->voice, ev);
	call_free(c);
}

static uint32_t span(int64_t from, int64_t to)
{
	return from && to > from ? (uint32_t)(to - from) : 0;
}

/* The line is free: the outcome is told, c is gone. */
void call_finish(struct call *c)
{
	struct event *ev = c->order->ended;
	struct call_end *end = ev->call;
	int64_t now = c->over_ms ? c->over_ms : sip_now_ms();
	if (c->staff) { /* both lines are free, or none is */
		if (!c->over_ms)
			c->over_ms = now;
		staff_leave(c); /* comes back here when it is gone */
		return;
	}
	call_move(c, CALL_ENDED);
	keep_stop(c);
	end->sounds = keep_take(c);
	end->result = *interp_result(c->interp);
	end->code = map_outcome(&(struct map_end){
	    .sip_status = c->sip_status,
	    .q850 = c->q850,
	    .local = c->local,
	    .heard_trunk = c->heard_trunk,
	    .rang = c->rang,
	    .cancelled = c->cancelled,
	    .answered = c->answered,
	    .result = &end->result,
	});
	end->sip_status = c->sip_status;
	end->q850 = c->q850;
	end->local = c->local;
	end->by_us = c->by_us;
	if (end->result.n_spoken > 0 && c->voice->config.listen)
		snprintf(end->listener, sizeof end->listener, "%s",
			 c->voice->config.listen->version);
	end->ring_ms = span(c->placed_ms, c->answered_ms ? c->answered_ms : now);
	end->talk_ms = span(c->answered_ms, now);
	log_info("call ended attempt=%" PRIu64 " outcome=%d status=%d cause=%d local=%d by_us=%d "
		 "ring_ms=%u talk_ms=%u",
		 c->intent->attempt, (int)end->code, end->sip_status, end->q850, end->local,
		 end->by_us, end->ring_ms, end->talk_ms);
	c->order->ended = NULL;
	sip_post(c->voice, ev);
	call_free(c);
}

/* ---- our side ends it ---- */

static void cancel(struct call *c)
{
	if (c->looking) { /* nothing is out */
		c->by_us = true;
		call_finish(c);
		return;
	}
	call_move(c, CALL_CANCELLING);
	c->cancelled = c->by_us = true;
	c->ring_due_ms = c->limit_due_ms = 0;
	c->free_due_ms = sip_now_ms() + c->voice->config.hangup_wait_ms;
	nua_cancel(c->handle, TAG_END());
}

static void bye(struct call *c)
{
	call_move(c, CALL_ENDING);
	c->by_us = true;
	staff_leave(c);
	c->ring_due_ms = c->limit_due_ms = c->timer_due_ms = c->bye_due_ms = c->renewal.due_ms = 0;
	c->free_due_ms = sip_now_ms() + c->voice->config.hangup_wait_ms;
	keep_stop(c);
	media_close(c->leg);
	c->leg = NULL;
	nua_bye(c->handle, TAG_END());
}

void call_hang_up(struct call *c)
{
	if (c->over_ms)
		return; /* it is over already, but for its transfer, which is being ended */
	if (c->state == CALL_CALLING || c->state == CALL_RINGING)
		cancel(c);
	else if (c->state == CALL_TALKING || c->state == CALL_ACCEPTED)
		bye(c);
	else if (c->state == CALL_OFFERED)
		inbound_hang_up(c);
}

static bool due(int64_t *at, int64_t now)
{
	if (*at == 0 || now < *at)
		return false;
	*at = 0;
	return true;
}

void call_tick(struct call *c, int64_t now)
{
	if (c->staff && staff_tick(c, now))
		return; /* c may be gone */
	if (c->over_ms) {
		/* only its transfer is waited for */
	} else if (c->state == CALL_OFFERED) {
		inbound_tick(c, now);
	} else if (due(&c->free_due_ms, now)) {
		if (!c->heard_trunk)
			trunk_failed(c->trunk, 408);
		log_warn("call freed attempt=%" PRIu64 ": the peer did not answer our %s",
			 c->intent->attempt, c->state == CALL_ENDING ? "BYE" : "CANCEL");
		call_finish(c);
	} else if (due(&c->limit_due_ms, now) || due(&c->bye_due_ms, now)) {
		call_hang_up(c);
	} else if (due(&c->ring_due_ms, now)) {
		cancel(c);
	} else if (due(&c->timer_due_ms, now)) {
		talk_step(c, IE_TIMER, 0);
	} else if (due(&c->renewal.due_ms, now)) {
		struct changing d = call_changing(c);
		renew_again(&d);
	} else if (c->looking && !call_elsewhere(c)) {
		call_finish(c);
	}
}

/* ---- the other side ---- */

int call_cause_of(const sip_t *sip)
{
	const sip_reason_t *r = sip ? sip_reason(sip) : NULL;
	for (; r; r = r->re_next) {
		char *end;
		if (!r->re_protocol || strcasecmp(r->re_protocol, "Q.850") != 0 || !r->re_cause)
			continue;
		long v = strtol(r->re_cause, &end, 10);
		return *end == 0 && v > 0 && v <= 127 ? (int)v : 0;
	}
	return 0;
}

int call_read_sdp(const sip_t *sip, struct sdp_peer *ret_peer)
{
	const sip_payload_t *p = sip ? sip->sip_payload : NULL;
	if (!p || !p->pl_data || p->pl_len == 0)
		return E_NOTFOUND;
	if (!sip->sip_content_type || !sip->sip_content_type->c_type ||
	    strcasecmp(sip->sip_content_type->c_type, "application/sdp") != 0)
		return E_PROTO;
	return sdp_read(p->pl_data, p->pl_len, ret_peer);
}

int call_take_sdp(const struct sdp_ours *ours, const sip_t *sip, struct sdp_peer *ret_peer)
{
	struct sdp_peer peer;
	int err = call_read_sdp(sip, &peer);
	if (!err && peer.secure != (ours->key != NULL))
		err = E_REFUSED;
	if (!err)
		*ret_peer = peer;
	return err;
}

struct changing call_changing(struct call *c)
{
	return (struct changing){
	    .attempt = c->intent ? c->intent->attempt : 0, /* none yet: somebody rings */
	    .talking = c->state == CALL_TALKING,
	    .came_in = c->inbound != 0,
	    .trunk = c->trunk,
	    .handle = c->handle,
	    .leg = c->leg,
	    .sdp = &c->sdp,
	    .sdp_text = c->sdp_text,
	    .peer = &c->peer,
	    .key = c->key,
	    .renewal = &c->renewal,
	};
}

void call_renewed(struct call *c, bool update, int status, const sip_t *sip)
{
	struct changing d = call_changing(c);
	if (!renew_answer(&d, update, status, sip))
		call_hang_up(c);
}

static void provisional(struct call *c, int status, const sip_t *sip)
{
	c->heard_trunk = true;
	/* Early media is not played to, but some gateways put their answer only here. */
	if (status > 100 && call_take_sdp(&c->sdp, sip, &c->peer) == 0)
		c->has_peer = true;
	if (status > 100) {
		c->provisional = true;
		c->rang = c->rang || status == 180 || status == 183;
	}
	if (status > 100 && c->state == CALL_CALLING)
		call_move(c, CALL_RINGING);
}

static void answered(struct call *c, int status, const sip_t *sip)
{
	c->sip_status = status;
	c->heard_trunk = true;
	if (c->state == CALL_CANCELLING) { /* it crossed our CANCEL */
		bye(c);
		return;
	}
	if (c->state != CALL_CALLING && c->state != CALL_RINGING)
		return; /* a repeated 200 */
	c->answered_ms = sip_now_ms();
	int err = call_take_sdp(&c->sdp, sip, &c->peer);
	if (err == E_NOTFOUND && c->has_peer)
		err = 0;
	if (!err)
		err = media_peer(c->leg, &c->peer, c->key);
	sip_post(c->voice, c->order->answered);
	c->order->answered = NULL;
	if (err) {
		log_warn("call unusable attempt=%" PRIu64 ": the answer's SDP: %s",
			 c->intent->attempt, err_str(err));
		c->local = true;
		bye(c);
		return;
	}
	call_move(c, CALL_TALKING);
	c->answered = true;
	c->ring_due_ms = 0;
	struct changing d = call_changing(c);
	renew_learn(&d, sip);
	talk_step(c, IE_START, 0);
	if (c->recalled) /* too late to stop it, not too late for what it may say */
		talk_step(c, IE_STALE, 0);
}

/* The try failed: what the trunk learns of it, then another trunk, or the end. */
static void failed(struct call *c, int status, bool local, const sip_t *sip)
{
	c->local = local;
	c->sip_status = status < 700 ? status : 0; /* 9xx: Sofia's own errors */
	c->q850 = local ? 0 : call_cause_of(sip);
	if (local && !c->heard_trunk)
		trunk_failed(c->trunk, status);
	else if (status == 503 && !local && sip->sip_retry_after)
		trunk_rest(c->trunk, sip->sip_retry_after->af_delta);
	if (!call_elsewhere(c))
		call_finish(c);
}

void call_answer(struct call *c, int status, const sip_t *sip)
{
	bool local = sip_is_local(sip);
	if (c->state == CALL_TALKING) { /* not the first INVITE: a refresh */
		call_renewed(c, false, status, sip);
		return;
	}
	c->heard_trunk = c->heard_trunk || !local;
	if (!local)
		trunk_heard(c->trunk);
	if (status < 200) {
		if (!local)
			provisional(c, status, sip);
	} else if (status < 300) {
		answered(c, status, sip);
	} else if ((status == 401 || status == 407) && !local && !c->challenged &&
		   c->state != CALL_CANCELLING && trunk_authenticate(c->trunk, c->handle, sip)) {
		c->challenged = true;
	} else if (c->state < CALL_TALKING) {
		failed(c, status, local, sip);
	}
}

void call_bye_came(struct call *c)
{
	if (c->state == CALL_OFFERED || c->state == CALL_ACCEPTED) {
		inbound_over(c, true);
		return;
	}
	if (c->state == CALL_TALKING)
		talk_step(c, IE_HANGUP, 0);
	if (c->state != CALL_WAITING)
		call_finish(c);
}

void call_bye_answered(struct call *c, int status, const sip_t *sip)
{
	if (status < 200 || c->state != CALL_ENDING)
		return;
	if ((status == 401 || status == 407) && !c->bye_challenged) {
		c->bye_challenged = true;
		if (trunk_authenticate(c->trunk, c->handle, sip))
			return;
	}
	call_finish(c);
}

/* Sofia's last word on the call, whatever the reason. */
void call_terminated(struct call *c)
{
	if (c->state == CALL_OFFERED || c->state == CALL_ACCEPTED) {
		inbound_over(c, c->state == CALL_OFFERED); /* CANCEL; or no ACK came */
		return;
	}
	if (c->state == CALL_TALKING) {
		c->local = true;
		talk_step(c, IE_HANGUP, 0);
	}
	if (c->state == CALL_TALKING || c->state == CALL_ENDING || c->state == CALL_CANCELLING)
		call_finish(c);
}
