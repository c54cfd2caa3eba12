/*
 * Calls that come in.
 *
 *   offered ──► accepted ──► talking ──► …      (call.c has the rest)
 *      │            │
 *      └────────────┴──────► ended
 *
 * offered: it rings at our side, and the engine was asked (EV_INBOUND). accepted: our
 * 200 is out, with the engine's order: the interpreter and the prompts are there. The
 * scenario starts with the ACK, so that its first words are not lost.
 *
 * Promise: nothing is said without the engine's order; a call for which no order comes
 * is refused after ORDER_WAIT_MS. What a call needs to be reported is allocated when it
 * comes, so nobody who was told of is forgotten. An order for a call that is gone says
 * so (EV_DROPPED): nothing was said.
 *
 * Only the trunk may ring: whoever else reaches our port could otherwise pretend any
 * caller's number. Replaces would let somebody take over a call; it is refused.
 */
#include "adapters/voice/inbound.h"
#include "adapters/voice/gate.h"
#include "adapters/voice/ident.h"
#include "adapters/voice/trunk.h"
#include "engine/clock.h"
#include "engine/log.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/url.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ORDER_WAIT_MS = 20000, /* the engine answers in a few seconds, or cannot write its store */
	LOG_EVERY_MS = 10000,  /* of strangers: no flood of them becomes a flood of lines */
};

/* ---- where it comes from ---- */

static void allow(struct voice *v, const char *text)
{
	struct in_addr a;
	if (v->inbound.n_from < INBOUND_ADDRESSES && inet_pton(AF_INET, text, &a) == 1)
		v->inbound.from[v->inbound.n_from++] = a.s_addr;
}

static void host_of(const struct trunk *t, char out[sizeof t->proxy])
{
	snprintf(out, sizeof t->proxy, "%s", t->proxy + strlen("sip:"));
	out[strcspn(out, ":;?>")] = '\0';
}

/* The trunk that lives there; an address that stands in the list alone belongs to the first. */
static struct trunk *trunk_at(struct voice *v, uint32_t address)
{
	char host[sizeof v->trunks->proxy];
	struct in_addr a;
	for (size_t i = 0; i < v->config.n_trunks; i++) {
		host_of(&v->trunks[i], host);
		if (inet_pton(AF_INET, host, &a) == 1 && a.s_addr == address)
			return &v->trunks[i];
	}
	return &v->trunks[0];
}

/* Whoever is no trunk is not even heard. Not where a trunk is a name: nobody knows what address it
 * will answer from. */
static void shut_gate(struct voice *v)
{
	uint32_t from[INBOUND_ADDRESSES + MAX_TRUNKS];
	size_t n = v->inbound.n_from;
	const int ports[] = {atomic_load(&v->port), v->tls_port};
	struct in_addr a;

	memcpy(from, v->inbound.from, n * sizeof *from);
	for (size_t i = 0; i < v->config.n_trunks; i++) {
		char host[sizeof v->trunks->proxy];
		host_of(&v->trunks[i], host);
		if (inet_pton(AF_INET, host, &a) != 1) {
			log_warn("event=gate result=open: trunk %s is no address, so anybody is "
				 "heard",
				 v->trunks[i].config->id);
			return;
		}
		from[n++] = a.s_addr;
	}
	int err = gate_shut(v->config.bind, ports, from, n);
	if (err == E_DENIED)
		log_warn(
		    "event=gate result=tcp-open: this kernel lets nobody filter TCP without "
		    "CAP_NET_ADMIN, so connections from anywhere are heard: let a firewall admit "
		    "the trunks alone (docs/voice.md, Who is heard)");
	else if (err)
		log_error("event=gate result=open: %s", err_str(err));
}

