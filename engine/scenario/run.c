/*
 * The form interpretation algorithm of VoiceXML 2.1 (appendix C), for a profile
 * without grammars of higher scope: select the next item whose variable is
 * undefined and whose condition holds, visit it, wait or go on. Prompts of blocks
 * stay queued until a field waits or the scenario ends, as the standard says.
 *
 * Every round and every executed node is a step; MAX_CALL_STEPS of them end the call.
 */
#include "engine/scenario/run.h"

#include <string.h>

void run_emit(struct interp *i, enum interp_action_kind kind, size_t prompt, uint32_t ms)
{
	if (i->out->n < INTERP_ACTIONS)
		i->out->list[i->out->n++] =
		    (struct interp_action){.kind = kind, .prompt = prompt, .ms = ms};
}

void run_timer(struct interp *i, uint32_t ms)
{
	if (ms == 0 && !i->timer)
		return;
	i->timer = ms > 0;
	run_emit(i, IA_TIMER, 0, ms);
}

void run_over(struct interp *i)
{
	spoken_listen(i, NULL);
	record_drop(i);
	i->phase = PHASE_OVER;
	i->playing = false;
	i->timer = false;
	run_emit(i, IA_HANGUP, 0, 0);
}

void run_fault(struct interp *i)
{
	i->result.finished = false;
	i->queue_at = i->queue_n = 0;
	run_over(i);
}

void run_flush(struct interp *i)
{
	if (i->playing)
		run_emit(i, IA_STOP, 0, 0);
	i->playing = false;
	i->queue_at = i->queue_n = 0;
	i->said_timeout_ms = 0;
}

static void queue_is_empty(struct interp *i)
{
	i->queue_at = i->queue_n = 0;
	if (i->phase == PHASE_WAIT) {
		run_timer(i, i->speaking ? 0 : i->timeout_ms);
		return;
	}
	if (i->phase == PHASE_TRANSFER) {
		transfer_begin(i);
		return;
	}
	if (i->phase == PHASE_RECORD) {
		record_begin(i);
		return;
	}
	if (i->phase == PHASE_MACHINE || i->phase == PHASE_SCREEN) {
		machine_played(i);
		return;
	}
	i->result.finished = !i->result.stale;
	run_over(i);
}

void run_play_next(struct interp *i)
{
	const struct queued *q = &i->queue[i->queue_at];

	i->playing = false;
	if (i->queue_at >= i->queue_n) {
		queue_is_empty(i);
	} else if (q->level < q->prompt->level) {
		run_fault(i);
	} else if (i->stale && q->prompt->secret) {
		run_throw(i, EVENT_STALE);
	} else {
		i->playing = true;
		run_emit(i, IA_PLAY, q->number, 0);
	}
}

/* Those prompts whose count is the highest one not above the item's counter. */
enum flow run_prompts(struct interp *i, const struct model_item *item)
{
	int now = ++i->prompt_count[i->item], best = 0;
	enum flow flow = FLOW_ON;
	bool truth;

	for (const struct model_prompt *p = item->prompts; p; p = p->next) {
		if (!exec_condition(i, p->cond, &truth))
			return exec_fails(i);
		if (truth && p->count <= now && p->count > best)
			best = p->count;
	}
	for (const struct model_prompt *p = item->prompts; p && flow == FLOW_ON; p = p->next)
		if (p->count == best)
			flow = exec_queue(i, p);
	return flow;
}

/* The silence that is waited for is the last prompt's, wherever it was queued (4.1.7). */
static uint32_t timeout_of(struct interp *i, const struct model_item *item)
{
	uint32_t ms = i->said_timeout_ms ? i->said_timeout_ms : item->timeout_ms;

	i->said_timeout_ms = 0;
	return ms;
}

static enum flow visit_field(struct interp *i, const struct model_item *item, bool hush,
			     bool *ret_waits)
{
	enum flow flow;

	i->phase = PHASE_WAIT;
	i->n_digits = 0;
	flow = item->voice ? record_prompts(i, item, hush) : hush ? FLOW_ON : run_prompts(i, item);
	if (flow != FLOW_ON)
		return flow;
	i->timeout_ms = timeout_of(i, item);
	*ret_waits = true;
	spoken_listen(i, item);
	run_play_next(i);
	return FLOW_ON;
}

/* A document that ships does not know whether this city has staff to transfer to (o:optional). */
static bool nobody_there(const struct interp *i, const struct model_item *item)
{
	return item->optional && !(i->vars.call.staff >> item->whom & 1);
}

