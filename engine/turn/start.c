/*
 * Starting: who is due, and may it start now?
 *
 * A waiting target whose time has come is planned again; if an attempt may start
 * now it needs its prompts (prepare.c), a free line, a number that may be called,
 * and a token of the pacer. Only then is an intent written (intend.c).
 *
 * What a turn looks at is bounded over all runs (looks.h). A target is read only if something
 * can come of it: while no more prompts may be prepared those whose prompts are ready may start,
 * and messages, which need none; the others keep their place. The runs are served in turn: a
 * turn begins with the run behind the first one that got a message or prompts in the turn before.
 * Calls do not move it: what is ready is bounded, so lines follow the prompts; and as calls end and
 * prompts are made in turns that alternate, they would give every second run nothing.
 */
#include "engine/turn/dues.h"
#include "engine/turn/engine.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/holds.h"
#include "engine/turn/hush.h"
#include "engine/turn/looks.h"

#include "engine/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST_PASSED = 64,       /* looked at for messages alone, that get none now */
	SPEECH_WAIT_MS = 10000, /* before speech that failed is tried again */
	AHEAD_PART = 2,         /* half as many messages as places wait at the channel */
};

/* ---- may it start now? ---- */

/* Messages that wait for receipts are many, but bounded. */
static bool flights_free(const struct engine *e)
{
	return map_count(e->flights) + e->intents_now + e->messages_now + e->calls_in_now <
	       MAX_FLIGHTS - FLIGHTS_FOR_CALLERS;
}

static bool line_free(const struct engine *e)
{
	return e->trunk_up && flights_free(e) &&
	       e->lines_used + e->intents_now + e->calls_in_now + e->transfers_now <
		   trunks_lines(e) &&
	       e->tokens - (double)e->intents_now >= 1.0;
}

/* How many messages more may be under way. A place that this very transaction gives back is free:
 * its answer is on record when the next one is handed over, and each place would otherwise stand
 * empty for a turn. Some more than there are places wait at the channel, which submits no more at
 * once than the places: the gateway is not left idle while a turn records its answers. */
static size_t sms_room(const struct engine *e)
{
	size_t places = (size_t)e->config->sms.in_flight;
	size_t most = places + places / AHEAD_PART + e->messages_back;
	size_t used = e->sms_used + e->messages_now;

	return used < most && flights_free(e) ? most - used : 0;
}

bool start_sms_free(const struct engine *e)
{
	return sms_room(e) > 0;
}

/* Not before *ret_ms may this number be contacted (0: now). One call at a time, so many attempts
 * and conversations a day, over all departments. A message that a conversation asked for is part of
 * it. */
static int number_rule(struct engine *e, const char *digits, enum channel channel, bool branch,
		       struct number_rec *ret_number, int64_t *ret_ms)
{
	const struct config_engine *c = &e->config->engine;
	int32_t today = civil_day_at(e->now_ms);
	int err = db_number_get(&e->tx, digits, ret_number);

