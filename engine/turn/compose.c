/* See compose.h. */
#include "engine/turn/compose.h"

#include "engine/log.h"
#include "engine/plan/hours.h"
#include "engine/plan/person_words.h"
#include "engine/turn/message.h"
#include "engine/turn/specs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scenario_department department_of(const struct config_department *d,
						struct arena *arena)
{
	struct hours hours;
	char words[HOURS_WORDS] = "";
	if (d && hours_parse(d->callback_hours, d->callback_days != 0, &hours) == 0)
		hours_words(&hours, words);
	return (struct scenario_department){.name = arena_str(arena, d ? d->name : ""),
					    .phone = arena_str(arena, d ? d->phone : ""),
					    .hours = arena_str(arena, words)};
}

static bool is_open(const struct engine *e, const struct config_department *d)
{
	struct hours hours;
	return d && hours_parse(d->callback_hours, d->callback_days != 0, &hours) == 0 &&
	       hours_open(&hours, specs_calendar(e->specs), e->now_ms);
}

/* Matters of a general campaign are asked about too, but nothing is owed for them. */
static size_t owed_of(const struct asked *asked)
{
	size_t n = 0;
	for (size_t i = 0; i < asked->n; i++)
		n += !asked->debts[i].no_debt;
	return n;
}

static int vars_of(struct engine *e, const struct target *t, const struct run_view *run,
		   const struct asked *asked, struct arena *arena, struct scenario_vars *ret)
{
	const struct campaign *c = run->campaign;
	const struct config_department *d = config_department(e->config, c->department);
	const struct debt *debts = asked->debts;
	size_t n = asked->n;
	/* As need_vars() counts them: matters of a general campaign are not in the list. */
	struct scenario_debt *list = arena_take(arena, (owed_of(asked) + 1) * sizeof *list);
	if (!list)
		return E_NOMEM;
	*ret = (struct scenario_vars){
	    .target = {.name = arena_str(arena, t->name),
		       .kana = arena_str(arena, t->kana),
		       .language = arena_str(arena, t->language ? t->language : ""),
		       .birth_md = t->birth_md,
		       .n_debts = n,
		       .debts = list},
	    .campaign = {.title = arena_str(arena, c->title),
			 .caller = arena_str(arena, c->caller),
			 .due_day = c->due_day,
			 .base_day = c->base_day},
	    .department = department_of(d, arena),
	    .call = {.day = civil_day_at(e->now_ms),
		     .open = is_open(e, d),
		     .keep = e->config->voice.keep_sound},
	};
	ret->target.n_debts = 0;
	for (size_t i = 0; i < n; i++) {
		if (debts[i].no_debt)
			continue;
		list[ret->target.n_debts++] = (struct scenario_debt){
		    .tax = arena_str(arena, debts[i].tax_words),
		    .year = arena_str(arena, debts[i].key.fuka_year),
		    .period = arena_str(arena, debts[i].key.period),
		    .due_day = debts[i].due_day,
		    .amount = debts[i].amount,
		    .late_charge = debts[i].late_charge,
		    .method = pay_method_word(debts[i].pay_method),
		    .demand_sent_day = debts[i].demand_sent_day,
		    .slip_until_day = debts[i].slip_until_day,
		};
		ret->target.total += debts[i].amount;
	}
	return 0;
}

/* What its calls say to everybody today: kept with the run in memory, made again each day. NULL:
 * there is none, and each text is composed. */
static struct common_texts *common_of(struct engine *e, const struct run_view *run,
				      const struct scenario_vars *vars)
{
	struct run_view *view = run_view(e, run->id);

	if (!view || view->scenario != run->scenario)
		return NULL;
	if (!common_texts_fit(view->common, run->scenario, vars->call.day)) {
		common_texts_unref(view->common);
		view->common = NULL;
		if (common_texts_new(run->scenario, vars, &view->common))
			return NULL;
	}
	return common_texts_ref(view->common);
}

