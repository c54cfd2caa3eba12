/*
 * See staff.h. The order of things when it ends: its result is settled at once, the
 * line is given back (EV_TRANSFERRED) when the peer has answered our BYE or CANCEL or
 * the wait for that is over, and only then the scenario goes on, or the resident's
 * call is told as ended. So no line is ever counted free that is not.
 */
#include "adapters/voice/staff.h"
#include "adapters/voice/map.h"
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <inttypes.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <stdio.h>
#include <stdlib.h>

enum { ASK_WAIT_MS = 10000 }; /* the engine answers in a turn, or cannot write its store */

#define TO(s) (1u << (s))
static const unsigned moves[STAFF_STATES] = {
    [STAFF_ASKED] = TO(STAFF_CALLING) | TO(STAFF_GONE),
    [STAFF_CALLING] = TO(STAFF_TALKING) | TO(STAFF_CANCELLING) | TO(STAFF_ENDING) | TO(STAFF_GONE),
    [STAFF_TALKING] = TO(STAFF_ENDING) | TO(STAFF_GONE),
    [STAFF_CANCELLING] = TO(STAFF_ENDING) | TO(STAFF_GONE),
    [STAFF_ENDING] = TO(STAFF_GONE),
};

bool staff_may_move(enum staff_state from, enum staff_state to)
{
	return from < STAFF_STATES && to < STAFF_STATES && (moves[from] & TO(to));
}

static void move(struct staff *s, enum staff_state to)
{
	BUG_IF(!staff_may_move(s->state, to));
	s->state = to;
}

void staff_free(struct staff *s)
{
	if (!s)
		return;
	if (s->leg && s->call->leg)
		media_part(s->call->leg, s->leg);
	media_close(s->leg);
	if (s->handle) {
		nua_handle_bind(s->handle, NULL);
		nua_handle_destroy(s->handle);
	}
	if (s->trunk) {
		s->trunk->used--;
		s->call->voice->n_staff--;
	}
	order_free(s->order);
	free(s);
}

int staff_open(struct staff *s, struct trunk *t)
{
	struct voice *v = s->call->voice;
	struct media_open how = {
	    .addr = v->config.media_bind,
	    .from = v->config.media_from,
	    .to = v->config.media_to,
	    .prompts = s->call->intent->prompts, /* never played here */
	};
	bool secure = t->config->srtp == SRTP_REQUIRED;
	s->sdp = (struct sdp_ours){.addr = v->config.media_bind,
				   .session = s->order->cmd.attempt + (uint64_t)s->call->transfers};
	int err = secure ? cipher_key_new(s->key) : 0;
	if (!err && secure) {
		cipher_key_text(s->key, s->key_text);
		s->sdp.key = s->key_text;
	}
	if (!err)
		err = media_open(v->media, &how, &s->leg, &s->sdp.port);
	if (!err)
		err = sdp_write(&s->sdp, s->sdp_text);
	if (err)
		return err;
	s->handle = trunk_handle(t, NULL);
	if (!s->handle)
		return E_NOMEM;
	s->trunk = t;
	t->used++;
	v->n_staff++;
	return 0;
}

static struct changing changing(struct staff *s)
{
	return (struct changing){
	    .attempt = s->call->intent->attempt,
	    .talking = s->state == STAFF_TALKING,
	    .trunk = s->trunk,
	    .handle = s->handle,
	    .leg = s->leg,
	    .sdp = &s->sdp,
	    .sdp_text = s->sdp_text,
	    .peer = &s->peer,
	    .key = s->key,
	    .renewal = &s->renewal,
	};
}

/* ---- its end ---- */

static void say_over(struct staff *s)
{
	struct event *ev = s->order->ended;
	int64_t end = s->ended_ms ? s->ended_ms : sip_now_ms();
	ev->transferred.result = s->result;
	ev->transferred.placed = s->trunk != NULL;
	ev->transferred.sip_status = s->sip_status;
	ev->transferred.q850 = s->q850;
	if (s->placed_ms)
		ev->transferred.ring_ms =
		    (uint32_t)((s->answered_ms ? s->answered_ms : end) - s->placed_ms);
	if (s->answered_ms)
		ev->transferred.talk_ms = (uint32_t)(end - s->answered_ms);
	log_info("transfer ended attempt=%" PRIu64 " n=%d result=%s status=%d cause=%d "
		 "talk_ms=%u",
		 ev->attempt, ev->transferred.n, transfer_value(s->result), s->sip_status, s->q850,
		 ev->transferred.talk_ms);
	ev->inbound = s->call->inbound;
	s->order->ended = NULL;
	sip_post(s->call->voice, ev);
}