	*ret_ms = 0;
	if (err)
		return err;
	const struct number_rec n = *ret_number;
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

/* A hold or a stop that came after the call; what the call itself made does not take its own
 * message away. */
static int branch_stopped(struct engine *e, const struct target *t, const struct debt *debts,
			  size_t n, bool *ret_stopped)
{
	int64_t until;
	uint64_t call = 0; /* who asked for it: what staff sent again may have ended since */
	for (size_t i = 0; i < t->n_past; i++)
		if (t->past[i].past.channel == CHANNEL_VOICE)
			call = t->past[i].id;
	int err = hold_stops(e, t, debts, n, call, &until);
	if (!err)
		err = number_stopped(e, t->numbers[t->branch_number].digits, t->person, CHANNEL_SMS,
				     ret_stopped);
	*ret_stopped = !err && (*ret_stopped || until);
	return err;
}

int start_number_rule(struct engine *e, const struct target *t, int number, enum channel channel,
		      struct number_rec *ret_number, int64_t *ret_ms)
{
	return number_rule(e, t->numbers[number].digits, channel, false, ret_number, ret_ms);
}

/* An SMS that the scenario of the last call asked for: within the window of that call's wave. */
static int start_branch(struct engine *e, struct target *t, const struct run_view *run,
			struct intending *how)
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
		return target_later(e, t, at);
	bool stopped;
	int err = branch_stopped(e, t, how->asked.debts, how->asked.n, &stopped);
	if (!err && stopped) {
		t->branch_text = ""; /* the reply stays on record */
		return target_settle(e, t);
	}
	if (!err)
		err = number_rule(e, t->numbers[number].digits, CHANNEL_SMS, true, &how->number,
				  &not_before);
	if (err || !start_sms_free(e))
		return err;
	how->plan = (struct plan){.wave = wave, .number = number, .closes_ms = closes};
	return intend_message(e, t, run, how, text, true);
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
		       const struct intending *how)
{
	struct ready *r = prepare_ready(e, t->run, t->id);
	uint64_t print = debts_print(how->asked.debts, how->asked.n);

	if (r && r->done && (r->debts_version != t->debts_version || r->print != print))
		return ready_forget_later(e, t->run, t->id); /* stale */
	if (r && r->done && r->day != DAY_NONE && r->day != civil_day_at(e->now_ms))
		return ready_forget_later(e, t->run,
					  t->id); /* its dates are counted from yesterday */
	if (r && r->done && r->err && r->err != E_INVALID) /* the machine failed, not the text */
		return clock_boot_ms() - r->since_ms < SPEECH_WAIT_MS
			   ? 0
			   : ready_forget_later(e, t->run, t->id);
	if (!r) {
		if (!prepare_room(e))
			return 0;
		int err = prepare_target(e, t, run, &how->asked);
		return err == E_INVALID || err == E_LIMIT ? unspeakable(e, t) : err;
	}
	if (!r->done)
		return 0;
	if (r->err == E_INVALID)
		return unspeakable(e, t);
	bool yes = line_free(e);
	int err = yes ? money_allows(e, t, run, money_worst(e, run, CHANNEL_VOICE, 0), &yes) : 0;
	return !err && yes ? intend_call(e, t, run, how, r) : err;
}

/* Not now: until the hold is over, or its window closes. At the end of the last window it is the
 * reason why nobody was called (88). */
static int wait_held(struct engine *e, struct target *t, int64_t until_ms, int64_t closes_ms)
{
	t->held = true;
	return target_later(e, t, until_ms < closes_ms ? until_ms : closes_ms);
}

/* What a turn looks for in a run. */
struct looking {
	struct run_view *run;
	bool ends;     /* no window is left: whoever waits is done */
	bool speaks;   /* calls may be made now, or somebody ends */
	bool texts;    /* a wave of messages is open now */
	bool branches; /* calls may have asked for messages */
	size_t until;  /* of e->looks_now: its share */
};

/* What was never planned was never called, and no call has asked for a message. */
static bool may_text(struct engine *e, const struct looking *l, const struct look_place *due)
{
	return (l->texts || (l->branches && due->due_ms != DUE_AT_ONCE)) && start_sms_free(e);
}

/* Whoever waited until no window was left, and was never looked at for want of room, may have been
 * held all the time (88). */
static int end_one(struct engine *e, const struct looking *l, struct target *t,
		   const struct asked *asked)
{
	int64_t held_ms = 0;
	int err = l->ends && t->n_past == 0 && !t->held
		      ? hold_stops(e, t, asked->debts, asked->n, 0, &held_ms)
		      : 0;
	t->held = t->held || held_ms;
	return err ? err : target_settle(e, t);
}

/* The plan, and then its debts: `*ret_later`: it is a call whose prompts cannot be asked for now,
 * and its debts were not read. */
static int read_one(struct engine *e, const struct run_view *run, struct target *t, bool may_call,
		    struct intending *how, bool *ret_later)
{
	int err = t->branch_text[0] ? 0 : target_plan(e, t, run, &how->plan);

	*ret_later = !err && !may_call && !t->branch_text[0] && how->plan.what == PLAN_NOW &&
		     how->plan.channel == CHANNEL_VOICE;
	return err || *ret_later ? err : target_active(e, t, &how->asked);
}

