/* See recent.h. */
#include "engine/turn/recent.h"
#include "engine/turn/engine.h"

#include <stdlib.h>

enum { RECENT_MS = 72 * 3600 * 1000 };

void recent_ended(struct engine *e, const struct run_rec *run)
{
	struct ended_run *at = NULL;

	for (size_t i = 0; i < e->n_ended && !at; i++)
		if (e->ended[i].id == run->id)
			at = &e->ended[i];
	if (!at && e->n_ended < MOST_LATELY) {
		at = &e->ended[e->n_ended++];
	} else if (!at) {
		at = &e->ended[0];
		for (size_t i = 1; i < e->n_ended; i++)
			if (e->ended[i].ended_ms < at->ended_ms)
				at = &e->ended[i];
		if (at->ended_ms > run->ended_ms)
			return;
	}
	*at = (struct ended_run){run->id, run->ended_ms};
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* A run that began or ended in this transaction has no view yet, or has one still: its record in
 * hand says so. */
int recent_runs(struct engine *e, struct recent_runs *ret)
{
	size_t n = 0, most = e->n_runs + e->n_ended;

	for (const struct work_run *w = e->work_runs; w; w = w->next)
		most++;
	uint32_t *list = arena_take(e->arena, (most ? most : 1) * sizeof *list);
	if (!list)
		return E_NOMEM;
	for (size_t i = 0; i < e->n_runs; i++)
		list[n++] = e->runs[i]->id;
	for (size_t i = 0; i < e->n_ended; i++)
		if (e->ended[i].ended_ms + RECENT_MS > e->now_ms)
			list[n++] = e->ended[i].id;
	for (const struct work_run *w = e->work_runs; w; w = w->next)
		if (run_is_open(w->rec.state) || w->rec.ended_ms + RECENT_MS > e->now_ms)
			list[n++] = w->rec.id;
	qsort(list, n, sizeof *list, by_number);
	*ret = (struct recent_runs){n, list};
	return 0;
}

bool recent_has(const struct recent_runs *r, uint32_t run)
{
	return r->n && bsearch(&run, r->list, r->n, sizeof *r->list, by_number);
}
