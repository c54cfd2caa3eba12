/*
 * What is true of a document whatever path is taken: the level of each variable
 * and prompt, words that must not be said, where the birthday's digits may go.
 */
#include "engine/scenario/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct facts {
	struct scenario *s;
	const struct scenario_words *words;
	struct problems *problems;
	int line;
	bool changed;
};

static int name_level(const struct scenario *s, const struct name_def *name)
{
	return s->kind == CAMPAIGN_REMINDER ? name->level : name->level_elsewhere;
}

struct level_of {
	const struct scenario *s;
	int level;
};

static void add_level(const struct expr *e, void *context)
{
	struct level_of *of = context;
	int level = 0;

	if (e->op == EXPR_NAME)
		level = name_level(of->s, e->name);
	else if (e->op == EXPR_SLOT)
		level = of->s->slots[e->slot].level;
	if (level > of->level)
		of->level = level;
}

int facts_expr_level(const struct scenario *s, const struct expr *e)
{
	struct level_of of = {.s = s};

	expr_walk(e, add_level, &of);
	return of.level;
}

/* ---- variables: the highest level of all that is ever put into them ---- */

static void raise_slot(struct facts *f, int slot, const struct expr *e)
{
	int level = facts_expr_level(f->s, e);

	if (level > f->s->slots[slot].level) {
		f->s->slots[slot].level = level;
		f->changed = true;
	}
}

static void raise_by_node(const struct model_node *n, void *context)
{
	if (n->kind == NODE_ASSIGN)
		raise_slot(context, n->slot, n->expr);
}

typedef void node_fn(const struct model_node *n, void *context);

static void walk_handlers(const struct model_handler *h, node_fn *fn, void *context)
{
	for (; h; h = h->next)
		model_walk_nodes(h->body, fn, context);
}

static void walk_all_nodes(const struct scenario *s, node_fn *fn, void *context)
{
	walk_handlers(s->handlers, fn, context);
	for (size_t d = 0; d < s->n_dialogs; d++) {
		walk_handlers(s->dialogs[d].handlers, fn, context);
		for (const struct model_filled *f = s->dialogs[d].filled; f; f = f->next)
			model_walk_nodes(f->body, fn, context);
		for (size_t k = 0; k < s->dialogs[d].n_items; k++) {
			model_walk_nodes(s->dialogs[d].items[k].body, fn, context);
			walk_handlers(s->dialogs[d].items[k].handlers, fn, context);
		}
	}
}

static void raise_by_vars(struct facts *f, const struct model_var *v)
{
	for (; v; v = v->next)
		if (v->init)
			raise_slot(f, v->slot, v->init);
}

/* Levels only rise and end at 2, so this ends. */
static void find_slots(struct facts *f)
{
	do {
		f->changed = false;
		raise_by_vars(f, f->s->vars);
		for (size_t d = 0; d < f->s->n_dialogs; d++)
			raise_by_vars(f, f->s->dialogs[d].vars);
		walk_all_nodes(f->s, raise_by_node, f);
	} while (f->changed);
}

/* ---- every expression: names that a notice must not know, words, the birthday ---- */

/* birth == 'unknown', where 'unknown' is what an option of that field gives: the one question about
 * a birthday's field besides matches_birth, since it is not about the digits. */
static bool asks_option(const struct scenario *s, const struct expr *e, int slot)
{
	const struct expr *text = e->a->op == EXPR_LITERAL ? e->a : e->b;

	if (text->op != EXPR_LITERAL || text->literal.type != VALUE_STRING)
		return false;
	for (size_t d = 0; d < s->n_dialogs; d++)
		for (size_t k = 0; k < s->dialogs[d].n_items; k++) {
			const struct model_item *item = &s->dialogs[d].items[k];
			for (size_t o = 0; item->slot == slot && o < item->n_options; o++)
				if (strcmp(item->options[o].value, text->literal.string) == 0 &&
				    strspn(text->literal.string, "0123456789") == 0)
					return true;
		}
	return false;
}

