/*
 * The order to answer. Intent before act: what will be said, and the attempt of who is
 * meant, are on disk before the channel may answer; the records are looked at again in
 * that very transaction, so a payment or a hold that came while it rang is seen.
 *
 * Nobody waits for ever: prompts that are not there in time, or that changed again, give
 * way to the general announcement; without one the call is refused, and staff see it.
 */
#include "engine/turn/callback.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/hush.h"
#include "engine/turn/compose.h"
#include "engine/turn/dues.h"
#include "engine/turn/finish.h"

#include <stdlib.h>
#include <string.h>

enum { ANNOUNCEMENT_LIMIT_MS = 5 * 60000 };

/* ---- effects ---- */

struct ordering {
	uint64_t id;
	uint32_t run, target;
	struct voice_cmd cmd;
};

static void ordering_free(void *arg)
{
	struct ordering *o = arg;
	voice_intent_free(o->cmd.intent);
	free(o);
}

static void forget(struct engine *e, uint64_t id)
{
	for (struct ringing **at = &e->callbacks->list; *at; at = &(*at)->next)
		if ((*at)->id == id) {
			struct ringing *r = *at;
			*at = r->next;
			ringing_free(r);
			return;
		}
}

static void order_run(struct engine *e, void *arg)
{
	struct ordering *o = arg;
	struct flight *f = map_get(e->flights, &o->id, sizeof o->id);

	forget(e, o->id);
	if (f && o->cmd.kind == VC_ANSWER) {
		f->run = o->run;
		f->target = o->target;
		f->recalled = false; /* the channel did not know it by this id yet */
		f->talking = true;
		e->callbacks->talking++;
	}
	/* Without a channel we are stopping: it refused who rang, and told so. */
	if (e->voice && e->ports->voice->post(e->voice, &o->cmd) == 0)
		o->cmd.intent = NULL;
	ordering_free(o);
}

static int order_later(struct engine *e, const struct ordering *what)
{
	struct ordering *o = malloc(sizeof *o);
	if (!o) {
		voice_intent_free(what->cmd.intent);
		return E_NOMEM;
	}
	*o = *what;
	return effect_add(e, order_run, o, ordering_free);
}

int callback_refuse(struct engine *e, uint64_t inbound, int status)
{
	return order_later(
	    e,
	    &(struct ordering){.cmd = {.kind = VC_REFUSE, .inbound = inbound, .status = status}});
}

/* ---- not answered ---- */

int callback_release(struct engine *e, const struct callback_rec *r)
{
	struct number_rec n;
	if (r->kind != CALLER_KNOWN)
		return 0;
	int err = db_number_get(&e->tx, r->digits, &n);
	if (err || n.attempt != r->id)
		return err;
	n.attempt = 0;
	return db_number_put(&e->tx, &n);
}

static void forget_run(struct engine *e, void *arg)
{
	struct ordering *o = arg;
	forget(e, o->id);
	free(o);
}

int callback_missed(struct engine *e, struct callback_rec *r)
{
	int err = callback_set(&r->state, CALLBACK_MISSED);
	if (err)
		return err;
	r->ended_ms = e->now_ms;
	err = callback_note_open(e, r);
	if (!err)
		err = db_callback_put(&e->tx, r);
	if (!err)
		err = callback_release(e, r);
	if (!err)
		err = db_open_del(&e->tx, r->id);
	if (!err)
		err = finish_land(e, r->id, false, 0);
	if (err)
		return err;
	struct ordering *o = calloc(1, sizeof *o);
	if (!o)
		return E_NOMEM;
	o->id = r->id;
	return effect_add(e, forget_run, o, ordering_free);
}

static int unavailable(struct engine *e, struct callback_rec *r, uint64_t inbound,
		       struct callback_decision d)
{
	r->say = d.say == SAY_BUSY ? SAY_BUSY : SAY_UNAVAILABLE;
	r->why = d.say == SAY_BUSY ? d.why : WHY_SILENT;
	log_warn("event=callback id=%llu result=refused why=\"%s\"", (unsigned long long)r->id,
		 callback_why_word(r->why));
	int err = callback_refuse(e, inbound, r->say == SAY_BUSY ? 486 : 480);
	return err ? err : callback_missed(e, r);
}

/* ---- answered ---- */

static int number_of(const struct target *t, const char *digits)
{
	for (size_t i = 0; i < t->n_numbers; i++)
		if (strcmp(t->numbers[i].digits, digits) == 0)
			return (int)i;
	return -1;
}

/* The target is in this attempt: nothing else is started for it meanwhile. */
static int occupy(struct engine *e, struct target *t, uint64_t id)
{
	t->attempt = id;
	t->attempt_count++;
	t->not_before_ms = 0;
	t->held = false;
	int err = target_set(&t->state, TARGET_IN_ATTEMPT);
	if (!err)
		err = db_due_set(&e->tx, t, 0);
	if (!err)
		err = db_target_put(&e->tx, t);
	return err ? err : ready_forget_later(e, t->run, t->id);
}

