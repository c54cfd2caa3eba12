/*
 * Sending one SMS again, because a person decided so: `osame sms resend`. A new attempt
 * with an id of its own, which names the first one and the reason. It stands beside the
 * target's own course: a target that is done stays done, and what the new attempt brings
 * is a correction.
 *
 * The same rules hold as for every message (window, the number's daily limit, fresh
 * payments, nothing to those who paid, money), and one more: not while the first may still be
 * delivered, unless that is said. Two messages in a resident's hand are a smaller fault than none,
 * but it must be somebody's decision.
 */
#include "engine/turn/approval.h"
#include "engine/turn/engine.h"

#include "engine/control.h"
#include "engine/log.h"
#include "engine/turn/fresh.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/holds.h"
#include "engine/turn/hush.h"
#include "engine/turn/purge.h"

#include <string.h>

/* Why the first may still arrive, or has; NULL: it cannot any more. */
static const char *still_out(const struct engine *e, const struct attempt *a)
{
	int64_t validity_ms = 72 * 3600000LL;

	for (size_t i = 0; i < e->config->sms.n_gateways; i++)
		if (strcmp(e->config->sms.gateway[i].id, a->gateway) == 0)
			validity_ms = e->config->sms.gateway[i].validity_min * MS_PER_MIN;
	if (a->code == OUT_SMS_RECEIVED)
		return "it was delivered";
	if (a->receipt_final || a->code == OUT_SMS_REFUSED)
		return NULL;
	if (e->now_ms > a->intended_ms + validity_ms)
		return NULL; /* the gateway has given it up */
	return a->code == OUT_UNKNOWN ? "its fate is not known" : "it may still be delivered";
}

/* What must be so before anything is written. */
static int look_at(struct engine *e, struct command *cmd, const struct attempt *a,
		   const struct target *t, const struct run_rec *run, bool anyway)
{
	struct asked asked;

	if (a->channel != CHANNEL_SMS || a->state == ATTEMPT_DROPPED)
		return command_refuse(cmd, E_STATE,
				      a->channel != CHANNEL_SMS
					  ? "attempt %llu is a call, not a message"
					  : "message %llu was never sent",
				      (unsigned long long)a->id);
	if (a->state == ATTEMPT_INTENDED || t->state == TARGET_IN_ATTEMPT || t->resend)
		return command_refuse(cmd, E_STATE, "an attempt for this person is under way");
	if (run->state != RUN_RUNNING && run->state != RUN_PAUSED && run->state != RUN_CLOSED)
		return command_refuse(cmd, E_STATE, "run %u is %s", run->id,
				      run_state_word(run->state));
	if (hush_is(e))
		return command_refuse(cmd, E_STATE,
				      "a file is being read that may be about this person "
				      "(payments, withdrawals, holds …): try again after it");
	const char *why = still_out(e, a);
	if (why && !anyway)
		return command_refuse(
		    cmd, E_STATE,
		    "message %llu: %s; say --anyway if it shall be sent again all "
		    "the same",
		    (unsigned long long)a->id, why);
	int err = target_active(e, t, &asked);
	if (!err && asked.n == 0)
		err = command_refuse(cmd, E_STATE, "nothing is left to ask this person for");
	if (!err &&
	    ((size_t)a->number >= t->n_numbers || t->numbers[a->number].dead ||
	     !t->numbers[a->number].sms || strcmp(t->numbers[a->number].digits, a->digits) != 0))
		err = command_refuse(cmd, E_STATE, "no message may go to that number any more");
	return err;
}

/* What keeps a run from contacting anybody keeps a message of it from being sent again: a payments
 * file that is missing or was refused, a full file that asks. It may be about this very person. */
static int is_fresh(struct engine *e, struct command *cmd, const struct campaign *c,
		    const struct run_rec *run)
{
	char why[MAX_WORDS];

	if (!fresh_may(e, c, run->drop, e->now_ms, why))
		return command_refuse(cmd, E_STATE, "it is not sent: %s", why);
	if (full_stops(e, c->id))
		return command_refuse(cmd, E_STATE,
				      "it is not sent: a full file of campaign %s is being gone "
				      "through, or asks (osame intake)",
				      c->id);
	return 0;
}

