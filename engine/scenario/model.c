/* The scenario's life: references, and what callers may ask of it. */
#include "engine/scenario/model.h"
#include "engine/scenario/texts.h"
#include "engine/speech.h"

#include <stdlib.h>
#include <string.h>

int scenario_new(struct scenario **ret_scenario)
{
	struct scenario *s = calloc(1, sizeof *s);

	if (!s)
		return E_NOMEM;
	if (arena_new(MODEL_ARENA_BYTES, &s->arena) != 0) {
		free(s);
		return E_NOMEM;
	}
	atomic_init(&s->refs, 1);
	*ret_scenario = s;
	return 0;
}

struct scenario *scenario_ref(struct scenario *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void scenario_unref(struct scenario *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < s->n_sounds; i++)
		audio_unref(s->sounds[i].audio);
	arena_free(s->arena);
	free(s);
}

void *model_get(struct scenario *s, size_t bytes)
{
	void *p = arena_take(s->arena, bytes);

	if (p)
		memset(p, 0, bytes);
	return p;
}

char *model_text(struct scenario *s, const char *text, size_t n)
{
	char *p = model_get(s, n + 1);

	if (p && n > 0)
		memcpy(p, text, n);
	return p;
}

const char *scenario_version(const struct scenario *s)
{
	return s->version;
}

const char *scenario_source(const struct scenario *s)
{
	return s->source ? s->source : "";
}

enum campaign_kind scenario_kind(const struct scenario *s)
{
	return s->kind;
}

bool scenario_records(const struct scenario *s)
{
	return s->n_records > 0;
}

void scenario_check_sound(const struct scenario *s, enum sound_kept kept, const char *path,
			  struct problems *problems)
{
	static const char words[] = "the scenario has a <record>, which needs keep_sound = yes in "
				    "[voice]: set it, or take the <record> out";
	if (!scenario_records(s) || kept == SOUND_KEPT)
		return;
	if (kept == SOUND_NOT_KEPT)
		problems_error(problems, path, 0, "%s", words);
	else
		problems_warn(problems, path, 0, "%s", words);
}

const char *scenario_transfer(const struct scenario *s, size_t i)
{
	return i < s->n_transfers ? s->transfers[i] : NULL;
}

bool scenario_needs_transfer(const struct scenario *s, size_t i)
{
	return i < s->n_transfers && s->transfers_needed >> i & 1;
}

const char *scenario_sms_text(const struct scenario *s, size_t i)
{
	return i < s->n_sms ? s->sms[i] : NULL;
}

size_t scenario_prompts(const struct scenario *s)
{
	return s->n_prompts + s->n_dates;
}

bool scenario_speaks_of_day(const struct scenario *s)
{
	return s->n_dates > 0;
}

int scenario_prompt_line(const struct scenario *s, size_t prompt)
{
	int ahead;
	const struct model_prompt *p = texts_prompt_at(s, prompt, &ahead);
	return p ? p->line : 0;
}

bool scenario_prompt_is_secret(const struct scenario *s, size_t prompt)
{
	int ahead;
	const struct model_prompt *p = texts_prompt_at(s, prompt, &ahead);
	return p && p->secret;
}

bool model_filled_due(const struct model_filled *f, size_t just, uint64_t filled)
{
	return (f->items & 1ull << just) && (!f->all || (f->items & ~filled) == 0);
}

bool model_catches(const struct scenario *s, const struct model_handler *h, int event)
{
	return (h->names & s->events[event].caught_by) != 0;
}

void model_walk_nodes(const struct model_node *n,
		      void (*fn)(const struct model_node *n, void *context), void *context)
{
	for (; n; n = n->next) {
		fn(n, context);
		for (const struct model_branch *b = n->branches; b; b = b->next)
			model_walk_nodes(b->body, fn, context);
	}
}