/* NO_INDEX: none is left, the dialog is done. False: a condition cannot be evaluated. */
static bool select_item(struct interp *i, size_t *ret_item)
{
	const struct model_dialog *d = &i->s->dialogs[i->dialog];
	bool truth;

	*ret_item = i->jump_item;
	i->jump_item = NO_INDEX;
	if (*ret_item != NO_INDEX)
		return true;
	for (size_t k = 0; k < d->n_items; k++) {
		if (i->slots[d->items[k].slot].type != VALUE_UNDEFINED ||
		    nobody_there(i, &d->items[k]))
			continue;
		if (!exec_condition(i, d->items[k].cond, &truth))
			return false;
		if (truth) {
			*ret_item = k;
			return true;
		}
	}
	return true;
}

enum flow run_enter(struct interp *i, size_t dialog)
{
	const struct model_dialog *d = &i->s->dialogs[dialog];
	bool good = true;

	i->dialog = dialog;
	i->jump_dialog = i->jump_item = NO_INDEX;
	i->hush = i->visiting = false;
	memset(i->prompt_count, 0, sizeof i->prompt_count);
	catch_forget(i, NO_INDEX);
	for (size_t k = 0; k < d->n_items && good; k++)
		good = exec_init(i, d->items[k].slot, NULL);
	for (const struct model_var *v = d->vars; v && good; v = v->next)
		good = exec_init(i, v->slot, v->init);
	return good ? FLOW_ON : exec_fails(i);
}

static void end(struct interp *i)
{
	spoken_listen(i, NULL);
	i->phase = PHASE_ENDING;
	run_play_next(i);
}

/* One round: FLOW_ON, FLOW_JUMP or FLOW_END go to run_from's loop; *ret_waits ends it. */
static enum flow run_round(struct interp *i, bool *ret_waits)
{
	const struct model_dialog *d;
	size_t item;
	bool hush = i->hush;

	i->hush = i->visiting = false;
	if (!exec_step(i))
		return FLOW_FAULT;
	if (!select_item(i, &item))
		return exec_fails(i);
	if (item == NO_INDEX)
		return FLOW_END;
	i->item = item;
	i->visiting = true;
	d = &i->s->dialogs[i->dialog];
	if (d->items[item].kind == ITEM_FIELD)
		return visit_field(i, &d->items[item], hush, ret_waits);
	if (d->items[item].kind == ITEM_TRANSFER)
		return transfer_visit(i, &d->items[item], ret_waits);
	if (d->items[item].kind == ITEM_RECORD)
		return record_visit(i, &d->items[item], hush, ret_waits);
	if (!exec_set(i, d->items[item].slot, value_bool(true)))
		return FLOW_FAULT;
	return exec_nodes(i, d->items[item].body);
}

/* Form-level <filled>s before the item in the document, its own, those behind it. */
static enum flow form_filled(struct interp *i, size_t item, bool before)
{
	const struct model_dialog *d = &i->s->dialogs[i->dialog];
	enum flow flow = FLOW_ON;

	i->visiting = false;
	for (const struct model_filled *f = d->filled; f && flow == FLOW_ON; f = f->next) {
		uint64_t filled = 0;
		for (size_t k = 0; k < d->n_items; k++)
			if (i->slots[d->items[k].slot].type != VALUE_UNDEFINED)
				filled |= 1ull << k;
		if ((f->at <= item) == before && model_filled_due(f, item, filled))
			flow = exec_nodes(i, f->body);
	}
	return flow;
}

enum flow run_filled(struct interp *i, size_t item)
{
	const struct model_dialog *d = &i->s->dialogs[i->dialog];
	enum flow flow = form_filled(i, item, true);

	if (flow == FLOW_ON) {
		i->visiting = true;
		flow = exec_nodes(i, d->items[item].body);
	}
	return flow == FLOW_ON ? form_filled(i, item, false) : flow;
}

void run_from(struct interp *i, enum flow flow)
{
	bool waits = false;

	while (!waits && i->phase != PHASE_OVER) {
		if (flow == FLOW_FAULT) {
			run_fault(i);
			return;
		}
		if (flow == FLOW_END) {
			end(i);
			return;
		}
		if (flow == FLOW_THROW)
			flow = exec_step(i) ? catch_event(i) : FLOW_FAULT;
		else if (flow == FLOW_JUMP && i->jump_dialog != NO_INDEX)
			flow = run_enter(i, i->jump_dialog);
		else
			flow = run_round(i, &waits);
	}
}

void run_throw(struct interp *i, int event)
{
	i->thrown = event;
	run_from(i, event == EVENT_STALE ? catch_stale(i) : FLOW_THROW);
}