static int window_of(struct engine *e, struct command *cmd, const struct campaign *c, int wave,
		     int64_t *ret_closes)
{
	int64_t at;
	if (!plan_window(c, specs_calendar(e->specs), (size_t)wave, e->now_ms, &at, ret_closes))
		return command_refuse(cmd, E_STATE, "no window of campaign %s is left", c->id);
	if (at > e->now_ms) {
		char when[26];
		civil_format_instant(at, when);
		return command_refuse(cmd, E_STATE, "no window is open now: the next is at %s",
				      when);
	}
	return 0;
}

/* A hold, or a stop of that number. */
static int stopped_by(struct engine *e, struct command *cmd, const struct attempt *a,
		      const struct target *t)
{
	struct asked asked;
	int64_t until = 0;
	bool stop = false;

	int err = target_active(e, t, &asked);
	if (!err)
		err = hold_stops(e, t, asked.debts, asked.n, 0, &until);
	if (!err)
		err = number_stopped(e, a->digits, t->person, CHANNEL_SMS, &stop);
	if (!err && (until || stop))
		err = command_refuse(cmd, E_STATE,
				     stop ? "messages to that number were stopped"
					  : "a hold says that this person is not to be contacted");
	return err;
}

static int send_again(struct engine *e, struct command *cmd, const struct attempt *a,
		      struct target *t, const struct campaign *c, const char *reason)
{
	/* A closed run may have no view any more. */
	struct run_view view = {.id = a->run, .campaign = specs_campaign(e->specs, c->id)};
	struct intending how = {.plan = {.wave = a->wave, .number = a->number}};
	struct resend again = {.of = a->id, .reason = reason};
	int64_t not_before;
	bool sent = false;

	int err = window_of(e, cmd, c, a->wave, &how.plan.closes_ms);
	if (!err)
		err = stopped_by(e, cmd, a, t);
	if (!err)
		err = start_number_rule(e, t, a->number, CHANNEL_SMS, &how.number, &not_before);
	if (!err && not_before)
		err = command_refuse(
		    cmd, E_STATE, "this number had its contacts of today, or may not be contacted");
	if (!err && !start_sms_free(e))
		err = command_refuse(cmd, E_LIMIT, "the gateway is busy: try again");
	if (!err)
		err = intend_resend(e, t, &view, &how, a->text, &again, &sent);
	if (!err && !sent)
		err = command_refuse(cmd, E_LIMIT,
				     "it was not sent: the text is not fit, or money is used up");
	return err;
}

int on_resend(struct engine *e, struct command *cmd)
{
	int64_t id = 0;
	bool anyway = false, same;
	const char *reason = "";
	struct attempt a;
	struct target t;
	struct run_rec *run;

	json_get_int(cmd->params, "attempt", &id);
	json_get_bool(cmd->params, "anyway", &anyway);
	json_get_str(cmd->params, "reason", &reason);
	int err = db_attempt_get(&e->tx, (uint64_t)id, &a);
	if (!err)
		err = run_work(e, a.run, &run);
	if (err == E_NOTFOUND ||
	    (!err && (strcmp(run->department, cmd->who.department) != 0 || purge_takes(e, a.run))))
		return command_refuse(cmd, E_NOTFOUND, "there is no message %lld", (long long)id);
	if (!err)
		err = db_target_get(&e->tx, a.run, a.target, &t);
	if (!err)
		err = look_at(e, cmd, &a, &t, run, anyway);
	if (!err)
		err = run_is_as_approved(e, run, &same);
	if (err)
		return err;
	if (!same)
		return command_refuse(cmd, E_STATE,
				      "campaign or text of run %u are not those that were approved",
				      run->id);
	const struct campaign *c = specs_campaign(e->specs, run->campaign);
	err = is_fresh(e, cmd, c, run);
	if (!err)
		err = send_again(e, cmd, &a, &t, c, reason);
	if (err)
		return err;
	log_info("event=resend attempt=%llu of=%llu user=%s",
		 (unsigned long long)e->counters.next_attempt, (unsigned long long)a.id,
		 cmd->who.user);
	err = archive_note_later(e, run, "resend", cmd->who.user, e->now_ms);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_int(j, "attempt", (int64_t)e->counters.next_attempt);
	json_put_int(j, "resend_of", (int64_t)a.id);
	command_result(cmd, j);
	return 0;
}
