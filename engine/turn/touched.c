/* See touched.h. */
#include "engine/turn/touched.h"

#include "engine/log.h"
#include "engine/turn/engine.h"

void touched_add(struct touched *t, uint32_t run, uint32_t target)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].run == run && t->list[i].target == target)
			return;
	BUG_IF(t->n == MOST_MATCHES);
	t->list[t->n].run = run;
	t->list[t->n++].target = target;
}

static int settle(struct engine *e, uint32_t run, uint32_t id)
{
	struct target t;
	int err = db_target_get(&e->tx, run, id, &t);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	return target_changed(e, &t);
}

int touched_settle(struct engine *e, struct touched *t)
{
	int err = 0;
	for (size_t i = 0; i < t->n && !err; i++) {
		struct arena_mark step = arena_mark(e->arena);
		err = settle(e, t->list[i].run, t->list[i].target);
		arena_release(e->arena, step);
	}
	t->n = 0;
	return err;
}