void inbound_open(struct voice *v)
{
	char text[sizeof v->config.inbound_from], *rest, *word;

	v->inbound.n_from = 0;
	snprintf(text, sizeof text, "%s", v->config.inbound_from);
	for (word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		allow(v, word);
	for (size_t i = 0; !v->config.inbound_from[0] && i < v->config.n_trunks; i++) {
		char host[sizeof v->trunks->proxy];
		host_of(&v->trunks[i], host);
		allow(v, host);
	}
	if (v->config.inbound && v->inbound.n_from == 0)
		log_warn("event=inbound result=none: no trunk is an address; name those that "
			 "calls come from in voice.inbound_from");
	if (!v->config.hear_all)
		shut_gate(v);
}

/* NULL: a stranger. */
static struct trunk *from_trunk(struct voice *v)
{
	msg_t *msg = nua_current_request(v->nua);
	const su_sockaddr_t *from = msg ? msg_addr(msg) : NULL;
	if (!from || from->su_family != AF_INET)
		return NULL;
	for (size_t i = 0; i < v->inbound.n_from; i++)
		if (v->inbound.from[i] == from->su_sin.sin_addr.s_addr)
			return trunk_at(v, v->inbound.from[i]);
	return NULL;
}

/* ---- what the INVITE says ---- */

static bool hides(const sip_t *sip)
{
	const sip_privacy_t *p = sip->sip_privacy;
	for (size_t i = 0; p && p->priv_values && p->priv_values[i]; i++)
		if (ident_hides(p->priv_values[i]))
			return true;
	return false;
}

static void read_caller(const struct voice *v, const sip_t *sip, struct event *ev)
{
	struct ident_in in = {.believe = (enum caller_id)v->config.caller_id,
			      .privacy = hides(sip),
			      .from = sip->sip_from ? sip->sip_from->a_url->url_user : NULL};
	size_t n = 0;
	for (const sip_unknown_t *u = sip->sip_unknown; u && n < IDENT_HEADERS; u = u->un_next)
		if (u->un_name && u->un_value && !strcasecmp(u->un_name, "P-Asserted-Identity"))
			in.asserted[n++] = u->un_value;
	ev->caller.kind = ident_caller(&in, ev->caller.number);
}

static void read_called(const struct voice *v, const sip_t *sip, struct event *ev)
{
	const char *users[] = {sip->sip_request->rq_url->url_user,
			       sip->sip_to ? sip->sip_to->a_url->url_user : NULL};
	bool to_first = v->config.called_id == CALLED_ID_TO;
	if (!ident_number(users[to_first], ev->caller.called) &&
	    !ident_number(users[!to_first], ev->caller.called))
		ev->caller.called[0] = '\0';
}

/* ---- offered ---- */

static void answer_at_once(struct voice *v, nua_handle_t *nh, int status, const char *phrase)
{
	nua_respond(nh, status, phrase, NUTAG_WITH_THIS(v->nua), TAG_END());
	nua_handle_destroy(nh);
}

static struct order *order_new(uint64_t inbound)
{
	struct order *o = calloc(1, sizeof *o);
	if (!o)
		return NULL;
	o->cmd.kind = VC_REFUSE; /* it has no intent */
	o->first = event_new(EV_INBOUND);
	o->ended = event_new(EV_INBOUND_GONE);
	if (!o->first || !o->ended) {
		order_free(o);
		return NULL;
	}
	o->first->inbound = o->ended->inbound = inbound;
	return o;
}

static void offer(struct trunk *t, nua_handle_t *nh, const sip_t *sip, const struct sdp_peer *peer)
{
	struct voice *v = t->voice;
	char masked[20];
	struct order *order = order_new(v->inbound.last + 1);
	struct call *c = order ? call_new(v, order) : NULL;
	if (!c) {
		log_warn("event=inbound result=refused why=\"%s\"",
			 order ? "no line" : "no memory");
		order_free(order);
		answer_at_once(v, nh, SIP_486_BUSY_HERE);
		return;
	}
	c->state = CALL_OFFERED;
	c->inbound = ++v->inbound.last;
	c->handle = nh;
	c->trunk = t;
	t->used++;
	c->has_peer = peer != NULL;
	if (peer)
		c->peer = *peer;
	c->placed_ms = sip_now_ms();
	c->limit_due_ms = c->placed_ms + ORDER_WAIT_MS;
	nua_handle_bind(nh, c);
	struct changing d = call_changing(c);
	renew_caller(&d, sip);
	nua_respond(nh, SIP_180_RINGING, NUTAG_WITH_THIS(v->nua), TRUNK_TAGS(t), TAG_END());
	read_caller(v, sip, order->first);
	read_called(v, sip, order->first);
	log_info("event=inbound call=%" PRIu64 " from=%s called=%s", c->inbound,
		 order->first->caller.kind == CALLER_KNOWN
		     ? log_number(order->first->caller.number, masked)
		 : order->first->caller.kind == CALLER_WITHHELD ? "withheld"
								: "unknown",
		 order->first->caller.called[0] ? order->first->caller.called : "?");
	sip_post(v, order->first);
	order->first = NULL;
}

static void stranger(struct voice *v, nua_handle_t *nh)
{
	int64_t now = sip_now_ms();
	v->inbound.strangers++;
	if (now >= v->inbound.log_ms) {
		log_warn("event=inbound result=refused why=\"not from the trunk\" count=%" PRIu64,
			 v->inbound.strangers);
		v->inbound.log_ms = now + LOG_EVERY_MS;
	}
	answer_at_once(v, nh, SIP_403_FORBIDDEN);
}

/* The keys of SRTP stand in the description: they are worth something only if it came over TLS.
 * Where SRTP is required there is no call without it, and none whose keys everybody could read. */
static bool may_be_heard(const struct trunk *t, const sip_t *sip, const struct sdp_peer *offer)
{
	bool required = t->config->srtp == SRTP_REQUIRED;
	bool hidden = sip->sip_via && sip->sip_via->v_protocol &&
		      strcasecmp(sip->sip_via->v_protocol, "SIP/2.0/TLS") == 0;
	if (required)
		return hidden && (!offer || offer->secure);
	return !offer || !offer->secure || hidden;
}

void inbound_invite(struct voice *v, nua_handle_t *nh, const sip_t *sip)
{
	struct sdp_peer peer;
	struct trunk *t = sip && sip->sip_request ? from_trunk(v) : NULL;

	if (!t) {
		stranger(v, nh);
		return;
	}
	if (sip->sip_replaces) {
		answer_at_once(v, nh, SIP_481_NO_CALL);
		return;
	}
	if (!v->config.inbound || atomic_load(&v->stopping) || !sip_has_room(v)) {
		answer_at_once(v, nh, SIP_486_BUSY_HERE);
		return;
	}
	int err = call_read_sdp(sip, &peer);
	if (!may_be_heard(t, sip, err ? NULL : &peer))
		err = E_REFUSED;
	if (err && err != E_NOTFOUND) {
		answer_at_once(v, nh, SIP_488_NOT_ACCEPTABLE);
		return;
	}
	offer(t, nh, sip, err ? NULL : &peer);
}

/* ---- the order ---- */

static struct call *find_offered(struct voice *v, uint64_t inbound)
{
	for (int i = 0; i < v->config.lines; i++)
		if (v->calls[i] && v->calls[i]->state == CALL_OFFERED &&
		    v->calls[i]->inbound == inbound)
			return v->calls[i];
	return NULL;
}

static void drop(struct voice *v, struct order *order, const char *why)
{
	struct event *ev = order->first;
	order->first = NULL;
	snprintf(ev->why, sizeof ev->why, "%s", why);
	log_info("event=inbound result=dropped attempt=%" PRIu64 " why=\"%s\"", order->cmd.attempt,
		 why);
	sip_post(v, ev);
	order_free(order);
}

/* Encrypted, if he asks for it; without an offer, if the trunk is to be. */
static int take_key(struct call *c)
{
	bool secure = c->has_peer ? c->peer.secure : c->trunk->config->srtp == SRTP_REQUIRED;
	int err = secure ? cipher_key_new(c->key) : 0;
	if (err || !secure)
		return err;
	cipher_key_text(c->key, c->key_text);
	c->sdp.key = c->key_text;
	return 0;
}

/* The interpreter, the leg, the answer's description. */
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
	    .detect = false, /* somebody who rings is somebody */
	};
	c->sdp = (struct sdp_ours){.addr = v->config.media_bind, .session = c->intent->attempt};
	int err = interp_new(c->intent->scenario, &c->intent->vars, &c->interp);
	if (!err)
		err = take_key(c);
	if (!err)
		err = media_open(v->media, &how, &c->leg, &c->sdp.port);
	if (!err) {
		c->sdp.answer_to = c->has_peer ? &c->peer : NULL; /* no offer: ours is one */
		err = sdp_write(&c->sdp, c->sdp_text);
		c->sdp.answer_to = NULL;
	}
	return err;
}

