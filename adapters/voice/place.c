/*
 * Placing a call: by which trunk, and then sending it. invite() is the last
 * function before nua_invite, and what must never happen is refused there, whoever
 * asked: a number that is not plain digits (a header or another host could hide in
 * it), one outside the allow table, a call that was recalled meanwhile, prompts of
 * an older state of the debts.
 *
 * What is refused at the first try was certainly not sent: EV_DROPPED. A try that
 * certainly reached nobody (route.h) is followed by another, by a trunk that was
 * not tried; the same checks are made again. One outcome comes of all of them.
 */
#include "adapters/voice/call.h"
#include "adapters/voice/route.h"
#include "adapters/voice/staff.h"
#include "adapters/voice/trunk.h"
#include "engine/clock.h"
#include "engine/log.h"
#include "engine/plan/phone.h"

#include <inttypes.h>
#include <sofia-sip/sip_tag.h>
#include <stdio.h>
#include <string.h>

/* A call that no trunk can take for so long goes back to the engine, which knows better when. */
#define WAIT_MOST_MS 3000

bool place_is_number(const char *s)
{
	size_t n = strnlen(s, MAX_NUMBER);
	return n > 0 && n < MAX_NUMBER && strspn(s, "0123456789") == n;
}

static int prepare(struct call *c)
{
	struct voice *v = c->voice;
	struct media_open how = {
	    .addr = v->config.media_bind,
	    .from = v->config.media_from,
	    .to = v->config.media_to,
	    .owner = c,
	    .prompts = c->intent->prompts,
	    .tones = v->config.tones,
	    .detect = v->config.detect,
	};
	c->sdp = (struct sdp_ours){.addr = v->config.media_bind, .session = c->intent->attempt};
	int err = interp_new(c->intent->scenario, &c->intent->vars, &c->interp);
	if (!err)
		err = media_open(v->media, &how, &c->leg, &c->sdp.port);
	return err;
}

static const char *number_refusal(const char *number, const char *caller)
{
	if (!place_is_number(number) || !phone_may_dial(number))
		return "the number is not in the allow table";
	if (!place_is_number(caller))
		return "the caller number is not digits";
	return NULL;
}

static const char *called_back(const struct call *c)
{
	return c->recalled ? "recalled"
	       : c->hushed ? "recalled: a file that may say so came"
			   : NULL;
}

/* Why this call must not be sent now; NULL: it may. */
static const char *refusal(const struct call *c)
{
	const struct voice_intent *i = c->intent;
	const char *why = called_back(c);
	if (why)
		return why;
	if (i->not_after_boot_ms && clock_boot_ms() >= i->not_after_boot_ms)
		return "the window closed"; /* a slow disk, a full mailbox: however long it took */
	why = number_refusal(i->number, i->caller);
	if (why)
		return why;
	if (!i->prompts || i->prompts->debts_version != i->debts_version)
		return "the prompts are of an older state of the debts";
	if (atomic_load(&c->voice->stopping))
		return "shutting down";
	if (!sip_has_room(c->voice))
		return "the engine does not take its events"; /* a recall may lie unread */
	return NULL;
}

static enum route_answer pick(struct voice *v, unsigned tried, struct trunk **ret_trunk)
{
	struct route routes[MAX_TRUNKS];
	size_t place = 0;
	for (size_t i = 0; i < v->config.n_trunks; i++) {
		const struct trunk *t = &v->trunks[i];
		routes[i] = (struct route){.up = trunk_is_up(t),
					   .priority = t->config->priority,
					   .lines = t->config->lines,
					   .used = t->used,
					   .per_second = t->config->per_second,
					   .next_us = t->next_us};
	}
	enum route_answer a =
	    route_pick(routes, v->config.n_trunks, tried, sip_now_ms() * 1000, &place);
	if (a == ROUTE_NOW)
		*ret_trunk = &v->trunks[place];
	return a;
}

/* A fresh handle to the trunk, and nothing remembered of the try before. */
static int turn_to(struct call *c, struct trunk *t)
{
	bool secure = t->config->srtp == SRTP_REQUIRED;
	int err = secure && !c->key_text[0] ? cipher_key_new(c->key) : 0;
	if (!err && secure)
		cipher_key_text(c->key, c->key_text);
	c->sdp.key = secure ? c->key_text : NULL;
	if (!err)
		err = sdp_write(&c->sdp, c->sdp_text);
	if (err)
		return err;
	c->handle = trunk_handle(t, c);
	if (!c->handle)
		return E_NOMEM;
	c->trunk = t;
	t->used++;
	c->tried |= 1u << t->place;
	c->tries++;
	c->challenged = c->has_peer = c->heard_trunk = c->rang = c->provisional = c->local = false;
	c->sip_status = c->q850 = 0;
	return 0;
}

void call_leave_trunk(struct call *c)
{
	if (c->handle) {
		/* First our pointer, then the handle: its last events must not find us. */
		nua_handle_bind(c->handle, NULL);
		nua_handle_destroy(c->handle);
		c->handle = NULL;
	}
	if (c->trunk)
		c->trunk->used--;
	c->trunk = NULL;
}

static void pace(struct trunk *t)
{
	struct route r = {.per_second = t->config->per_second, .next_us = t->next_us};
	t->next_us = route_paced(&r, sip_now_ms() * 1000);
}

static void identity(const struct trunk *t, const char *from, char out[256])
{
	static const char *const names[] = {[IDENTITY_PREFERRED] = "P-Preferred-Identity",
					    [IDENTITY_ASSERTED] = "P-Asserted-Identity"};
	out[0] = '\0';
	if (t->config->identity != IDENTITY_NONE)
		snprintf(out, 256, "%s: %s", names[t->config->identity], from);
}

