/* See trial.h. Who may be sent what, how often; and the intent. */
#include "engine/turn/trial.h"

#include "engine/control.h"
#include "engine/log.h"
#include "engine/turn/apply.h"
#include "engine/turn/edit.h"
#include "engine/turn/found.h"
#include "engine/turn/launch.h"
#include "engine/turn/message.h"
#include "engine/turn/text_edit.h"
#include "engine/turn/trialrec.h"

#include <stdlib.h>
#include <string.h>

enum {
	GAP_MS = 30000,    /* between two to one number: a double click is one message */
	KEPT_MS = 3600000, /* at least: no answer of a gateway comes later */
};

/* What is asked for. */
struct trying {
	struct command *cmd;
	const struct campaign *campaign;
	const struct config_trial *to;
	const char *text;
	char finished[SMS_TEXT_BYTES];
	uint32_t segments;
	int64_t sen;
};

/* ---- whose, to whom, what ---- */

static int find(struct engine *e, struct trying *t)
{
	const char *department = t->cmd->who.department, *campaign = "", *to = "";

	json_get_str(t->cmd->params, "campaign", &campaign);
	json_get_str(t->cmd->params, "text", &t->text);
	json_get_str(t->cmd->params, "to", &to);
	t->campaign = specs_campaign(e->specs, campaign);
	if (!t->campaign || strcmp(t->campaign->department, department) != 0)
		return command_refuse(t->cmd, E_NOTFOUND, "there is no campaign %s", campaign);
	if (!specs_text(e->specs, t->text) || !message_sends(e->specs, t->campaign, t->text))
		return command_refuse(t->cmd, E_NOTFOUND, "campaign %s has no text %s", campaign,
				      t->text);
	t->to = config_trial(e->config, to);
	if (!t->to || strcmp(t->to->department, department) != 0)
		return command_refuse(t->cmd, E_NOTFOUND,
				      "the department has no test number %s: an administrator "
				      "writes them into the configuration, [trial %s]",
				      to, to);
	/* Looked at when it was loaded; the channel looks again. */
	if (!phone_may_dial(t->to->number) || !phone_is_mobile(t->to->number))
		return command_refuse(t->cmd, E_INVALID,
				      "the number of [trial %s] is no mobile's: no message can go "
				      "there",
				      to);
	return 0;
}

static int compose(struct engine *e, struct trying *t)
{
	char why[MAX_WORDS] = "";
	int err = text_try(e->config, e->specs, t->campaign, specs_text(e->specs, t->text),
			   t->finished, why);
	if (err == E_NOMEM)
		return err;
	if (err)
		return command_refuse(t->cmd, E_INVALID, "text %s cannot be sent: %s", t->text,
				      why);
	t->segments = (uint32_t)sms_segments(t->finished);
	return 0;
}

/* ---- may anything of the campaign go out? ---- */

struct newest {
	const char *campaign;
	uint32_t run;
};

static int look_at_run(void *arg, struct bytes key, struct bytes value)
{
	struct newest *n = arg;
	struct run_rec run;

	(void)key;
	if (found_run(value, &run))
		return E_CORRUPT;
	if (strcmp(run.campaign, n->campaign) == 0 && run.id > n->run)
		n->run = run.id;
	return 0;
}

/* An emergency stop says that something is wrong with what goes out; a test of it goes out too. */
static int not_stopped(struct engine *e, const struct trying *t)
{
	struct newest n = {.campaign = t->campaign->id};
	struct run_rec *run;
	int err = db_scan(&e->tx, T_RUN, "", 0, 0, 0, look_at_run, &n);

	if (!err && n.run)
		err = run_work(e, n.run, &run);
	if (err || n.run == 0 || run->state != RUN_STOPPED)
		return err;
	return command_refuse(t->cmd, E_STATE,
			      "run %u of campaign %s was stopped: nothing is tested of it until a "
			      "new file made a new run",
			      n.run, t->campaign->id);
}

/* ---- not too many ---- */

struct counting {
	const struct trying *t;
	int64_t day_ms, now_ms;
	int of_day;
	bool soon;
	size_t n;
	uint64_t oldest; /* that may be forgotten; 0: none */
};

/* None that counts for a day's most, or that something may still come for. */
static bool may_be_forgotten(const struct counting *c, const struct trial_rec *r)
{
	if (r->state == ATTEMPT_DROPPED)
		return true;
	return r->asked_ms < c->day_ms && c->now_ms - r->asked_ms > KEPT_MS &&
	       r->state != ATTEMPT_INTENDED && r->state != ATTEMPT_SUBMITTED;
}

static int count_one(void *arg, struct bytes key, struct bytes value)
{
	struct counting *c = arg;
	struct trial_rec r;

	(void)key;
	if (found_trial(value, &r))
		return E_CORRUPT;
	c->n++;
	if (may_be_forgotten(c, &r)) /* the newest come first */
		c->oldest = r.id;
	bool counts = r.state != ATTEMPT_DROPPED;
	c->of_day +=
	    counts && r.asked_ms >= c->day_ms && strcmp(r.department, c->t->to->department) == 0;
	/* Over all departments: it is one telephone. */
	if (counts && strcmp(r.digits, c->t->to->number) == 0)
		c->soon = c->soon || r.state == ATTEMPT_INTENDED ||
			  (r.asked_ms <= c->now_ms && c->now_ms - r.asked_ms < GAP_MS);
	return 0;
}

