/*
 * A small interpreter of its own for the voice tests, behind engine/scenario.h: it
 * keeps those tests about calls, and lets them count what the line reported to
 * the scenario. A scenario is a number: how many keys to wait for.
 *
 *   play 0 → opened; 0 keys: heard, finished, hang up
 *   else: wait 6 s for each key (a key stops what plays), play 1 → heard, finished
 *
 *   100 and more: play 0, transfer to "window" (100: 20 s of ringing, a minute of talk;
 *   101: 1.5 s of ringing; 102: 1.5 s of talk); * ends it; then play 1 → heard, finished
 *
 * The keys, or the transfer's result, come back as the reply "keys". Linked into voice_driver only,
 * where it takes the place of the real one.
 */
#include "tests/flow/voice_interp.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct scenario {
	atomic_int refs;
	int keys;
};
struct interp {
	int want;
	bool playing, closing, transferring, bridged;
	struct interp_result result;
};

struct scenario *voice_interp_scenario(int keys)
{
	struct scenario *s = calloc(1, sizeof *s);
	if (s) {
		s->refs = 1;
		s->keys = keys;
	}
	return s;
}

struct scenario *scenario_ref(struct scenario *s)
{
	s->refs++;
	return s;
}

void scenario_unref(struct scenario *s)
{
	if (s && --s->refs == 0)
		free(s);
}

/* The prompts of these tests have no common texts; the engine's own function would bring the
 * engine's scenarios with it. */
void common_texts_unref(struct common_texts *c)
{
	if (c)
		abort();
}

int interp_new(struct scenario *s, const struct scenario_vars *vars, struct interp **ret_interp)
{
	(void)vars;
	struct interp *i = calloc(1, sizeof *i);
	if (!i)
		return E_NOMEM;
	i->want = s->keys;
	*ret_interp = i;
	return 0;
}

void interp_free(struct interp *i)
{
	free(i);
}

static void add(struct interp_actions *a, struct interp_action action)
{
	a->list[a->n++] = action;
}

static void close_down(struct interp *i, struct interp_actions *a)
{
	i->closing = true;
	add(a, (struct interp_action){.kind = IA_TIMER});
	add(a, (struct interp_action){.kind = IA_PLAY, .prompt = 1});
	i->playing = true;
}

static void ask(struct interp *i, struct interp_actions *a)
{
	static const struct transfer_ask asks[] = {
	    {"window", 20000, 60000}, {"window", 1500, 60000}, {"window", 20000, 1500}};
	i->transferring = true;
	add(a, (struct interp_action){.kind = IA_TRANSFER, .transfer = &asks[i->want - 100]});
}

static void transferred(struct interp *i, enum transfer_result result, struct interp_actions *a)
{
	struct interp_reply *r = &i->result.replies[0];
	if (!i->transferring)
		abort(); /* it comes once, and only when it was asked for */
	i->transferring = false;
	i->result.n_replies = 1;
	memcpy(r->name, "keys", 5);
	strncpy(r->value, transfer_value(result), sizeof r->value - 1);
	close_down(i, a);
}

static void played(struct interp *i, struct interp_actions *a)
{
	i->playing = false;
	i->result.opened = true;
	if (i->want >= 100 && !i->closing) {
		ask(i, a);
		return;
	}
	if (i->want && !i->closing) {
		add(a, (struct interp_action){.kind = IA_TIMER, .ms = 6000});
		return;
	}
	i->result.heard = i->result.finished = true;
	add(a, (struct interp_action){.kind = IA_HANGUP});
}

static void digit(struct interp *i, char key, struct interp_actions *a)
{
	if (i->want >= 100) {
		if (i->transferring && key == '*')
			add(a, (struct interp_action){.kind = IA_REJOIN});
		return;
	}
	struct interp_reply *r = &i->result.replies[0];
	size_t n = strlen(r->value);
	i->result.n_replies = 1;
	memcpy(r->name, "keys", 5);
	if (n + 1 < sizeof r->value)
		r->value[n++] = key;
	if (i->playing && !i->closing)
		add(a, (struct interp_action){.kind = IA_STOP});
	i->playing = i->playing && i->closing;
	if (!i->closing && (int)n >= i->want)
		close_down(i, a);
	else if (!i->closing)
		add(a, (struct interp_action){.kind = IA_TIMER, .ms = 6000});
}

void interp_step(struct interp *i, const struct interp_event *ev, struct interp_actions *a)
{
	a->n = 0;
	switch (ev->kind) {
	case IE_START:
		i->playing = true;
		add(a, (struct interp_action){.kind = IA_PLAY, .prompt = 0});
		break;
	case IE_PLAYED:
		played(i, a);
		break;
	case IE_DIGIT:
		digit(i, ev->digit, a);
		break;
	case IE_TIMER:
		i->result.opened = true;
		add(a, (struct interp_action){.kind = IA_HANGUP});
		break;
	case IE_STALE:
		i->result.stale = true;
		break;
	case IE_BRIDGED:
		i->bridged = true;
		break;
	case IE_TRANSFERRED:
		transferred(i, ev->transfer, a);
		break;
	case IE_HANGUP:
		i->result.finished = i->transferring && i->bridged;
		break;
	case IE_MACHINE:
	case IE_SCREEN:
	case IE_PERSON:
	case IE_FAX:
	case IE_SPEECH:
	case IE_WORD:
	case IE_NO_WORD:
	case IE_NOISE:
	case IE_UNHEARD:
	case IE_RECORDED:
		break;
	}
}

const struct interp_result *interp_result(const struct interp *i)
{
	return &i->result;
}