static const struct model_item *birth_item(const struct scenario *s, int slot)
{
	for (size_t d = 0; d < s->n_dialogs; d++)
		for (size_t k = 0; k < s->dialogs[d].n_items; k++)
			if (s->dialogs[d].items[k].slot == slot && s->dialogs[d].items[k].birth)
				return &s->dialogs[d].items[k];
	return NULL;
}

static void check_birth_use(struct facts *f, const struct expr *e)
{
	const struct expr *sides[] = {e->a, e->b, e->c};
	bool comparison = e->op == EXPR_EQUAL || e->op == EXPR_NOT_EQUAL || e->op == EXPR_SAME ||
			  e->op == EXPR_NOT_SAME;

	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
		if (!sides[i] || sides[i]->op != EXPR_SLOT || !birth_item(f->s, sides[i]->slot))
			continue;
		if (e->op == EXPR_MATCHES_BIRTH ||
		    (comparison && asks_option(f->s, e, sides[i]->slot)))
			continue;
		problems_error(f->problems, f->s->file, f->line,
			       "[birth-stays-secret] the digits of \"%s\" may only go to "
			       "matches_birth(): take it out of this expression",
			       f->s->slots[sides[i]->slot].name);
	}
}

static void check_notice_use(struct facts *f, const struct expr *e)
{
	if (f->s->kind != CAMPAIGN_NOTICE || e->op != EXPR_NAME)
		return;
	if (e->name->debt)
		problems_error(f->problems, f->s->file, f->line,
			       "[notice-is-public] a notice is the same for everybody: it must not "
			       "use what somebody owes (%s)",
			       e->name->text);
	else if (e->name->person)
		problems_error(f->problems, f->s->file, f->line,
			       "[notice-is-public] a notice names nobody: take %s out",
			       e->name->text);
}

static void check_expr_node(const struct expr *e, void *context)
{
	check_notice_use(context, e);
	check_birth_use(context, e);
}

static void check_expr(struct facts *f, int line, const struct expr *e)
{
	const struct expr alone = {.op = EXPR_PLUS, .slot = -1};
	struct expr root = alone;

	if (!e)
		return;
	f->line = line;
	if (e->op == EXPR_SLOT) { /* the field itself, with nothing around it */
		root.a = (struct expr *)(uintptr_t)e;
		check_birth_use(f, &root);
	}
	expr_walk(e, check_expr_node, f);
}

/* ---- prompts ---- */

static void need(struct model_prompt *p, int level, const char *because)
{
	if (level <= p->level)
		return;
	p->level = level;
	p->because = because;
}

/* `text`: all the words of the prompt, one behind the other. */
static void check_words(struct facts *f, struct model_prompt *p, const char *text)
{
	const char *word = words_find(f->words, WORDS_SECRET, text);

	if (word && f->s->kind == CAMPAIGN_NOTICE)
		problems_error(f->problems, f->s->file, p->line,
			       "[notice-is-public] a notice must not say \"%s\" (secret-words)",
			       word);
	if (word) {
		p->secret = true;
		need(p, 1, word);
	}
	word = words_find(f->words, WORDS_OFFICE, text);
	if (word && f->s->kind == CAMPAIGN_REMINDER)
		need(p, 1, word);
	word = words_find(f->words, WORDS_WARNED, text);
	if (word)
		problems_warn(f->problems, f->s->file, p->line,
			      "[warned-word] \"%s\" frightens people and is used by swindlers: "
			      "say it otherwise if you can (warned-words)",
			      word);
}

struct strings_of {
	char *to;
	size_t n, size;
};

static void add_string(struct strings_of *all, const char *s)
{
	size_t n = strlen(s);

	if (n + 1 > all->size - all->n)
		return; /* cannot be: `size` was counted */
	memcpy(all->to + all->n, s, n + 1);
	all->n += n;
}

