/*
 * Preparing and intending.
 *
 * A waiting target whose time has come is planned again; if an attempt may start
 * now it needs its prompts (rendered ahead, `preparing`, in memory only), a free
 * line, a number that may be called, and a token of the pacer. Only then is an
 * intent written, and after the commit handed to the channel.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/compose.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST_LOOKED_AT = 512,   /* targets of one run looked at in one turn */
	SPEECH_WAIT_MS = 10000, /* before speech that failed is tried again */
	TEXT_WAIT_MS = 3600000, /* before a text that cannot be sent is tried again */
	MOST_ENDED = 500,       /* targets of a stopped or closed run ended in one turn */
};

/* ---- who is due ---- */

struct due {
	int64_t due_ms;
	uint32_t target;
};

struct due_scan {
	int64_t now_ms;
	size_t n, most;
	struct due *list;
};

static int due_found(void *arg, struct bytes key, struct bytes value)
{
	struct due_scan *s = arg;
	struct due *d = &s->list[s->n];

	(void)value;
	int err = key_due_read(key, &d->due_ms, &d->target);
	if (err)
		return err;
	if (d->due_ms > s->now_ms)
		return 1;
	s->n++;
	return s->n == s->most;
}

static int find_due(struct engine *e, uint32_t run, int64_t until_ms, size_t most,
		    struct due_scan *s)
{
	char key[4];
	*s = (struct due_scan){.now_ms = until_ms, .most = most};
	s->list = arena_take(e->arena, most * sizeof *s->list);
	if (!s->list)
		return E_NOMEM;
	return db_scan(&e->tx, T_DUE, key, key_u32(key, run), 4, 0, due_found, s);
}

/* ---- preparing ---- */

static struct ready *ready_of(struct engine *e, uint32_t run, uint32_t target)
{
	char key[MAX_KEY_BYTES];
	return map_get(e->ready, key, key_target(key, run, target));
}

struct prepare {
	uint32_t run, target;
	uint64_t debts_version;
	struct speech_job *job;
};

static void prepare_free(void *arg)
{
	struct prepare *p = arg;
	speech_job_free(p->job);
	free(p);
}

/* An effect: gives the job to the pool. Whatever fails, the next turn asks again. */
static void prepare_post(struct engine *e, void *arg)
{
	struct prepare *p = arg;
	struct ready *r = calloc(1, sizeof *r);
	char key[MAX_KEY_BYTES];
	size_t n = key_target(key, p->run, p->target);

	if (!r || map_get(e->ready, key, n)) {
		free(r);
		prepare_free(p);
		return;
	}
	r->run = p->run;
	r->target = p->target;
	r->job = p->job->id = ++e->next_job;
	r->debts_version = p->job->debts_version = p->debts_version;
	r->since_ms = clock_boot_ms();
	if (map_put(e->ready, key, n, r)) {
		free(r);
	} else if (map_put(e->jobs, &r->job, sizeof r->job, r)) {
		map_take(e->ready, key, n);
		free(r);
	} else if (e->ports->speech->post(e->speech, p->job)) {
		map_take(e->ready, key, n);
		map_take(e->jobs, &r->job, sizeof r->job);
		free(r);
	} else {
		p->job = NULL; /* the pool's now */
		struct run_view *run = run_view(e, p->run);
		e->preparing++;
		if (run)
			run->has_ready = true;
	}
	prepare_free(p);
}

static int prepare(struct engine *e, const struct target *t, const struct run_view *run)
{
	struct prepare *p = calloc(1, sizeof *p);
	if (!p)
		return E_NOMEM;
	p->run = t->run;
	p->target = t->id;
	p->debts_version = t->debts_version;
	int err = compose_prompts(e, t, run, &p->job);
	if (err) {
		prepare_free(p);
		return err;
	}
	return effect_add(e, prepare_post, p, prepare_free);
}