static void is_placed(struct call *c)
{
	const struct voice_intent *i = c->intent;
	c->tried_ms = sip_now_ms();
	c->ring_due_ms = c->tried_ms + i->ring_ms;
	if (c->state == CALL_CALLING)
		return; /* another try: the limit and the event are the call's, not the try's */
	call_move(c, CALL_CALLING);
	c->placed_ms = c->tried_ms;
	c->limit_due_ms = c->placed_ms + i->limit_ms;
	c->order->first->kind = EV_PLACED;
	sip_post(c->voice, c->order->first);
	c->order->first = NULL;
}

struct invitation {
	const char *number, *caller, *call_id, *sdp;
};

/* The one place of nua_invite: whoever sends has looked, and this looks again. */
static void send_invite(struct trunk *trunk, nua_handle_t *handle, const struct invitation *i)
{
	char to[192], from[192], who[256];

	BUG_IF(number_refusal(i->number, i->caller));
	snprintf(to, sizeof to, "sip:%s@%s", i->number, trunk->config->domain);
	snprintf(from, sizeof from, "<sip:%s@%s>", i->caller, trunk->config->domain);
	identity(trunk, from, who);
	pace(trunk);
	nua_invite(
	    handle, TRUNK_TAGS(trunk), NUTAG_URL(to), SIPTAG_TO_STR(to), SIPTAG_FROM_STR(from),
	    SIPTAG_CALL_ID_STR(i->call_id), TAG_IF(who[0], SIPTAG_HEADER_STR(who)),
	    SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(i->sdp), TAG_END());
}

/* The last look before it is sent. NULL: sent. */
static const char *invite(struct call *c)
{
	const struct voice_intent *i = c->intent;
	char call_id[128];

	sip_drain(c->voice); /* a recall that was posted before this instant is seen */
	const char *why = refusal(c);
	if (why)
		return why;
	snprintf(call_id, sizeof call_id, "%" PRIu64 ".%d@%s", i->attempt, c->tries,
		 c->voice->config.bind);
	is_placed(c);
	send_invite(c->trunk, c->handle,
		    &(struct invitation){i->number, i->caller, call_id, c->sdp_text});
	return NULL;
}

/* NULL: sent, or (*ret_later) to be asked again soon. */
static const char *try(struct call *c, bool *ret_later)
{
	char masked[20];
	struct trunk *t = NULL;
	*ret_later = false;
	const char *why = called_back(c);
	if (why)
		return why;
	enum route_answer a = pick(c->voice, c->tried, &t);
	if (a == ROUTE_NONE)
		return "no trunk takes calls: not registered, silent, resting or tried";
	*ret_later = a == ROUTE_LATER;
	if (a == ROUTE_LATER)
		return NULL;
	BUG_IF(!t);
	int err = c->interp ? 0 : prepare(c);
	if (!err)
		err = turn_to(c, t);
	if (err)
		return err_str(err);
	why = invite(c);
	if (!why)
		log_info("call placed attempt=%" PRIu64 " try=%d number=%s line=%zu trunk=%s",
			 c->intent->attempt, c->tries, log_number(c->intent->number, masked),
			 c->line, t->config->id);
	return why;
}

bool call_place(struct call *c)
{
	char masked[20];
	bool later;
	const char *why = try(c, &later);
	if (!why && later) {
		int64_t now = sip_now_ms();
		if (!c->held_ms)
			c->held_ms = now;
		if (now - c->held_ms < WAIT_MOST_MS)
			return false;
		why = "the trunks are full";
	}
	if (why) {
		log_info("call dropped attempt=%" PRIu64 " number=%s why=\"%s\"",
			 c->intent->attempt, log_number(c->intent->number, masked), why);
		call_drop(c, why);
	}
	return true;
}

bool call_elsewhere(struct call *c)
{
	struct route_try t = {
	    .sent = true,
	    .ours = c->state != CALL_CALLING || c->cancelled,
	    .provisional = c->provisional,
	    .datagram = c->trunk && c->trunk->datagram,
	    .local = c->local,
	    .status = c->sip_status,
	    .q850 = c->q850,
	    .ms = sip_now_ms() - c->tried_ms,
	};
	bool later;
	if (!c->looking && !route_reached_nobody(&t))
		return false;
	/* What the last try found stays, until another is sent: it is the outcome if none is. */
	int status = c->sip_status, q850 = c->q850;
	bool local = c->local, heard = c->heard_trunk;
	call_leave_trunk(c);
	const char *why = try(c, &later);
	c->looking = !why && later;
	if (!why && !later)
		return true;
	c->sip_status = status;
	c->q850 = q850;
	c->local = local;
	c->heard_trunk = heard;
	return !why;
}

/* Staff's leg: one try, by the trunk that takes it now. */
const char *place_staff(struct staff *s)
{
	struct voice *v = s->call->voice;
	const struct voice_transfer *order = &s->order->cmd.transfer;
	struct trunk *t = NULL;
	char call_id[128];

	const char *why = number_refusal(order->number, order->caller);
	if (why)
		return why;
	if (atomic_load(&v->stopping))
		return "shutting down";
	if (v->n_calls + v->n_staff >= (size_t)v->config.lines)
		return "no line free";
	if (pick(v, 0, &t) != ROUTE_NOW || !t)
		return "no trunk takes it now";
	int err = staff_open(s, t);
	if (err)
		return err_str(err);
	snprintf(call_id, sizeof call_id, "%" PRIu64 ".t%d@%s", s->order->cmd.attempt, order->n,
		 v->config.bind);
	send_invite(t, s->handle,
		    &(struct invitation){order->number, order->caller, call_id, s->sdp_text});
	return NULL;
}
