/*
 * Calls that come in, as the channel reports them. Each report moves the callback
 * record in the transaction of this turn, and the attempt beside it, if there is one,
 * by the functions that all calls use (outcome.c, finish.c).
 *
 * Crash windows: before the first commit nobody rang. After it the record says
 * `ringing`: nothing was ordered, so recovery makes it missed. After the second it says
 * what was ordered: recovery makes it unknown, like any call.
 */
#include "engine/turn/callback.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/bynumber.h"
#include "engine/turn/finish.h"

#include <stdlib.h>
#include <string.h>

int callbacks_new(struct engine *e)
{
	e->callbacks = calloc(1, sizeof *e->callbacks);
	return e->callbacks ? 0 : E_NOMEM;
}

void callbacks_free(struct engine *e)
{
	struct callbacks *c = e->callbacks;
	if (!c)
		return;
	while (c->list) {
		struct ringing *r = c->list;
		c->list = r->next;
		ringing_free(r);
	}
	for (size_t i = 0; i < CONFIG_MOST_DEPARTMENTS; i++)
		for (int k = 0; k < ANNOUNCEMENTS; k++)
			prompt_set_unref(c->announced[i][k].set);
	free(c);
	e->callbacks = NULL;
}

/* ---- somebody rings ---- */

struct arrival {
	struct ringing *ring;
	struct flight *flight;
	struct map_place *place;
};

static void arrival_free(void *arg)
{
	struct arrival *a = arg;
	ringing_free(a->ring);
	map_place_free(a->place);
	free(a->flight);
	free(a);
}

static void arrive(struct engine *e, void *arg)
{
	struct arrival *a = arg;

	BUG_IF(map_put_place(e->flights, a->place) != 0);
	a->place = NULL;
	if (a->flight->digits[0])
		bynumber_add(e->bynumber, a->flight); /* what is written about his number ends it */
	e->lines_used++;
	a->ring->next = e->callbacks->list;
	e->callbacks->list = a->ring;
	a->flight = NULL;
	a->ring = NULL;
	e->more = true;
	arrival_free(a);
}

static int arrive_later(struct engine *e, const struct callback_rec *r, uint64_t inbound,
			size_t department)
{
	struct arrival *a = calloc(1, sizeof *a);
	if (!a)
		return E_NOMEM;
	a->ring = calloc(1, sizeof *a->ring);
	a->flight = calloc(1, sizeof *a->flight);
	if (!a->ring || !a->flight || map_place_new(&r->id, sizeof r->id, a->flight, &a->place)) {
		arrival_free(a);
		return E_NOMEM;
	}
	a->flight->attempt = r->id;
	a->flight->channel = CHANNEL_VOICE;
	a->flight->inbound = true;
	memcpy(a->flight->digits, r->digits, strnlen(r->digits, MAX_NUMBER - 1));
	a->ring->id = r->id;
	a->ring->inbound = inbound;
	a->ring->department = department;
	a->ring->until_boot_ms = clock_boot_ms() + e->config->engine.callback_ring;
	return effect_add(e, arrive, a, arrival_free);
}

/* Its number is in a call now: nobody dials it. */
static int hold_number(struct engine *e, const struct callback_rec *r)
{
	struct number_rec n;
	int32_t today = civil_day_at(e->now_ms);
	if (r->kind != CALLER_KNOWN)
		return 0;
	int err = db_number_get(&e->tx, r->digits, &n);
	if (err)
		return err;
	if (n.day != today) {
		n.day = today;
		n.attempts = n.conversations = 0;
	}
	n.attempt = r->id;
	return db_number_put(&e->tx, &n);
}

static bool line_free(const struct engine *e)
{
	return e->lines_used + e->calls_in_now + e->transfers_now <
		   (size_t)e->config->voice.lines &&
	       map_count(e->flights) + e->calls_in_now + e->intents_now + e->messages_now <
		   MAX_FLIGHTS;
}

