/*
 * See transfer.h.
 *
 * Crash windows: before the commit nothing was sent, and the resident's call is found open
 * as ever. After it the record stands without an end: recovery makes it `unknown`, charges
 * its most, and holds two lines for as long as both calls could last.
 *
 * An emergency stop lets nobody be transferred any more; who speaks with staff already is
 * not cut off (maxtime ends it). Shutting down ends both legs in order.
 */
#include "engine/turn/transfer.h"
#include "engine/turn/callrec.h"

#include "engine/log.h"

#include <stdlib.h>
#include <string.h>

/* Whose call it is. */
struct owner {
	const char *department;
	const char *campaign; /* "" if none */
	uint32_t run;         /* 0: none */
	enum run_state state;
};

static int owner_of_run(struct engine *e, uint32_t id, struct owner *ret)
{
	struct run_rec *run;
	int err = run_work(e, id, &run);
	if (!err)
		*ret = (struct owner){run->department, run->campaign, id, run->state};
	return err;
}

static int owner_of(struct engine *e, const struct event *ev, struct owner *ret)
{
	struct callback_rec r;
	struct attempt a;
	if (!ev->inbound) {
		int err = db_attempt_get(&e->tx, ev->attempt, &a);
		return err ? err : owner_of_run(e, a.run, ret);
	}
	int err = db_callback_get(&e->tx, ev->attempt, &r);
	if (err || r.run)
		return err ? err : owner_of_run(e, r.run, ret);
	*ret = (struct owner){r.department, "", 0, RUN_RUNNING};
	return 0;
}

/* ---- effects ---- */

struct order {
	uint64_t call;
	size_t department; /* its place in the configuration */
	int64_t sen;
	char to[MAX_ID];
	struct voice_cmd cmd;
};

/* A call of no run: its department's. */
static void reserve(struct engine *e, const struct flight *f, int64_t sen)
{
	struct run_view *v = f->run ? run_view(e, f->run) : NULL;
	if (v)
		v->reserved_sen += sen;
	else if (!f->run && f->transfer_department < CONFIG_MOST_DEPARTMENTS)
		e->staff_sen[f->transfer_department] += sen;
}

/* Until it is: who asks in this very turn finds it gone. */
static void reserve_now(struct engine *e, uint32_t run, size_t department, int64_t sen)
{
	struct run_view *v = run ? run_view(e, run) : NULL;
	if (v)
		v->reserving_sen += sen;
	else if (department < CONFIG_MOST_DEPARTMENTS)
		e->staff_now_sen[department] += sen;
}

/* The flight is there: its call ends after this. */
static void order_run(struct engine *e, void *arg)
{
	struct order *o = arg;
	struct flight *f = map_get(e->flights, &o->call, sizeof o->call);
	if (f && o->cmd.transfer.number[0]) {
		f->transfer = true;
		f->transfer_sen = o->sen;
		f->transfer_department = o->department;
		snprintf(f->transfer_to, sizeof f->transfer_to, "%s", o->to);
		e->lines_used++;
		e->tokens--;
		reserve(e, f, o->sen);
	}
	/* Not taken, or no channel any more: the resident's call goes on without, by the channel's
	 * own wait, and the record is closed with it. */
	if (e->voice && e->ports->voice->post(e->voice, &o->cmd))
		log_warn("event=transfer call=%llu err=\"the channel did not take the order\"",
			 (unsigned long long)o->call);
	free(o);
}

static int order_later(struct engine *e, const struct order *what)
{
	struct order *o = malloc(sizeof *o);
	if (!o)
		return E_NOMEM;
	*o = *what;
	return effect_add(e, order_run, o, free);
}

static void over_run(struct engine *e, void *arg)
{
	struct order *o = arg;
	struct flight *f = map_get(e->flights, &o->call, sizeof o->call);
	if (f)
		transfer_land(e, f);
	e->more = true;
	free(o);
}

void transfer_land(struct engine *e, struct flight *f)
{
	if (!f->transfer)
		return;
	f->transfer = false;
	e->lines_used--;
	reserve(e, f, -f->transfer_sen);
	f->transfer_sen = 0;
}

