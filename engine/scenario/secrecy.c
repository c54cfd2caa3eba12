/*
 * Every path of a scenario, walked as an abstract interpretation. A state is
 * (dialog, next item, items done, secrecy level): all of it finite and small, so the
 * walk goes to the fixpoint by remembering the states that it has seen. Conditions
 * count both ways, except those that the state itself decides: matches_birth(), and
 * what asks for level() alone. Timers and keys may come at any place. Counters of
 * prompts and events are not kept: all handlers of an event count as possible.
 *
 * The rules themselves are level.h's, the ones that the interpreter keeps too. What the contents of
 * blocks, <filled> and handlers do to a state is flow.c's.
 */
#include "engine/scenario/walk.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STATES 200000
#define MAX_SET 4096

#define TABLE_SIZE (1u << 19) /* more than twice MAX_STATES */

/* What append() says stays: the walk is then at its end. */
static void append(struct walk *w, struct set *set, const struct place *p, size_t most)
{
	int err = places_append(set, p, most);

	if (err)
		w->err = err;
}

void walk_set_add(struct walk *w, struct set *set, const struct place *p)
{
	if (!places_has(set, p))
		append(w, set, p, MAX_SET);
}

/* A state to walk from, unless it was seen. */
void walk_push(struct walk *w, const struct place *p)
{
	size_t at = places_hash(p) & (TABLE_SIZE - 1);

	if (w->err)
		return;
	arrows_to(w, p);
	for (; w->table[at]; at = (at + 1) & (TABLE_SIZE - 1))
		if (places_same(&w->seen.list[w->table[at] - 1], p))
			return;
	append(w, &w->seen, p, MAX_STATES);
	if (!w->err)
		w->table[at] = w->seen.n;
}

void walk_push_dialog(struct walk *w, size_t dialog, struct level level)
{
	struct place p = {.dialog = (uint16_t)dialog, .item = NONE, .level = level};
	const struct set here = {.n = 1, .list = &p};
	uint16_t visiting = w->visiting;

	w->visiting = NONE;
	for (const struct model_var *v = w->s->dialogs[dialog].vars; v; v = v->next)
		walk_may_fail(w, v->line, v->init, &here);
	w->visiting = visiting;
	walk_push(w, &p);
}

/* One message a line and rule, however many paths lead there. */
bool walk_say(struct walk *w, int line, const char *rule)
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

/* A body from one state, back to item selection behind it. */
static void run_body(struct walk *w, const struct model_node *body, struct place p)
{
	struct set set = {0};

	p.item = NONE;
	walk_set_add(w, &set, &p);
	walk_flow(w, body, &set);
	for (size_t i = 0; i < set.n; i++)
		walk_push(w, &set.list[i]);
	places_free(&set);
}

static void handlers(struct walk *w, const struct model_handler *h, int event,
		     const struct place *p)
{
	const struct model_arrow before = w->arrows->now;

	arrows_by(w, ARROW_EVENT, (size_t)event);
	for (; h && !w->err; h = h->next) {
		bool yes, no;
		if (!model_catches(w->s, h, event))
			continue;
		walk_ways(w, h->line, h->cond, &p->level, &yes, &no);
		if (yes)
			run_body(w, h->body, *p);
	}
	w->arrows->now = before;
}

static void all_handlers(struct walk *w, int event, const struct place *p,
			 const struct model_item *item)
{
	if (item)
		handlers(w, item->handlers, event, p);
	handlers(w, w->s->dialogs[p->dialog].handlers, event, p);
	handlers(w, w->s->handlers, event, p);
}

/* What is queued still plays after the end, and a debt may change meanwhile. */
void walk_stale_at_end(struct walk *w, struct place p)
{
	if (w->in_stale)
		return;
	arrows_to_end(w);
	w->in_stale = true;
	all_handlers(w, EVENT_STALE, &p, NULL);
	w->in_stale = false;
}

/* As catch.c does it. Counters are not kept: any handler may be the one, and none. */
static void walk_thrown(struct walk *w, struct place p)
{
	int event = (int)PLACE_EVENT(p.item);
	bool goes_on = event == EVENT_NOINPUT || event == EVENT_NOMATCH || event == EVENT_HELP ||
		       event == EVENT_CANCEL;

	w->visiting = PLACE_ITEM(p.item);
	p.item = NONE;
	arrows_from(w, p.dialog, w->visiting);
	all_handlers(w, event, &p,
		     w->visiting == NONE ? NULL : &w->s->dialogs[p.dialog].items[w->visiting]);
	arrows_by(w, ARROW_NONE, 0); /* nobody wrote what happens then: asked again, or the end */
	if (goes_on)
		walk_push(w, &p);
	else
		walk_stale_at_end(w, p);
}

