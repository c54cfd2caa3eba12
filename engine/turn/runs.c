/*
 * Runs: what staff command, and what a start finds of them. A run goes from draft to
 * running only through submission and the approval of another person; any change
 * of its campaign returns it to draft.
 */
#include "engine/turn/account.h"
#include "engine/turn/approval.h"
#include "engine/turn/engine.h"
#include "engine/turn/callback.h"
#include "engine/turn/campaign_edit.h"
#include "engine/turn/edit.h"
#include "engine/turn/exclude.h"
#include "engine/turn/expects.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/giveup.h"

#include "engine/clock.h"
#include "engine/control.h"
#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/turn/holds.h"
#include "engine/turn/put.h"
#include "engine/turn/rebuild.h"
#include "engine/turn/scenario_edit.h"
#include "engine/turn/sounds.h"
#include "engine/turn/text_edit.h"
#include "engine/turn/trial.h"
#include "engine/turn/message.h"
#include "engine/turn/reads.h"
#include "engine/turn/found.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int move(struct command *cmd, struct run_rec *run, enum run_state to)
{
	enum run_state from = run->state;
	if (run_set(&run->state, to))
		return command_refuse(cmd, E_STATE, "run %u is %s: it cannot become %s", run->id,
				      run_state_word(from), run_state_word(to));
	return 0;
}

/* ---- commands ---- */

static int submit(struct engine *e, struct command *cmd, struct run_rec *run)
{
	const struct campaign *c = specs_campaign(e->specs, run->campaign);
	if (!run->loaded)
		return command_refuse(cmd, E_STATE, "run %u is still being loaded: try again",
				      run->id);
	if (!c)
		return command_refuse(cmd, E_NOTFOUND, "campaign %s is not in the specs any more",
				      run->campaign);
	if (civil_day_at(e->now_ms) > c->end_day)
		return command_refuse(cmd, E_STATE, "campaign %s ended: its dates are over",
				      run->campaign);
	int blocked = edit_blocks(e, cmd, c);
	if (blocked)
		return blocked;
	uint64_t print = message_print(e->specs, c);
	if (print && run->sms_targets && print != run->sms_print)
		return command_refuse(
		    cmd, E_STATE,
		    "the SMS texts of campaign %s are not those that were counted when the file of "
		    "run %u was read: close the run and hand the file in again",
		    run->campaign, run->id);
	int refused = move(cmd, run, RUN_SUBMITTED);
	if (refused)
		return refused;
	struct scenario *scenario = specs_scenario(e->specs, run->campaign);
	run->campaign_version = c->version;
	run->scenario_version = scenario ? scenario_version(scenario) : "";
	run->submitter = cmd->who.user;
	run->submitted_ms = e->now_ms;
	return approval_of(e, run, c, &run->approval);
}

static int approve(struct engine *e, struct command *cmd, struct run_rec *run)
{
	bool self = strcmp(run->submitter, cmd->who.user) == 0, same;
	const char *seen;

	if (run->state !=
	    RUN_SUBMITTED) /* before the rest: "changed" or "another person" would mislead */
		return command_refuse(cmd, E_STATE, "run %u is %s: it cannot become approved",
				      run->id, run_state_word(run->state));
	const struct campaign *c = specs_campaign(e->specs, run->campaign);
	int blocked = c ? edit_blocks(e, cmd, c) : 0;
	if (blocked)
		return blocked;
	if (self && !clock_is_rehearsal())
		return command_refuse(cmd, E_DENIED,
				      "run %u was submitted by %s: another person approves",
				      run->id, run->submitter);
	/* It went back to a draft and was submitted anew while he read. */
	if (json_get_str(cmd->params, "sha256", &seen) && strcmp(seen, run->approval) != 0)
		return command_refuse(
		    cmd, E_STATE, "run %u is not what you looked at: look at it again", run->id);
	int err = run_is_as_approved(e, run, &same);
	if (err)
		return err;
	if (!same)
		return command_refuse(cmd, E_STATE,
				      "run %u changed after it was submitted: submit it again",
				      run->id);
	int refused = move(cmd, run, RUN_APPROVED);
	if (refused)
		return refused;
	run->approver = cmd->who.user;
	run->self_approved = self;
	run->rehearsal = clock_is_rehearsal();
	run->approved_ms = e->now_ms;
	return 0;
}

static int as_approved(struct engine *e, struct command *cmd, const struct run_rec *run)
{
	const struct campaign *c = specs_campaign(e->specs, run->campaign);
	bool same = true;
	int err = c ? edit_blocks(e, cmd, c) : 0;
	if (!err)
		err = run_is_as_approved(e, run, &same);
	if (!err && !same)
		err = command_refuse(cmd, E_STATE,
				     "campaign, scenario or texts of run %u are not those that "
				     "were approved: put them back "
				     "and restart, or close the run",
				     run->id);
	return err;
}

static int payments_are_fresh(struct engine *e, struct command *cmd, const struct run_rec *run)
{
	const struct campaign *c = specs_campaign(e->specs, run->campaign);
	char why[MAX_WORDS];

	if (run->state != RUN_APPROVED || !c || fresh_may(e, c, run->drop, e->now_ms, why))
		return 0; /* a wrong state has its own words */
	return command_refuse(cmd, E_STATE, "run %u is not started: %s", run->id, why);
}

