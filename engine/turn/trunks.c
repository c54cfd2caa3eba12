/*
 * The trunks, as the voice channel says that they are: which take calls, how many
 * at once and in a second. It decides how many intents may be written now; which
 * trunk a call goes by is the channel's choice at the moment of dialling.
 *
 * A trunk that goes down keeps its calls: they count as lines until they end, so
 * while it is down fewer intents than possible may be written, never more.
 */
#include "engine/turn/engine.h"

#include "engine/log.h"

#include <stdio.h>
#include <string.h>

static void sum_up(struct engine *e)
{
	size_t all = (size_t)e->config->voice.lines, lines = 0;
	bool limited = true;
	e->trunk_up = false;
	e->trunk_rate = 0;
	for (size_t i = 0; i < MAX_TRUNKS; i++) {
		const struct trunk_view *t = &e->trunks[i];
		if (!t->up)
			continue;
		e->trunk_up = true;
		lines += t->lines ? (size_t)t->lines : all;
		e->trunk_rate += t->per_second;
		limited = limited && t->per_second;
	}
	e->trunk_lines = lines < all ? lines : 0;
	if (!limited)
		e->trunk_rate = 0;
}

size_t trunks_lines(const struct engine *e)
{
	return e->trunk_lines ? e->trunk_lines : (size_t)e->config->voice.lines;
}

double trunks_rate(const struct engine *e)
{
	int all = e->config->engine.calls_per_second;
	return e->trunk_rate && e->trunk_rate < all ? e->trunk_rate : all;
}

static void alert(struct engine *e, const struct trunk_view *t, bool was_up)
{
	char key[MAX_ID];
	snprintf(key, sizeof key, t->id[0] ? "trunk-%.50s" : "trunk%s", t->id);
	if (t->up)
		alert_clear(e, key);
	else if (t->status || was_up) /* else it was asked and has not answered yet */
		alert_raise(e, key,
			    "trunk %s takes no calls (%d %s): they wait or go by another; check "
			    "[trunk %s] and ask the telephone company",
			    t->id, t->status, t->why, t->id);
}

void trunks_said(struct engine *e, const struct event *ev)
{
	if (ev->trunk.place >= MAX_TRUNKS)
		return;
	struct trunk_view *t = &e->trunks[ev->trunk.place];
	bool was_up = t->up;
	if (was_up != ev->trunk.up)
		log_info("event=trunk trunk=%s up=%d status=%d why=\"%s\"", ev->why, ev->trunk.up,
			 ev->trunk.status, ev->trunk.why);
	snprintf(t->id, sizeof t->id, "%.*s", MAX_ID - 1, ev->why);
	snprintf(t->why, sizeof t->why, "%s", ev->trunk.why);
	t->up = ev->trunk.up;
	t->status = ev->trunk.status;
	t->lines = ev->trunk.lines;
	t->per_second = ev->trunk.per_second;
	if (ev->trunk.place == 0 || !t->up)
		e->trunk_status = t->status;
	sum_up(e);
	alert(e, t, was_up);
}