/* Silence, a wrong key, a debt that changed: at any moment while the item waits. */
static void events_of(struct walk *w, const struct model_item *item, struct place p)
{
	all_handlers(w, EVENT_STALE, &p, item);
	level_silent(&p.level);
	walk_throw(w, EVENT_NOINPUT, &p);
	walk_throw(w, EVENT_NOMATCH, &p);
}

/* The form's <filled>s that stand before the item, or those behind it. */
static void flow_filled(struct walk *w, const struct model_dialog *d, size_t k, bool before,
			struct set *set)
{
	for (const struct model_filled *f = d->filled; f && !w->err; f = f->next) {
		struct set due = {0}, rest = {0};
		if ((f->at <= k) != before)
			continue;
		for (size_t i = 0; i < set->n; i++)
			walk_set_add(w, model_filled_due(f, k, set->list[i].done) ? &due : &rest,
				     &set->list[i]);
		walk_flow(w, f->body, &due);
		for (size_t i = 0; i < due.n; i++)
			walk_set_add(w, &rest, &due.list[i]);
		places_free(&due);
		places_free(set);
		*set = rest;
	}
}

/* Item k is filled: run.c's run_filled(). */
static void run_filled(struct walk *w, size_t k, struct place p)
{
	const struct model_dialog *d = &w->s->dialogs[p.dialog];
	struct set set = {0};

	p.item = NONE;
	walk_set_add(w, &set, &p);
	w->visiting = NONE;
	flow_filled(w, d, k, true, &set);
	w->visiting = (uint16_t)k;
	walk_flow(w, d->items[k].body, &set);
	w->visiting = NONE;
	flow_filled(w, d, k, false, &set);
	for (size_t i = 0; i < set.n; i++)
		walk_push(w, &set.list[i]);
	places_free(&set);
}

static void take_option(struct walk *w, size_t k, const struct model_option *option, struct place p)
{
	const struct model_item *item = &w->s->dialogs[p.dialog].items[k];

	if (option->jumps) {
		walk_push_dialog(w, option->dialog, p.level);
		return;
	}
	w->visiting = (uint16_t)k;
	if (option->event) { /* fills nothing */
		walk_throw(w, option->event, &p);
		return;
	}
	p.done |= 1ull << k;
	w->answered = item->slot;
	w->slots[item->slot] = value_string(option->value);
	run_filled(w, k, p);
	w->answered = -1;
}

static void answers_of(struct walk *w, size_t at, struct place p)
{
	const struct model_item *item = &w->s->dialogs[p.dialog].items[at];
	struct level before = p.level;

	for (size_t k = 0; k < item->n_options && !w->err; k++) {
		if (!item->options[k].key)
			continue;
		p.level = before;
		level_answered(&p.level, item->max_digits == 0);
		arrows_by(w, ARROW_KEY, k);
		take_option(w, at, &item->options[k], p);
	}
	for (size_t k = 0; item->voice && k < item->n_words && !w->err; k++) {
		p.level = before;
		level_spoken(&p.level, item->slot, item->confirms, item->words[k].kind);
		arrows_by(w, ARROW_WORD, item->words[k].option);
		take_option(w, at, &item->options[item->words[k].option], p);
	}
	if (item->max_digits > 0) {
		p.level = before;
		level_answered(&p.level, false);
		arrows_by(w, ARROW_DIGITS, 0);
		p.done |= 1ull << at;
		run_filled(w, at, p);
	}
}

/* Staff are called: a misheard word must not do that. Every way in which it may end is walked, with
 * the variable's value known to the <filled>. */
static void visit_transfer(struct walk *w, const struct model_item *item, struct place p, size_t k)
{
	const struct set here = {.n = 1, .list = &p};

	for (const struct model_prompt *prompt = item->prompts; prompt; prompt = prompt->next) {
		walk_may_fail(w, prompt->line, prompt->cond, &here);
		walk_prompt(w, prompt, &p.level);
	}
	all_handlers(w, EVENT_STALE, &p, item);
	if (level_record(&p.level) != 0) {
		walk_say_needs_yes(w, item->line);
		return;
	}
	p.done |= 1ull << k;
	for (int r = TRANSFER_NONE + 1; r < TRANSFER_GIVEN_UP && !w->err; r++) {
		struct place after = p;
		if (transfer_connected((enum transfer_result)r))
			level_transferred(&after.level);
		else
			level_silent(&after.level);
		arrows_by(w, ARROW_TRANSFER, (size_t)r);
		w->answered = item->slot;
		w->slots[item->slot] = value_string(transfer_value((enum transfer_result)r));
		run_filled(w, k, after);
		w->answered = -1;
	}
}

