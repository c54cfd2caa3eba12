/*
 * What executable contents do to the states of the checker's walk (secrecy.c): prompts
 * are held against the level, conditions part the states, o:level and o:reached move
 * them, jumps lead away. Each rule's message is here; docs/scenario.md lists the rules.
 */
#include "engine/scenario/walk.h"

#include <string.h>

/* ---- conditions ---- */

struct others {
	int answered; /* the one slot whose value is known */
	bool any;
};

static void see_other(const struct expr *e, void *context)
{
	struct others *o = context;

	if (e->op == EXPR_NAME || (e->op == EXPR_SLOT && e->slot != o->answered) ||
	    e->op == EXPR_BIRTH_KNOWN || e->op == EXPR_MATCHES_BIRTH || e->op == EXPR_INBOUND ||
	    e->op == EXPR_OPEN)
		o->any = true;
}

/* Decided by the level, and by the answer that was just given: *ret_truth. */
static bool is_decided(struct walk *w, const struct expr *e, const struct level *level,
		       bool *ret_truth)
{
	static const struct scenario_vars nobody;
	const struct expr_env env = {.vars = &nobody, .level = level->now, .slots = w->slots};
	struct expr_scratch scratch;
	struct value v;
	struct others others = {.answered = w->answered};

	expr_walk(e, see_other, &others);
	scratch.used = 0;
	if (others.any || expr_eval(e, &env, &scratch, &v) != 0)
		return false;
	*ret_truth = value_truth(v);
	return true;
}

static void check_condition(struct walk *w, int line, const struct expr *cond,
			    const struct level *level)
{
	int needs = facts_expr_level(w->s, cond);

	if (needs > level->now && walk_say(w, line, "condition-shows-debt"))
		problems_error(w->problems, w->s->file, line,
			       "[condition-shows-debt] this condition asks what only level %d may "
			       "know, and is reached at level %d: what is said next would show it; "
			       "raise the level first",
			       needs, level->now);
}

/* Which ways a condition may go. */
void walk_ways(struct walk *w, int line, const struct expr *cond, const struct level *level,
	       bool *ret_yes, bool *ret_no)
{
	bool truth = true;

	*ret_yes = *ret_no = true;
	if (!cond || is_decided(w, cond, level, &truth)) {
		*ret_yes = truth;
		*ret_no = !truth;
		return;
	}
	check_condition(w, line, cond, level);
}

/* ---- prompts ---- */

void walk_prompt(struct walk *w, const struct model_prompt *p, const struct level *level)
{
	bool yes, no;

	walk_ways(w, p->line, p->cond, level, &yes, &no);
	if (!yes || level->now >= p->level)
		return;
	const char *rule = p->level == 2 ? "debt-needs-level-2" : "words-need-level-1";
	if (!walk_say(w, p->line, level->closed ? "nothing-after-misses" : rule))
		return;
	if (level->closed)
		problems_error(w->problems, w->s->file, p->line,
			       "[nothing-after-misses] this speaks of %s on a path where two "
			       "comparisons failed or another person answered: nothing may be told "
			       "there",
			       p->because);
	else if (p->level == 2)
		problems_error(w->problems, w->s->file, p->line,
			       "[debt-needs-level-2] this speaks of %s at level %d: ask "
			       "matches_birth(field) first, and put <o:level n=\"2\"/> on its true "
			       "branch",
			       p->because, level->now);
	else
		problems_error(w->problems, w->s->file, p->line,
			       "[words-need-level-1] this speaks of %s at level %d: let the person "
			       "say by a key that he is the one, and put <o:level n=\"1\"/> there",
			       p->because, level->now);
}

/* ---- executable contents ---- */

/* Handlers are walked later, as a state of their own: one that throws again ends too. */
void walk_throw(struct walk *w, int event, const struct place *p)
{
	struct place q = *p;

	q.item = PLACE_OF_THROWN(event, w->visiting);
	walk_push(w, &q);
}