void on_rendered(struct engine *e, struct event *ev)
{
	struct ready *r = map_take(e->jobs, &ev->rendered.id, sizeof ev->rendered.id);
	if (!r)
		return; /* forgotten meanwhile: a debt changed */
	e->preparing--;
	e->more = true;
	if (ev->rendered.err && ev->rendered.err != E_INVALID) {
		log_warn("event=render err=\"%s\" why=\"%s\" next=again", err_str(ev->rendered.err),
			 ev->rendered.why);
		alert_raise(e, "speech", "speech cannot be made (%s): calls wait; see [speech]",
			    ev->rendered.why);
		r->done = true; /* so that forgetting does not count it twice */
		r->err = ev->rendered.err;
		return;
	}
	if (!ev->rendered.err)
		alert_clear(e, "speech");
	else
		log_warn("event=render run=%u err=unspeakable prompt=%zu why=\"%s\" next=result-85",
			 r->run, ev->rendered.bad_prompt, ev->rendered.why);
	r->done = true;
	r->err = ev->rendered.err;
	r->set = ev->rendered.set;
	ev->rendered.set = NULL;
}

/* ---- intending ---- */

static int later(struct engine *e, struct target *t, int64_t due_ms)
{
	int err = db_due_set(&e->tx, t, due_ms);
	if (!err && ready_of(e, t->run, t->id))
		err = ready_forget_later(e, t->run, t->id);
	return err ? err : db_target_put(&e->tx, t);
}

struct launch {
	struct flight *flight;
	struct voice_cmd voice;
	struct text_cmd text;
};

static void launch_free(void *arg)
{
	struct launch *l = arg;
	voice_intent_free(l->voice.intent);
	text_message_free(l->text.message);
	free(l->flight);
	free(l);
}

static void launch_run(struct engine *e, void *arg)
{
	struct launch *l = arg;
	struct flight *f = l->flight;

	/* Intents are credits: both tables hold as many as there are lines. */
	BUG_IF(map_put(e->flights, &f->attempt, sizeof f->attempt, f) != 0);
	l->flight = NULL;
	if (f->channel == CHANNEL_VOICE) {
		e->lines_used++;
		BUG_IF(e->ports->voice->post(e->voice, &l->voice) != 0);
		l->voice.intent = NULL;
	} else {
		e->sms_used++;
		BUG_IF(e->ports->text->post(e->text, &l->text) != 0);
		l->text.message = NULL;
	}
	e->tokens -= f->channel == CHANNEL_VOICE;
	launch_free(l);
}

/* Writes the intent: attempt, open list, target, number, run. */
static int intend(struct engine *e, struct target *t, struct attempt *a, struct launch *l)
{
	struct number_rec number;
	struct run_rec *run;

	a->id = ++e->counters.next_attempt;
	a->run = t->run;
	a->target = t->id;
	a->person = t->person;
	a->state = ATTEMPT_INTENDED;
	a->digits = t->numbers[a->number].digits;
	a->number_kind = t->numbers[a->number].kind;
	a->debts_version = t->debts_version;
	a->intended_ms = e->now_ms;
	a->why = "";
	l->flight = calloc(1, sizeof *l->flight);
	if (!l->flight)
		return E_NOMEM;
	l->flight->attempt = a->id;
	l->flight->run = t->run;
	l->flight->channel = a->channel;
	memcpy(l->flight->digits, a->digits, strlen(a->digits) + 1);
	if (a->branch)
		t->branch_text = "";
	t->attempt = a->id;
	t->attempt_count++;
	t->not_before_ms = 0;
	int err = target_set(&t->state, TARGET_IN_ATTEMPT);
	if (!err)
		err = db_due_set(&e->tx, t, 0);
	if (!err)
		err = db_target_put(&e->tx, t);
	if (!err)
		err = db_attempt_put(&e->tx, a);
	if (!err)
		err = db_open_put(&e->tx, a->id);
	if (!err)
		err = db_number_get(&e->tx, a->digits, &number);
	if (err)
		return err;
	int32_t today = civil_day_at(e->now_ms);
	if (number.day != today) {
		number.day = today;
		number.attempts = number.conversations = 0;
	}
	number.attempts++;
	if (a->channel == CHANNEL_VOICE)
		number.attempt = a->id;
	err = db_number_put(&e->tx, &number);
	if (!err)
		err = run_work(e, t->run, &run);
	if (err)
		return err;
	if (a->channel == CHANNEL_VOICE)
		run->calls++;
	else
		run->messages++;
	run_touch(e, run);
	return 0;
}

