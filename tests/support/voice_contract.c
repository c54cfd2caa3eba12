/* See voice_contract.h. */
#include "tests/support/voice_contract.h"
#include "engine/event.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 128
#define WAIT_MS 15000

struct run {
	const struct voice_contract *c;
	struct voice *voice;
	struct mailbox *box;
	bool asks; /* intents are of the scenario that asks for staff */
	struct event *seen[MOST];
	size_t n;
};
static char broken[160];

static const char *post(struct run *r, const struct voice_cmd *cmd)
{
	return r->c->ops->post(r->voice, cmd) ? "post() did not take it" : NULL;
}

/* What an intent and an answer have in common. */
static struct voice_intent *intent_of(const struct run *r, uint64_t attempt, uint64_t version)
{
	struct voice_intent *i = calloc(1, sizeof *i);
	if (!i || prompt_set_new(2, &i->prompts))
		abort();
	i->attempt = attempt;
	i->limit_ms = 10000;
	i->debts_version = version;
	struct scenario *s = r->asks ? r->c->asking : r->c->scenario;
	i->scenario = s ? scenario_ref(s) : NULL;
	return i;
}

static const char *intend(struct run *r, uint64_t attempt, const char *number, uint32_t ring_ms,
			  uint64_t version)
{
	struct voice_intent *i = intent_of(r, attempt, version);
	snprintf(i->number, sizeof i->number, "%s", number);
	snprintf(i->caller, sizeof i->caller, CONTRACT_CALLED);
	i->ring_ms = ring_ms;
	struct voice_cmd cmd = {.kind = VC_INTENT, .attempt = attempt, .intent = i};
	return post(r, &cmd);
}

static const char *order(struct run *r, enum voice_cmd_kind kind, uint64_t attempt)
{
	struct voice_cmd cmd = {.kind = kind, .attempt = attempt};
	return post(r, &cmd);
}

/* The next event of the attempt (0: of the trunk, up); NULL after WAIT_MS. Others are kept. */
static const struct event *next(struct run *r, uint64_t attempt, size_t *at)
{
	for (int waited = 0; waited < WAIT_MS; waited += 50) {
		for (; *at < r->n; (*at)++)
			if (r->seen[*at]->attempt == attempt &&
			    (attempt || r->seen[*at]->inbound || r->seen[*at]->trunk.up))
				return r->seen[(*at)++];
		struct pollfd p = {.fd = mailbox_fd(r->box), .events = POLLIN};
		poll(&p, 1, 50);
		struct event *ev;
		while (r->n < MOST && (ev = mailbox_take(r->box)) != NULL)
			r->seen[r->n++] = ev;
	}
	return NULL;
}

/* `kinds` is what the attempt's events must be, in this order: p a e (ended) d (dropped) t (too
 * late) x (asks for staff) y (that is over). */
static const char *expect(struct run *r, uint64_t attempt, const char *kinds, enum outcome code)
{
	static const struct {
		char letter;
		enum event_kind kind;
	} of[] = {{'p', EV_PLACED},   {'a', EV_ANSWERED}, {'e', EV_CALL_ENDED}, {'d', EV_DROPPED},
		  {'t', EV_TOO_LATE}, {'x', EV_TRANSFER}, {'y', EV_TRANSFERRED}};
	size_t at = 0;
	for (const char *k = kinds; *k; k++) {
		const struct event *ev = next(r, attempt, &at);
		char got = '-';
		for (size_t i = 0; ev && i < sizeof of / sizeof *of; i++)
			if (of[i].kind == ev->kind)
				got = of[i].letter;
		if (got != *k) {
			snprintf(broken, sizeof broken, "attempt %d: wanted %s, at %zu came %c",
				 (int)attempt, kinds, (size_t)(k - kinds), got);
			return broken;
		}
		if (got == 'd' && !ev->why[0])
			return "EV_DROPPED without a reason";
		if (got == 'e' && ev->call->code != code) {
			snprintf(broken, sizeof broken, "attempt %d: outcome %d instead of %d",
				 (int)attempt, (int)ev->call->code, (int)code);
			return broken;
		}
	}
	return NULL;
}