/* The line is free. The scenario goes on, or its call is told as ended: c may be gone. */
static void gone(struct staff *s)
{
	struct call *c = s->call;
	enum transfer_result result = s->result;
	BUG_IF(result == TRANSFER_NONE);
	move(s, STAFF_GONE);
	if (s->order)
		say_over(s);
	if (c->leg)
		media_ring(c->leg, false);
	if (s->limit_left_ms)
		c->limit_due_ms = sip_now_ms() + s->limit_left_ms;
	c->staff = NULL;
	staff_free(s);
	if (c->over_ms)
		call_finish(c);
	else if (c->state == CALL_TALKING)
		talk_event(c, &(struct interp_event){.kind = IE_TRANSFERRED, .transfer = result});
}

static void cancel(struct staff *s, enum transfer_result result)
{
	move(s, STAFF_CANCELLING);
	s->result = result;
	s->cancelled = true;
	s->due_ms = sip_now_ms() + s->call->voice->config.hangup_wait_ms;
	nua_cancel(s->handle, TAG_END());
}

static void bye(struct staff *s, enum transfer_result result)
{
	move(s, STAFF_ENDING);
	s->result = result;
	s->ended_ms = sip_now_ms();
	s->due_ms = s->ended_ms + s->call->voice->config.hangup_wait_ms;
	if (s->call->leg)
		media_part(s->call->leg, s->leg);
	media_close(s->leg);
	s->leg = NULL;
	nua_bye(s->handle, TAG_END());
}

static void end(struct staff *s, enum transfer_result talking, enum transfer_result ringing)
{
	if (s->state == STAFF_TALKING)
		bye(s, talking);
	else if (s->state == STAFF_CALLING)
		cancel(s, ringing);
}

void staff_rejoin(struct call *c)
{
	if (!c->staff)
		return;
	/* While it is asked the engine's order is on its way: it is answered by `noanswer` when
	 * it comes, at once. */
	if (c->staff->state == STAFF_ASKED)
		c->staff->result = TRANSFER_NOANSWER;
	end(c->staff, TRANSFER_NEAR_END, TRANSFER_NOANSWER);
}

void staff_leave(struct call *c)
{
	struct staff *s = c->staff;
	if (!s)
		return;
	if (s->leg && c->leg)
		media_part(c->leg, s->leg);
	if (s->state == STAFF_ASKED) {
		s->result = TRANSFER_GIVEN_UP;
		gone(s);
		return;
	}
	end(s, c->by_us || c->local ? TRANSFER_NETWORK : TRANSFER_NEAR_END, TRANSFER_GIVEN_UP);
}

bool staff_tick(struct call *c, int64_t now)
{
	struct staff *s = c->staff;
	if (s->renewal.due_ms && now >= s->renewal.due_ms && s->state == STAFF_TALKING) {
		struct changing d = changing(s);
		s->renewal.due_ms = 0;
		renew_again(&d);
	}
	if (!s->due_ms || now < s->due_ms)
		return false;
	s->due_ms = 0;
	switch (s->state) {
	case STAFF_ASKED:
		log_warn("transfer attempt=%" PRIu64 ": no order came", c->intent->attempt);
		s->result = TRANSFER_UNKNOWN;
		gone(s);
		return true;
	case STAFF_CALLING:
		cancel(s, TRANSFER_NOANSWER);
		return false;
	case STAFF_TALKING:
		bye(s, TRANSFER_MAXTIME);
		return false;
	default:
		log_warn("transfer freed attempt=%" PRIu64 ": the peer did not answer our %s",
			 c->intent->attempt, s->state == STAFF_ENDING ? "BYE" : "CANCEL");
		gone(s);
		return true;
	}
}

/* ---- its beginning ---- */

