/*
 * Events of the document (VoiceXML 5.2): which <catch> takes one, and what happens
 * where none does. Names are known and numbered when the document is loaded, so an
 * event is a number here, and what catches it a set of bits.
 *
 * A handler that throws again goes the same way; MAX_CALL_STEPS ends it.
 */
#include "engine/scenario/run.h"

#include <string.h>

/* A wrong key or silence: asked again twice, then the call ends. The standard would ask for ever.
 */
enum { MOST_ASKED = 3 };

static uint8_t *counters(struct interp *i)
{
	size_t row = i->visiting ? i->item : i->event_rows - 1;

	return i->event_count + row * i->s->n_events;
}

void catch_forget(struct interp *i, size_t item)
{
	size_t columns = i->s->n_events;

	if (item == NO_INDEX)
		memset(i->event_count, 0, i->event_rows * columns);
	else
		memset(i->event_count + item * columns, 0, columns);
}

/* Counted for its whole name and each first part of it (5.2.2). */
static void count(struct interp *i, int event)
{
	uint8_t *counts = counters(i);

	for (size_t name = 0; name < i->s->n_events; name++)
		if (i->s->events[event].caught_by & 1ull << name && counts[name] < UINT8_MAX)
			counts[name]++;
}

/* How often the event came, as this handler names it. */
static int count_of(struct interp *i, const struct model_handler *h, int event)
{
	uint64_t names = h->names & i->s->events[event].caught_by;
	const uint8_t *counts = counters(i);
	int most = 0;

	for (size_t name = 0; name < i->s->n_events; name++)
		if (names & 1ull << name && counts[name] > most)
			most = counts[name];
	return most;
}

/* 5.2.4: the handlers in scope from the inside out; the highest count that is reached, the first of
 * those. */
static const struct model_handler *find_handler(struct interp *i, int event)
{
	const struct model_dialog *d = &i->s->dialogs[i->dialog];
	const struct model_handler *scopes[] = {i->visiting ? d->items[i->item].handlers : NULL,
						d->handlers, i->s->handlers};
	const struct model_handler *best = NULL;
	bool truth;

	for (size_t k = 0; k < sizeof scopes / sizeof *scopes; k++)
		for (const struct model_handler *h = scopes[k]; h; h = h->next)
			if (model_catches(i->s, h, event) && h->count <= count_of(i, h, event) &&
			    (!best || h->count > best->count) &&
			    exec_condition(i, h->cond, &truth) && truth)
				best = h;
	return best;
}

/* 5.2.5, but for silence and wrong keys. */
static enum flow without_handler(struct interp *i, int event)
{
	switch (event) {
	case EVENT_NOINPUT:
	case EVENT_NOMATCH:
		return counters(i)[event] < MOST_ASKED ? FLOW_ON : FLOW_END;
	case EVENT_HELP:
		return FLOW_ON;
	case EVENT_CANCEL:
		i->hush = true;
		return FLOW_ON;
	case EVENT_SEMANTIC:
		return FLOW_FAULT;
	default:
		return FLOW_END;
	}
}

enum flow catch_event(struct interp *i)
{
	const struct model_handler *h;
	int event = i->thrown;
	enum flow flow;

	count(i, event);
	h = find_handler(i, event);
	if (!h)
		return without_handler(i, event);
	i->reprompt = false;
	flow = exec_nodes(i, h->body);
	i->hush = !i->reprompt;
	return flow;
}

/* What was queued is dropped. Only once: a second time there is nothing to say. */
enum flow catch_stale(struct interp *i)
{
	const struct model_handler *h;
	enum flow flow = FLOW_END;
	bool again = i->stale_thrown;

	i->stale_thrown = true;
	i->result.stale = true;
	run_flush(i);
	run_timer(i, 0);
	if (again) {
		run_over(i);
		return FLOW_END;
	}
	if (i->phase != PHASE_WAIT)
		i->visiting = false;
	count(i, EVENT_STALE);
	h = find_handler(i, EVENT_STALE);
	if (h)
		flow = exec_nodes(i, h->body);
	return flow == FLOW_ON ? FLOW_END : flow;
}