/* An instant of the engine's clock, which runs at rate 1 while an intent is out, on the clock that
 * never jumps. */
static int64_t boot_of(const struct engine *e, int64_t ms)
{
	return clock_boot_ms() + (ms - e->now_ms);
}

static int intend_call(struct engine *e, struct target *t, const struct run_view *run,
		       const struct plan *plan, const struct ready *ready)
{
	struct attempt a = {.channel = CHANNEL_VOICE,
			    .wave = plan->wave,
			    .number = plan->number,
			    .limit_ms = run->campaign->call_limit_ms +
					run->campaign->waves[plan->wave].ring_ms,
			    .text = ""};
	struct launch *l = calloc(1, sizeof *l);
	if (!l)
		return E_NOMEM;
	int err = intend(e, t, &a, l);
	if (!err)
		err = compose_call(e, t, run, &a, ready->set, &l->voice.intent);
	if (err) {
		launch_free(l);
		return err;
	}
	l->voice.intent->not_after_boot_ms = boot_of(e, plan->closes_ms);
	l->voice.kind = VC_INTENT;
	l->voice.attempt = a.id;
	e->intents_now++;
	err = effect_add(e, launch_run, l, launch_free);
	return err ? err : ready_forget_later(e, t->run, t->id);
}

static int intend_message(struct engine *e, struct target *t, const struct run_view *run,
			  const struct plan *plan, const char *text, bool branch)
{
	struct attempt a = {.channel = CHANNEL_SMS,
			    .wave = plan->wave,
			    .number = plan->number,
			    .text = text,
			    .branch = branch,
			    .digits = t->numbers[plan->number].digits};
	struct launch *l = calloc(1, sizeof *l);
	if (!l)
		return E_NOMEM;
	int err = compose_message(e, run, &a, &l->text.message);
	if (err == E_INVALID || err == E_LIMIT) {
		/* The finished text is not fit to be sent; compose.c raised the alert. */
		launch_free(l);
		return later(e, t, e->now_ms + TEXT_WAIT_MS);
	}
	if (!err)
		err = intend(e, t, &a, l);
	if (err) {
		launch_free(l);
		return err;
	}
	l->text.message->not_after_boot_ms = boot_of(e, plan->closes_ms);
	l->text.kind = TC_SUBMIT;
	l->text.attempt = l->text.message->attempt = a.id;
	e->messages_now++;
	return effect_add(e, launch_run, l, launch_free);
}

/* ---- may it start now? ---- */

/* Messages that wait for receipts are many, but bounded. */
static bool flights_free(const struct engine *e)
{
	return map_count(e->flights) + e->intents_now + e->messages_now < MAX_FLIGHTS;
}

static bool line_free(const struct engine *e)
{
	return e->trunk_up && flights_free(e) &&
	       e->lines_used + e->intents_now < (size_t)e->config->voice.lines &&
	       e->tokens - (double)e->intents_now >= 1.0;
}

static bool sms_free(const struct engine *e)
{
	return e->sms_used + e->messages_now < (size_t)e->config->sms.in_flight && flights_free(e);
}

/* Not before *ret_ms may this number be contacted (0: now). One call at a time, so many attempts
 * and conversations a day, over all departments. A message that a conversation asked for is part of
 * it. */
static int number_rule(struct engine *e, const char *digits, enum channel channel, bool branch,
		       int64_t *ret_ms)
{
	const struct config_engine *c = &e->config->engine;
	struct number_rec n;
	int32_t today = civil_day_at(e->now_ms);
	int err = db_number_get(&e->tx, digits, &n);

	*ret_ms = 0;
	if (err)
		return err;
	if (n.day == today && !branch &&
	    (n.attempts >= (uint32_t)c->number_attempts_day ||
	     (channel == CHANNEL_VOICE &&
	      n.conversations >= (uint32_t)c->number_conversations_day)))
		*ret_ms = civil_day_start(today + 1);
	if (channel == CHANNEL_VOICE && n.attempt) {
		int64_t soon = e->now_ms + MS_PER_MIN;
		*ret_ms = *ret_ms > soon ? *ret_ms : soon;
	}
	if (channel == CHANNEL_VOICE && n.locked_ms > e->now_ms && n.locked_ms > *ret_ms)
		*ret_ms = n.locked_ms;
	return 0;
}