/* A message: taken or not, or nothing was said. It proves nothing. */
static void visit_record(struct walk *w, const struct model_item *item, struct place p, size_t k)
{
	static const char *const values[] = {"recorded", "lost"};

	all_handlers(w, EVENT_STALE, &p, item);
	level_silent(&p.level);
	walk_throw(w, EVENT_NOINPUT, &p);
	p.done |= 1ull << k;
	for (size_t i = 0; i < sizeof values / sizeof *values && !w->err; i++) {
		arrows_by(w, ARROW_RECORD, i);
		w->answered = item->slot;
		w->slots[item->slot] = value_string(values[i]);
		run_filled(w, k, p);
		w->answered = -1;
	}
}

static void visit(struct walk *w, struct place p, size_t k)
{
	const struct model_item *item = &w->s->dialogs[p.dialog].items[k];
	const struct set here = {.n = 1, .list = &p};

	w->visiting = (uint16_t)k;
	p.item = NONE;
	arrows_visit(w, &p, k);
	arrows_from(w, p.dialog, k);
	arrows_by(w, ARROW_ON, 0);
	if (item->kind == ITEM_TRANSFER) {
		visit_transfer(w, item, p, k);
		return;
	}
	if (item->kind == ITEM_BLOCK) {
		p.done |= 1ull << k;
		run_body(w, item->body, p);
		return;
	}
	for (const struct model_prompt *prompt = item->prompts; prompt; prompt = prompt->next) {
		walk_may_fail(w, prompt->line, prompt->cond, &here);
		walk_prompt(w, prompt, &p.level);
	}
	if (item->kind == ITEM_RECORD) {
		visit_record(w, item, p, k);
		return;
	}
	events_of(w, item, p);
	answers_of(w, k, p);
}

/* The items that selection may take from here, in document order up to the first certain one. */
static void walk_place(struct walk *w, struct place p)
{
	const struct model_dialog *d = &w->s->dialogs[p.dialog];
	bool yes = false, no = true;

	w->visited[p.dialog] = true;
	w->visiting = NONE;
	arrows_by(w, ARROW_NONE, 0);
	if (p.item != NONE && p.item & PLACE_THROWN) {
		walk_thrown(w, p);
		return;
	}
	if (p.item != NONE) {
		visit(w, p, p.item);
		return;
	}
	for (size_t k = 0; k < d->n_items && no && !w->err; k++) {
		const struct set here = {.n = 1, .list = &p};
		if (p.done & 1ull << k)
			continue;
		w->visiting = NONE;
		walk_may_fail(w, d->items[k].line, d->items[k].cond, &here);
		walk_ways(w, d->items[k].line, d->items[k].cond, &p.level, &yes, &no);
		no |= d->items[k].optional; /* the configuration tells, not the document */
		if (yes)
			visit(w, p, k);
	}
	if (no)
		walk_stale_at_end(w, p);
}

static void see_handlers(struct walk *w, const struct model_handler *h)
{
	for (; h; h = h->next)
		w->catches_errors |= model_catches(w->s, h, EVENT_SEMANTIC);
}

static void find_error_handlers(struct walk *w)
{
	see_handlers(w, w->s->handlers);
	for (size_t d = 0; d < w->s->n_dialogs; d++) {
		see_handlers(w, w->s->dialogs[d].handlers);
		for (size_t k = 0; k < w->s->dialogs[d].n_items; k++)
			see_handlers(w, w->s->dialogs[d].items[k].handlers);
	}
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
		walk_prompt(w, p, &nobody);
		for (size_t i = 0; i < p->n_pieces; i++)
			if (p->pieces[i].as == SAY_NAME &&
			    walk_say(w, p->line, "machine-names-nobody"))
				problems_error(
				    w->problems, w->s->file, p->line,
				    "[machine-names-nobody] whoever presses the button, or "
				    "answers, hears this message: take the name out");
	}
}

int secrecy_walk(struct scenario *s, struct problems *problems)
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
	w->arrows = calloc(1, sizeof *w->arrows);
	w->err = w->table && w->visited && w->arrows ? 0 : E_NOMEM;
	find_error_handlers(w);
	if (!w->err)
		walk_push_dialog(w, 0, (struct level){0});
	while (!w->err && w->next < w->seen.n)
		walk_place(w, w->seen.list[w->next++]);
	if (!w->err)
		check_message(w, s->machine);
	if (!w->err)
		check_message(w, s->screening);
	if (!w->err)
		check_message(w, s->announce);
	if (!w->err)
		warn_unreached(w);
	if (!w->err)
		w->err = arrows_keep(w);
	err = w->err;
	if (err == E_LIMIT)
		problems_error(problems, s->file, 0,
			       "there are too many ways through this scenario to check them all: "
			       "make it simpler");
	places_free(&w->seen);
	free(w->table);
	free(w->visited);
	free(w->arrows);
	free(w);
	return err;
}
