/*
 * Every path of a scenario, walked as an abstract interpretation. A state is
 * (dialog, next item, items done, secrecy level): all of it finite and small, so the
 * walk goes to the fixpoint by remembering the states that it has seen. Conditions
 * count both ways, except those that the state itself decides: matches_birth(), and
 * what asks for level() alone. Timers and keys may come at any place. Counters of
 * prompts and events are not kept: all handlers of an event count as possible.
 *
 * The rules themselves are level.h's, the ones that the interpreter keeps too.
 */
#include "engine/scenario/check.h"
#include "engine/scenario/level.h"
#include "engine/scenario/places.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STATES 200000
#define MAX_SET 4096
#define MAX_SAID 512

struct walk {
	const struct scenario *s;
	struct problems *problems;
	struct set seen; /* also the work list: [next, seen.n) is to be done */
	size_t next;
	size_t *table; /* open addressing over `seen`: index + 1 */
	bool *visited; /* dialogs */
	/* While a <filled> is walked: which option was taken. Its conditions are about that, and a
	 * word leads elsewhere than a key. */
	int answered; /* slot; -1: unknown */
	struct value slots[MAX_FIELDS * 4];
	bool in_stale; /* a stale handler's own exit is not followed by another one */
	int err;
	size_t n_said;
	struct {
		int line;
		const char *rule;
	} said[MAX_SAID];
};

#define TABLE_SIZE (1u << 19) /* more than twice MAX_STATES */

/* What append() says stays: the walk is then at its end. */
static void append(struct walk *w, struct set *set, const struct place *p, size_t most)
{
	int err = places_append(set, p, most);

	if (err)
		w->err = err;
}

static void set_add(struct walk *w, struct set *set, const struct place *p)
{
	if (!places_has(set, p))
		append(w, set, p, MAX_SET);
}

/* A state to walk from, unless it was seen. */
static void push(struct walk *w, const struct place *p)
{
	size_t at = places_hash(p) & (TABLE_SIZE - 1);

	if (w->err)
		return;
	for (; w->table[at]; at = (at + 1) & (TABLE_SIZE - 1))
		if (places_same(&w->seen.list[w->table[at] - 1], p))
			return;
	append(w, &w->seen, p, MAX_STATES);
	if (!w->err)
		w->table[at] = w->seen.n;
}

static void push_dialog(struct walk *w, size_t dialog, struct level level)
{
	const struct place p = {.dialog = (uint16_t)dialog, .item = NONE, .level = level};

	push(w, &p);
}

/* One message a line and rule, however many paths lead there. */
static bool say(struct walk *w, int line, const char *rule)
{
	for (size_t i = 0; i < w->n_said; i++)
		if (w->said[i].line == line && strcmp(w->said[i].rule, rule) == 0)
			return false;
	if (w->n_said < MAX_SAID) {
		w->said[w->n_said].line = line;
		w->said[w->n_said++].rule = rule;
	}
	return true;
}

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

	if (needs > level->now && say(w, line, "condition-shows-debt"))
		problems_error(w->problems, w->s->file, line,
			       "[condition-shows-debt] this condition asks what only level %d may "
			       "know, and is reached at level %d: what is said next would show it; "
			       "raise the level first",
			       needs, level->now);
}

/* Which ways a condition may go. */
static void ways(struct walk *w, int line, const struct expr *cond, const struct level *level,
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

static void check_prompt(struct walk *w, const struct model_prompt *p, const struct level *level)
{
	bool yes, no;

	ways(w, p->line, p->cond, level, &yes, &no);
	if (!yes || level->now >= p->level)
		return;
	const char *rule = p->level == 2 ? "debt-needs-level-2" : "words-need-level-1";
	if (!say(w, p->line, level->closed ? "nothing-after-misses" : rule))
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

static void flow(struct walk *w, const struct model_node *n, struct set *set);
static void handlers(struct walk *w, const struct model_handler *h, unsigned events,
		     const struct place *p);

static void say_needs_key(struct walk *w, int line)
{
	if (say(w, line, "voice-needs-key"))
		problems_error(w->problems, w->s->file, line,
			       "[voice-needs-key] a path leads here by a spoken word: words are "
			       "misheard, so ask for a key (はい is not enough) before the level "
			       "rises");
}

static void say_needs_yes(struct walk *w, int line)
{
	if (say(w, line, "voice-needs-yes"))
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
			say_needs_yes(w, n->line);
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
		if (p.level.closed && say(w, n->line, "nothing-after-misses"))
			problems_error(w->problems, w->s->file, n->line,
				       "[nothing-after-misses] the level rises on a path where two "
				       "comparisons failed or another person answered");
		else if (!p.level.closed && n->number == 1 && say(w, n->line, "level-1-needs-key"))
			problems_error(w->problems, w->s->file, n->line,
				       "[level-1-needs-key] a path leads here on which nobody said "
				       "by key that he is the person: put <o:reached "
				       "code=\"self\"/> behind that choice, before this");
		else if (!p.level.closed && n->number == 2 &&
			 say(w, n->line, "level-2-needs-match"))
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
			say_needs_yes(w, n->line);
		else if (say(w, n->line, "reached-needs-proof"))
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
			ways(w, b->line, b->cond, &p.level, &may, &may_not);
		}
		if (may)
			set_add(w, yes, &p);
		if (may_not)
			set_add(w, no, &q);
	}
}