/* An SMS that the scenario of the last call asked for: within the window of that call's wave. */
static int start_branch(struct engine *e, struct target *t, const struct run_view *run)
{
	int64_t at, closes, not_before;
	const char *text = t->branch_text;
	int number = t->branch_number, wave = t->branch_wave;

	if (!plan_window(run->campaign, specs_calendar(e->specs), (size_t)wave, e->now_ms, &at,
			 &closes) ||
	    number < 0) {
		/* No mobile to send to, or no window is left: the reply stays on record. */
		t->branch_text = "";
		return target_settle(e, t);
	}
	if (at > e->now_ms)
		return later(e, t, at);
	int err = number_rule(e, t->numbers[number].digits, CHANNEL_SMS, true, &not_before);
	if (err || !sms_free(e))
		return err;
	struct plan plan = {.wave = wave, .number = number, .closes_ms = closes};
	return intend_message(e, t, run, &plan, text, true);
}

/* Cannot be said: the voice waves are over for this target; an SMS may still go out. */
static int unspeakable(struct engine *e, struct target *t)
{
	t->unspeakable = true;
	int err = ready_forget_later(e, t->run, t->id);
	if (err)
		return err;
	return target_settle(e, t);
}

static int start_voice(struct engine *e, struct target *t, const struct run_view *run,
		       const struct plan *plan)
{
	struct ready *r = ready_of(e, t->run, t->id);

	if (r && r->done && r->debts_version != t->debts_version)
		return ready_forget_later(e, t->run, t->id); /* stale */
	if (r && r->done && r->err && r->err != E_INVALID)   /* the machine failed, not the text */
		return clock_boot_ms() - r->since_ms < SPEECH_WAIT_MS
			   ? 0
			   : ready_forget_later(e, t->run, t->id);
	if (!r) {
		if (map_count(e->ready) >= (size_t)e->config->engine.prepare_ahead)
			return 0;
		int err = prepare(e, t, run);
		return err == E_INVALID || err == E_LIMIT ? unspeakable(e, t) : err;
	}
	if (!r->done)
		return 0;
	if (r->err == E_INVALID)
		return unspeakable(e, t);
	return line_free(e) ? intend_call(e, t, run, plan, r) : 0;
}

static int start_one(struct engine *e, const struct run_view *run, const struct due *due)
{
	struct target t;
	struct debt *debts;
	size_t n;
	int64_t not_before;
	struct ready *r = ready_of(e, run->id, due->target);

	if (r && (!r->done || (!line_free(e) && !r->err)))
		return 0; /* nothing can come of it in this turn */
	int err = db_target_get(&e->tx, run->id, due->target, &t);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (t.state != TARGET_WAITING || t.due_ms != due->due_ms)
		return E_CORRUPT; /* the due index and the target are written together */
	err = target_active(e, &t, &debts, &n);
	if (err)
		return err;
	if (n == 0 || t.n_past >= MAX_TARGET_ATTEMPTS)
		return target_settle(e, &t);
	if (t.branch_text[0])
		return start_branch(e, &t, run);
	struct plan plan = target_plan(e, &t, run);
	if (plan.what == PLAN_DONE)
		return target_settle(e, &t);
	if (plan.what == PLAN_WAIT)
		return later(e, &t, plan.until_ms);
	err = number_rule(e, t.numbers[plan.number].digits, plan.channel, false, &not_before);
	if (err)
		return err;
	if (not_before)
		return later(e, &t, not_before);
	if (plan.channel == CHANNEL_VOICE)
		return start_voice(e, &t, run, &plan);
	return sms_free(e)
		   ? intend_message(e, &t, run, &plan, run->campaign->waves[plan.wave].text, false)
		   : 0;
}

struct give_back {
	struct engine *e;
	uint32_t run;
};

/* ---- the runs ---- */