static const char *calls(struct run *r)
{
	const struct voice_contract *c = r->c;
	const char *bad;
	size_t at = 0;
	if (!next(r, 0, &at))
		return "the trunk did not come up";
	if ((bad = intend(r, 1, c->listens, 3000, 0)) || (bad = expect(r, 1, "pae", OUT_ANSWERED)))
		return bad;
	if ((bad = intend(r, 2, c->busy, 3000, 0)) || (bad = expect(r, 2, "pe", OUT_BUSY)))
		return bad;
	/* Two lines full, the third is dropped; a recall is too late; a hang-up ends in order. */
	if ((bad = intend(r, 3, c->never_answers, 9000, 0)) ||
	    (bad = intend(r, 4, c->never_answers, 9000, 0)) || (bad = expect(r, 3, "p", 0)) ||
	    (bad = expect(r, 4, "p", 0)))
		return bad;
	if ((bad = intend(r, 5, c->listens, 3000, 0)) || (bad = expect(r, 5, "d", 0)))
		return bad;
	if ((bad = order(r, VC_RECALL, 3)) || (bad = expect(r, 3, "pt", 0)))
		return bad;
	if ((bad = order(r, VC_HANGUP, 3)) || (bad = expect(r, 3, "pte", OUT_NO_ANSWER)))
		return bad;
	if ((bad = order(r, VC_HANGUP, 4)) || (bad = expect(r, 4, "pe", OUT_NO_ANSWER)))
		return bad;
	if ((bad = order(r, VC_RECALL, 3)) || (bad = expect(r, 3, "ptet", OUT_NO_ANSWER)))
		return bad;
	if ((bad = order(r, VC_RECALL, 77)) || (bad = expect(r, 77, "t", 0)))
		return bad;
	if ((bad = intend(r, 6, "010441234567", 3000, 0)) || (bad = expect(r, 6, "d", 0)))
		return bad;
	if ((bad = intend(r, 7, c->listens, 3000, 9)) || (bad = expect(r, 7, "d", 0)))
		return bad;
	/* The lines are free again. */
	if ((bad = intend(r, 8, c->listens, 3000, 0)) || (bad = expect(r, 8, "pae", OUT_ANSWERED)))
		return bad;
	return NULL;
}

/* One that waits for the trunk's line is called back, whoever does it and however often; one that
 * rings is left alone by a hush. */
static const char *waiting(struct run *r)
{
	static const enum voice_cmd_kind kinds[] = {VC_RECALL, VC_HUSH};
	const struct voice_contract *c = r->c;
	const char *bad;
	size_t at = 0;

	if (!next(r, 0, &at))
		return "the trunk did not come up";
	if ((bad = intend(r, 60, c->never_answers, 9000, 0)) || (bad = expect(r, 60, "p", 0)))
		return bad;
	for (uint64_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if ((bad = intend(r, 61 + i, c->waits, 3000, 0)) ||
		    (bad = order(r, kinds[i], 61 + i)) || (bad = expect(r, 61 + i, "d", 0)))
			return bad;
	if ((bad = intend(r, 63, c->waits, 3000, 0)) || (bad = order(r, VC_HUSH, 63)) ||
	    (bad = order(r, VC_RECALL, 63)) || (bad = expect(r, 63, "d", 0)))
		return bad;
	for (size_t i = 0; i < r->n; i++)
		if (r->seen[i]->kind == EV_DROPPED && !strstr(r->seen[i]->why, "recalled"))
			return "what was called back was dropped for another reason";
	/* The attempt is over: nothing of it is left to call back. */
	if ((bad = order(r, VC_HUSH, 62)) || (bad = expect(r, 62, "dt", 0)))
		return bad;
	if ((bad = order(r, VC_HUSH, 60)) || (bad = expect(r, 60, "pt", 0)) ||
	    (bad = order(r, VC_HANGUP, 60)))
		return bad;
	return expect(r, 60, "pte", OUT_NO_ANSWER);
}

/* ---- calls that come in ---- */

static const char *answer(struct run *r, uint64_t inbound, uint64_t attempt, uint64_t version)
{
	struct voice_cmd cmd = {.kind = VC_ANSWER,
				.attempt = attempt,
				.inbound = inbound,
				.intent = intent_of(r, attempt, version)};
	return post(r, &cmd);
}

static const char *refuse(struct run *r, uint64_t inbound)
{
	struct voice_cmd cmd = {.kind = VC_REFUSE, .inbound = inbound, .status = 486};
	return post(r, &cmd);
}

/* The n-th call that the engine is told of (from 0); its id, or 0 with `broken` filled. */
static uint64_t rang(struct run *r, size_t n)
{
	const struct event *ev = NULL;
	size_t at = 0, found = 0;
	while (found <= n) {
		ev = next(r, 0, &at);
		if (!ev) {
			snprintf(broken, sizeof broken, "call %zu that came in: no EV_INBOUND", n);
			return 0;
		}
		found += ev->kind == EV_INBOUND;
	}
	if (!ev->inbound || ev->caller.kind != CALLER_KNOWN ||
	    strcmp(ev->caller.number, CONTRACT_CALLER) != 0 ||
	    strcmp(ev->caller.called, CONTRACT_CALLED) != 0) {
		snprintf(broken, sizeof broken, "EV_INBOUND with id %d, kind %d, \"%s\", \"%s\"",
			 (int)ev->inbound, (int)ev->caller.kind, ev->caller.number,
			 ev->caller.called);
		return 0;
	}
	return ev->inbound;
}

static const char *is_gone(struct run *r, uint64_t inbound)
{
	const struct event *ev;
	size_t at = 0;
	while ((ev = next(r, 0, &at)) != NULL)
		if (ev->kind == EV_INBOUND_GONE && ev->inbound == inbound)
			return ev->why[0] ? NULL : "EV_INBOUND_GONE without a reason";
	return "no EV_INBOUND_GONE";
}

/* All events of an answered call say which call that came in it is. */
static const char *order_staff(struct run *r, uint64_t attempt, const char *number)
{
	struct voice_cmd cmd = {.kind = VC_TRANSFER,
				.attempt = attempt,
				.transfer = {.n = 1,
					     .caller = CONTRACT_CALLED,
					     .ring_ms = 5000,
					     .most_ms = 1000,
					     .refused = TRANSFER_NETWORK_BUSY}};
	snprintf(cmd.transfer.number, sizeof cmd.transfer.number, "%s", number);
	return post(r, &cmd);
}

/* How the one transfer of the attempt ended. */
static const char *staff_ended(struct run *r, uint64_t attempt, enum transfer_result result,
			       bool placed)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct event *ev = r->seen[i];
		if (ev->attempt != attempt)
			continue;
		if (ev->kind == EV_TRANSFER && (ev->ask.n != 1 || strcmp(ev->ask.to, "window")))
			return "EV_TRANSFER asks for somebody else";
		if (ev->kind == EV_TRANSFERRED &&
		    (ev->transferred.n != 1 || ev->transferred.result != result ||
		     ev->transferred.placed != placed)) {
			snprintf(broken, sizeof broken, "attempt %d: a transfer ended as %s",
				 (int)attempt, transfer_value(ev->transferred.result));
			return broken;
		}
	}
	return NULL;
}

