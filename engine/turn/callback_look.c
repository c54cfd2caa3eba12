/*
 * Who may be meant by a caller's number, and what the records say about him now. The
 * decision itself is pure (engine/plan/callback.c); this reads what it needs.
 */
#include "engine/turn/callback.h"

#include "engine/plan/hours.h"
#include "engine/turn/holds.h"
#include "engine/turn/hush.h"
#include "engine/turn/outlook.h"

#include <string.h>

enum { MOST_CANDIDATES = 200 }; /* of one number; more are several people, whoever they are */

int callback_index(struct engine *e, const struct target *t)
{
	int err = 0;
	for (size_t i = 0; i < t->n_numbers && !err; i++)
		err = db_caller_add(&e->tx, t->numbers[i].digits, t->run, t->id);
	return err;
}

static bool in_list(const char *list, const char *number)
{
	size_t n = strlen(number);
	for (const char *at = list; (at = strstr(at, number)) != NULL; at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == '\0' || at[n] == ' '))
			return true;
	return false;
}

bool callback_department(const struct engine *e, const char *called, size_t *ret)
{
	*ret = 0;
	for (size_t i = 0; *called && i < e->config->n_departments; i++) {
		const struct config_department *d = &e->config->department[i];
		if (strcmp(d->caller, called) == 0 || in_list(d->callback_numbers, called)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* ---- who ---- */

struct candidates {
	struct engine *e;
	size_t n;
	struct {
		uint32_t run, target;
	} list[MOST_CANDIDATES];
};

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct candidates *c = arg;
	(void)value;
	int err = key_caller_read(key, &c->list[c->n].run, &c->list[c->n].target);
	if (err)
		return err;
	return ++c->n == MOST_CANDIDATES;
}

/* False: it does not count (another department's, or its data are deleted). */
static int read_candidate(struct engine *e, uint32_t run_id, uint32_t target_id,
			  const char *department, struct callback_candidate *ret, bool *ret_counts)
{
	struct run_rec *run;
	struct target t;

	*ret_counts = false;
	int err = run_work(e, run_id, &run);
	if (!err)
		err = db_target_get(&e->tx, run_id, target_id, &t);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	*ret_counts = strcmp(run->department, department) == 0;
	*ret = (struct callback_candidate){.person = t.person,
					   .run = run_id,
					   .target = target_id,
					   .open = run_is_open(run->state),
					   .ended_ms = run->ended_ms};
	return 0;
}

int callback_match(struct engine *e, struct callback_rec *r)
{
	struct callback_candidate list[MOST_CANDIDATES];
	char key[MAX_KEY_BYTES];
	size_t n = 0, len = key_caller_number(key, r->digits);
	struct candidates *c = arena_take(e->arena, sizeof *c);
	bool counts;

	r->match = CALLBACK_NOBODY;
	r->run = r->target = 0;
	r->person = "";
	size_t ignored;
	if (r->kind != CALLER_KNOWN || !callback_department(e, r->called, &ignored))
		return 0;
	if (!c)
		return E_NOMEM;
	c->e = e;
	c->n = 0;
	int err = db_scan(&e->tx, T_CALLER, key, len, len, 0, found, c);
	for (size_t i = 0; i < c->n && !err; i++) {
		err = read_candidate(e, c->list[i].run, c->list[i].target, r->department, &list[n],
				     &counts);
		n += counts;
	}
	if (err)
		return err;
	struct callback_found f =
	    callback_find(list, n, e->now_ms - e->config->engine.callback_for);
	if (f.match == CALLBACK_ONE && c->n == MOST_CANDIDATES)
		f.match = CALLBACK_SEVERAL; /* nobody looked at the rest */
	r->match = f.match;
	if (f.match == CALLBACK_NOBODY)
		return 0;
	r->run = list[f.at].run;
	if (f.match == CALLBACK_ONE) {
		r->target = list[f.at].target;
		r->person = list[f.at].person;
	}
	return 0;
}

/* ---- what stands in the way ---- */

static int look_number(struct engine *e, const struct callback_rec *r, bool *ret_in_call)
{
	struct number_rec n;
	*ret_in_call = false;
	if (r->kind != CALLER_KNOWN)
		return 0;
	int err = db_number_get(&e->tx, r->digits, &n);
	*ret_in_call = !err && ((n.attempt && n.attempt != r->id) || n.locked_ms > e->now_ms);
	return err;
}

/* As it was approved: campaign and scenario are those whose hashes a second person saw. */
static bool is_as_approved(const struct run_rec *run, const struct run_view *v)
{
	return v->campaign && v->scenario &&
	       strcmp(v->campaign->version, run->campaign_version) == 0 &&
	       strcmp(scenario_version(v->scenario), run->scenario_version) == 0;
}

static int look_run(struct engine *e, const struct callback_rec *r, struct callback_case *c)
{
	char why[MAX_WORDS];
	int err = run_work(e, r->run, &c->run);
	if (err)
		return err;
	c->view = (struct run_view){.id = r->run,
				    .campaign = specs_campaign(e->specs, c->run->campaign),
				    .scenario = specs_scenario(e->specs, c->run->campaign)};
	bool runs = c->run->state == RUN_RUNNING || c->run->state == RUN_CLOSED;
	c->facts.run_may = runs && is_as_approved(c->run, &c->view);
	c->facts.public_scenario =
	    c->view.scenario && scenario_kind(c->view.scenario) == CAMPAIGN_NOTICE;
	c->facts.payments = !hush_is(e) && c->view.campaign &&
			    fresh_may(e, c->view.campaign, c->run->drop, e->now_ms, why);
	return 0;
}

static int look_target(struct engine *e, const struct callback_rec *r, struct callback_case *c)
{
	int64_t until;
	int err = db_target_get(&e->tx, r->run, r->target, &c->target);
	if (!err)
		err = target_active(e, &c->target, &c->asked);
	if (!err)
		err = hold_stops(e, &c->target, c->asked.debts, c->asked.n, 0, &until);
	if (!err)
		err = number_stopped(e, r->digits, c->target.person, CHANNEL_VOICE,
				     &c->facts.stopped);
	if (err)
		return err;
	c->facts.asked = c->asked.n;
	c->facts.held = until != 0;
	c->facts.by_voice = c->target.care == CARE_NONE;
	return 0;
}

int callback_look(struct engine *e, const struct callback_rec *r, struct callback_case *ret)
{
	struct hours hours;
	*ret = (struct callback_case){
	    .facts = {.line = true,
		      .caller = r->kind,
		      .match = r->match,
		      .speakable = true,
		      .ready = true},
	    /* of several nobody is meant, and nothing of anybody may be said */
	    .target = {.run = r->run, .person = "", .name = "", .kana = "", .language = ""}};
	ret->facts.department = callback_department(e, r->called, &ret->department);
	const struct config_department *d = &e->config->department[ret->department];
	ret->facts.announce = d->callback != 0;
	if (hours_parse(d->callback_hours, d->callback_days != 0, &hours))
		return E_CORRUPT; /* the configuration was checked */
	ret->facts.open = hours_open(&hours, specs_calendar(e->specs), e->now_ms);
	int err = look_number(e, r, &ret->facts.in_call);
	if (!err && r->match != CALLBACK_NOBODY)
		err = look_run(e, r, ret);
	if (!err && r->match == CALLBACK_ONE)
		err = look_target(e, r, ret);
	if (!err)
		ret->print = debts_print(ret->asked.debts, ret->asked.n);
	return err == E_NOTFOUND ? E_CORRUPT : err;
}