/* The attempt of who is meant; its outcome comes with the channel's events. */
static int intend(struct engine *e, const struct callback_rec *r, struct callback_case *c)
{
	struct target *t = &c->target;
	int number = number_of(t, r->digits);
	struct attempt a = {
	    .id = r->id,
	    .run = r->run,
	    .target = r->target,
	    .person = t->person,
	    .channel = CHANNEL_VOICE,
	    .state = ATTEMPT_INTENDED,
	    .wave = INBOUND_WAVE,
	    .number = number,
	    .digits = r->digits,
	    .text = "",
	    .number_kind = number < 0 ? KIND_OTHER : t->numbers[number].kind,
	    .debts_version = t->debts_version,
	    .intended_ms = e->now_ms,
	    .limit_ms = r->limit_ms,
	    .why = "",
	    .gateway = "",
	    .ref = "",
	    .reason = "",
	    .inbound = r->say != SAY_SCENARIO       ? INBOUND_ANNOUNCED
		       : t->state == TARGET_WAITING ? INBOUND_OWN
						    : INBOUND_BESIDE,
	};
	int err = db_attempt_put(&e->tx, &a);
	return err || a.inbound != INBOUND_OWN ? err : occupy(e, t, a.id);
}

static int compose(struct engine *e, const struct callback_rec *r, const struct callback_case *c,
		   struct prompt_set *set, struct voice_intent **ret)
{
	static const enum announcement of[CALLBACK_SAYS] = {
	    [SAY_CLOSED] = ANNOUNCE_CLOSED, [SAY_ALL_DONE] = ANNOUNCE_NOTHING};
	int err;
	if (r->say == SAY_SCENARIO)
		err = compose_callback(e, &c->target, &c->view,
				       &(struct compose_call){.asked = &c->asked, .set = set}, ret);
	else
		err = compose_announcement(e, c->department,
					   specs_announcement(e->specs, c->department, of[r->say]),
					   set, ret);
	if (err)
		return err;
	(*ret)->attempt = r->id;
	(*ret)->limit_ms = (uint32_t)r->limit_ms;
	memcpy((*ret)->number, r->digits, strnlen(r->digits, MAX_NUMBER - 1));
	return 0;
}

static int answer(struct engine *e, struct callback_rec *r, struct callback_case *c,
		  const struct ringing *ring, struct prompt_set *set)
{
	struct ordering o = {
	    .id = r->id,
	    .run = r->match == CALLBACK_ONE ? r->run : 0,
	    .target = r->target,
	    .cmd = {.kind = VC_ANSWER, .attempt = r->id, .inbound = ring->inbound}};
	r->limit_ms =
	    r->say == SAY_SCENARIO ? c->view.campaign->call_limit_ms : ANNOUNCEMENT_LIMIT_MS;
	int err = callback_set(&r->state, CALLBACK_ANSWERING);
	if (!err)
		err = db_callback_put(&e->tx, r);
	if (!err)
		err = compose(e, r, c, set, &o.cmd.intent);
	if (!err && r->match == CALLBACK_ONE)
		err = intend(e, r, c);
	if (err) {
		voice_intent_free(o.cmd.intent);
		return err;
	}
	log_info("event=callback id=%llu say=%s why=\"%s\" run=%u", (unsigned long long)r->id,
		 callback_say_word(r->say), callback_why_word(r->why), (unsigned)r->run);
	return order_later(e, &o);
}

/* ---- each turn ---- */

static bool is_late(const struct ringing *ring)
{
	return clock_boot_ms() >= ring->until_boot_ms;
}

/* The prompts are of the debts as they are now. */
static bool fits(const struct engine *e, const struct ringing *ring, const struct callback_case *c)
{
	return ring->set && ring->debts_version == c->target.debts_version &&
	       ring->print == c->print &&
	       (ring->day == DAY_NONE || ring->day == civil_day_at(e->now_ms));
}

static struct prompt_set *announcement(struct engine *e, const struct callback_case *c,
				       enum callback_say say)
{
	enum announcement which = say == SAY_CLOSED     ? ANNOUNCE_CLOSED
				  : say == SAY_ALL_DONE ? ANNOUNCE_NOTHING
							: ANNOUNCE_GENERAL;
	return e->callbacks->announced[c->department][which].set;
}

static int look(struct engine *e, const struct ringing *ring)
{
	struct callback_rec r;
	struct callback_case c;
	int err = db_callback_get(&e->tx, ring->id, &r);
	if (err || r.state != CALLBACK_RINGING)
		return err == E_NOTFOUND ? E_CORRUPT : err; /* gone in this very turn */
	err = callback_look(e, &r, &c);
	if (err)
		return err;
	c.facts.speakable = ring->err != E_INVALID;
	c.facts.ready = fits(e, ring, &c);
	struct callback_decision d = callback_decide(&c.facts);
	if (d.why == WHY_PAYMENTS && hush_is(e) && !is_late(ring))
		return 0; /* whether he paid is being read now */
	if (d.why == WHY_SLOW && !is_late(ring)) {
		if (ring->job)
			return 0;
		if (!ring->err) /* a debt changed while it rang, or the pool was full */
			return callback_ask(e, ring->id, &c);
	}
	r.say = d.say;
	r.why = d.why;
	if (d.say == SAY_BUSY)
		return unavailable(e, &r, ring->inbound, d);
	if (d.say == SAY_SCENARIO)
		return answer(e, &r, &c, ring, ring->set);
	struct prompt_set *set = announcement(e, &c, d.say);
	if (!set && !is_late(ring))
		return 0; /* it may be being made: we have just started */
	return set ? answer(e, &r, &c, ring, set) : unavailable(e, &r, ring->inbound, d);
}

int callbacks_look(struct engine *e)
{
	int err = 0;
	for (const struct ringing *r = e->callbacks->list; r && !err; r = r->next)
		err = look(e, r);
	return err;
}

bool callbacks_wait(const struct engine *e)
{
	return e->callbacks->list != NULL;
}
