/*
 * Runs: what memory keeps of them, and what staff command. A run goes from draft to
 * running only through submission and the approval of another person; any change
 * of its campaign returns it to draft.
 */
#include "engine/turn/account.h"
#include "engine/turn/engine.h"
#include "engine/turn/callback.h"
#include "engine/turn/exclude.h"
#include "engine/turn/expects.h"
#include "engine/turn/fullfile.h"

#include "engine/clock.h"
#include "engine/control.h"
#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/turn/holds.h"
#include "engine/turn/put.h"
#include "engine/turn/rebuild.h"
#include "engine/turn/sounds.h"
#include "engine/turn/message.h"
#include "engine/turn/reads.h"
#include "engine/turn/found.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- views ---- */

struct run_view *run_view(struct engine *e, uint32_t id)
{
	for (size_t i = 0; i < e->n_runs; i++)
		if (e->runs[i]->id == id)
			return e->runs[i];
	return NULL;
}

static void view_free(struct run_view *v)
{
	campaign_unref(v->campaign);
	scenario_unref(v->scenario);
	common_texts_unref(v->common);
	free(v);
}

void run_view_drop(struct engine *e, uint32_t id)
{
	for (size_t i = 0; i < e->n_runs; i++)
		if (e->runs[i]->id == id) {
			view_free(e->runs[i]);
			e->runs[i] = e->runs[--e->n_runs];
			return;
		}
}

static struct run_view *view_new(struct engine *e, const struct run_rec *run)
{
	struct run_view *v = e->spare_views;

	BUG_IF(!v || e->n_runs == e->cap_runs); /* views_reserve() was before the commit */
	e->spare_views = v->next_spare;
	*v = (struct run_view){.id = run->id};
	struct campaign *c = specs_campaign(e->specs, run->campaign);
	struct scenario *s = specs_scenario(e->specs, run->campaign);
	v->campaign = c ? campaign_ref(c) : NULL;
	v->scenario = s ? scenario_ref(s) : NULL;
	snprintf(v->drop, sizeof v->drop, "%s", run->drop);
	e->runs[e->n_runs++] = v;
	return v;
}

/* Room for `n` more views. What was reserved for a transaction that was not committed stays for
 * the next. */
