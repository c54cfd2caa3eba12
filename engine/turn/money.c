/*
 * What was spent, and the guard. Counts lie in T_MONEY, by month for the city and for
 * each department, and for each campaign as a whole; they are written in the very
 * transaction that records an outcome, so a crash neither loses nor repeats a charge.
 *
 * The guard looks before each intent: what was spent, what calls and messages under way
 * may still cost at most, and what the new one may cost at most must stay within each
 * limit. So a limit is never passed, and what is in progress always ends in order. A
 * target that could not be tried for lack of money waits (another month, or a raised
 * limit, may come in time); if its time runs out first it is 87, not 83.
 *
 * Unknown outcomes are charged at their most: the guard must not be fooled by a crash.
 */
#include "engine/turn/engine.h"

#include "engine/log.h"
#include "engine/turn/transfer.h"
#include "engine/turn/trialrec.h"

#include <stdio.h>
#include <string.h>

enum {
	SHORT_WAIT_MS = 2000, /* something under way may leave room when it ends */
	LONG_WAIT_MS = 60000, /* nothing will, before the month or the limit changes */
	TARGET_WAIT_MS = 10 * 60000,
};

/* ---- records in hand ---- */

struct work_money {
	struct work_money *next;
	struct money_rec rec;
	bool dirty;
};

static int work(struct engine *e, enum money_kind kind, int month, const char *id,
		struct work_money **ret)
{
	for (struct work_money *w = e->work_money; w; w = w->next)
		if (w->rec.kind == kind && w->rec.month == month && strcmp(w->rec.id, id) == 0) {
			*ret = w;
			return 0;
		}
	struct tx tx = tx_in_hand(e);
	struct work_money *w = arena_take(e->in_hand, sizeof *w);
	const char *kept = w ? arena_str(e->in_hand, id) : NULL;
	int err = kept ? db_money_get(&tx, kind, month, kept, &w->rec) : E_NOMEM;
	if (err)
		return err;
	w->dirty = false;
	w->next = e->work_money;
	e->work_money = w;
	*ret = w;
	return 0;
}

int money_write_back(struct engine *e)
{
	int err = 0;
	for (struct work_money *w = e->work_money; w && !err; w = w->next)
		if (w->dirty)
			err = db_money_put(&e->tx, &w->rec);
	return err;
}

/* ---- charging ---- */

struct charge {
	int64_t sen, talk_ms;
	uint32_t calls, answered, messages, segments, steps;
};

static int add(struct engine *e, enum money_kind kind, int month, const char *id,
	       const struct charge *c)
{
	struct work_money *w;
	int err = work(e, kind, month, id, &w);
	if (err)
		return err;
	w->rec.sen += c->sen;
	w->rec.calls += c->calls;
	w->rec.answered += c->answered;
	w->rec.messages += c->messages;
	w->rec.segments += c->segments;
	w->rec.steps += c->steps;
	w->rec.talk_ms += (uint64_t)c->talk_ms;
	w->dirty = true;
	return 0;
}

/* As it was set aside (money_worst): the time that it may ring, which is in the attempt's limit so
 * that its number stays locked long enough, is no talk. */
static int64_t longest_talk(struct engine *e, const struct attempt *a)
{
	const struct run_view *v = run_view(e, a->run);
	bool known = v && v->campaign && a->wave >= 0 && (size_t)a->wave < v->campaign->n_waves;
	int64_t ring_ms = known ? v->campaign->waves[a->wave].ring_ms : 0;
	return a->limit_ms > ring_ms ? a->limit_ms - ring_ms
				     : 0; /* the wave may have been changed */
}

static struct charge charge_of(struct engine *e, const struct attempt *a)
{
	const struct tariff *t = &e->config->tariff;
	bool unknown = a->code == OUT_UNKNOWN;

	if (a->channel == CHANNEL_SMS) {
		bool taken = unknown || a->placed_ms != 0; /* the gateway has it, or may */
		struct charge c = {.messages = taken, .segments = taken ? a->segments : 0};
		c.sen = money_message(t, c.segments);
		return c;
	}
	if (a->inbound) {
		/* It is none of our calls: what it costs, if anything, and nothing else. */
		bool talked = unknown || a->answered_ms != 0;
		return (struct charge){
		    .sen = money_callback(t, talked, unknown ? a->limit_ms : a->talk_ms)};
	}
	struct charge c = {.calls = 1,
			   .answered = unknown || a->answered_ms != 0,
			   .talk_ms = unknown ? longest_talk(e, a) : a->talk_ms};
	c.steps = c.answered ? (uint32_t)money_steps(t, c.talk_ms) : 0;
	c.sen = money_call(t, c.answered, c.talk_ms);
	return c;
}