static int remember(struct engine *e, uint64_t inbound, uint64_t id)
{
	struct work_inbound *w = arena_take(e->in_hand, sizeof *w);
	if (!w)
		return E_NOMEM;
	*w = (struct work_inbound){e->work_inbound, inbound, id};
	e->work_inbound = w;
	return 0;
}

static int note_caller(struct engine *e, const struct callback_rec *r)
{
	return r->match == CALLBACK_ONE
		   ? db_caller_note(&e->tx, r->digits, r->run, r->target, r->id)
		   : 0;
}

/* 486 at once: on record, and a note of who it was. */
static int refuse_now(struct engine *e, struct callback_rec *r, uint64_t inbound,
		      struct callback_decision d)
{
	r->say = d.say;
	r->why = d.why;
	r->ended_ms = e->now_ms;
	int err = callback_set(&r->state, CALLBACK_MISSED);
	if (!err)
		err = callback_note_open(e, r);
	if (!err)
		err = db_callback_put(&e->tx, r);
	log_info("event=callback id=%llu result=refused why=\"%s\"", (unsigned long long)r->id,
		 callback_why_word(d.why));
	return err ? err : callback_refuse(e, inbound, 486);
}

int on_inbound(struct engine *e, const struct event *ev)
{
	struct callback_case c;
	size_t department;
	callback_department(e, ev->caller.called, &department);
	struct callback_rec r = {
	    .id = ++e->counters.next_attempt,
	    .kind = ev->caller.kind,
	    .digits = ev->caller.number, /* the event outlives the transaction */
	    .called = ev->caller.called,
	    .department = e->config->department[department].id,
	    .person = "",
	    .came_ms = e->now_ms,
	    .done_by = "",
	    .done_why = "",
	};
	int err = callback_match(e, &r);
	if (!err)
		err = note_caller(e, &r);
	if (!err)
		err = callback_look(e, &r, &c);
	if (err)
		return err;
	c.facts.line = line_free(e);
	struct callback_decision d = callback_decide(&c.facts);
	if (d.say == SAY_BUSY)
		return refuse_now(e, &r, ev->inbound, d);
	err = callback_set(&r.state, CALLBACK_RINGING);
	if (!err)
		err = db_callback_put(&e->tx, &r);
	if (!err)
		err = db_open_put(&e->tx, r.id);
	if (!err)
		err = hold_number(e, &r);
	if (!err)
		err = remember(e, ev->inbound, r.id);
	if (!err)
		err = arrive_later(e, &r, ev->inbound, department);
	e->calls_in_now++;
	return err || d.say != SAY_SCENARIO ? err : callback_ask(e, r.id, &c);
}

/* ---- he is gone ---- */

/* By the channel's id: he rings, also since this very turn. 0: an order was given already. */
static uint64_t id_of(const struct engine *e, uint64_t inbound)
{
	for (const struct work_inbound *w = e->work_inbound; w; w = w->next)
		if (w->inbound == inbound)
			return w->id;
	for (const struct ringing *r = e->callbacks->list; r; r = r->next)
		if (r->inbound == inbound)
			return r->id;
	return 0;
}

int on_inbound_gone(struct engine *e, const struct event *ev)
{
	struct callback_rec r;
	uint64_t id = id_of(e, ev->inbound);
	if (!id)
		return 0; /* the order's own EV_DROPPED follows, or it was refused */
	int err = db_callback_get(&e->tx, id, &r);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (r.state != CALLBACK_RINGING)
		return 0;
	log_info("event=callback id=%llu result=missed why=\"%s\"", (unsigned long long)id,
		 ev->why);
	return callback_missed(e, &r);
}

/* ---- what follows the order ---- */

static bool has_attempt(const struct callback_rec *r)
{
	return r->match == CALLBACK_ONE && r->state != CALLBACK_RINGING && r->state != CALLBACK_NEW;
}