static void flow_if(struct walk *w, const struct model_node *n, struct set *set)
{
	struct set rest = *set, out = {0};

	*set = (struct set){0};
	for (const struct model_branch *b = n->branches; b && !w->err; b = b->next) {
		struct set yes = {0}, no = {0};
		split(w, b, &rest, &yes, &no);
		flow(w, b->body, &yes);
		for (size_t i = 0; i < yes.n; i++)
			set_add(w, &out, &yes.list[i]);
		places_free(&yes);
		places_free(&rest);
		rest = no;
	}
	for (size_t i = 0; i < rest.n; i++)
		set_add(w, &out, &rest.list[i]);
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

/* What is queued still plays after the end, and a debt may change meanwhile. */
static void stale_at_end(struct walk *w, struct place p)
{
	if (w->in_stale)
		return;
	w->in_stale = true;
	handlers(w, w->s->dialogs[p.dialog].handlers, EVENT_STALE, &p);
	handlers(w, w->s->handlers, EVENT_STALE, &p);
	w->in_stale = false;
}

static void flow_one(struct walk *w, const struct model_node *n, struct set *set)
{
	switch (n->kind) {
	case NODE_PROMPT:
		for (size_t i = 0; i < set->n; i++)
			check_prompt(w, n->prompt, &set->list[i].level);
		return;
	case NODE_IF:
		flow_if(w, n, set);
		return;
	case NODE_CLEAR:
		clear(w, n, set);
		return;
	case NODE_GOTO:
		for (size_t i = 0; i < set->n; i++)
			push_dialog(w, n->target, set->list[i].level);
		set->n = 0;
		return;
	case NODE_NEXTITEM:
		for (size_t i = 0; i < set->n; i++) {
			set->list[i].item = (uint16_t)n->target;
			push(w, &set->list[i]);
		}
		set->n = 0;
		return;
	case NODE_EXIT:
		for (size_t i = 0; i < set->n; i++)
			stale_at_end(w, set->list[i]);
		set->n = 0;
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
		return;
	default:
		return; /* no influence on what may be said */
	}
}

/* What falls through at the end stays in the set; what jumps is pushed. */
static void flow(struct walk *w, const struct model_node *n, struct set *set)
{
	for (; n && set->n > 0 && !w->err; n = n->next)
		flow_one(w, n, set);
}

/* A body from one state, back to item selection behind it. */
static void run_body(struct walk *w, const struct model_node *body, struct place p)
{
	struct set set = {0};

	p.item = NONE;
	set_add(w, &set, &p);
	flow(w, body, &set);
	for (size_t i = 0; i < set.n; i++)
		push(w, &set.list[i]);
	places_free(&set);
}

/* ---- form items ---- */

static void handlers(struct walk *w, const struct model_handler *h, unsigned events,
		     const struct place *p)
{
	for (; h && !w->err; h = h->next) {
		bool yes, no;
		if (!(h->events & events))
			continue;
		ways(w, h->line, h->cond, &p->level, &yes, &no);
		if (yes)
			run_body(w, h->body, *p);
	}
}

/* Silence, a wrong key, a debt that changed: at any moment while the item waits. */
static void events_of(struct walk *w, const struct model_item *item, struct place p)
{
	const struct model_dialog *d = &w->s->dialogs[p.dialog];
	unsigned input = EVENT_NOINPUT | EVENT_NOMATCH;

	handlers(w, item->handlers, EVENT_STALE, &p);
	handlers(w, d->handlers, EVENT_STALE, &p);
	handlers(w, w->s->handlers, EVENT_STALE, &p);
	level_silent(&p.level);
	p.item = NONE;
	push(w, &p); /* asked again by default */
	handlers(w, item->handlers, input, &p);
	handlers(w, d->handlers, input, &p);
	handlers(w, w->s->handlers, input, &p);
}

static void take_option(struct walk *w, const struct model_item *item,
			const struct model_option *option, struct place p)
{
	if (option->jumps) {
		push_dialog(w, option->dialog, p.level);
		return;
	}
	w->answered = item->slot;
	w->slots[item->slot] = value_string(option->value);
	run_body(w, item->body, p);
	w->answered = -1;
}

static void answers_of(struct walk *w, const struct model_item *item, struct place p)
{
	struct level before = p.level;

	for (size_t k = 0; k < item->n_options && !w->err; k++) {
		if (!item->options[k].key)
			continue;
		p.level = before;
		level_answered(&p.level, item->max_digits == 0);
		take_option(w, item, &item->options[k], p);
	}
	for (size_t k = 0; item->voice && k < item->n_words && !w->err; k++) {
		p.level = before;
		level_spoken(&p.level, item->slot, item->confirms, item->words[k].kind);
		take_option(w, item, &item->options[item->words[k].option], p);
	}
	if (item->max_digits > 0) {
		p.level = before;
		level_answered(&p.level, false);
		run_body(w, item->body, p);
	}
}

/* Staff are called: a misheard word must not do that. Every way in which it may end is walked, with
 * the variable's value known to the <filled>. */
static void visit_transfer(struct walk *w, const struct model_item *item, struct place p, size_t k)
{
	const struct model_dialog *d = &w->s->dialogs[p.dialog];

	for (const struct model_prompt *prompt = item->prompts; prompt; prompt = prompt->next)
		check_prompt(w, prompt, &p.level);
	handlers(w, d->handlers, EVENT_STALE, &p);
	handlers(w, w->s->handlers, EVENT_STALE, &p);
	if (level_record(&p.level) != 0) {
		say_needs_yes(w, item->line);
		return;
	}
	p.done |= 1ull << k;
	for (int r = TRANSFER_NONE + 1; r < TRANSFER_GIVEN_UP && !w->err; r++) {
		struct place after = p;
		if (transfer_connected((enum transfer_result)r))
			level_transferred(&after.level);
		else
			level_silent(&after.level);
		w->answered = item->slot;
		w->slots[item->slot] = value_string(transfer_value((enum transfer_result)r));
		run_body(w, item->body, after);
		w->answered = -1;
	}
}

static void visit(struct walk *w, struct place p, size_t k)
{
	const struct model_item *item = &w->s->dialogs[p.dialog].items[k];

	if (item->kind == ITEM_TRANSFER) {
		visit_transfer(w, item, p, k);
		return;
	}
	if (item->kind == ITEM_BLOCK) {
		p.done |= 1ull << k;
		run_body(w, item->body, p);
		return;
	}
	for (const struct model_prompt *prompt = item->prompts; prompt; prompt = prompt->next)
		check_prompt(w, prompt, &p.level);
	events_of(w, item, p);
	p.done |= 1ull << k;
	answers_of(w, item, p);
}

/* The items that selection may take from here, in document order up to the first certain one. */
static void walk_place(struct walk *w, struct place p)
{
	const struct model_dialog *d = &w->s->dialogs[p.dialog];
	bool yes = false, no = true;

	w->visited[p.dialog] = true;
	if (p.item != NONE) {
		visit(w, p, p.item);
		return;
	}
	for (size_t k = 0; k < d->n_items && no && !w->err; k++) {
		if (p.done & 1ull << k)
			continue;
		ways(w, d->items[k].line, d->items[k].cond, &p.level, &yes, &no);
		if (yes)
			visit(w, p, k);
	}
	if (no)
		stale_at_end(w, p);
}

static void warn_unreached(struct walk *w)
{
	for (size_t d = 0; d < w->s->n_dialogs; d++)
		if (!w->visited[d])
			problems_warn(w->problems, w->s->file, w->s->dialogs[d].line,
				      "no path leads to \"%s\": take it out, or lead there",
				      w->s->dialogs[d].id);
}

/* A machine's message is heard by whoever lives there: level 0, and nobody's name. */
static void check_message(struct walk *w, const struct model_prompt *p)
{
	const struct level nobody = {0};

	for (; p; p = p->next) {
		check_prompt(w, p, &nobody);
		for (size_t i = 0; i < p->n_pieces; i++)
			if (p->pieces[i].as == SAY_NAME && say(w, p->line, "machine-names-nobody"))
				problems_error(w->problems, w->s->file, p->line,
					       "[machine-names-nobody] whoever presses the button "
					       "hears this message: take the name out");
	}
}

int secrecy_walk(const struct scenario *s, struct problems *problems)
{
	struct walk *w = calloc(1, sizeof *w);
	int err;

	if (!w)
		return E_NOMEM;
	w->s = s;
	w->answered = -1;
	w->problems = problems;
	w->table = calloc(TABLE_SIZE, sizeof *w->table);
	w->visited = calloc(s->n_dialogs, sizeof *w->visited);
	w->err = w->table && w->visited ? 0 : E_NOMEM;
	if (!w->err)
		push_dialog(w, 0, (struct level){0});
	while (!w->err && w->next < w->seen.n)
		walk_place(w, w->seen.list[w->next++]);
	if (!w->err)
		check_message(w, s->machine);
	if (!w->err)
		check_message(w, s->screening);
	if (!w->err)
		warn_unreached(w);
	err = w->err;
	if (err == E_LIMIT)
		problems_error(problems, s->file, 0,
			       "there are too many ways through this scenario to check them all: "
			       "make it simpler");
	places_free(&w->seen);
	free(w->table);
	free(w->visited);
	free(w);
	return err;
}
