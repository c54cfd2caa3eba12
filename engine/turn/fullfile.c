/* See fullfile.h. Crash windows: each step writes how far it came in the intake's record, in the
 * transaction of its withdrawals; after a crash the file's end comes again and the step goes on. */
#include "engine/turn/fullfile.h"
#include "engine/turn/debts.h"
#include "engine/turn/early.h"
#include "engine/turn/engine.h"
#include "engine/turn/touched.h"
#include "engine/turn/outlook.h"

#include "engine/control.h"
#include "engine/control/methods.h"
#include "engine/log.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOOKED_AT = 5000, MOST_WITHDRAWN = 200 }; /* debts of one turn */

bool full_is(struct engine *e, const struct intake_rec *in)
{
	const struct campaign *c = specs_campaign(e->specs, in->campaign);
	return c && c->full_pattern[0] && fnmatch(c->full_pattern, in->name, FNM_PERIOD) == 0;
}

bool full_is_open(const struct intake_rec *in)
{
	return in->full != FULL_NO && in->full != FULL_DONE && in->full != FULL_KEEP;
}

/* ---- rows ---- */

static int seen(struct engine *e, const struct intake_rec *in, struct match where,
		const struct full_row *row)
{
	struct paying p = paying_now(e);
	struct debt debt, before;
	struct target t;
	int err = match_load(e, where, &debt, &t);
	if (err || debt.seen == in->id)
		return err;
	before = debt;
	debt.seen = in->id;
	int64_t amount = early_amount(row->early, &debt, row->keys, row->n_keys, row->amount);
	if (amount > 0 && paying_apply(&debt, PAYMENT_REASSESSED, amount, DAY_NONE, &p)) {
		debt.held = before.held; /* the extract may be older than what holds it */
		return debt_changed(e, &debt, &before, &t);
	}
	return db_debt_put(&e->tx, &debt);
}

int full_seen(struct engine *e, const struct intake_rec *in, struct match where,
	      const struct full_row *row)
{
	struct arena_mark step = arena_mark(e->arena);
	int err = seen(e, in, where, row);
	arena_release(e->arena, step);
	return err;
}

/* ---- memory ---- */

static struct sweep *sweep_of(struct engine *e, uint32_t intake)
{
	for (size_t i = 0; i < e->n_sweeps; i++)
		if (e->sweeps[i].intake == intake)
			return &e->sweeps[i];
	return NULL;
}

bool full_stops(const struct engine *e, const char *campaign)
{
	for (size_t i = 0; i < e->n_sweeps; i++)
		if (strcmp(e->sweeps[i].campaign, campaign) == 0)
			return true;
	return false;
}

struct step {
	uint32_t intake;
	char campaign[MAX_ID];
	enum full_step now;
	uint32_t missing, expected;
};

static void step_run(struct engine *e, void *arg)
{
	struct step *s = arg;
	struct sweep *w = sweep_of(e, s->intake);
	bool over = s->now == FULL_DONE || s->now == FULL_KEEP;

	if (!w && !over && e->n_sweeps < MAX_OPEN_RUNS) {
		w = &e->sweeps[e->n_sweeps++];
		w->intake = s->intake;
		snprintf(w->campaign, sizeof w->campaign, "%s", s->campaign);
	}
	if (w && over)
		*w = e->sweeps[--e->n_sweeps];
	else if (w)
		w->asks = s->now == FULL_ASK;
	if (s->now == FULL_ASK)
		alert_raise(e, "full-file",
			    "full file of intake %u lacks %u of %u open debts of campaign %s: "
			    "nobody of it is contacted until you say `osame intake withdraw %u` "
			    "(they are taken back) or `osame intake keep %u` (they stay)",
			    s->intake, s->missing, s->expected, s->campaign, s->intake, s->intake);
	e->more = e->more || s->now != FULL_ASK;
	free(s);
}

static int step_later(struct engine *e, const struct intake_rec *in)
{
	struct step *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->intake = in->id;
	s->now = in->full;
	s->missing = in->full_missing;
	s->expected = in->full_expected;
	snprintf(s->campaign, sizeof s->campaign, "%s", in->campaign);
	return effect_add(e, step_run, s, free);
}

int full_begin(struct engine *e, struct intake_rec *in)
{
	return step_later(e, in);
}

/* ---- looking through the open runs ---- */

struct look {
	const struct intake_rec *in;
	uint32_t run, row; /* the last one looked at */
	size_t n_looked, n_missing, n_expected;
	struct match missing[MOST_WITHDRAWN];
	bool withdraw;
};

static int look_found(void *arg, const struct debt *d)
{
	struct look *l = arg;
	l->row = d->row;
	l->n_looked++;
	if (d->settled == SETTLED_NO) {
		l->n_expected++;
		if (d->seen != l->in->id) {
			if (l->withdraw)
				l->missing[l->n_missing] = (struct match){d->run, d->row};
			l->n_missing++;
		}
	}
	return l->n_looked == MOST_LOOKED_AT || (l->withdraw && l->n_missing == MOST_WITHDRAWN);
}