static int start_running(struct engine *e, struct command *cmd, struct run_rec *run)
{
	if (e->n_runs > MAX_OPEN_RUNS)
		return command_refuse(cmd, E_LIMIT, "more than %d runs are open: close some",
				      MAX_OPEN_RUNS);
	int err = as_approved(e, cmd, run);
	if (!err)
		err = payments_are_fresh(e, cmd, run);
	if (!err)
		err = move(cmd, run, RUN_RUNNING);
	if (!err)
		run->started_ms = e->now_ms;
	return err;
}

struct recall_run {
	struct engine *e;
	uint32_t run;
};

static int recall_one(void *arg, void *value)
{
	struct recall_run *r = arg;
	struct flight *f = value;
	if (f->run == r->run)
		flight_recall(r->e, f);
	return 0;
}

static void recall_all(struct engine *e, void *arg)
{
	uint32_t *id = arg;
	map_each(e->flights, recall_one, &(struct recall_run){e, *id});
	free(id);
}

/* What lies with the channels and is not sent yet is not sent: emergency stop means now. Calls in
 * progress end in order, without speaking of debts. */
static int recall_later(struct engine *e, uint32_t run)
{
	uint32_t *id = malloc(sizeof *id);
	if (!id)
		return E_NOMEM;
	*id = run;
	return effect_add(e, recall_all, id, free);
}

/* No new attempt; what is in progress ends in order; who waits ends with `code`. */
static int end_run(struct engine *e, struct command *cmd, struct run_rec *run, enum run_state to,
		   enum outcome code)
{
	if (!run->loaded)
		return command_refuse(cmd, E_STATE, "run %u is still being loaded: try again",
				      run->id);
	int refused = move(cmd, run, to);
	if (refused)
		return refused;
	run->ended_ms = e->now_ms;
	run->ending = code;
	return recall_later(e, run->id);
}

static struct json *run_answer(struct engine *e, const struct run_rec *run)
{
	struct json *j = json_new_object();
	json_put_int(j, "run", run->id);
	json_put_str(j, "state", run_state_word(run->state));
	if (run->state == RUN_SUBMITTED || run->state == RUN_APPROVED) {
		/* what the second person answers for */
		read_put_segments(j, e, run);
		read_put_forecast(j, e, run);
	}
	return j;
}

/* For the archive: "approve" of "run.approve". */
static int note(struct engine *e, const struct command *cmd, const struct run_rec *run)
{
	const char *dot = strchr(cmd->method->name, '.');
	return archive_note_later(e, run, dot && run->state != RUN_STOPPED ? dot + 1 : "stop",
				  cmd->who.user, e->now_ms);
}

static int stop_all(struct engine *e, struct command *cmd)
{
	int64_t n = 0;
	for (size_t i = 0; i < e->n_runs; i++) {
		struct run_rec *run;
		if (!run_is_open(e->runs[i]->state) || !e->runs[i]->loaded)
			continue;
		int err = run_work(e, e->runs[i]->id, &run);
		if (err)
			return err;
		if (!run_is_open(run->state))
			continue; /* it ended in this very turn */
		err = end_run(e, cmd, run, RUN_STOPPED, OUT_STOPPED);
		if (!err)
			err = note(e, cmd, run);
		if (err)
			return err;
		run_touch(e, run);
		n++;
	}
	int err = trials_recall_later(e);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_int(j, "stopped", n);
	command_result(cmd, j);
	return 0;
}

static int on_run(struct engine *e, struct command *cmd, enum control_method m)
{
	struct run_rec *run;
	int64_t id = 0;

	json_get_int(cmd->params, "run", &id);
	int err = run_work(e, (uint32_t)id, &run);
	if (err == E_NOTFOUND || (!err && strcmp(run->department, cmd->who.department) != 0))
		return command_refuse(cmd, E_NOTFOUND, "there is no run %lld", (long long)id);
	if (err)
		return err;
	switch (m) {
	case M_RUN_SUBMIT:
		err = submit(e, cmd, run);
		break;
	case M_RUN_APPROVE:
		err = approve(e, cmd, run);
		break;
	case M_RUN_START:
		err = start_running(e, cmd, run);
		break;
	case M_RUN_PAUSE:
		err = move(cmd, run, RUN_PAUSED);
		if (!err)
			err = recall_later(e, run->id);
		break;
	case M_RUN_RESUME:
		err = run->state == RUN_PAUSED
			  ? as_approved(e, cmd, run)
			  : command_refuse(cmd, E_STATE, "run %u is %s, not paused", run->id,
					   run_state_word(run->state));
		if (!err)
			err = move(cmd, run, RUN_RUNNING);
		break;
	case M_RUN_CLOSE:
		err = end_run(e, cmd, run, RUN_CLOSED, OUT_EXPIRED);
		break;
	case M_RUN_STOP:
		err = end_run(e, cmd, run, RUN_STOPPED, OUT_STOPPED);
		break;
	default:
		return command_refuse(cmd, E_NOTFOUND, "not built yet");
	}
	if (err)
		return err;
	run_touch(e, run);
	command_result(cmd, run_answer(e, run));
	return note(e, cmd, run);
}

