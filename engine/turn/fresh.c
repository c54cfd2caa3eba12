/*
 * See fresh.h. Age is that of receiving: the mtimes of a core system's server are
 * another clock's. What memory keeps is read from the intake records at start.
 */
#include "engine/turn/fresh.h"
#include "engine/turn/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WARN_MS = 3600000, /* the morning's check: so long before a window opens */
	MOST_DAYS = 31,    /* a row of days that are no business days */
};

/* ---- pure ---- */

static bool is_business_day(const struct calendar *cal, int32_t day)
{
	return civil_from_ms(civil_day_start(day)).weekday < 5 && !calendar_is_holiday(cal, day);
}

int64_t fresh_since(const struct config_department *d, const struct calendar *cal, int64_t at_ms)
{
	int32_t day = civil_day_at(at_ms) - 1;
	if (d->payments_check == PAYMENTS_OFF)
		return 0;
	if (d->payments_check == PAYMENTS_AGE)
		return at_ms - d->payments_age;
	/* All of a day's calls by one rule: a window over the evening's hour does not stop there.
	 */
	for (int i = 0; i < MOST_DAYS && !is_business_day(cal, day); i++)
		day--;
	return civil_day_start(day) + d->payments_hour * (int64_t)3600000;
}

static const char *instant(int64_t ms, char out[20])
{
	struct civil c = civil_from_ms(ms);
	snprintf(out, 20, "%04d-%02d-%02d %02d:%02d", c.year % 10000, c.month, c.day, c.hour,
		 c.minute);
	return ms ? out : "never";
}

bool fresh_enough(const struct fresh *f, int64_t since_ms, char why[MAX_WORDS])
{
	char last[20], since[20];
	if (f->refused_ms > f->taken_ms) {
		snprintf(
		    why, MAX_WORDS,
		    "the payments file of %s from drop %s was refused: send a good one (a file "
		    "without rows will do if nothing was paid)",
		    instant(f->refused_ms, last), f->drop);
		return false;
	}
	if (!since_ms || f->taken_ms >= since_ms)
		return true;
	snprintf(why, MAX_WORDS,
		 "no payments file since %s was taken from drop %s (the last one: %s): send one, "
		 "without rows if nothing was paid",
		 instant(since_ms, since), f->drop, instant(f->taken_ms, last));
	return false;
}

/* ---- of the engine ---- */

static struct fresh *place_of(struct engine *e, const char *drop)
{
	for (size_t i = 0; i < e->n_fresh; i++)
		if (strcmp(e->fresh[i].drop, drop) == 0)
			return &e->fresh[i];
	return NULL;
}

bool fresh_may(struct engine *e, const struct campaign *c, const char *drop, int64_t at_ms,
	       char why[MAX_WORDS])
{
	const struct config_department *d = config_department(e->config, c->department);
	const struct fresh *f = place_of(e, drop);
	struct fresh none = {0};

	if (c->kind == CAMPAIGN_GENERAL || !d)
		return true; /* nothing is owed */
	snprintf(none.drop, sizeof none.drop, "%s", drop);
	return fresh_enough(f ? f : &none, fresh_since(d, specs_calendar(e->specs), at_ms), why);
}

static void alert_key(const char *drop, char key[MAX_ID])
{
	snprintf(key, MAX_ID, "payments-%.50s", drop);
}

void fresh_note(struct engine *e, const struct intake_rec *in)
{
	struct fresh *f = place_of(e, in->drop);
	char key[MAX_ID], why[MAX_WORDS];

	if (in->kind != LAYOUT_PAYMENTS || (in->state != FILE_TAKEN && in->state != FILE_REFUSED))
		return;
	if (!f) {
		if (!drop_by_id(e, in->drop) || e->n_fresh == MOST_FRESH)
			return; /* a drop of former days */
		f = &e->fresh[e->n_fresh++];
		snprintf(f->drop, sizeof f->drop, "%s", in->drop);
	}
	int64_t *newest = in->state == FILE_TAKEN ? &f->taken_ms : &f->refused_ms;
	if (in->received_ms > *newest)
		*newest = in->received_ms;
	alert_key(in->drop, key);
	if (fresh_enough(f, 0, why))
		alert_clear(e, key); /* a run that is still not fresh enough raises it again */
	else
		alert_raise(e, key, "nobody is contacted: %s", why);
	for (size_t i = 0; i < e->n_runs; i++)
		e->runs[i]->stale = false;
	e->more = true;
}

struct noted {
	struct intake_rec in;
	char drop[MAX_ID];
};

static void note_run(struct engine *e, void *arg)
{
	struct noted *n = arg;
	n->in.drop = n->drop;
	fresh_note(e, &n->in);
	free(n);
}

int fresh_note_later(struct engine *e, const struct intake_rec *in)
{
	struct noted *n = calloc(1, sizeof *n);
	if (!n)
		return E_NOMEM;
	n->in = (struct intake_rec){
	    .kind = in->kind, .state = in->state, .received_ms = in->received_ms};
	snprintf(n->drop, sizeof n->drop, "%s", in->drop);
	return effect_add(e, note_run, n, free);
}

bool fresh_gate(struct engine *e, struct run_view *run, int64_t opens_ms, int64_t *ret_again_ms)
{
	int64_t at = opens_ms > e->now_ms ? opens_ms : e->now_ms;
	char key[MAX_ID], why[MAX_WORDS];

	if (fresh_may(e, run->campaign, run->drop, at, why)) {
		run->stale = false;
		return true;
	}
	if (e->now_ms < opens_ms - WARN_MS) {
		*ret_again_ms = opens_ms - WARN_MS; /* it may still come */
		return false;
	}
	if (!run->stale) {
		alert_key(run->drop, key);
		alert_raise(e, key,
			    "run %u (%s) stands still: %s; it goes on by itself when one was taken",
			    run->id, run->campaign->id, why);
	}
	run->stale = true;
	/* Only a file changes it; but the windows may be over by then, and its people end. */
	*ret_again_ms = civil_day_start(civil_day_at(e->now_ms) + 1);
	return false;
}
