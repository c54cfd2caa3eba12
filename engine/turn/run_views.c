/*
 * What memory keeps of a run while it is open or has rows to send: its campaign, scenario
 * and common sentences, its state, and how far its files are. Room for a view is had before the
 * commit (run_views_reserve), so what follows the commit cannot fail.
 */
#include "engine/turn/engine.h"

#include "engine/log.h"

#include <stdio.h>
#include <stdlib.h>

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

	BUG_IF(!v || e->n_runs == e->cap_runs); /* run_views_room() was before the commit */
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
int run_views_room(struct engine *e, size_t n)
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
	return run_views_room(e, n);
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