static void reply(struct engine *e, void *arg)
{
	(void)e;
	control_reply(arg);
}

/* What a command answered that changed nothing: said to its caller, no failure of the turn. */
static bool is_refusal(int err)
{
	return err == E_NOTFOUND || err == E_DENIED || err == E_INVALID || err == E_LIMIT ||
	       err == E_STATE || err == E_AUTH;
}

int on_command(struct engine *e, struct command *cmd)
{
	enum control_method m = control_method_of(cmd->method);
	/* Answered later: when the bytes are there (put.c, rebuild.c), when the plan is made. */
	bool later = m == M_INTAKE_PUT || m == M_OUTFILE_REBUILD || m == M_RECORDING_FETCH ||
		     is_retention_command((int)m) || is_text_command((int)m) ||
		     is_scenario_command((int)m) || is_campaign_command((int)m);
	int err = cmd->method->kind == METHOD_READ ? 0 /* a look: only to be on record */
		  : is_account_command((int)m)     ? on_account_command(e, cmd, (int)m)
		  : m == M_STOP_ALL                ? stop_all(e, cmd)
		  : m == M_SMS_RESEND              ? on_resend(e, cmd)
		  : m == M_TEXT_TRIAL              ? on_trial_text(e, cmd)
		  : m == M_INTAKE_PUT              ? on_put_command(e, cmd)
		  : m == M_INTAKE_REFUSE           ? on_giveup_command(e, cmd)
		  : m == M_CALLBACK_DONE           ? callback_note_done(e, cmd)
		  : m == M_EXPECT_RESET            ? on_expect_reset(e, cmd)
		  : is_outfile_command((int)m)     ? on_outfile_command(e, cmd, (int)m)
		  : is_retention_command((int)m)   ? on_retention_command(e, cmd, (int)m)
		  : is_sound_command((int)m)       ? on_sound_command(e, cmd, (int)m)
		  : is_text_command((int)m)        ? on_text_command(e, cmd, (int)m)
		  : is_scenario_command((int)m)    ? on_scenario_command(e, cmd, (int)m)
		  : is_campaign_command((int)m)    ? on_campaign_command(e, cmd, (int)m)
		  : is_hold_command((int)m)        ? on_hold_command(e, cmd, (int)m)
		  : is_exclusion_command((int)m)   ? on_exclusion_command(e, cmd, (int)m)
		  : is_full_command((int)m)        ? on_full_command(e, cmd, (int)m)
						   : on_run(e, cmd, m);

	if (err && !is_refusal(err))
		return err;
	if (err)
		command_fail(cmd, err);
	int failed = audit_command(e, cmd, err, later);
	if (failed)
		return failed;
	if (!err)
		log_info("event=command method=%s user=%s", cmd->method->name, cmd->who.user);
	else
		log_info("event=command method=%s user=%s refused=\"%s\"", cmd->method->name,
			 cmd->who.user, err_str(err));
	return later && !err ? 0 : effect_add(e, reply, cmd, NULL);
}

/* ---- at start ---- */

static int recover_one(struct engine *e, struct run_rec *run)
{
	bool same = true;

	if (run->state == RUN_SUBMITTED || run->state == RUN_APPROVED ||
	    run->state == RUN_RUNNING) {
		int err = run_is_as_approved(e, run, &same);
		if (err)
			return err;
	}
	if (!same) {
		if (run->state == RUN_SUBMITTED || run->state == RUN_APPROVED) {
			alert_raise(e, "campaign",
				    "campaign %s, its scenario or its texts changed: run %u is a "
				    "draft again",
				    run->campaign, run->id);
			return run_set(&run->state, RUN_DRAFT);
		}
		if (run->state == RUN_RUNNING) {
			alert_raise(
			    e, "campaign",
			    "campaign %s, its scenario or its texts changed while run %u was "
			    "running: it is paused; "
			    "put the approved files back, restart and resume, or close the run",
			    run->campaign, run->id);
			return run_set(&run->state, RUN_PAUSED);
		}
	}
	return 0;
}

static int run_found(void *arg, struct bytes key, struct bytes value)
{
	struct engine *e = arg;
	struct run_rec run;
	(void)key;
	if (found_run(value, &run))
		return E_CORRUPT;
	int err = run_views_room(e, 1);
	if (!err)
		run_view_update(e, &run);
	return err;
}

/* Views first (recovery of attempts needs them), then what changed in the specs. */
int runs_recover(struct engine *e)
{
	int err = db_scan(&e->tx, T_RUN, "", 0, 0, 0, run_found, e);
	for (size_t i = 0; i < e->n_runs && !err; i++) {
		struct run_rec *run;
		err = run_work(e, e->runs[i]->id, &run);
		if (!err) {
			enum run_state before = run->state;
			err = recover_one(e, run);
			if (run->state != before)
				run_touch(e, run);
		}
	}
	return err;
}
