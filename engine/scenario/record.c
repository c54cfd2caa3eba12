/*
 * Keeping what the resident says: the announcement that it is kept, and <record>, a
 * message as a form item.
 *
 * Nothing is ever kept of a call in which the announcement (o:announce) did not play to
 * its end, and none of it from before. It is queued by itself with the first item that
 * listens, and again with the next one if a key or a word cut it short; whoever writes a
 * document cannot forget it. Where sound is not kept (vars.call.keep), it is not said, and a
 * <record> ends at once as lost.
 *
 * The channel has the sound; all that is known here is how the message ended.
 */
#include "engine/scenario/run.h"

static enum flow announce(struct interp *i)
{
	enum flow flow = FLOW_ON;
	size_t before = i->queue_n;
	uint32_t timeout_ms = i->said_timeout_ms; /* the question's stays */

	for (const struct model_prompt *p = i->s->announce; p && flow == FLOW_ON; p = p->next)
		flow = exec_queue(i, p);
	if (i->queue_n > before)
		i->queue[i->queue_n - 1].announces = true;
	i->said_timeout_ms = timeout_ms;
	return flow;
}

/* Who calls is said first: where nothing was said yet, the item's own prompts do that. */
enum flow record_prompts(struct interp *i, const struct model_item *item, bool hush)
{
	bool due = !i->announced && i->vars.call.keep;
	bool greeted = i->result.opened || i->queue_n > i->queue_at;
	enum flow flow = due && greeted ? announce(i) : FLOW_ON;

	if (flow == FLOW_ON && !hush)
		flow = run_prompts(i, item);
	return flow == FLOW_ON && due && !greeted ? announce(i) : flow;
}

/* What is being said now may have begun before: the channel begins to listen anew. */
void record_announced(struct interp *i)
{
	i->announced = true;
	if (i->listening)
		spoken_listen(i, &i->s->dialogs[i->dialog].items[i->item]);
}

enum flow record_visit(struct interp *i, const struct model_item *item, bool hush, bool *ret_waits)
{
	spoken_listen(i, NULL); /* a message is one thing, and not an answer too */
	i->phase = PHASE_RECORD;
	enum flow flow = record_prompts(i, item, hush);
	if (flow != FLOW_ON)
		return flow;
	*ret_waits = true;
	run_play_next(i);
	return FLOW_ON;
}

static void over(struct interp *i, enum recorded how)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];
	const char *value = how == RECORDED_TAKEN ? "recorded" : "lost";

	i->by = BY_NOBODY;
	level_silent(&i->level);
	if (how == RECORDED_NOTHING) {
		run_throw(i, EVENT_NOINPUT);
		return;
	}
	if (!exec_set(i, item->slot, value_string(value)) || !exec_step(i)) {
		run_fault(i);
		return;
	}
	run_from(i, run_filled(i, i->item));
}

void record_begin(struct interp *i)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];

	if (!i->announced) { /* nothing is kept here, or it has no words for this target */
		over(i, RECORDED_LOST);
		return;
	}
	i->recording = true;
	i->recorded = false;
	i->keyed = true; /* a message sounds like a machine's greeting */
	run_emit(i, IA_RECORD, 0, 0);
	if (i->out->n > 0 && i->out->list[i->out->n - 1].kind == IA_RECORD)
		i->out->list[i->out->n - 1].record = &item->record;
}

void record_event(struct interp *i, const struct interp_event *ev)
{
	if (i->phase != PHASE_RECORD || !i->recording)
		return;
	i->recording = false;
	if (ev->recorded == RECORDED_TAKEN)
		interp_somebody(i);
	over(i, ev->recorded);
}

void record_key(struct interp *i)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];

	if (!i->recording || i->recorded || !item->record.keys)
		return;
	i->recorded = true;
	run_emit(i, IA_RECORD_END, 0, 0);
}

void record_drop(struct interp *i)
{
	if (i->recording)
		run_emit(i, IA_RECORD_DROP, 0, 0);
	i->recording = false;
}