/* `common` is taken; it may be NULL. */
static int texts_of(struct scenario *s, const struct scenario_vars *vars,
		    struct common_texts *common, struct speech_job **ret_job)
{
	struct speech_job *job = calloc(1, sizeof *job);
	int err = 0;
	if (!job) {
		common_texts_unref(common);
		return E_NOMEM;
	}
	size_t n = scenario_prompts(s);
	job->texts = calloc(n ? n : 1, sizeof *job->texts);
	job->common = common;
	if (!job->texts)
		err = E_NOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		if (!common || !common_texts_get(common, i, &job->texts[i]))
			err = scenario_prompt_texts(s, i, vars, &job->texts[i]);
		if (!err)
			job->n = i + 1;
	}
	if (err) {
		speech_job_free(job);
		return err;
	}
	*ret_job = job;
	return 0;
}

int compose_prompts(struct engine *e, const struct target *t, const struct run_view *run,
		    const struct asked *asked, struct speech_job **ret_job)
{
	struct scenario_vars vars;

	if (!run->scenario)
		return E_INVALID;
	int err = vars_of(e, t, run, asked, e->arena, &vars);
	return err ? err : texts_of(run->scenario, &vars, common_of(e, run, &vars), ret_job);
}

static size_t need_str(const char *s)
{
	return strlen(s) + 1 + 16; /* arena pieces are rounded up */
}

static size_t need_vars(const struct scenario_vars *v)
{
	size_t n = (v->target.n_debts + 1) * sizeof *v->target.debts + 16;
	n += need_str(v->target.name) + need_str(v->target.kana) + need_str(v->campaign.title);
	n += need_str(v->target.language);
	n += need_str(v->campaign.caller) + need_str(v->department.name) +
	     need_str(v->department.phone) + need_str(v->department.hours);
	for (size_t i = 0; i < v->target.n_debts; i++)
		n += need_str(v->target.debts[i].tax) + need_str(v->target.debts[i].year) +
		     need_str(v->target.debts[i].period);
	return n;
}

/* With a reference to the set; what the channel asks of it is the caller's. */
static int intent_of(struct engine *e, const struct target *t, const struct run_view *run,
		     const struct compose_call *how, struct voice_intent **ret_intent)
{
	struct voice_intent *i = calloc(1, sizeof *i);
	if (!i)
		return E_NOMEM;
	struct scenario_vars sizing;
	int err = vars_of(e, t, run, how->asked, e->arena, &sizing);
	if (!err && how->set->debts_version != t->debts_version)
		err = E_STATE; /* a stale set is never placed: start_voice() saw to it */
	if (!err)
		err = arena_new(need_vars(&sizing), &i->arena); /* no larger than the call needs */
	if (!err)
		err = vars_of(e, t, run, how->asked, i->arena, &i->vars);
	if (err) {
		voice_intent_free(i);
		return err;
	}
	i->debts_version = t->debts_version;
	i->scenario = scenario_ref(run->scenario);
	i->vars.call.staff = specs_staff(e->config, run->scenario);
	i->prompts = prompt_set_ref(how->set);
	*ret_intent = i;
	return 0;
}

int compose_call(struct engine *e, const struct target *t, const struct run_view *run,
		 const struct compose_call *how, struct voice_intent **ret_intent)
{
	const struct attempt *a = how->attempt;
	struct voice_intent *i;
	int err = intent_of(e, t, run, how, &i);
	if (err)
		return err;
	i->attempt = a->id;
	memcpy(i->number, a->digits, strlen(a->digits) + 1);
	memcpy(i->caller, run->campaign->caller, sizeof i->caller);
	i->ring_ms = (uint32_t)run->campaign->waves[a->wave].ring_ms;
	i->limit_ms = (uint32_t)run->campaign->call_limit_ms;
	*ret_intent = i;
	return 0;
}

/* ---- calls that come in ---- */

int compose_callback(struct engine *e, const struct target *t, const struct run_view *run,
		     const struct compose_call *how, struct voice_intent **ret_intent)
{
	int err = intent_of(e, t, run, how, ret_intent);
	if (!err)
		(*ret_intent)->vars.call.inbound = true;
	return err;
}

static struct scenario_vars announcement_vars(struct engine *e, size_t department,
					      struct arena *arena)
{
	const struct config_department *d = &e->config->department[department];
	return (struct scenario_vars){
	    .target = {.name = "", .kana = "", .language = ""},
	    .campaign = {.title = "",
			 .caller = arena_str(arena, d->caller),
			 .due_day = DAY_NONE,
			 .base_day = DAY_NONE},
	    .department = department_of(d, arena),
	    .call = {.day = civil_day_at(e->now_ms),
		     .inbound = true,
		     .open = is_open(e, d),
		     .keep = e->config->voice.keep_sound},
	};
}