/* And what is kept stays bounded. */
static int not_too_many(struct engine *e, const struct trying *t)
{
	const struct config_department *d = config_department(e->config, t->to->department);
	struct counting c = {
	    .t = t, .day_ms = civil_day_start(civil_day_at(e->now_ms)), .now_ms = e->now_ms};
	int most = d ? d->trials_day : 0;
	int err = db_scan(&e->tx, T_TRIAL, "", 0, 0, 0, count_one, &c);

	if (err)
		return err;
	if (c.of_day >= most)
		return command_refuse(t->cmd, E_LIMIT,
				      "the department had its %d test messages of today "
				      "(trials_day)",
				      most);
	if (c.soon)
		return command_refuse(t->cmd, E_LIMIT,
				      "a test message to that telephone was just sent: wait half a "
				      "minute");
	if (c.n >= MAX_TRIALS && c.oldest == 0)
		return command_refuse(t->cmd, E_LIMIT, "too many test messages today");
	return c.n >= MAX_TRIALS ? db_trial_del(&e->tx, c.oldest) : 0;
}

/* ---- the channel and the money ---- */

static int may_go(struct engine *e, struct trying *t)
{
	bool yes = false;

	if (!apply_may_start(e))
		return command_refuse(t->cmd, E_STATE,
				      "nothing is sent now (see the alerts): try again");
	if (!start_sms_free(e))
		return command_refuse(t->cmd, E_LIMIT, "the gateway is busy: try again");
	t->sen = money_message(&e->config->tariff, t->segments);
	int err = money_allows_transfer(e, 0, t->to->department, t->sen, &yes);
	if (!err && !yes)
		err = command_refuse(t->cmd, E_LIMIT,
				     "a limit of money is reached (see osame money)");
	return err;
}

static size_t place_of(const struct engine *e, const char *department)
{
	size_t i = 0;
	while (i + 1 < e->config->n_departments &&
	       strcmp(e->config->department[i].id, department) != 0)
		i++;
	return i;
}

static int message_for(struct engine *e, const struct trying *t, uint64_t id, struct launch *l)
{
	const struct config_department *d = config_department(e->config, t->to->department);
	struct text_message *m = calloc(1, sizeof *m);

	if (!m)
		return E_NOMEM;
	l->text.kind = TC_SUBMIT;
	l->text.attempt = m->attempt = id;
	l->text.message = m;
	memcpy(m->to, t->to->number, sizeof m->to);
	memcpy(m->from, t->campaign->sms_sender, sizeof m->from);
	if (d)
		m->order = d->order;
	m->text = strdup(t->finished);
	return m->text ? 0 : E_NOMEM;
}

static int record(struct engine *e, const struct trying *t, uint64_t id)
{
	char sha256[65];
	edit_hash(e->ports->digest, t->finished, sha256);
	const struct trial_rec r = {
	    .id = id,
	    .channel = CHANNEL_SMS,
	    .state = ATTEMPT_INTENDED,
	    .department = t->to->department,
	    .user = t->cmd->who.user,
	    .to = t->to->id,
	    .digits = t->to->number,
	    .campaign = t->campaign->id,
	    .text = t->text,
	    .sha256 = sha256,
	    .segments = t->segments,
	    .asked_ms = e->now_ms,
	    .gateway = "",
	    .why = "",
	};
	return db_trial_put(&e->tx, &r);
}

static int send(struct engine *e, const struct trying *t, uint64_t id)
{
	size_t place = place_of(e, t->to->department);
	struct launch *l = calloc(1, sizeof *l);

	if (!l)
		return E_NOMEM;
	int err = launch_ready(id, CHANNEL_SMS, t->to->number, l);
	if (!err)
		err = message_for(e, t, id, l);
	if (!err)
		err = record(e, t, id);
	if (err) {
		launch_free(l);
		return err;
	}
	l->flight->trial = true;
	l->flight->reserve_sen = t->sen;
	l->flight->transfer_department = place;
	e->messages_now++;
	e->staff_now_sen[place] += t->sen;
	return effect_add(e, launch_run, l, launch_free);
}

int on_trial_text(struct engine *e, struct command *cmd)
{
	struct trying t = {.cmd = cmd, .text = ""};

	int err = find(e, &t);
	if (!err)
		err = compose(e, &t);
	if (!err)
		err = not_stopped(e, &t);
	if (!err)
		err = may_go(e, &t);
	if (!err)
		err = not_too_many(e, &t); /* the last that refuses: it may make room */
	if (err)
		return err;
	uint64_t id = ++e->counters.next_attempt;
	err = send(e, &t, id);
	if (err)
		return err;
	log_info("event=trial id=%llu user=%s to=%s campaign=%s text=%s", (unsigned long long)id,
		 cmd->who.user, t.to->id, t.campaign->id, t.text);
	struct json *j = json_new_object();
	json_put_int(j, "trial", (int64_t)id);
	json_put_str(j, "finished", t.finished);
	json_put_int(j, "segments", t.segments);
	command_result(cmd, j);
	return 0;
}

/* ---- emergency stop of all ---- */

static int recall_one(void *arg, void *value)
{
	struct flight *f = value;
	if (f->trial)
		flight_recall(arg, f);
	return 0;
}

static void recall_all(struct engine *e, void *arg)
{
	(void)arg;
	if (e->trials)
		map_each(e->flights, recall_one, e);
}

int trials_recall_later(struct engine *e)
{
	return effect_add(e, recall_all, NULL, NULL);
}