/* A call is billed in the month in which it was answered, a message when it was handed over. */
static int month_of(const struct engine *e, const struct attempt *a)
{
	if (a->channel == CHANNEL_VOICE && a->answered_ms)
		return money_month(a->answered_ms);
	return money_month(a->placed_ms ? a->placed_ms : e->now_ms);
}

int money_charge(struct engine *e, struct attempt *a)
{
	struct run_rec *run;

	if (a->charged)
		return 0;
	struct charge c = charge_of(e, a);
	if (c.calls == 0 && c.messages == 0 && c.sen == 0)
		return 0;
	int month = month_of(e, a), err = run_work(e, a->run, &run);
	if (!err)
		err = add(e, MONEY_CITY, month, "", &c);
	if (!err)
		err = add(e, MONEY_DEPARTMENT, month, run->department, &c);
	if (!err)
		err = add(e, MONEY_CAMPAIGN, 0, run->campaign, &c);
	a->charged = true;
	a->cost_sen = c.sen;
	/* What was set aside for it is spent now: not both, also for who starts in this very turn.
	 */
	const struct flight *f = map_get(e->flights, &a->id, sizeof a->id);
	struct run_view *view = f ? run_view(e, f->run) : NULL;
	if (view)
		view->reserving_sen -= f->reserve_sen;
	return err;
}

int money_charge_callback(struct engine *e, const char *department, int64_t answered_ms,
			  int64_t talk_ms, int64_t *ret_sen)
{
	struct charge c = {.sen = money_callback(&e->config->tariff, answered_ms != 0, talk_ms)};
	*ret_sen = c.sen;
	if (c.sen == 0)
		return 0;
	int month = money_month(answered_ms);
	int err = add(e, MONEY_CITY, month, "", &c);
	return err ? err : add(e, MONEY_DEPARTMENT, month, department, &c);
}

int money_charge_trial(struct engine *e, struct trial_rec *r)
{
	struct charge c = {.messages = 1, .segments = r->segments};
	int month = money_month(e->now_ms);

	if (r->charged)
		return 0;
	r->charged = true;
	c.sen = r->cost_sen = money_message(&e->config->tariff, r->segments);
	/* What was set aside for it is spent now. */
	const struct flight *f = map_get(e->flights, &r->id, sizeof r->id);
	if (f && f->trial)
		e->staff_now_sen[f->transfer_department] -= f->reserve_sen;
	int err = add(e, MONEY_CITY, month, "", &c);
	return err ? err : add(e, MONEY_DEPARTMENT, month, r->department, &c);
}

/* ---- limits ---- */

int64_t money_worst(const struct engine *e, const struct run_view *run, enum channel channel,
		    int64_t segments)
{
	if (channel == CHANNEL_SMS)
		return money_message(&e->config->tariff, segments);
	return money_call(&e->config->tariff, true, run->campaign->call_limit_ms);
}

/* What calls and messages under way may still cost, this transaction's among them; of one campaign
 * or department, or of all. */
static int64_t reserved(const struct engine *e, const char *department, const char *campaign)
{
	int64_t sen = 0;
	for (size_t i = 0; i < e->n_runs; i++) {
		const struct run_view *v = e->runs[i];
		if (!v->campaign ||
		    (department && strcmp(v->campaign->department, department) != 0) ||
		    (campaign && strcmp(v->campaign->id, campaign) != 0))
			continue;
		sen += v->reserved_sen + v->reserving_sen;
	}
	for (size_t i = 0; i < e->config->n_departments && !campaign; i++)
		if (!department || strcmp(e->config->department[i].id, department) == 0)
			sen += e->staff_sen[i] + e->staff_now_sen[i];
	return sen;
}

struct scope {
	enum money_kind kind;
	const char *id, *words; /* words: of the alert */
	int64_t limit_sen, fixed_sen, reserved_sen;
	int month;
};

static void alert_of(const struct scope *s, char key[MAX_ID])
{
	static const char *const words[] = {[MONEY_CITY] = "money-city",
					    [MONEY_DEPARTMENT] = "money-d-",
					    [MONEY_CAMPAIGN] = "money-c-"};
	snprintf(key, MAX_ID, "%s%.50s", words[s->kind], s->id);
}

static void alert_scope(struct engine *e, const struct scope *s, int64_t spent)
{
	char key[MAX_ID];
	int percent = (int)(spent * 100 / s->limit_sen);

	alert_of(s, key);
	if (percent < e->config->money.alert)
		alert_clear(e, key);
	else if (!alert_stands(e, key))
		alert_raise(e, key, "%s %s: %d %% of the limit is spent (%lld of %lld yen)",
			    s->words, s->id, percent, (long long)(spent / SEN_PER_YEN),
			    (long long)(s->limit_sen / SEN_PER_YEN));
}