static void refuse(struct call *c, int status)
{
	nua_respond(c->handle, status, sip_status_phrase(status), TAG_END());
	call_move(c, CALL_ENDED);
	call_free(c);
}

static void accept_call(struct call *c, struct order *order)
{
	struct voice *v = c->voice;
	const struct voice_intent *i = order->cmd.intent;
	const char *why = NULL;

	order_free(c->order); /* what telling that he is gone would have needed */
	c->order = NULL;
	if (!i->prompts || i->prompts->debts_version != i->debts_version)
		why = "the prompts are of an older state of the debts";
	c->order = order;
	c->intent = i;
	int err = why ? 0 : prepare(c);
	if (err)
		why = err_str(err);
	if (why) {
		c->order = NULL;
		refuse(c, 480);
		drop(v, order, why);
		return;
	}
	call_move(c, CALL_ACCEPTED);
	c->limit_due_ms = sip_now_ms() + i->limit_ms;
	order->first->kind = EV_PLACED;
	sip_post(v, order->first);
	order->first = NULL;
	nua_respond(c->handle, SIP_200_OK, SIPTAG_CONTENT_TYPE_STR("application/sdp"),
		    SIPTAG_PAYLOAD_STR(c->sdp_text), TAG_END());
}

void inbound_order(struct voice *v, struct order *order)
{
	struct call *c = find_offered(v, order->cmd.inbound);

	if (order->cmd.kind == VC_REFUSE) {
		if (c)
			refuse(c, order->cmd.status);
		order_free(order);
	} else if (c) {
		accept_call(c, order);
	} else {
		drop(v, order, "the caller was gone");
	}
}