static const char *transfers(struct run *r)
{
	const struct voice_contract *c = r->c;
	const char *bad;

	r->asks = true;
	/* Ordered: over before the call is. The other line is free again. */
	if ((bad = intend(r, 40, c->asks, 3000, 0)) || (bad = expect(r, 40, "pax", 0)) ||
	    (bad = order_staff(r, 40, c->listens)) ||
	    (bad = expect(r, 40, "paxye", OUT_ANSWERED)) ||
	    (bad = staff_ended(r, 40, TRANSFER_MAXTIME, true)))
		return bad;
	/* Refused by the engine, or by the allow table: the call goes on. */
	if ((bad = intend(r, 41, c->asks, 3000, 0)) || (bad = expect(r, 41, "pax", 0)) ||
	    (bad = order_staff(r, 41, "")) || (bad = expect(r, 41, "paxe", OUT_ANSWERED)))
		return bad;
	if ((bad = intend(r, 42, c->asks, 3000, 0)) || (bad = expect(r, 42, "pax", 0)) ||
	    (bad = order_staff(r, 42, "010441234567")) ||
	    (bad = expect(r, 42, "paxye", OUT_ANSWERED)) ||
	    (bad = staff_ended(r, 42, TRANSFER_NETWORK_BUSY, false)))
		return bad;
	/* No line is left for staff. */
	if ((bad = intend(r, 43, c->asks, 3000, 0)) || (bad = expect(r, 43, "pax", 0)) ||
	    (bad = intend(r, 44, c->asks, 3000, 0)) || (bad = expect(r, 44, "pax", 0)) ||
	    (bad = order_staff(r, 43, c->listens)) ||
	    (bad = expect(r, 43, "paxye", OUT_ANSWERED)) ||
	    (bad = staff_ended(r, 43, TRANSFER_NETWORK_BUSY, false)))
		return bad;
	/* An order that finds the call over. */
	if ((bad = order(r, VC_HANGUP, 44)) || (bad = expect(r, 44, "paxe", OUT_CUT)) ||
	    (bad = order_staff(r, 44, c->listens)) || (bad = expect(r, 44, "paxey", OUT_CUT)) ||
	    (bad = staff_ended(r, 44, TRANSFER_GIVEN_UP, false)))
		return bad;
	r->asks = false;
	return NULL;
}