/* How much is left in this scope, and whether something under way may give room back. */
static int look(struct engine *e, const struct scope *s, struct money_room *room)
{
	struct work_money *w;

	if (s->limit_sen <= 0)
		return 0;
	int err = work(e, s->kind, s->month, s->id, &w);
	if (err)
		return err;
	int64_t spent = w->rec.sen + s->fixed_sen;
	alert_scope(e, s, spent);
	int64_t left = s->limit_sen - spent - s->reserved_sen;
	if (left < room->sen) {
		room->sen = left;
		room->reserved = s->reserved_sen > 0;
	}
	return 0;
}

/* campaign NULL: of none. */
static int room_of(struct engine *e, const char *department, const struct campaign *c,
		   struct money_room *ret)
{
	const struct config_department *d = config_department(e->config, department);
	int month = money_month(e->now_ms);

	*ret = (struct money_room){.sen = INT64_MAX};
	const struct scope scopes[] = {
	    {MONEY_CITY, "", "this month", e->config->money.limit, e->config->tariff.month_sen,
	     reserved(e, NULL, NULL), month},
	    {MONEY_DEPARTMENT, department, "department", d ? d->month_limit : 0, 0,
	     reserved(e, department, NULL), month},
	    {MONEY_CAMPAIGN, c ? c->id : "", "campaign", c ? c->limit_sen : 0, 0,
	     reserved(e, NULL, c ? c->id : ""), 0},
	};
	int err = 0;
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes && !err; i++)
		err = look(e, &scopes[i], ret);
	return err;
}

int money_room(struct engine *e, const struct run_view *run, struct money_room *ret)
{
	return room_of(e, run->campaign->department, run->campaign, ret);
}

/* The cheapest thing that the run could start. */
static int64_t cheapest(struct engine *e, const struct run_view *run)
{
	int64_t least = INT64_MAX;
	for (size_t i = 0; i < run->campaign->n_waves; i++) {
		/* One segment at least; a longer text is looked at when it is about to be sent. */
		int64_t sen = money_worst(e, run, run->campaign->waves[i].channel, 1);
		least = sen < least ? sen : least;
	}
	return least;
}

static int stopped(struct engine *e, uint32_t id, bool for_good)
{
	struct run_rec *run;
	if (!for_good)
		return 0;
	int err = run_work(e, id, &run);
	if (err || run->budget_ms)
		return err;
	run->budget_ms = e->now_ms;
	run_touch(e, run);
	log_warn("event=money run=%u result=stopped why=limit", id);
	alert_raise(
	    e, "money-stop",
	    "run %u starts nothing more: a limit of money is reached (see osame money); raise "
	    "it, wait for the next month, or close the run",
	    id);
	return 0;
}

int money_gate(struct engine *e, struct run_view *run, bool *ret_open)
{
	struct money_room room;

	int err = money_room(e, run, &room);
	if (err)
		return err;
	*ret_open = room.sen >= cheapest(e, run);
	run->money_ms = *ret_open ? 0 : e->now_ms + (room.reserved ? SHORT_WAIT_MS : LONG_WAIT_MS);
	return *ret_open ? 0 : stopped(e, run->id, !room.reserved);
}

int money_allows(struct engine *e, struct target *t, const struct run_view *run, int64_t sen,
		 bool *ret_yes)
{
	struct money_room room;

	int err = money_room(e, run, &room);
	*ret_yes = !err && sen <= room.sen;
	if (err || *ret_yes)
		return err;
	err = stopped(e, run->id, !room.reserved && t->state == TARGET_WAITING);
	if (err || room.reserved || t->state != TARGET_WAITING)
		return err; /* its turn comes again as soon as something ends */
	return target_later(e, t, e->now_ms + TARGET_WAIT_MS);
}

/* ---- transfers ---- */

/* Another call of ours, charged to whose call it belongs to. */
int money_charge_transfer(struct engine *e, struct transfer_rec *r, bool answered)
{
	const struct tariff *t = &e->config->tariff;
	struct charge c = {.calls = 1, .answered = answered, .talk_ms = r->talk_ms};
	int month = money_month(r->asked_ms);
	c.steps = answered ? (uint32_t)money_steps(t, c.talk_ms) : 0;
	c.sen = r->cost_sen = money_call(t, answered, c.talk_ms);
	int err = add(e, MONEY_CITY, month, "", &c);
	if (!err)
		err = add(e, MONEY_DEPARTMENT, month, r->department, &c);
	if (!err && *r->campaign)
		err = add(e, MONEY_CAMPAIGN, 0, r->campaign, &c);
	return err;
}

int money_allows_transfer(struct engine *e, uint32_t run, const char *department, int64_t sen,
			  bool *ret_yes)
{
	const struct run_view *view = run ? run_view(e, run) : NULL;
	struct money_room room = {.sen = INT64_MAX};
	int err;

	if (view && view->campaign)
		err = money_room(e, view, &room);
	else
		err = room_of(e, department, NULL, &room);
	*ret_yes = !err && sen <= room.sen;
	return err;
}