static int start_one(struct engine *e, const struct looking *l, const struct look_place *due)
{
	const struct run_view *run = l->run;
	struct target t;
	struct intending how;
	const struct asked *asked = &how.asked;
	const struct plan *plan = &how.plan;
	int64_t not_before, held_ms;
	bool later;
	struct ready *r = prepare_ready(e, run->id, due->target);
	bool may_call = r || l->ends || prepare_room(e);

	/* Nothing can come of it in this turn. */
	if (r && (!r->done || (!line_free(e) && !r->err)))
		return 0;
	if (!may_call && !may_text(e, l, due))
		return 0;
	e->looks_now++;
	int err = db_target_get(&e->tx, run->id, due->target, &t);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (t.state != TARGET_WAITING || t.due_ms != due->due_ms)
		return E_CORRUPT; /* the due index and the target are written together */
	err = read_one(e, run, &t, may_call, &how, &later);
	if (err || later)
		return err;
	if (asked->n == 0 || t.n_past >= MAX_TARGET_ATTEMPTS)
		return target_settle(e, &t);
	if (t.branch_text[0])
		return start_branch(e, &t, run, &how);
	if (plan->what == PLAN_DONE)
		return end_one(e, l, &t, asked);
	if (plan->what == PLAN_WAIT)
		return target_later(e, &t, plan->until_ms);
	err = hold_stops(e, &t, asked->debts, asked->n, 0, &held_ms);
	if (err)
		return err;
	if (held_ms)
		return wait_held(e, &t, held_ms, plan->closes_ms);
	err = number_rule(e, t.numbers[plan->number].digits, plan->channel, false, &how.number,
			  &not_before);
	if (err)
		return err;
	if (not_before)
		return target_later(e, &t, not_before);
	if (plan->channel == CHANNEL_VOICE)
		return start_voice(e, &t, run, &how);
	return start_sms_free(e)
		   ? intend_message(e, &t, run, &how, run->campaign->waves[plan->wave].text, false)
		   : 0;
}

/* ---- the runs ---- */

