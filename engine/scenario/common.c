/*
 * Most of what is rendered for a call is the same for everybody: fixed sentences, the
 * department's number, the dates that a resident may key (one sentence a day). Those
 * texts are made once for a run and a day and shared; composing them anew for each
 * call was a third of what an intent costs.
 *
 * Whoever holds a reference may read from any thread: nothing changes after it is made.
 */
#include "engine/scenario/texts.h"

#include <stdatomic.h>
#include <stdlib.h>

struct common_texts {
	atomic_int refs;
	struct scenario *scenario; /* a reference */
	int32_t day;
	size_t n;
	struct {
		bool is;
		struct prompt_texts texts;
	} of[];
};

/* Anything but literals, operators, and the names of campaign and department is somebody's own. */
static void look(const struct expr *e, void *context)
{
	bool *own = context;

	switch (e->op) {
	case EXPR_NAME:
		*own = *own || e->name->id < NAME_CAMPAIGN_TITLE;
		break;
	case EXPR_SLOT:
	case EXPR_MATCHES_BIRTH:
	case EXPR_BIRTH_KNOWN:
	case EXPR_LEVEL:
	case EXPR_INBOUND:
	case EXPR_OPEN:
		*own = true;
		break;
	default:
		break;
	}
}

static bool is_common(const struct model_prompt *p)
{
	bool own = false;

	for (size_t i = 0; i < p->n_pieces; i++) {
		const struct model_piece *piece = &p->pieces[i];
		own = own || piece->as == SAY_NAME;
		/* A keyed date is of the day alone: each of its sentences has its own number. */
		if (piece->expr && piece->expr->op != EXPR_DATE_OF)
			expr_walk(piece->expr, look, &own);
	}
	return !own;
}

int common_texts_new(struct scenario *s, const struct scenario_vars *vars,
		     struct common_texts **ret_common)
{
	size_t n = scenario_prompts(s);
	struct common_texts *c = calloc(1, sizeof *c + n * sizeof c->of[0]);
	int err = 0, ahead;

	if (!c)
		return E_NOMEM;
	c->refs = 1;
	c->scenario = scenario_ref(s);
	c->day = vars->call.day;
	for (c->n = 0; c->n < n && err != E_NOMEM; c->n++) {
		const struct model_prompt *p = texts_prompt_at(s, c->n, &ahead);
		if (!p || !is_common(p))
			continue;
		err = scenario_prompt_texts(s, c->n, vars, &c->of[c->n].texts);
		/* What cannot be said to anybody is found for each target, with its reason. */
		c->of[c->n].is = err == 0;
	}
	if (err == E_NOMEM) {
		common_texts_unref(c);
		return err;
	}
	*ret_common = c;
	return 0;
}

struct common_texts *common_texts_ref(struct common_texts *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void common_texts_unref(struct common_texts *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < c->n; i++)
		prompt_texts_free(&c->of[i].texts);
	scenario_unref(c->scenario);
	free(c);
}

bool common_texts_fit(const struct common_texts *c, const struct scenario *s, int32_t day)
{
	return c && c->scenario == s && c->day == day;
}

bool common_texts_get(const struct common_texts *c, size_t prompt, struct prompt_texts *ret_texts)
{
	if (prompt >= c->n || !c->of[prompt].is)
		return false;
	*ret_texts = c->of[prompt].texts;
	ret_texts->borrowed = true;
	return true;
}