/* An expression that may have no value: a debt that is not there. With a handler for it, what
 * comes next would show whether it is, so it needs the level that the debt needs. */
void walk_may_fail(struct walk *w, int line, const struct expr *e, const struct set *set)
{
	int needs = facts_expr_level(w->s, e);

	for (size_t i = 0; i < set->n && e && w->catches_errors; i++) {
		if (needs > set->list[i].level.now && walk_say(w, line, "condition-shows-debt"))
			problems_error(
			    w->problems, w->s->file, line,
			    "[condition-shows-debt] this fails if there is no such debt, "
			    "and a handler of errors would show it at level %d: raise the "
			    "level first",
			    set->list[i].level.now);
		walk_throw(w, EVENT_SEMANTIC, &set->list[i]);
	}
}

static void say_needs_key(struct walk *w, int line)
{
	if (walk_say(w, line, "voice-needs-key"))
		problems_error(w->problems, w->s->file, line,
			       "[voice-needs-key] a path leads here by a spoken word: words are "
			       "misheard, so ask for a key (はい is not enough) before the level "
			       "rises");
}

void walk_say_needs_yes(struct walk *w, int line)
{
	if (walk_say(w, line, "voice-needs-yes"))
		problems_error(w->problems, w->s->file, line,
			       "[voice-needs-yes] a path leads here by a spoken word, which may be "
			       "misheard, and this is recorded: ask before in a <field o:confirms> "
			       "that takes a key or a second はい");
}

/* Replies, tasks, messages. */
static void check_record(struct walk *w, const struct model_node *n, struct set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (level_record(&set->list[i].level) == 0)
			set->list[kept++] = set->list[i];
		else
			walk_say_needs_yes(w, n->line);
	}
	set->n = kept;
}

static void check_level(struct walk *w, const struct model_node *n, struct set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct place p = set->list[i];
		if (level_raise(&p.level, n->number) == 0) {
			set->list[kept++] = p;
			continue;
		}
		if (!p.level.closed && p.level.voice != VOICE_NONE) {
			say_needs_key(w, n->line);
			continue;
		}
		if (p.level.closed && walk_say(w, n->line, "nothing-after-misses"))
			problems_error(w->problems, w->s->file, n->line,
				       "[nothing-after-misses] the level rises on a path where two "
				       "comparisons failed or another person answered");
		else if (!p.level.closed && n->number == 1 &&
			 walk_say(w, n->line, "level-1-needs-key"))
			problems_error(w->problems, w->s->file, n->line,
				       "[level-1-needs-key] a path leads here on which nobody said "
				       "by key that he is the person: put <o:reached "
				       "code=\"self\"/> behind that choice, before this");
		else if (!p.level.closed && n->number == 2 &&
			 walk_say(w, n->line, "level-2-needs-match"))
			problems_error(w->problems, w->s->file, n->line,
				       "[level-2-needs-match] a path leads here without the true "
				       "branch of matches_birth(field)");
	}
	set->n = kept;
}

static void check_reached(struct walk *w, const struct model_node *n, struct set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct place p = set->list[i];
		if (level_reached(&p.level, (enum reached)n->number) == 0)
			set->list[kept++] = p;
		else if (n->number == REACHED_SELF && p.level.voice != VOICE_NONE)
			say_needs_key(w, n->line);
		else if (level_record(&p.level) != 0)
			walk_say_needs_yes(w, n->line);
		else if (walk_say(w, n->line, "reached-needs-proof"))
			problems_error(
			    w->problems, w->s->file, n->line,
			    "[reached-needs-proof] a path leads here that does not show "
			    "it: self needs the key of a choice just before, matched the "
			    "true branch of matches_birth(field), mismatch its false one");
	}
	set->n = kept;
}

