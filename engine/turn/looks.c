/* See looks.h. */
#include "engine/turn/looks.h"

#include "engine/turn/dues.h"
#include "engine/turn/engine.h"

bool looks_left(const struct engine *e)
{
	return e->looks_now == 0 || (e->looks_now < MOST_LOOKS &&
				     arena_used(e->arena) < arena_most(e->arena) / LOOK_PART);
}

size_t looks_share(const struct engine *e, size_t runs)
{
	size_t left = e->looks_now < MOST_LOOKS ? MOST_LOOKS - e->looks_now : 0;
	return runs ? (left + runs - 1) / runs : 0;
}

bool look_passed(struct look_place place, const struct look_place *due)
{
	return due->due_ms < place.due_ms ||
	       (due->due_ms == place.due_ms && due->target <= place.target);
}

static int due_found(void *arg, int64_t due_ms, uint32_t target)
{
	struct due_list *s = arg;
	const struct look_place due = {due_ms, target};

	if (due_ms > s->until_ms)
		return 1;
	if (!look_passed(s->after, &due))
		s->list[s->n++] = due;
	return s->n == s->most;
}

int due_list(struct engine *e, uint32_t run, struct look_place after, int64_t until_ms, size_t most,
	     struct due_list *ret)
{
	*ret = (struct due_list){.until_ms = until_ms, .most = most, .after = after};
	if (most == 0)
		return 0;
	ret->list = arena_take(e->arena, most * sizeof *ret->list);
	if (!ret->list)
		return E_NOMEM;
	return after.due_ms
		   ? dues_scan_from(&e->tx, run, after.due_ms, after.target, due_found, ret)
		   : dues_scan(&e->tx, run, due_found, ret);
}