void staff_ask(struct call *c, const struct transfer_ask *ask)
{
	struct staff *s = c->staff ? NULL : calloc(1, sizeof *s);
	struct event *ev = s && sip_has_room(c->voice) ? event_new(EV_TRANSFER) : NULL;
	if (!ev) {
		free(s);
		c->untransferred = TRANSFER_NETWORK_BUSY;
		return;
	}
	s->call = c;
	s->ask = *ask;
	s->due_ms = sip_now_ms() + ASK_WAIT_MS;
	c->staff = s;
	ev->attempt = c->intent->attempt;
	ev->inbound = c->inbound;
	ev->ask.n = ++c->transfers;
	snprintf(ev->ask.to, sizeof ev->ask.to, "%s", ask->to);
	ev->ask.connect_ms = ask->connect_ms;
	ev->ask.most_ms = ask->most_ms;
	media_known(c->leg);
	media_ring(c->leg, true);
	sip_post(c->voice, ev);
}

/* Nobody waits for it any more: certainly nothing was sent. */
static void too_late(struct voice *v, struct order *order)
{
	struct event *ev = order->ended;
	order->ended = NULL;
	ev->transferred.result = TRANSFER_GIVEN_UP;
	sip_post(v, ev);
	order_free(order);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void place(struct staff *s)
{
	struct call *c = s->call;
	const struct voice_transfer *t = &s->order->cmd.transfer;
	char masked[20];
	const char *why = s->result ? "the resident ended it" : place_staff(s);
	if (why) {
		log_warn("transfer not placed attempt=%" PRIu64 " to=%s number=%s why=\"%s\"",
			 c->intent->attempt, s->ask.to, log_number(t->number, masked), why);
		if (!s->result)
			s->result = TRANSFER_NETWORK_BUSY;
		gone(s);
		return;
	}
	move(s, STAFF_CALLING);
	s->placed_ms = sip_now_ms();
	s->due_ms = s->placed_ms + least(t->ring_ms, s->ask.connect_ms);
	/* Its own limits bound it now. */
	s->limit_left_ms = c->limit_due_ms - s->placed_ms > 1 ? c->limit_due_ms - s->placed_ms : 1;
	c->limit_due_ms = 0;
	log_info("transfer placed attempt=%" PRIu64 " n=%d to=%s number=%s trunk=%s",
		 c->intent->attempt, t->n, s->ask.to, log_number(t->number, masked),
		 s->trunk->config->id);
}

void staff_order(struct voice *v, struct call *c, struct order *order)
{
	const struct voice_transfer *t = &order->cmd.transfer;
	struct staff *s = c ? c->staff : NULL;
	bool awaited = s && s->state == STAFF_ASKED && t->n == c->transfers;
	if (t->number[0] && !awaited) {
		too_late(v, order);
	} else if (t->number[0]) {
		s->order = order;
		place(s);
	} else {
		if (awaited)
			s->result = t->refused ? t->refused : TRANSFER_UNKNOWN;
		order_free(order);
		if (awaited)
			gone(s);
	}
}

/* ---- the network ---- */

static void answered(struct staff *s, int status, const sip_t *sip)
{
	struct call *c = s->call;
	int err;
	s->sip_status = status;
	if (s->state == STAFF_CANCELLING) { /* it crossed our CANCEL */
		bye(s, s->result);
		return;
	}
	if (s->state != STAFF_CALLING)
		return;
	s->answered_ms = sip_now_ms();
	err = call_take_sdp(&s->sdp, sip, &s->peer);
	if (err == E_NOTFOUND && s->has_peer)
		err = 0;
	if (!err)
		err = media_peer(s->leg, &s->peer, s->key);
	if (err || !c->leg) {
		log_warn("transfer unusable attempt=%" PRIu64 ": the answer's SDP: %s",
			 c->intent->attempt, err_str(err));
		bye(s, TRANSFER_UNKNOWN);
		return;
	}
	move(s, STAFF_TALKING);
	struct changing d = changing(s);
	renew_learn(&d, sip);
	s->due_ms = s->answered_ms + least(s->order->cmd.transfer.most_ms, s->ask.most_ms);
	media_ring(c->leg, false);
	media_join(c->leg, s->leg);
	talk_event(c, &(struct interp_event){.kind = IE_BRIDGED});
}

static void failed(struct staff *s, int status, bool local, const sip_t *sip)
{
	s->sip_status = status < 700 ? status : 0;
	s->q850 = local ? 0 : call_cause_of(sip);
	if (local && !s->heard_trunk)
		trunk_failed(s->trunk, status);
	else if (status == 503 && !local && sip->sip_retry_after)
		trunk_rest(s->trunk, sip->sip_retry_after->af_delta);
	if (s->state == STAFF_CALLING)
		s->result = map_transfer(&(struct map_end){.sip_status = s->sip_status,
							   .q850 = s->q850,
							   .local = local,
							   .heard_trunk = s->heard_trunk,
							   .rang = s->rang});
	gone(s);
}

/* An answer to a refresh. */
static void renewed(struct staff *s, bool update, int status, const sip_t *sip)
{
	struct changing d = changing(s);
	if (!renew_answer(&d, update, status, sip))
		bye(s, TRANSFER_NETWORK);
}

static void invite_answer(struct staff *s, int status, const sip_t *sip)
{
	bool local = sip_is_local(sip);
	if (s->state == STAFF_TALKING)
		renewed(s, false, status, sip);
	if (s->state > STAFF_CALLING && s->state != STAFF_CANCELLING)
		return;
	s->heard_trunk = s->heard_trunk || !local;
	if (!local)
		trunk_heard(s->trunk);
	if (status < 200) {
		s->rang = s->rang || status == 180 || status == 183;
		/* Some gateways put their answer only here. */
		if (!local && status > 100 && call_take_sdp(&s->sdp, sip, &s->peer) == 0)
			s->has_peer = true;
	} else if (status < 300) {
		answered(s, status, sip);
	} else if ((status == 401 || status == 407) && !local && !s->challenged &&
		   s->state == STAFF_CALLING && trunk_authenticate(s->trunk, s->handle, sip)) {
		s->challenged = true;
	} else {
		failed(s, status, local, sip);
	}
}

static void bye_answer(struct staff *s, int status, const sip_t *sip)
{
	if (status < 200 || s->state != STAFF_ENDING)
		return;
	if ((status == 401 || status == 407) && !s->bye_challenged) {
		s->bye_challenged = true;
		if (trunk_authenticate(s->trunk, s->handle, sip))
			return;
	}
	gone(s);
}

static void bye_came(struct staff *s)
{
	if (s->state == STAFF_TALKING) {
		s->result = TRANSFER_FAR_END;
		s->ended_ms = sip_now_ms();
	}
	if (s->result)
		gone(s);
}

static void terminated(struct staff *s)
{
	if (s->state == STAFF_TALKING)
		s->result = TRANSFER_NETWORK;
	else if (s->state == STAFF_CALLING)
		s->result = TRANSFER_NETWORK_BUSY;
	if (s->state != STAFF_ASKED)
		gone(s);
}

static struct staff *find(struct voice *v, const nua_handle_t *nh)
{
	for (int i = 0; nh && v->n_staff > 0 && i < v->config.lines; i++)
		if (v->calls[i] && v->calls[i]->staff && v->calls[i]->staff->handle == nh)
			return v->calls[i]->staff;
	return NULL;
}

bool staff_event(struct voice *v, nua_handle_t *nh, nua_event_t event, int status, const sip_t *sip)
{
	struct staff *s = find(v, nh);
	if (!s)
		return false;
	struct changing d = changing(s);
	switch (event) {
	case nua_r_invite:
		invite_answer(s, status, sip);
		break;
	case nua_i_invite:
		renew_reinvited(&d, sip);
		break;
	case nua_i_update:
		renew_updated(&d, sip);
		break;
	case nua_i_state: /* an offer of ours left (sip.c's on_event) */
		renew_offered(&d);
		break;
	case nua_r_update:
		renewed(s, true, status, sip);
		break;
	case nua_i_bye:
		bye_came(s);
		break;
	case nua_r_bye:
		bye_answer(s, status, sip);
		break;
	case nua_i_terminated:
		terminated(s);
		break;
	case nua_i_refer:
		nua_respond(nh, SIP_603_DECLINE, NUTAG_WITH_THIS(v->nua), TAG_END());
		break;
	default:
		break;
	}
	return true;
}