static int over_later(struct engine *e, uint64_t call)
{
	struct order *o = calloc(1, sizeof *o);
	if (!o)
		return E_NOMEM;
	o->call = call;
	return effect_add(e, over_run, o, free);
}

/* ---- the channel asks ---- */

struct count {
	const char *to;
	int n;
};

static int count_one(void *arg, void *value)
{
	struct count *c = arg;
	const struct flight *f = value;
	c->n += f->transfer && strcmp(f->transfer_to, c->to) == 0;
	return 0;
}

static bool line_free(struct engine *e, const struct config_transfer *t)
{
	struct count c = {.to = t->id};
	map_each(e->flights, count_one, &c);
	return e->trunk_up && c.n + (int)e->transfers_now < t->lines &&
	       e->lines_used + e->intents_now + e->calls_in_now + e->transfers_now <
		   trunks_lines(e);
}

/* Why not; NULL: it may be. */
static const char *refusal(struct engine *e, const struct event *ev, const struct owner *o,
			   const struct config_transfer *t, const struct transfer_list *before)
{
	if (!t)
		return "the configuration has no such [transfer]";
	if (e->stopping || o->state == RUN_STOPPED)
		return "stopped";
	if (before->n >= MAX_TRANSFERS || (size_t)ev->ask.n != before->n + 1)
		return "too many in one call";
	/* The channel gave up waiting for our answer, and asks again: its line and its money are
	 * set aside until it has seen that answer. */
	if (before->n > 0 && !before->list[before->n - 1].ended_ms)
		return "the one before is not over";
	if (!line_free(e, t))
		return "no line is free";
	return NULL;
}

int on_transfer(struct engine *e, const struct event *ev)
{
	struct owner o = {0};
	struct transfer_list before;
	const struct config_transfer *t = config_transfer(e->config, ev->ask.to);
	bool money = false;
	int err = owner_of(e, ev, &o);
	if (!err)
		err = db_transfer_list(&e->tx, ev->attempt, &before);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	const struct config_department *d = config_department(e->config, o.department);
	const char *why = refusal(e, ev, &o, t, &before);
	int64_t sen = t ? money_call(&e->config->tariff, true, t->most) : 0;
	if (!why)
		err = money_allows_transfer(e, o.run, o.department, sen, &money);
	if (err)
		return err;
	if (!why && !money)
		why = "a limit of money is reached";
	struct order order = {
	    .call = ev->attempt,
	    .department = d ? (size_t)(d - e->config->department) : CONFIG_MOST_DEPARTMENTS,
	    .sen = sen,
	    .cmd = {.kind = VC_TRANSFER,
		    .attempt = ev->attempt,
		    .inbound = ev->inbound,
		    .transfer = {.n = ev->ask.n,
				 .refused = t ? TRANSFER_NETWORK_BUSY : TRANSFER_UNKNOWN}}};
	log_info("event=transfer call=%llu n=%d to=%s result=%s%s", (unsigned long long)ev->attempt,
		 ev->ask.n, ev->ask.to, why ? "refused why=" : "ordered", why ? why : "");
	if (!t)
		alert_raise(e, "transfer",
			    "a scenario transfers to \"%s\", which the configuration lacks: add "
			    "[transfer %s]",
			    ev->ask.to, ev->ask.to);
	if (!why) {
		struct voice_transfer *v = &order.cmd.transfer;
		memcpy(v->number, t->number, sizeof v->number);
		memcpy(v->caller, d ? d->caller : t->number, sizeof v->caller);
		v->ring_ms = ev->ask.connect_ms;
		v->most_ms = ev->ask.most_ms < t->most ? ev->ask.most_ms : (uint32_t)t->most;
		snprintf(order.to, sizeof order.to, "%s", t->id);
		e->transfers_now++;
		reserve_now(e, o.run, order.department, sen);
	}
	if (before.n < MAX_TRANSFERS) {
		const struct voice_transfer *v = &order.cmd.transfer;
		err = db_transfer_put(&e->tx, &(struct transfer_rec){
						  .call = ev->attempt,
						  .n = (uint32_t)before.n + 1,
						  .to = ev->ask.to,
						  .digits = v->number,
						  .department = o.department,
						  .campaign = o.campaign,
						  .asked_ms = e->now_ms,
						  .ended_ms = why ? e->now_ms : 0,
						  .limit_ms = (int64_t)v->ring_ms + v->most_ms,
						  .result = why ? v->refused : TRANSFER_NONE,
					      });
	}
	return err ? err : order_later(e, &order);
}

