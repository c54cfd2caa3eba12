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
bool run_prompts(struct interp *i, const struct model_item *item)
{
	int now = ++i->prompt_count[i->item], best = 0;
	bool truth;

	for (const struct model_prompt *p = item->prompts; p; p = p->next) {
		if (!exec_condition(i, p->cond, &truth))
			return false;
		if (truth && p->count <= now && p->count > best)
			best = p->count;
	}
	for (const struct model_prompt *p = item->prompts; p; p = p->next) {
		if (p->count != best)
			continue;
		if (!exec_queue(i, p))
			return false;
		if (p->timeout_ms)
			i->timeout_ms = p->timeout_ms;
	}
	return true;
}

static void visit_field(struct interp *i, const struct model_item *item, bool hush)
{
	i->phase = PHASE_WAIT;
	i->n_digits = 0;
	i->timeout_ms = item->timeout_ms;
	if (!hush) {
		if (!run_prompts(i, item)) {
			run_fault(i);
			return;
		}
	}
	spoken_listen(i, item);
	run_play_next(i);
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
		if (i->slots[d->items[k].slot].type != VALUE_UNDEFINED)
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

void run_enter(struct interp *i, size_t dialog)
{
	const struct model_dialog *d = &i->s->dialogs[dialog];
	bool good = true;

	i->dialog = dialog;
	i->jump_dialog = i->jump_item = NO_INDEX;
	i->hush = false;
	memset(i->prompt_count, 0, sizeof i->prompt_count);
	memset(i->event_count, 0, sizeof i->event_count);
	for (const struct model_var *v = d->vars; v && good; v = v->next)
		good = exec_init(i, v->slot, v->init);
	for (size_t k = 0; k < d->n_items && good; k++)
		good = exec_init(i, d->items[k].slot, NULL);
	if (!good)
		run_fault(i);
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

	i->hush = false;
	if (!exec_step(i) || !select_item(i, &item))
		return FLOW_FAULT;
	if (item == NO_INDEX)
		return FLOW_END;
	i->item = item;
	d = &i->s->dialogs[i->dialog];
	if (d->items[item].kind == ITEM_FIELD) {
		visit_field(i, &d->items[item], hush);
		*ret_waits = true;
		return FLOW_ON;
	}
	if (d->items[item].kind == ITEM_TRANSFER) {
		transfer_visit(i, &d->items[item]);
		*ret_waits = true;
		return FLOW_ON;
	}
	if (!exec_set(i, d->items[item].slot, value_bool(true)))
		return FLOW_FAULT;
	return exec_nodes(i, d->items[item].body);
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
		if (flow == FLOW_JUMP && i->jump_dialog != NO_INDEX) {
			run_enter(i, i->jump_dialog);
			flow = FLOW_ON;
			continue;
		}
		flow = run_round(i, &waits);
	}
}

/* The handlers in scope from the inside out; the highest count that is reached, the first of those.
 */
static const struct model_handler *find_handler(struct interp *i, enum model_event event, int count)
{
	const struct model_dialog *d = &i->s->dialogs[i->dialog];
	const struct model_item *item = i->phase == PHASE_WAIT ? &d->items[i->item] : NULL;
	const struct model_handler *scopes[] = {item ? item->handlers : NULL, d->handlers,
						i->s->handlers};
	const struct model_handler *best = NULL;
	bool truth;

	for (size_t k = 0; k < sizeof scopes / sizeof *scopes; k++)
		for (const struct model_handler *h = scopes[k]; h; h = h->next)
			if ((h->events & (unsigned)event) && h->count <= count &&
			    (!best || h->count > best->count) &&
			    exec_condition(i, h->cond, &truth) && truth)
				best = h;
	return best;
}

/* noinput and nomatch. Without a handler of the document: twice again, then the call ends. The
 * standard would ask for ever. */
static void throw_input(struct interp *i, enum model_event event)
{
	int count = ++i->event_count[i->item][event == EVENT_NOMATCH];
	const struct model_handler *h = find_handler(i, event, count);
	enum flow flow;

	if (!h) {
		run_from(i, count < 3 ? FLOW_ON : FLOW_END);
		return;
	}
	i->reprompt = false;
	flow = exec_nodes(i, h->body);
	i->hush = !i->reprompt;
	run_from(i, flow);
}

/* A debt changed: what was queued is dropped, the handler may say good-bye, and the call ends
 * unless it leads on elsewhere. Only once: a second time there is nothing to say. */
static void throw_stale(struct interp *i)
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
		return;
	}
	h = find_handler(i, EVENT_STALE, 1);
	if (h)
		flow = exec_nodes(i, h->body);
	run_from(i, flow == FLOW_ON ? FLOW_END : flow);
}

void run_throw(struct interp *i, enum model_event event)
{
	if (event == EVENT_STALE)
		throw_stale(i);
	else
		throw_input(i, event);
}