static int views_reserve(struct engine *e, size_t n)
{
	size_t spare = 0;

	if (e->n_runs + n > e->cap_runs) {
		size_t cap = (e->n_runs + n) * 2;
		struct run_view **list = realloc(e->runs, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		e->runs = list;
		e->cap_runs = cap;
	}
	for (const struct run_view *v = e->spare_views; v; v = v->next_spare)
		spare++;
	for (; spare < n; spare++) {
		struct run_view *v = calloc(1, sizeof *v);
		if (!v)
			return E_NOMEM;
		v->next_spare = e->spare_views;
		e->spare_views = v;
	}
	return 0;
}

int run_views_reserve(struct engine *e)
{
	size_t n = 0;
	for (const struct work_run *w = e->work_runs; w; w = w->next)
		n += w->dirty && !run_view(e, w->rec.id);
	return views_reserve(e, n);
}

void run_views_free(struct engine *e)
{
	while (e->n_runs > 0)
		run_view_drop(e, e->runs[e->n_runs - 1]->id);
	free(e->runs);
	while (e->spare_views) {
		struct run_view *v = e->spare_views;
		e->spare_views = v->next_spare;
		free(v);
	}
}

static bool has_pending(const struct run_rec *run)
{
	for (int i = 0; i < RUN_KINDS; i++)
		if (run->next_row[i] > run->filed[i])
			return true;
	return false;
}

/* Its waiting targets are still to be ended, some each turn. */
static bool is_ending(const struct run_rec *run)
{
	return run->ending != OUT_NONE && run->done < run->targets;
}

void run_view_update(struct engine *e, const struct run_rec *run)
{
	struct run_view *v = run_view(e, run->id);

	if (!run_is_open(run->state) && !has_pending(run) && !is_ending(run)) {
		run_view_drop(e, run->id);
		recent_ended(e, run);
		return;
	}
	if (!v)
		v = view_new(e, run);
	if (v->state != run->state)
		log_info("event=run id=%u state=%s", run->id, run_state_word(run->state));
	v->state = run->state;
	v->loaded = run->loaded;
	v->ending = run->ending;
	for (int i = 0; i < RUN_KINDS; i++) {
		bool waits = run->next_row[i] > run->filed[i];
		if (!waits)
			v->pending_ms[i] = 0;
		else if (v->pending_ms[i] == 0 || v->filed[i] != run->filed[i])
			v->pending_ms[i] = e->now_ms;
		v->next_row[i] = run->next_row[i];
		v->filed[i] = run->filed[i];
	}
}

/* ---- what is approved ---- */

static void hash_str(const struct digest_ops *d, struct sha256_state *s, const char *p)
{
	d->sha256_add(s, p, strlen(p) + 1);
}

/* The words of an SMS text, as they would be sent. */
static void hash_text(struct engine *e, const struct digest_ops *d, struct sha256_state *s,
		      const char *id)
{
	const struct sms_text *t = id[0] ? specs_text(e->specs, id) : NULL;
	hash_str(d, s, id);
	hash_str(d, s, t ? sms_text_template(t) : "");
}

/* SHA-256 over everything that the approver is responsible for. */
static int approval_of(struct engine *e, const struct run_rec *run, const struct campaign *c,
		       const char **ret)
{
	const struct digest_ops *d = e->ports->digest;
	struct scenario *scenario = specs_scenario(e->specs, run->campaign);
	struct sha256_state s;
	struct intake_rec in;
	const char *text;
	uint8_t raw[32];
	char counts[96], hex[65];

	int err = db_intake_get(&e->tx, run->intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	struct forecast f = message_forecast(e->config, e->specs, run);
	snprintf(counts, sizeof counts, "%u %u %lld", run->debts, run->targets, (long long)f.sen);
	d->sha256_begin(&s);
	hash_str(d, &s, c->version);
	hash_str(d, &s, scenario ? scenario_version(scenario) : "");
	for (size_t i = 0; i < c->n_waves; i++)
		hash_text(e, d, &s, c->waves[i].text);
	for (size_t i = 0; scenario && (text = scenario_sms_text(scenario, i)) != NULL; i++)
		hash_text(e, d, &s, text);
	hash_str(d, &s, in.sha256);
	hash_str(d, &s, counts);
	d->sha256_end(&s, raw);
	digest_hex(raw, sizeof raw, hex);
	*ret = keep(e, hex);
	return 0;
}

/* Campaign, scenario, texts, file and counts are what was approved. */
int run_is_as_approved(struct engine *e, const struct run_rec *run, bool *ret)
{
	const struct campaign *c = specs_campaign(e->specs, run->campaign);
	const char *now;
	*ret = false;
	if (!c)
		return 0;
	int err = approval_of(e, run, c, &now);
	if (!err)
		*ret = strcmp(now, run->approval) == 0;
	return err;
}

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
	bool same;
	int err = run_is_as_approved(e, run, &same);
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
		     is_retention_command((int)m);
	int err = cmd->method->kind == METHOD_READ ? 0 /* a look: only to be on record */
		  : is_account_command((int)m)     ? on_account_command(e, cmd, (int)m)
		  : m == M_STOP_ALL                ? stop_all(e, cmd)
		  : m == M_SMS_RESEND              ? on_resend(e, cmd)
		  : m == M_INTAKE_PUT              ? on_put_command(e, cmd)
		  : m == M_CALLBACK_DONE           ? callback_note_done(e, cmd)
		  : m == M_EXPECT_RESET            ? on_expect_reset(e, cmd)
		  : is_outfile_command((int)m)     ? on_outfile_command(e, cmd, (int)m)
		  : is_retention_command((int)m)   ? on_retention_command(e, cmd, (int)m)
		  : is_sound_command((int)m)       ? on_sound_command(e, cmd, (int)m)
		  : is_hold_command((int)m)        ? on_hold_command(e, cmd, (int)m)
		  : is_exclusion_command((int)m)   ? on_exclusion_command(e, cmd, (int)m)
		  : is_full_command((int)m)        ? on_full_command(e, cmd, (int)m)
						   : on_run(e, cmd, m);

	if (err && !is_refusal(err))
		return err;
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
	int err = views_reserve(e, 1);
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
