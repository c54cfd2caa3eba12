/*
 * What a call that came in means for its target. Its number proves nothing, so only
 * somebody who said that he is the person (L1) and heard the main message changes the
 * plan; what was promised in the call is kept all the same (holds, number book).
 */
#include "engine/turn/callback.h"

#include <stdlib.h>

bool callback_counts(const struct attempt *a)
{
	bool himself = a->reached == REACHED_SELF || a->reached == REACHED_MATCHED;
	bool scenario = a->inbound == INBOUND_OWN || a->inbound == INBOUND_BESIDE;
	return !a->inbound || (scenario && himself && a->heard);
}

/* The wave whose window is open next: a callback is of none. -1: none is left. */
static int next_wave(struct engine *e, const struct target *t)
{
	const struct run_view *run = run_view(e, t->run);
	int64_t at, closes, first = INT64_MAX;
	int wave = -1;

	for (size_t i = 0; run && run->campaign && i < run->campaign->n_waves; i++)
		if (plan_window(run->campaign, specs_calendar(e->specs), i, e->now_ms, &at,
				&closes) &&
		    at < first) {
			first = at;
			wave = (int)i;
		}
	return wave;
}

int callback_sms(struct engine *e, struct attempt *a, struct target *t, const char *text,
		 int number)
{
	int wave = a->inbound == INBOUND_OWN ? next_wave(e, t) : -1;

	if (wave >= 0 && number >= 0) {
		t->branch_text = text;
		t->branch_number = number;
		t->branch_wave = wave;
	} else if (a->n_replies < MAX_REPLIES) {
		a->replies[a->n_replies].name = "sms";
		a->replies[a->n_replies++].value = number < 0 ? "送信先なし" : "送信なし";
	}
	return 0;
}

struct stale {
	uint32_t run, target;
	struct engine *e;
};

static int stale_one(void *arg, void *value)
{
	const struct stale *s = arg;
	struct flight *f = value;
	if (f->inbound && f->run == s->run && f->target == s->target)
		flight_recall(s->e, f);
	return 0;
}

static void stale_run(struct engine *e, void *arg)
{
	struct stale *s = arg;
	s->e = e;
	map_each(e->flights, stale_one, s);
	free(s);
}

int callback_stale(struct engine *e, const struct target *t)
{
	struct stale *s;
	if (e->callbacks->talking == 0)
		return 0; /* what is ordered in this very turn was looked at after this */
	s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->run = t->run;
	s->target = t->id;
	return effect_add(e, stale_run, s, free);
}