/* A stopped or closed run: its waiting targets end, some each turn. */
static int end_waiting(struct engine *e, const struct run_view *run, size_t share)
{
	struct due_list s;
	int err = due_list(e, run->id, (struct look_place){0}, INT64_MAX, share, &s);
	size_t i;

	for (i = 0; i < s.n && !err && looks_left(e); i++) {
		struct target t;
		e->looks_now++;
		err = db_target_get(&e->tx, run->id, s.list[i].target, &t);
		if (!err)
			err = target_settle(e, &t);
	}
	if (i == share || i < s.n)
		e->more = true; /* its next share is the next turn's */
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

static bool channel_is_open(struct engine *e, const struct run_view *run, enum channel channel)
{
	int64_t at, closes;
	for (size_t i = 0; i < run->campaign->n_waves; i++)
		if (run->campaign->waves[i].channel == channel &&
		    plan_window(run->campaign, specs_calendar(e->specs), i, e->now_ms, &at,
				&closes) &&
		    at <= e->now_ms)
			return true;
	return false;
}

static bool look_goes_on(struct engine *e, const struct looking *l)
{
	return e->looks_now < l->until && looks_left(e) && (l->speaks || start_sms_free(e));
}

/* From the front of the list; whoever was looked at by the turn before, and nothing came of it,
 * does not take the share again before all have been looked at. */
static int look_due(struct engine *e, const struct looking *l, size_t most)
{
	struct run_view *run = l->run;
	struct due_list s;
	int64_t until = l->ends ? INT64_MAX : e->now_ms;
	int err = due_list(e, run->id, (struct look_place){0}, until, most, &s);
	size_t i;

	for (i = 0; i < s.n && !err && look_goes_on(e, l); i++)
		if (!look_passed(run->looked, &s.list[i]) ||
		    prepare_ready(e, run->id, s.list[i].target))
			err = start_one(e, l, &s.list[i]);
	bool all = i == s.n || e->looks_now < l->until;
	if (all || i == 0)
		run->looked = (struct look_place){0};
	else
		run->looked = s.list[i - 1];
	return err;
}

/* No call can be prepared or started, but messages can: they may stand anywhere behind the calls
 * that wait, so each turn goes on where the last one ended, round. */
static int hunt_messages(struct engine *e, const struct looking *l, size_t most)
{
	struct run_view *run = l->run;
	struct due_list s;
	struct look_place from = run->hunted;
	size_t i;

	if (!l->texts && from.due_ms <= DUE_AT_ONCE)
		from = (struct look_place){DUE_AT_ONCE, UINT32_MAX}; /* may_text says why */
	int err = due_list(e, run->id, from, e->now_ms, most, &s);
	for (i = 0; i < s.n && !err && start_sms_free(e) && look_goes_on(e, l); i++)
		err = start_one(e, l, &s.list[i]);
	if (i == s.n && s.n < s.most)
		run->hunted = (struct look_place){0};
	else if (i > 0)
		run->hunted = s.list[i - 1];
	return err;
}

/* Where no calls may be made nobody is looked at while the gateways are busy: at thousands of
 * messages a second that would cost more than sending them. */
static int look_at_run(struct engine *e, struct looking *l)
{
	struct run_view *run = l->run;
	size_t most = MOST_LOOKS, room = sms_room(e);
	size_t texts = room ? room + MOST_PASSED : 0;
	bool calls = run->n_ready && (line_free(e) || run->n_failed);

	if (l->speaks && (l->ends || calls || prepare_room(e)))
		return look_due(e, l, most);
	most = texts < most ? texts : most;
	if (most == 0 || (l->speaks && !l->texts && !l->branches))
		return 0;
	return l->speaks ? hunt_messages(e, l, most) : look_due(e, l, most);
}

static int start_run(struct engine *e, struct run_view *run, size_t share)
{
	int64_t opens = next_window(e, run);
	run->gate_ms = opens == INT64_MAX ? 0 : opens;
	if (opens != INT64_MAX && full_stops(e, run->campaign->id)) {
		run->gate_ms = civil_day_start(civil_day_at(e->now_ms) + 1); /* or a word */
		return prepare_give_back(e, run);
	}
	if (opens != INT64_MAX && !fresh_gate(e, run, opens, &run->gate_ms))
		return prepare_give_back(e, run);
	if (opens != INT64_MAX && opens > e->now_ms)
		return prepare_give_back(
		    e, run);            /* nothing may start, and nobody needs to be looked at */
	bool open = opens == INT64_MAX; /* then they end, and need no money */
	int err = open || run->money_ms > e->now_ms ? 0 : money_gate(e, run, &open);
	if (err || !open)
		return err ? err : prepare_give_back(e, run);
	struct looking l = {
	    .run = run,
	    .ends = opens == INT64_MAX,
	    .texts = channel_is_open(e, run, CHANNEL_SMS),
	    .branches =
		e->config->voice.inbound || (run->scenario && scenario_sms_text(run->scenario, 0)),
	    .until = e->looks_now + share,
	};
	l.speaks = l.ends || channel_is_open(e, run, CHANNEL_VOICE);
	return look_at_run(e, &l);
}

static void fill_tokens(struct engine *e)
{
	int64_t boot = clock_boot_ms();
	double rate = trunks_rate(e);

	e->tokens += rate * (double)(boot - e->tokens_boot_ms) / 1000.0;
	if (e->tokens > rate)
		e->tokens = rate; /* never more intents than are placed in a second */
	e->tokens_boot_ms = boot;
}

static bool has_work(const struct engine *e, const struct run_view *run)
{
	if (!run->loaded)
		return false;
	return run->ending != OUT_NONE ||
	       (run->state == RUN_RUNNING && run->campaign && !hush_is(e));
}

static int start_work(struct engine *e, struct run_view *run, size_t share)
{
	return run->ending != OUT_NONE ? end_waiting(e, run, share) : start_run(e, run, share);
}

int start_attempts(struct engine *e)
{
	size_t n = e->n_runs, working = 0;
	bool served = false;
	int err = 0;

	fill_tokens(e);
	e->next_first_run = e->first_run;
	for (size_t i = 0; i < n; i++)
		working += has_work(e, e->runs[i]);
	for (size_t i = 0; i < n && !err; i++) {
		size_t at = (e->first_run + i) % n;
		struct run_view *run = e->runs[at];
		size_t got = e->messages_now + e->preparing_now;
		if (has_work(e, run))
			err = start_work(e, run, looks_share(e, working--));
		else if (run->loaded && run->state != RUN_RUNNING)
			err = prepare_give_back(e, run);
		if (!served && e->messages_now + e->preparing_now != got) {
			e->next_first_run = at + 1;
			served = true;
		}
	}
	return err;
}

static int first_due(void *arg, int64_t due_ms, uint32_t target)
{
	(void)target;
	*(int64_t *)arg = due_ms;
	return 1;
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
		if (!run->loaded || run->state != RUN_RUNNING || !run->campaign || run->ending)
			continue;
		if (dues_scan(&tx, run->id, first_due, &due))
			continue;
		if (due != INT64_MAX && run->gate_ms > due)
			due = run->gate_ms;
		if (due != INT64_MAX && run->money_ms > due)
			due = run->money_ms;
		first = due < first ? due : first;
	}
	tx.ops->abort(tx.txn);
	return first;
}
