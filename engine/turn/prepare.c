/*
 * Preparing: a waiting target's prompts are rendered ahead, in memory only, so that
 * an intent is written only when there is something to say. Lost at a restart, and
 * forgotten when a debt changes or its run may not call any more.
 *
 * Nothing here is durable and nothing is lost: what fails is asked for again by a
 * later turn.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/callback.h"
#include "engine/turn/compose.h"

#include <stdlib.h>

struct ready *prepare_ready(struct engine *e, uint32_t run, uint32_t target)
{
	char key[MAX_KEY_BYTES];
	return map_get(e->ready, key, key_target(key, run, target));
}

struct prepare {
	uint32_t run, target;
	uint64_t debts_version;
	int32_t day;
	uint64_t print;
	struct speech_job *job;
};

static void prepare_free(void *arg)
{
	struct prepare *p = arg;
	speech_job_free(p->job);
	free(p);
}

/* An effect: gives the job to the pool. Whatever fails, the next turn asks again. */
static void prepare_post(struct engine *e, void *arg)
{
	struct prepare *p = arg;
	struct ready *r = calloc(1, sizeof *r);
	char key[MAX_KEY_BYTES];
	size_t n = key_target(key, p->run, p->target);

	if (!r || map_get(e->ready, key, n)) {
		free(r);
		prepare_free(p);
		return;
	}
	r->run = p->run;
	r->target = p->target;
	r->job = p->job->id = ++e->next_job;
	r->debts_version = p->job->debts_version = p->debts_version;
	r->since_ms = clock_boot_ms();
	r->day = p->day;
	r->print = p->print;
	if (map_put(e->ready, key, n, r)) {
		free(r);
	} else if (map_put(e->jobs, &r->job, sizeof r->job, r)) {
		map_take(e->ready, key, n);
		free(r);
	} else if (e->ports->speech->post(e->speech, p->job)) {
		map_take(e->ready, key, n);
		map_take(e->jobs, &r->job, sizeof r->job);
		free(r);
	} else {
		p->job = NULL; /* the pool's now */
		struct run_view *run = run_view(e, p->run);
		e->preparing++;
		if (run)
			run->n_ready++;
	}
	prepare_free(p);
}

bool prepare_room(const struct engine *e)
{
	return map_count(e->ready) + e->preparing_now < (size_t)e->config->engine.prepare_ahead;
}

int prepare_target(struct engine *e, const struct target *t, const struct run_view *run,
		   const struct asked *asked)
{
	struct prepare *p = calloc(1, sizeof *p);
	if (!p)
		return E_NOMEM;
	p->run = t->run;
	p->target = t->id;
	p->debts_version = t->debts_version;
	p->print = debts_print(asked->debts, asked->n);
	p->day = run->scenario && scenario_speaks_of_day(run->scenario) ? civil_day_at(e->now_ms)
									: DAY_NONE;
	int err = compose_prompts(e, t, run, asked, &p->job);
	if (err) {
		prepare_free(p);
		return err;
	}
	e->preparing_now++; /* until the effect puts it into e->ready, which is after the commit */
	return effect_add(e, prepare_post, p, prepare_free);
}

static void note_failed(struct engine *e, const struct ready *r)
{
	struct run_view *run = r->err ? run_view(e, r->run) : NULL;
	if (run)
		run->n_failed++;
}

void on_rendered(struct engine *e, struct event *ev)
{
	struct ready *r = map_take(e->jobs, &ev->rendered.id, sizeof ev->rendered.id);
	if (!r) {
		callback_rendered(e, ev); /* or forgotten meanwhile: a debt changed */
		return;
	}
	e->preparing--;
	e->more = true;
	if (ev->rendered.err && ev->rendered.err != E_INVALID) {
		log_warn("event=render err=\"%s\" why=\"%s\" next=again", err_str(ev->rendered.err),
			 ev->rendered.why);
		alert_raise(e, "speech", "speech cannot be made (%s): calls wait; see [speech]",
			    ev->rendered.why);
		r->done = true; /* so that forgetting does not count it twice */
		r->err = ev->rendered.err;
		note_failed(e, r);
		return;
	}
	if (!ev->rendered.err)
		alert_clear(e, "speech");
	else
		log_warn("event=render run=%u err=unspeakable prompt=%zu why=\"%s\" next=result-85",
			 r->run, ev->rendered.bad_prompt, ev->rendered.why);
	r->done = true;
	r->err = ev->rendered.err;
	note_failed(e, r);
	r->set = ev->rendered.set;
	ev->rendered.set = NULL;
}

void prepare_forget(struct engine *e, struct ready *r)
{
	struct run_view *run = run_view(e, r->run);

	if (run && run->n_ready)
		run->n_ready--;
	if (run && r->err && run->n_failed)
		run->n_failed--;
	if (!r->done) {
		/* The pool still works on it: its answer finds no target and is thrown away. */
		map_take(e->jobs, &r->job, sizeof r->job);
		e->preparing--;
	}
	prompt_set_unref(r->set);
	free(r);
}

struct give_back {
	struct engine *e;
	uint32_t run;
};

static int forget_found(void *arg, void *value)
{
	struct give_back *g = arg;
	struct ready *r = value;
	if (r->run != g->run)
		return 0;
	prepare_forget(g->e, r);
	return 1;
}

static void give_back_run(struct engine *e, void *arg)
{
	struct give_back *g = arg;
	g->e = e;
	map_each(e->ready, forget_found, g);
	free(g);
}

/* A run that may not call now keeps no prepared prompts: their places are for the runs that may. */
int prepare_give_back(struct engine *e, struct run_view *run)
{
	if (!run->n_ready)
		return 0;
	struct give_back *g = calloc(1, sizeof *g);
	if (!g)
		return E_NOMEM;
	g->run = run->id;
	return effect_add(e, give_back_run, g, free);
}