/* ---- its end ---- */

static int finish(struct engine *e, struct transfer_rec *r, bool answered)
{
	r->ended_ms = e->now_ms;
	int err = 0;
	if (r->placed)
		err = money_charge_transfer(e, r, answered);
	return err ? err : db_transfer_put(&e->tx, r);
}

int on_transferred(struct engine *e, const struct event *ev)
{
	struct transfer_list all;
	int err = db_transfer_list(&e->tx, ev->attempt, &all);
	size_t n = (size_t)ev->transferred.n;
	if (err || n == 0 || n > all.n || all.list[n - 1].ended_ms)
		return err; /* closed with its call already */
	struct transfer_rec *r = &all.list[n - 1];
	r->result = ev->transferred.result;
	r->placed = ev->transferred.placed;
	r->sip_status = ev->transferred.sip_status;
	r->q850 = ev->transferred.q850;
	r->ring_ms = ev->transferred.ring_ms;
	r->talk_ms = ev->transferred.talk_ms;
	log_info("event=transferred call=%llu n=%u result=%s sip=%d talk_ms=%u",
		 (unsigned long long)r->call, r->n, transfer_value(r->result), r->sip_status,
		 r->talk_ms);
	/* An answer that crossed our CANCEL is billed too. */
	bool answered = r->sip_status >= 200 && r->sip_status < 300;
	err = finish(e, r, answered);
	return err ? err : over_later(e, r->call);
}

int transfer_settle(struct engine *e, uint64_t call)
{
	struct transfer_list all;
	int err = db_transfer_list(&e->tx, call, &all);
	for (size_t i = 0; i < all.n && !err; i++) {
		if (all.list[i].ended_ms)
			continue;
		all.list[i].result = TRANSFER_GIVEN_UP; /* the order did not find it any more */
		err = finish(e, &all.list[i], false);
	}
	return err;
}

int transfer_recover(struct engine *e, uint64_t call, int64_t *ret_ms)
{
	struct transfer_list all;
	int err = db_transfer_list(&e->tx, call, &all);
	*ret_ms = 0;
	for (size_t i = 0; i < all.n && !err; i++) {
		struct transfer_rec *r = &all.list[i];
		if (r->crashed)
			*ret_ms = r->limit_ms; /* a second crash: the lines may still be busy */
		if (r->ended_ms)
			continue;
		log_warn("event=recovery transfer=%llu n=%u next=unknown", (unsigned long long)call,
			 r->n);
		r->result = TRANSFER_UNKNOWN;
		r->placed = r->crashed = true;
		r->talk_ms = (uint32_t)r->limit_ms;
		*ret_ms = r->limit_ms;
		err = finish(e, r, true);
	}
	return err;
}

int transfer_last(struct tx *tx, uint64_t call, struct transfer_rec *ret)
{
	struct transfer_list all;
	int err = db_transfer_list(tx, call, &all);
	*ret = all.n ? all.list[all.n - 1] : (struct transfer_rec){0};
	return err;
}

int transfer_show(struct tx *tx, uint64_t call, struct json *j)
{
	struct transfer_list all;
	const char *words = "";
	int err = db_transfer_list(tx, call, &all);
	for (size_t i = 0; i < all.n && !err && words; i++)
		words = arena_printf(tx->arena, "%s%s%s=%s(%us)", words, *words ? ";" : "",
				     all.list[i].to, transfer_value(all.list[i].result),
				     (unsigned)(all.list[i].talk_ms / 1000));
	if (!err)
		json_put_str(j, "transfer", words ? words : "");
	return err;
}
