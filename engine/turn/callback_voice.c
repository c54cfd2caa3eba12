/*
 * The prompts for who rings. Announcements are made at the start, one set for each
 * department, and kept; the prompts of a scenario when its target rings, unless they
 * were prepared for a call already. Memory only: what fails is asked for again.
 */
#include "engine/turn/callback.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/compose.h"

#include <stdlib.h>

enum { AGAIN_MS = 30000 }; /* before an announcement that failed is tried again */

struct ringing *ringing_find(struct engine *e, uint64_t id)
{
	struct ringing *r = e->callbacks->list;
	while (r && r->id != id)
		r = r->next;
	return r;
}

void ringing_free(struct ringing *r)
{
	if (!r)
		return;
	prompt_set_unref(r->set);
	free(r);
}

/* ---- announcements ---- */

static void ask_announcement(struct engine *e, size_t department, enum announcement which)
{
	struct announced *a = &e->callbacks->announced[department][which];
	struct scenario *s = specs_announcement(e->specs, department, which);
	struct speech_job *job;

	if (!s || a->set || a->job || a->hopeless || clock_boot_ms() < a->again_boot_ms)
		return;
	a->again_boot_ms = clock_boot_ms() + AGAIN_MS;
	int err = compose_announcement_prompts(e, department, s, &job);
	if (err) {
		a->hopeless = err == E_INVALID;
		return;
	}
	job->id = ++e->next_job;
	if (e->ports->speech->post(e->speech, job))
		speech_job_free(job); /* the pool is full */
	else
		a->job = e->next_job;
}

/* Who rings a number of nobody hears the first department's. */
static bool is_reached(const struct config *c, size_t department)
{
	return department == 0 || c->department[department].caller[0] ||
	       c->department[department].callback_numbers[0];
}

void announcements_ask(struct engine *e)
{
	if (!e->speech || !e->config->voice.inbound)
		return;
	for (size_t i = 0; i < e->config->n_departments; i++)
		for (int k = 0; k < ANNOUNCEMENTS && is_reached(e->config, i); k++)
			ask_announcement(e, i, (enum announcement)k);
}

static bool announcement_rendered(struct engine *e, struct event *ev)
{
	for (size_t i = 0; i < e->config->n_departments; i++)
		for (int k = 0; k < ANNOUNCEMENTS; k++) {
			struct announced *a = &e->callbacks->announced[i][k];
			if (a->job != ev->rendered.id || !a->job)
				continue;
			a->job = 0;
			a->set = ev->rendered.set;
			ev->rendered.set = NULL;
			a->hopeless = ev->rendered.err == E_INVALID;
			if (ev->rendered.err)
				alert_raise(e, "announcement",
					    "an announcement of department %s cannot be made (%s): "
					    "callers who would hear it are not answered; see "
					    "[speech] and callback_announcement",
					    e->config->department[i].id, ev->rendered.why);
			return true;
		}
	return false;
}

/* ---- who rings ---- */

struct asking {
	uint64_t id;
	uint64_t print, debts_version;
	int32_t day;
	struct speech_job *job; /* or set */
	struct prompt_set *set;
	bool unspeakable; /* then neither */
};

static void asking_free(void *arg)
{
	struct asking *a = arg;
	speech_job_free(a->job);
	prompt_set_unref(a->set);
	free(a);
}

static void ask(struct engine *e, void *arg)
{
	struct asking *a = arg;
	struct ringing *r = ringing_find(e, a->id);

	if (r) {
		prompt_set_unref(r->set);
		r->set = a->set;
		a->set = NULL;
		r->done = r->set || a->unspeakable;
		r->err = a->unspeakable ? E_INVALID : 0;
		r->job = 0;
		r->debts_version = a->debts_version;
		r->print = a->print;
		r->day = a->day;
	}
	if (r && a->job && e->speech) {
		a->job->id = ++e->next_job;
		if (e->ports->speech->post(e->speech, a->job) == 0) {
			r->job = e->next_job;
			a->job = NULL;
		} /* else the pool is full: a later turn asks again */
	}
	e->more = true;
	asking_free(a);
}

/* The prompts that are prepared for a call of the same state of the debts serve as well. */
static struct prompt_set *prepared(struct engine *e, const struct callback_case *c, int32_t day)
{
	const struct ready *r = prepare_ready(e, c->target.run, c->target.id);
	bool fits = r && r->done && !r->err && r->set &&
		    r->debts_version == c->target.debts_version && r->print == c->print &&
		    (r->day == DAY_NONE || r->day == day);
	return fits ? prompt_set_ref(r->set) : NULL;
}

int callback_ask(struct engine *e, uint64_t id, const struct callback_case *c)
{
	struct asking *a = calloc(1, sizeof *a);
	int32_t today = civil_day_at(e->now_ms);
	if (!a)
		return E_NOMEM;
	a->id = id;
	a->print = c->print;
	a->debts_version = c->target.debts_version;
	a->day = scenario_speaks_of_day(c->view.scenario) ? today : DAY_NONE;
	a->set = c->target.id ? prepared(e, c, today) : NULL;
	int err = a->set ? 0 : compose_prompts(e, &c->target, &c->view, &c->asked, &a->job);
	if (err && err != E_INVALID && err != E_LIMIT) {
		asking_free(a);
		return err;
	}
	a->unspeakable = err != 0;
	if (a->job)
		a->job->debts_version = a->debts_version;
	return effect_add(e, ask, a, asking_free);
}

bool callback_rendered(struct engine *e, struct event *ev)
{
	struct ringing *r = e->callbacks->list;
	while (r && (r->job != ev->rendered.id || !r->job))
		r = r->next;
	if (!r)
		return announcement_rendered(e, ev);
	if (ev->rendered.err)
		log_warn("event=callback id=%llu err=\"%s\" prompt=%zu next=announcement",
			 (unsigned long long)r->id, err_str(ev->rendered.err),
			 ev->rendered.bad_prompt);
	r->job = 0;
	r->done = true;
	r->err = ev->rendered.err;
	r->set = ev->rendered.set;
	ev->rendered.set = NULL;
	e->more = true;
	return true;
}