int compose_announcement_prompts(struct engine *e, size_t department, struct scenario *s,
				 struct speech_job **ret_job)
{
	struct scenario_vars vars = announcement_vars(e, department, e->arena);
	return texts_of(s, &vars, NULL, ret_job);
}

int compose_announcement(struct engine *e, size_t department, struct scenario *s,
			 struct prompt_set *set, struct voice_intent **ret_intent)
{
	struct voice_intent *i = calloc(1, sizeof *i);
	if (!i)
		return E_NOMEM;
	struct scenario_vars sizing = announcement_vars(e, department, e->arena);
	int err = arena_new(need_vars(&sizing), &i->arena);
	if (err) {
		voice_intent_free(i);
		return err;
	}
	i->vars = announcement_vars(e, department, i->arena);
	i->scenario = scenario_ref(s);
	i->vars.call.staff = specs_staff(e->config, s);
	i->prompts = prompt_set_ref(set);
	*ret_intent = i;
	return 0;
}

/* Every message of such a text of a campaign says the same: what was found fit is not made and
 * looked at again until a text is saved (text_edit.c). */
static int message_of_all(struct engine *e, const struct campaign *c, const char *text,
			  char finished[SMS_TEXT_BYTES], char why[MAX_WORDS])
{
	struct sms_last *last = &e->sms_last;
	if (last->campaign == c && strcmp(last->text, text) == 0) {
		memcpy(finished, last->finished, strlen(last->finished) + 1);
		return 0;
	}
	int err = message_text(e->config, e->specs, c, text, NULL, finished, why);
	if (!err) {
		last->campaign = c;
		snprintf(last->text, sizeof last->text, "%s", text);
		memcpy(last->finished, finished, strlen(finished) + 1);
	}
	return err;
}

/* What all his rows carry that he is asked about now. */
static int message_of_one(struct engine *e, const struct target *t, const struct campaign *c,
			  const char *text, char finished[SMS_TEXT_BYTES], char why[MAX_WORDS])
{
	struct message_person person;
	struct asked asked;

	int err = target_active(e, t, &asked);
	if (err)
		return err;
	message_person_of(t, &person);
	for (size_t i = 0; i < asked.n; i++)
		message_person_row(&person, asked.debts[i].n_carried, asked.debts[i].carried_name,
				   asked.debts[i].carried, i == 0);
	return message_text(e->config, e->specs, c, text, &person, finished, why);
}

int compose_message(struct engine *e, const struct target *t, const struct run_view *run,
		    const struct attempt *a, struct text_message **ret_message, bool *ret_his)
{
	const struct campaign *c = run->campaign;
	const struct config_department *d = config_department(e->config, c->department);
	const struct sms_text *text = specs_text(e->specs, a->text);
	char finished[SMS_TEXT_BYTES], why[MAX_WORDS] = "";

	/* Whoever saved it was refused already (text_edit.c): but nobody's debt stands in an SMS,
	 * whatever went wrong there. */
	int err = text ? specs_text_fits(e->specs, c, text, why) : 0;
	*ret_his = !err && message_is_personal(e->specs, a->text);
	if (!err)
		err = *ret_his ? message_of_one(e, t, c, a->text, finished, why)
			       : message_of_all(e, c, a->text, finished, why);
	if ((err == E_INVALID || err == E_LIMIT) && *ret_his)
		log_warn("event=sms run=%u target=%u err=unfit why=\"%s\" next=no-message", t->run,
			 t->id, why);
	else if (err == E_INVALID || err == E_LIMIT || err == E_NOTFOUND)
		alert_raise(e, "sms-text", "text %s of campaign %s cannot be sent: %s", a->text,
			    c->id, why);
	if (err)
		return err == E_NOTFOUND ? E_INVALID : err;
	struct text_message *m = calloc(1, sizeof *m);
	if (!m)
		return E_NOMEM;
	m->attempt = a->id;
	memcpy(m->to, a->digits, strlen(a->digits) + 1);
	memcpy(m->from, c->sms_sender, sizeof m->from);
	if (d)
		m->order = d->order;
	m->text = strdup(finished);
	if (!m->text) {
		text_message_free(m);
		return E_NOMEM;
	}
	*ret_message = m;
	return 0;
}
