/* See voice_contract.h. */
#include "tests/support/voice_contract.h"
#include "engine/event.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64
#define WAIT_MS 15000

struct run {
	const struct voice_contract *c;
	struct voice *voice;
	struct mailbox *box;
	struct event *seen[MOST];
	size_t n;
};
static char broken[160];

static bool intend(struct run *r, uint64_t attempt, const char *number, uint32_t ring_ms,
		   uint64_t version)
{
	struct voice_intent *i = calloc(1, sizeof *i);
	if (!i || prompt_set_new(2, &i->prompts))
		abort();
	i->attempt = attempt;
	snprintf(i->number, sizeof i->number, "%s", number);
	snprintf(i->caller, sizeof i->caller, "0265001111");
	i->ring_ms = ring_ms;
	i->limit_ms = 10000;
	i->debts_version = version;
	i->scenario = r->c->scenario ? scenario_ref(r->c->scenario) : NULL;
	struct voice_cmd cmd = {.kind = VC_INTENT, .attempt = attempt, .intent = i};
	return r->c->ops->post(r->voice, &cmd) == 0;
}

static bool order(struct run *r, enum voice_cmd_kind kind, uint64_t attempt)
{
	struct voice_cmd cmd = {.kind = kind, .attempt = attempt};
	return r->c->ops->post(r->voice, &cmd) == 0;
}

/* The next event of the attempt (0: of the trunk, up); NULL after WAIT_MS. Others are kept. */
static const struct event *next(struct run *r, uint64_t attempt, size_t *at)
{
	for (int waited = 0; waited < WAIT_MS; waited += 50) {
		for (; *at < r->n; (*at)++)
			if (r->seen[*at]->attempt == attempt && (attempt || r->seen[*at]->trunk.up))
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
 * late). */
static const char *expect(struct run *r, uint64_t attempt, const char *kinds, enum outcome code)
{
	static const struct {
		char letter;
		enum event_kind kind;
	} of[] = {{'p', EV_PLACED},
		  {'a', EV_ANSWERED},
		  {'e', EV_CALL_ENDED},
		  {'d', EV_DROPPED},
		  {'t', EV_TOO_LATE}};
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
	if (!intend(r, 1, c->listens, 3000, 0) || (bad = expect(r, 1, "pae", OUT_ANSWERED)))
		return bad;
	if (!intend(r, 2, c->busy, 3000, 0) || (bad = expect(r, 2, "pe", OUT_BUSY)))
		return bad;
	/* Two lines full, the third is dropped; a recall is too late; a hang-up ends in order. */
	if (!intend(r, 3, c->never_answers, 9000, 0) || !intend(r, 4, c->never_answers, 9000, 0) ||
	    (bad = expect(r, 3, "p", 0)) || (bad = expect(r, 4, "p", 0)))
		return bad;
	if (!intend(r, 5, c->listens, 3000, 0) || (bad = expect(r, 5, "d", 0)))
		return bad;
	if (!order(r, VC_RECALL, 3) || (bad = expect(r, 3, "pt", 0)))
		return bad;
	if (!order(r, VC_HANGUP, 3) || (bad = expect(r, 3, "pte", OUT_NO_ANSWER)))
		return bad;
	if (!order(r, VC_HANGUP, 4) || (bad = expect(r, 4, "pe", OUT_NO_ANSWER)))
		return bad;
	if (!order(r, VC_RECALL, 3) || (bad = expect(r, 3, "ptet", OUT_NO_ANSWER)))
		return bad;
	if (!order(r, VC_RECALL, 77) || (bad = expect(r, 77, "t", 0)))
		return bad;
	if (!intend(r, 6, "010441234567", 3000, 0) || (bad = expect(r, 6, "d", 0)))
		return bad;
	if (!intend(r, 7, c->listens, 3000, 9) || (bad = expect(r, 7, "d", 0)))
		return bad;
	/* The lines are free again. */
	if (!intend(r, 8, c->listens, 3000, 0) || (bad = expect(r, 8, "pae", OUT_ANSWERED)))
		return bad;
	return NULL;
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
	if (c->ops->start(&c->config, r.box, &r.voice))
		return "did not start";
	if (c->prepare)
		c->prepare(r.voice, c);
	const char *bad = c->ops->bound_port(r.voice) > 0 ? calls(&r) : "no port";
	c->ops->stop(r.voice);
	for (size_t i = 0; i < r.n; i++)
		event_free(r.seen[i]);
	mailbox_free(r.box, event_free);
	return bad;
}