static const char *all_have(const struct run *r, uint64_t attempt, uint64_t inbound)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->seen[i]->attempt == attempt && r->seen[i]->kind != EV_TOO_LATE &&
		    r->seen[i]->inbound != inbound)
			return "an event of a call that came in without its id";
	return NULL;
}

static const char *comes_in(struct run *r)
{
	const struct voice_contract *c = r->c;
	const char *bad;
	uint64_t id[6];

	/* Answered: an intent's events, each with his id. */
	c->ring(r->voice);
	if (!(id[0] = rang(r, 0)))
		return broken;
	if ((bad = answer(r, id[0], 20, 0)) || (bad = expect(r, 20, "pae", OUT_ANSWERED)) ||
	    (bad = all_have(r, 20, id[0])))
		return bad;
	/* He is gone; an order that crossed the news was never carried out. */
	c->ring(r->voice);
	if (!(id[1] = rang(r, 1)))
		return broken;
	c->gives_up(r->voice);
	if ((bad = is_gone(r, id[1])))
		return bad;
	if ((bad = answer(r, id[1], 21, 0)) || (bad = expect(r, 21, "d", 0)) ||
	    (bad = all_have(r, 21, id[1])))
		return bad;
	if ((bad = refuse(r, id[1]))) /* no mistake */
		return bad;
	/* He takes a line; a third caller is not told of, and nobody is dialled. */
	c->ring(r->voice);
	c->ring(r->voice);
	if (!(id[2] = rang(r, 2)) || !(id[3] = rang(r, 3)))
		return broken;
	c->ring(r->voice);
	if ((bad = intend(r, 22, c->listens, 3000, 0)) || (bad = expect(r, 22, "d", 0)))
		return bad;
	/* Refused: his line is free. What is stale is not said. */
	if ((bad = refuse(r, id[2])) || (bad = answer(r, id[3], 23, 9)) ||
	    (bad = expect(r, 23, "d", 0)))
		return bad;
	c->ring(r->voice);
	if (!(id[4] = rang(r, 4)))
		return broken;
	if ((bad = answer(r, id[4], 24, 0)) || (bad = expect(r, 24, "pae", OUT_ANSWERED)))
		return bad;
	if ((bad = intend(r, 25, c->listens, 3000, 0)) ||
	    (bad = expect(r, 25, "pae", OUT_ANSWERED)))
		return bad;
	/* Who rings when the port ends is told of, too. */
	c->ring(r->voice);
	if (!(id[5] = rang(r, 5)))
		return broken;
	c->ops->stop(r->voice);
	r->voice = NULL;
	return is_gone(r, id[5]);
}

static const char *begin(struct run *r, const struct voice_config *config)
{
	if (r->c->ops->start(config, r->box, &r->voice))
		return "did not start";
	if (r->c->prepare)
		r->c->prepare(r->voice, r->c);
	return r->c->ops->bound_port(r->voice) > 0 ? NULL : "no port";
}

static void finish(struct run *r)
{
	r->c->ops->stop(r->voice);
	r->voice = NULL;
	for (size_t i = 0; i < r->n; i++)
		event_free(r->seen[i]);
	r->n = 0;
	mailbox_free(r->box, event_free);
	r->box = NULL;
}

static const char *on_one_line(const struct voice_contract *c)
{
	struct run r = {.c = c};
	struct voice_config one = c->config;

	one.n_trunks = 1;
	one.trunks[0].lines = 1;
	if (mailbox_new(MOST, &r.box))
		abort();
	const char *bad = begin(&r, &one);
	if (!bad)
		bad = waiting(&r);
	finish(&r);
	return bad;
}

const char *voice_contract(const struct voice_contract *c)
{
	struct run r = {.c = c};
	struct voice_config none = c->config;
	none.lines = 0;
	if (mailbox_new(MOST, &r.box))
		abort();
	c->ops->stop(NULL);
	if (c->ops->start(&none, r.box, &r.voice) != E_INVALID)
		return "started without a line";
	const char *bad = begin(&r, &c->config);
	if (!bad)
		bad = calls(&r);
	if (!bad)
		bad = transfers(&r);
	if (!bad)
		bad = comes_in(&r);
	finish(&r);
	return bad ? bad : on_one_line(c);
}