/* The open run of that campaign with the smallest number from `from` on; 0: none. */
static uint32_t next_run(const struct engine *e, const struct intake_rec *in, uint32_t from)
{
	uint32_t best = 0;
	for (size_t i = 0; i < e->n_runs; i++) {
		const struct run_view *v = e->runs[i];
		bool fits = v->id >= from && v->id != in->run && v->loaded &&
			    run_is_open(v->state) && v->campaign &&
			    strcmp(v->campaign->id, in->campaign) == 0;
		if (fits && (!best || v->id < best))
			best = v->id;
	}
	return best;
}

/* A piece of one run. *ret_end: it was the last piece of the last run. */
static int look_on(struct engine *e, struct intake_rec *in, struct look *l, bool *ret_end)
{
	*l = (struct look){.in = in, .withdraw = in->full == FULL_WITHDRAW};
	l->run = next_run(e, in, in->full_run);
	*ret_end = l->run == 0;
	if (*ret_end)
		return 0;
	l->row = l->run == in->full_run ? in->full_row : 0;
	int err = debts_scan(&e->tx, l->run, l->row + 1, look_found, l);
	if (err)
		return err;
	bool run_over =
	    l->n_looked < MOST_LOOKED_AT && !(l->withdraw && l->n_missing == MOST_WITHDRAWN);
	in->full_run = run_over ? l->run + 1 : l->run;
	in->full_row = run_over ? 0 : l->row;
	return 0;
}

static int count(struct engine *e, struct intake_rec *in, const struct look *l, bool end)
{
	in->full_expected += (uint32_t)l->n_expected;
	in->full_missing += (uint32_t)l->n_missing;
	if (!end)
		return 0;
	bool many = (uint64_t)in->full_missing * 100 >
		    (uint64_t)in->full_expected * (uint64_t)e->config->engine.full_missing;
	in->full = many ? FULL_ASK : FULL_WITHDRAW;
	in->full_run = in->full_row = 0;
	log_info("event=full-file intake=%u expected=%u missing=%u next=%s", in->id,
		 in->full_expected, in->full_missing, many ? "ask" : "withdraw");
	return 0;
}

static int withdraw(struct engine *e, struct intake_rec *in, const struct look *l, bool end)
{
	struct touched touched = {.n = 0};
	int err = 0;
	for (size_t i = 0; i < l->n_missing && !err; i++)
		err = debt_withdraw(e, l->missing[i], &touched);
	if (end)
		in->full = FULL_DONE;
	return err ? err : touched_settle(e, &touched);
}

static int sweep_one(struct engine *e, uint32_t id)
{
	struct look *l = arena_take(e->arena, sizeof *l);
	struct intake_rec in;
	bool end;
	int err = l ? db_intake_get(&e->tx, id, &in) : E_NOMEM;
	if (!err)
		err = look_on(e, &in, l, &end);
	if (!err)
		err = in.full == FULL_COUNT ? count(e, &in, l, end) : withdraw(e, &in, l, end);
	if (!err)
		err = full_is_open(&in) ? db_intake_put(&e->tx, &in) : incoming_taken(e, &in);
	return err ? err : step_later(e, &in);
}

/* One piece each turn, so that calls and outcomes go on beside it. */
int full_sweep(struct engine *e)
{
	for (size_t i = 0; i < e->n_sweeps; i++)
		if (!e->sweeps[i].asks)
			return sweep_one(e, e->sweeps[i].intake);
	return 0;
}

/* ---- an operator's word ---- */

bool is_full_command(int method)
{
	return method == M_INTAKE_WITHDRAW || method == M_INTAKE_KEEP;
}

int on_full_command(struct engine *e, struct command *cmd, int method)
{
	struct intake_rec in;
	int64_t id = 0;

	json_get_int(cmd->params, "intake", &id);
	int err = db_intake_get(&e->tx, (uint32_t)id, &in);
	const struct campaign *c = err ? NULL : specs_campaign(e->specs, in.campaign);
	if (err == E_NOTFOUND || (!err && (!c || strcmp(c->department, cmd->who.department) != 0)))
		return command_refuse(cmd, E_NOTFOUND, "there is no intake %lld", (long long)id);
	if (err)
		return err;
	if (in.full != FULL_ASK)
		return command_refuse(cmd, E_STATE, "intake %u asks nothing", in.id);
	in.full = method == M_INTAKE_KEEP ? FULL_KEEP : FULL_WITHDRAW;
	alert_clear(e, "full-file");
	err = in.full == FULL_KEEP ? incoming_taken(e, &in) : db_intake_put(&e->tx, &in);
	if (!err)
		err = step_later(e, &in);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_int(j, "intake", in.id);
	json_put_int(j, "missing", in.full_missing);
	command_result(cmd, j);
	return 0;
}