/* Splits `in` by a branch's condition; the level moves when a birthday is compared. */
static void split(struct walk *w, const struct model_branch *b, const struct set *in,
		  struct set *yes, struct set *no)
{
	for (size_t i = 0; i < in->n && !w->err; i++) {
		struct place p = in->list[i], q = p;
		bool may = true, may_not = true;
		if (b->cond && b->cond->op == EXPR_MATCHES_BIRTH) {
			may = level_may_match(&p.level);
			if (may) {
				level_compared(&p.level, true);
				level_compared(&q.level, false);
			}
		} else {
			walk_ways(w, b->line, b->cond, &p.level, &may, &may_not);
		}
		if (may)
			walk_set_add(w, yes, &p);
		if (may_not)
			walk_set_add(w, no, &q);
	}
}

static void flow_if(struct walk *w, const struct model_node *n, struct set *set)
{
	struct set rest = *set, out = {0};

	*set = (struct set){0};
	for (const struct model_branch *b = n->branches; b && !w->err; b = b->next) {
		struct set yes = {0}, no = {0};
		walk_may_fail(w, b->line, b->cond, &rest);
		split(w, b, &rest, &yes, &no);
		walk_flow(w, b->body, &yes);
		for (size_t i = 0; i < yes.n; i++)
			walk_set_add(w, &out, &yes.list[i]);
		places_free(&yes);
		places_free(&rest);
		rest = no;
	}
	for (size_t i = 0; i < rest.n; i++)
		walk_set_add(w, &out, &rest.list[i]);
	places_free(&rest);
	*set = out;
}

static void clear(struct walk *w, const struct model_node *n, struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct place *p = &set->list[i];
		const struct model_dialog *d = &w->s->dialogs[p->dialog];
		for (size_t k = 0; k < d->n_items; k++)
			if (n->slot < 0 || d->items[k].slot == n->slot) {
				p->done &= ~(1ull << k);
				if (d->items[k].slot == w->answered)
					w->answered = -1;
			}
	}
}

static void flow_one(struct walk *w, const struct model_node *n, struct set *set)
{
	switch (n->kind) {
	case NODE_PROMPT:
		walk_may_fail(w, n->line, n->prompt->cond, set);
		for (size_t i = 0; i < set->n; i++)
			walk_prompt(w, n->prompt, &set->list[i].level);
		return;
	case NODE_IF:
		flow_if(w, n, set);
		return;
	case NODE_CLEAR:
		clear(w, n, set);
		return;
	case NODE_GOTO:
		for (size_t i = 0; i < set->n; i++)
			walk_push_dialog(w, n->target, set->list[i].level);
		set->n = 0;
		return;
	case NODE_NEXTITEM:
		for (size_t i = 0; i < set->n; i++) {
			set->list[i].item = (uint16_t)n->target;
			walk_push(w, &set->list[i]);
		}
		set->n = 0;
		return;
	case NODE_EXIT:
		for (size_t i = 0; i < set->n; i++)
			walk_stale_at_end(w, set->list[i]);
		set->n = 0;
		return;
	case NODE_THROW:
		for (size_t i = 0; i < set->n; i++)
			walk_throw(w, n->number, &set->list[i]);
		set->n = 0;
		return;
	case NODE_ASSIGN:
		walk_may_fail(w, n->line, n->expr, set);
		return;
	case NODE_LEVEL:
		check_level(w, n, set);
		return;
	case NODE_REACHED:
		check_reached(w, n, set);
		return;
	case NODE_REPLY:
	case NODE_TASK:
	case NODE_SMS:
		check_record(w, n, set);
		walk_may_fail(w, n->line, n->expr, set);
		return;
	default:
		return; /* no influence on what may be said */
	}
}

/* What falls through at the end stays in the set; what jumps is pushed. */
void walk_flow(struct walk *w, const struct model_node *n, struct set *set)
{
	for (; n && set->n > 0 && !w->err; n = n->next)
		flow_one(w, n, set);
}