/* Nothing was said: as if he had not been answered. */
static int dropped(struct engine *e, const struct event *ev, struct callback_rec *r)
{
	int err = has_attempt(r) ? on_dropped(e, ev) : 0;
	return err ? err : callback_missed(e, r);
}

static int answered(struct engine *e, const struct event *ev, struct callback_rec *r)
{
	int err = callback_set(&r->state, CALLBACK_ANSWERED);
	r->answered_ms = e->now_ms;
	if (!err)
		err = db_callback_put(&e->tx, r);
	return err || !has_attempt(r) ? err : on_answered(e, ev);
}

static void copy_replies(struct callback_rec *r, const struct interp_result *result)
{
	for (size_t i = 0; i < result->n_replies && i < MAX_REPLIES; i++) {
		r->replies[i].name = result->replies[i].name;
		r->replies[i].value = result->replies[i].value;
		r->n_replies = i + 1;
	}
}

static int ended(struct engine *e, const struct event *ev, struct callback_rec *r)
{
	const struct call_end *c = ev->call;
	bool himself = c->result.reached == REACHED_SELF || c->result.reached == REACHED_MATCHED;
	int err = callback_set(&r->state, CALLBACK_ENDED);
	if (err)
		return err;
	r->ended_ms = e->now_ms;
	r->code = c->code;
	r->reached = c->result.reached;
	r->heard = c->result.heard;
	r->sip_status = c->sip_status;
	r->talk_ms = c->talk_ms;
	copy_replies(r, &c->result);
	if (!(r->say == SAY_SCENARIO && himself && r->heard))
		err = callback_note_open(e, r);
	if (err)
		return err;
	if (has_attempt(r))
		err = on_call_ended(e, ev);
	else
		err = money_charge_callback(e, r->department, r->answered_ms, r->talk_ms,
					    &r->cost_sen);
	if (!err)
		err = db_callback_put(&e->tx, r);
	if (err || has_attempt(r))
		return err;
	err = callback_release(e, r);
	if (!err)
		err = db_open_del(&e->tx, r->id);
	return err ? err : finish_land(e, r->id, false, 0);
}

int on_callback(struct engine *e, const struct event *ev)
{
	struct callback_rec r;
	int err = db_callback_get(&e->tx, ev->attempt, &r);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	switch (ev->kind) {
	case EV_DROPPED:
		return dropped(e, ev, &r);
	case EV_PLACED:
		return has_attempt(&r) ? on_placed(e, ev) : 0;
	case EV_ANSWERED:
		return answered(e, ev, &r);
	case EV_CALL_ENDED:
		return ended(e, ev, &r);
	default:
		return 0;
	}
}

/* ---- a crash ---- */

int callback_recover(struct engine *e, uint64_t id, bool *ret_known, bool *ret_attempt,
		     struct callback_rec *r)
{
	int err = db_callback_get(&e->tx, id, r);
	*ret_known = !err;
	*ret_attempt = false;
	if (err == E_NOTFOUND)
		return 0;
	if (err)
		return err;
	*ret_attempt = has_attempt(r);
	if (r->state == CALLBACK_UNKNOWN)
		return 0; /* a second crash: its line may still be busy */
	log_warn("event=recovery callback=%llu state=%s", (unsigned long long)id,
		 callback_state_word(r->state));
	r->ended_ms = e->now_ms;
	err = callback_note_open(e, r);
	if (err)
		return err;
	if (r->state == CALLBACK_RINGING) {
		err = callback_set(&r->state, CALLBACK_MISSED);
		if (!err)
			err = callback_release(e, r);
		if (!err)
			err = db_open_del(&e->tx, id);
	} else {
		r->code = OUT_UNKNOWN;
		err = callback_set(&r->state, CALLBACK_UNKNOWN);
	}
	return err ? err : db_callback_put(&e->tx, r);
}
