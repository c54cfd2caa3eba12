/*
 * Intending: the intent of one call or message is written (attempt, open list,
 * target, number, run), and after the commit handed to the channel.
 *
 * Intent before act: a crash before the commit leaves nothing, a crash after it an
 * attempt that recovery reports as unknown. The effect cannot fail: intents are
 * credits, start.c writes no more than there are lines; and what it needs of memory is
 * had before the commit. A channel that has no memory for it sent nothing: the attempt
 * is dropped, as if the channel had said so.
 */
#include "engine/turn/dues.h"
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/turn/callback.h"
#include "engine/turn/compose.h"
#include "engine/turn/launch.h"

#include <stdlib.h>

enum { TEXT_WAIT_MS = 3600000 }; /* before a text that cannot be sent is tried again */

/* The target is in this attempt. */
static int occupy(struct engine *e, struct target *t, const struct attempt *a)
{
	t->attempt = a->id;
	t->attempt_count++;
	t->not_before_ms = 0;
	t->held = false;
	int err = target_set(&t->state, TARGET_IN_ATTEMPT);
	if (!err)
		err = db_due_set(&e->tx, t, 0);
	return err ? err : db_target_put(&e->tx, t);
}

/* Writes the intent: attempt, open list, target, number, run. `sen`: what it may cost at most. */
static int intend(struct engine *e, struct target *t, struct attempt *a,
		  const struct number_rec *known, int64_t sen, struct launch *l)
{
	struct number_rec number = *known;
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
	a->gateway = a->ref = "";
	if (!a->reason)
		a->reason = "";
	int err = launch_ready(a->id, a->channel, a->digits, l);
	if (err)
		return err;
	l->flight->run = t->run;
	l->flight->reserve_sen = sen;
	if (a->branch)
		t->branch_text = "";
	if (a->resend_of)
		t->resend = a->id;
	/* Who was contacted may ring back, from any of his telephones. */
	if (t->attempt_count == 0)
		err = callback_index(e, t);
	if (!err)
		err = a->resend_of ? db_target_put(&e->tx, t) : occupy(e, t, a);
	if (!err)
		err = db_attempt_put(&e->tx, a);
	if (!err)
		err = db_open_put(&e->tx, a->id);
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
	run->budget_ms = 0; /* there is money again, if there was none */
	run_touch(e, run);
	struct run_view *view = run_view(e, t->run);
	if (view)
		view->reserving_sen += sen;
	return 0;
}

/* An instant of the engine's clock, which runs at rate 1 while an intent is out, on the clock that
 * never jumps. */
static int64_t boot_of(const struct engine *e, int64_t ms)
{
	return clock_boot_ms() + (ms - e->now_ms);
}

int intend_call(struct engine *e, struct target *t, const struct run_view *run,
		const struct intending *how, const struct ready *ready)
{
	const struct plan *plan = &how->plan;
	struct attempt a = {.channel = CHANNEL_VOICE,
			    .wave = plan->wave,
			    .number = plan->number,
			    .limit_ms = run->campaign->call_limit_ms +
					run->campaign->waves[plan->wave].ring_ms,
			    .text = ""};
	struct launch *l = calloc(1, sizeof *l);
	if (!l)
		return E_NOMEM;
	int err = intend(e, t, &a, &how->number, money_worst(e, run, CHANNEL_VOICE, 0), l);
	if (!err)
		err = compose_call(
		    e, t, run,
		    &(struct compose_call){.attempt = &a, .asked = &how->asked, .set = ready->set},
		    &l->voice.intent);
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

/* What the file carries for this person makes no message: he gets none, and may be called. */
static int unwritable(struct engine *e, struct target *t, bool branch)
{
	if (branch)
		t->branch_text = "";
	else
		t->unwritable = true;
	return target_settle(e, t);
}

static int intend_text(struct engine *e, struct target *t, const struct run_view *run,
		       const struct intending *how, struct attempt *a, bool *ret_sent)
{
	struct launch *l = calloc(1, sizeof *l);
	int64_t sen = 0;
	bool yes = false, his = false;

	*ret_sent = false;
	if (!l)
		return E_NOMEM;
	int err = compose_message(e, t, run, a, &l->text.message, &his);
	if (err == E_INVALID || err == E_LIMIT) {
		/* The finished text is not fit to be sent; compose.c said so. */
		launch_free(l);
		if (a->resend_of)
			return 0;
		return his ? unwritable(e, t, a->branch)
			   : target_later(e, t, e->now_ms + TEXT_WAIT_MS);
	}
	if (!err) {
		a->segments = (uint32_t)sms_segments(l->text.message->text);
		sen = money_worst(e, run, CHANNEL_SMS, a->segments);
		err = money_allows(e, t, run, sen, &yes);
	}
	if (!err && yes)
		err = intend(e, t, a, &how->number, sen, l);
	if (err || !yes) {
		launch_free(l);
		return err;
	}
	l->text.message->not_after_boot_ms = boot_of(e, how->plan.closes_ms);
	l->text.kind = TC_SUBMIT;
	l->text.attempt = l->text.message->attempt = a->id;
	e->messages_now++;
	*ret_sent = true;
	return effect_add(e, launch_run, l, launch_free);
}

int intend_message(struct engine *e, struct target *t, const struct run_view *run,
		   const struct intending *how, const char *text, bool branch)
{
	const struct plan *plan = &how->plan;
	bool sent;
	struct attempt a = {.channel = CHANNEL_SMS,
			    .wave = plan->wave,
			    .number = plan->number,
			    .text = text,
			    .branch = branch,
			    .digits = t->numbers[plan->number].digits};
	return intend_text(e, t, run, how, &a, &sent);
}

int intend_resend(struct engine *e, struct target *t, const struct run_view *run,
		  const struct intending *how, const char *text, const struct resend *again,
		  bool *ret_sent)
{
	const struct plan *plan = &how->plan;
	struct attempt a = {.channel = CHANNEL_SMS,
			    .wave = plan->wave,
			    .number = plan->number,
			    .text = text,
			    .digits = t->numbers[plan->number].digits,
			    .resend_of = again->of,
			    .reason = again->reason};
	return intend_text(e, t, run, how, &a, ret_sent);
}