static void add_literal(const struct expr *e, void *context)
{
	if (e->op == EXPR_LITERAL && e->literal.type == VALUE_STRING)
		add_string(context, e->literal.string);
}

static void count_literal(const struct expr *e, void *context)
{
	size_t *n = context;

	if (e->op == EXPR_LITERAL && e->literal.type == VALUE_STRING)
		*n += strlen(e->literal.string);
}

static void see_debt(const struct expr *e, void *context)
{
	struct model_prompt *p = context;

	if (e->op == EXPR_NAME && e->name->debt)
		p->secret = true;
}

static void check_piece(struct facts *f, struct model_prompt *p, const struct model_piece *piece)
{
	if (!piece->expr)
		return;
	check_expr(f, piece->line, piece->expr);
	expr_walk(piece->expr, see_debt, p);
	int level = facts_expr_level(f->s, piece->expr);
	need(p, level, level == 2 ? "what somebody owes" : "the office's business");
}

static void check_prompt(struct facts *f, struct model_prompt *p)
{
	size_t size = 1;
	struct strings_of all = {0};

	check_expr(f, p->line, p->cond);
	for (size_t i = 0; i < p->n_pieces; i++) {
		check_piece(f, p, &p->pieces[i]);
		size += p->pieces[i].text ? strlen(p->pieces[i].text) : 0;
		expr_walk(p->pieces[i].expr, count_literal, &size);
	}
	all.to = calloc(1, size);
	all.size = size;
	if (!all.to) {
		problems_error(f->problems, f->s->file, p->line, "no memory to check this prompt");
		return;
	}
	for (size_t i = 0; i < p->n_pieces; i++) {
		if (p->pieces[i].text)
			add_string(&all, p->pieces[i].text);
		expr_walk(p->pieces[i].expr, add_literal, &all);
	}
	check_words(f, p, all.to);
	if (p->nameless)
		check_words(f, p, p->nameless);
	free(all.to);
}

/* ---- all of it ---- */

static void check_node(const struct model_node *n, void *context)
{
	struct facts *f = context;

	check_expr(f, n->line, n->expr);
	for (const struct model_branch *b = n->branches; b; b = b->next)
		check_expr(f, b->line, b->cond);
	if (n->kind == NODE_LEVEL && f->s->kind == CAMPAIGN_NOTICE)
		problems_error(f->problems, f->s->file, n->line,
			       "[notice-is-public] a notice has no secrecy levels: take o:level "
			       "out, or make it a reminder");
}

static void check_handlers(struct facts *f, const struct model_handler *h)
{
	for (; h; h = h->next)
		check_expr(f, h->line, h->cond);
}

static void check_vars(struct facts *f, const struct model_var *v)
{
	for (; v; v = v->next)
		check_expr(f, v->line, v->init);
}

void facts_find(struct scenario *s, const struct scenario_words *words, struct problems *problems)
{
	struct facts f = {.s = s, .words = words, .problems = problems};

	find_slots(&f);
	check_vars(&f, s->vars);
	check_handlers(&f, s->handlers);
	for (size_t d = 0; d < s->n_dialogs; d++) {
		check_vars(&f, s->dialogs[d].vars);
		check_handlers(&f, s->dialogs[d].handlers);
		for (size_t k = 0; k < s->dialogs[d].n_items; k++) {
			check_expr(&f, s->dialogs[d].items[k].line, s->dialogs[d].items[k].cond);
			check_handlers(&f, s->dialogs[d].items[k].handlers);
		}
	}
	walk_all_nodes(s, check_node, &f);
	for (size_t i = 0; i < s->n_prompts; i++)
		check_prompt(&f, s->prompts[i]);
}

int scenario_check(struct scenario *s, const struct scenario_words *words,
		   struct problems *problems)
{
	facts_find(s, words, problems);
	return secrecy_walk(s, problems);
}