/* A stopped or closed run: its waiting targets end, some each turn. */
static int end_waiting(struct engine *e, const struct run_view *run)
{
	struct due_scan s;
	int err = find_due(e, run->id, INT64_MAX, MOST_ENDED, &s);

	for (size_t i = 0; i < s.n && !err; i++) {
		struct target t;
		err = db_target_get(&e->tx, run->id, s.list[i].target, &t);
		if (!err)
			err = target_settle(e, &t);
	}
	if (s.n == MOST_ENDED)
		e->more = true;
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

/* The first instant from now on at which a window of any wave is open; INT64_MAX: none is left. */
static int64_t next_window(struct engine *e, const struct run_view *run)
{
	int64_t first = INT64_MAX, at, closes;
	for (size_t i = 0; i < run->campaign->n_waves; i++)
		if (plan_window(run->campaign, specs_calendar(e->specs), i, e->now_ms, &at,
				&closes) &&
		    at < first)
			first = at;
	return first;
}

static int forget_found(void *arg, void *value)
{
	struct give_back *g = arg;
	struct ready *r = value;
	if (r->run != g->run)
		return 0;
	if (!r->done) {
		map_take(g->e->jobs, &r->job, sizeof r->job);
		g->e->preparing--;
	}
	prompt_set_unref(r->set);
	free(r);
	return 1;
}

static void give_back_run(struct engine *e, void *arg)
{
	struct give_back *g = arg;
	g->e = e;
	map_each(e->ready, forget_found, g);
	free(g);
}

/* A run that may not call now keeps no prepared prompts: their places are for the runs that may. */
static int give_back(struct engine *e, struct run_view *run)
{
	if (!run->has_ready)
		return 0;
	struct give_back *g = calloc(1, sizeof *g);
	if (!g)
		return E_NOMEM;
	g->run = run->id;
	run->has_ready =
	    false; /* a hint only: whatever an abort leaves is found again by its version */
	return effect_add(e, give_back_run, g, free);
}

static int start_run(struct engine *e, struct run_view *run)
{
	struct due_scan s;

	int64_t opens = next_window(e, run);
	run->gate_ms = opens == INT64_MAX ? 0 : opens;
	if (opens != INT64_MAX && opens > e->now_ms)
		return give_back(e, run); /* nothing may start, and nobody needs to be looked at */
	int err =
	    find_due(e, run->id, opens == INT64_MAX ? INT64_MAX : e->now_ms, MOST_LOOKED_AT, &s);
	for (size_t i = 0; i < s.n && !err; i++)
		err = start_one(e, run, &s.list[i]);
	return err;
}

static void fill_tokens(struct engine *e)
{
	int64_t boot = clock_boot_ms();
	double rate = e->config->engine.calls_per_second;

	e->tokens += rate * (double)(boot - e->tokens_boot_ms) / 1000.0;
	if (e->tokens > rate)
		e->tokens = rate; /* never more intents than are placed in a second */
	e->tokens_boot_ms = boot;
}

int start_attempts(struct engine *e)
{
	int err = 0;

	fill_tokens(e);
	for (size_t i = 0; i < e->n_runs && !err; i++) {
		struct run_view *run = e->runs[i];
		if (!run->loaded)
			continue;
		if (run->ending != OUT_NONE)
			err = end_waiting(e, run);
		else if (run->state != RUN_RUNNING)
			err = give_back(e, run);
		else if (run->state == RUN_RUNNING && run->campaign && !e->payments_in)
			err = start_run(
			    e, run); /* while payments are being read nobody new is called */
	}
	return err;
}

static int first_due(void *arg, struct bytes key, struct bytes value)
{
	uint32_t target;
	(void)value;
	int err = key_due_read(key, arg, &target);
	return err ? err : 1;
}

int64_t start_next_due(struct engine *e)
{
	int64_t first = INT64_MAX;
	struct tx tx = {.ops = e->ports->store};

	if (tx.ops->snapshot(e->store, &tx.txn))
		return e->now_ms + 1000;
	for (size_t i = 0; i < e->n_runs; i++) {
		struct run_view *run = e->runs[i];
		int64_t due = INT64_MAX;
		char key[4];
		if (!run->loaded || run->state != RUN_RUNNING || !run->campaign || run->ending)
			continue;
		if (db_scan(&tx, T_DUE, key, key_u32(key, run->id), 4, 1, first_due, &due))
			continue;
		if (due != INT64_MAX && run->gate_ms > due)
			due = run->gate_ms;
		first = due < first ? due : first;
	}
	tx.ops->abort(tx.txn);
	return first;
}