/* ---- accepted ---- */

void inbound_acked(struct call *c, const sip_t *sip)
{
	if (c->state != CALL_ACCEPTED)
		return; /* of a re-INVITE */
	c->heard_trunk = true;
	c->answered_ms = sip_now_ms();
	sip_post(c->voice, c->order->answered);
	c->order->answered = NULL;
	int err =
	    c->has_peer ? 0 : call_take_sdp(&c->sdp, sip, &c->peer); /* the answer to our offer */
	if (!err)
		err = media_peer(c->leg, &c->peer, c->key);
	if (err) {
		log_warn("call unusable attempt=%" PRIu64 ": the sound: %s", c->intent->attempt,
			 err_str(err));
		c->local = true;
		call_hang_up(c);
		return;
	}
	c->has_peer = true;
	call_move(c, CALL_TALKING);
	c->answered = true;
	c->sip_status = 200;
	c->renewal.due_ms = c->renewal.first_ms ? c->answered_ms + c->renewal.first_ms : 0;
	talk_step(c, IE_START, 0);
	if (c->recalled)
		talk_step(c, IE_STALE, 0);
}

void inbound_over(struct call *c, bool by_him)
{
	if (c->state == CALL_ACCEPTED) {
		/* His BYE before his ACK: he was there. No ACK in 32 s: the line failed. */
		c->answered = by_him;
		c->local = !by_him;
		call_finish(c);
		return;
	}
	struct event *ev = c->order->ended;
	c->order->ended = NULL;
	snprintf(ev->why, sizeof ev->why, "%s",
		 by_him ? "the caller gave up" : "no order came in time");
	sip_post(c->voice, ev);
	call_move(c, CALL_ENDED);
	call_free(c);
}

void inbound_hang_up(struct call *c)
{
	nua_respond(c->handle, SIP_480_TEMPORARILY_UNAVAILABLE, TAG_END());
	inbound_over(c, false);
}

void inbound_tick(struct call *c, int64_t now)
{
	if (c->limit_due_ms && now >= c->limit_due_ms) {
		log_warn("event=inbound call=%" PRIu64 " result=given-up: no order came",
			 c->inbound);
		inbound_hang_up(c);
	}
}
