/*
 * What the checker sees on its way, for whoever draws a scenario: at which levels a call
 * comes to each item, and which ways lead from there, by which key, word or event. It is
 * the walk of secrecy.c that finds it, so a drawing shows neither more nor less than what
 * was checked: an arrow is where some path of the walk went.
 *
 * A way ends at the item that selection takes next, or at all of those that it may take
 * (each condition counts both ways). Over MAX_ARROWS the rest is left out: drawings are
 * for people, and no rule depends on them.
 */
#include "engine/scenario/walk.h"

#include <string.h>

#define TABLE (sizeof((struct arrows *)0)->table / sizeof(uint16_t))

void arrows_from(struct walk *w, size_t dialog, size_t item)
{
	w->arrows->now.dialog = (uint16_t)dialog;
	w->arrows->now.item = (uint16_t)item;
}

void arrows_by(struct walk *w, enum arrow_by by, size_t which)
{
	w->arrows->now.by = (uint8_t)by;
	w->arrows->now.which = (uint8_t)which;
}

static bool same(const struct model_arrow *a, const struct model_arrow *b)
{
	return a->dialog == b->dialog && a->item == b->item && a->to_dialog == b->to_dialog &&
	       a->to_item == b->to_item && a->by == b->by && a->which == b->which;
}

static size_t place_of(const struct model_arrow *a)
{
	uint64_t h = (uint64_t)a->dialog << 32 ^ (uint64_t)a->item << 24 ^
		     (uint64_t)a->to_dialog << 12 ^ (uint64_t)a->to_item << 44 ^
		     (uint64_t)a->by << 56 ^ a->which;
	return (size_t)(h * 0x9e3779b97f4a7c15ull >> 32) % TABLE;
}

static void add(struct arrows *a, size_t dialog, size_t item)
{
	struct model_arrow arrow = a->now;

	if (arrow.by == ARROW_NONE || arrow.item == NONE || a->n == MAX_ARROWS)
		return;
	arrow.to_dialog = (uint16_t)dialog;
	arrow.to_item = (uint16_t)item;
	size_t at = place_of(&arrow);
	for (; a->table[at]; at = (at + 1) % TABLE)
		if (same(&a->list[a->table[at] - 1], &arrow))
			return;
	a->list[a->n++] = arrow;
	a->table[at] = (uint16_t)a->n;
}

void arrows_to_end(struct walk *w)
{
	add(w->arrows, ARROW_END, 0);
}

/* The selection of secrecy.c's walk_place(), which comes here in its own turn. */
void arrows_to(struct walk *w, const struct place *p)
{
	const struct model_dialog *d = &w->s->dialogs[p->dialog];
	bool yes, no = true;
	int answered = w->answered;

	if (w->arrows->now.by == ARROW_NONE || (p->item != NONE && p->item & PLACE_THROWN))
		return; /* what is thrown is walked later, as the event's own way */
	if (p->item != NONE) {
		add(w->arrows, p->dialog, p->item);
		return;
	}
	w->answered = -1; /* only the <filled> knows it */
	for (size_t k = 0; k < d->n_items && no && !w->err; k++) {
		if (p->done & 1ull << k)
			continue;
		walk_ways(w, d->items[k].line, d->items[k].cond, &p->level, &yes, &no);
		if (yes)
			add(w->arrows, p->dialog, k);
	}
	if (no)
		arrows_to_end(w);
	w->answered = answered;
}

void arrows_visit(struct walk *w, const struct place *p, size_t item)
{
	struct model_item *m = &w->s->dialogs[p->dialog].items[item];

	if (!m->visited || p->level.now < m->least_level)
		m->least_level = p->level.now;
	if (p->level.now > m->most_level)
		m->most_level = p->level.now;
	m->visited = true;
}

int arrows_keep(struct walk *w)
{
	struct scenario *s = w->s;
	size_t n = w->arrows->n;

	if (n == 0)
		return 0;
	s->arrows = model_get(s, n * sizeof *s->arrows);
	if (!s->arrows)
		return E_NOMEM;
	memcpy(s->arrows, w->arrows->list, n * sizeof *s->arrows);
	s->n_arrows = n;
	return 0;
}
