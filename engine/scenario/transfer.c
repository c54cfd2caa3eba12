/*
 * A transfer to staff, as a form item: what is to be said first plays to its end, then
 * the resident is with staff until the channel says how that ended; the result fills the
 * item's variable. Keys are staff's to hear meanwhile, but for those that end it.
 *
 * The level does not outlive a conversation with staff: the telephone may have been
 * handed on. A level is given to staff in no way; they ask for themselves.
 */
#include "engine/scenario/run.h"

enum flow transfer_visit(struct interp *i, const struct model_item *item, bool *ret_waits)
{
	enum flow flow;

	spoken_listen(i, NULL); /* what the resident and staff say is nobody's answer */
	i->phase = PHASE_TRANSFER;
	i->transferring = i->bridged = i->rejoining = false;
	if (level_record(&i->level) != 0)
		return FLOW_FAULT;
	if ((flow = run_prompts(i, item)) != FLOW_ON)
		return flow;
	*ret_waits = true;
	run_play_next(i);
	return FLOW_ON;
}

void transfer_begin(struct interp *i)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];

	i->transferring = true;
	run_emit(i, IA_TRANSFER, 0, 0);
	if (i->out->n > 0 && i->out->list[i->out->n - 1].kind == IA_TRANSFER)
		i->out->list[i->out->n - 1].transfer = &item->transfer;
}

static void over(struct interp *i, enum transfer_result result)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];

	i->transferring = false;
	i->by = BY_NOBODY;
	if (transfer_connected(result)) {
		level_transferred(&i->level);
		i->announced = false; /* to whom it was handed on, it is said anew */
	} else {
		level_silent(&i->level);
	}
	if (!exec_set(i, item->slot, value_string(transfer_value(result))) || !exec_step(i)) {
		run_fault(i);
		return;
	}
	run_from(i, run_filled(i, i->item));
}

void transfer_event(struct interp *i, const struct interp_event *ev)
{
	if (i->phase != PHASE_TRANSFER || !i->transferring)
		return;
	if (ev->kind == IE_BRIDGED) {
		i->bridged = true;
		i->keyed = true; /* a greeting that comes now is not the resident's machine */
	} else {
		over(i, ev->transfer);
	}
}

void transfer_key(struct interp *i, char key)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];

	if (!i->transferring || i->rejoining)
		return;
	for (size_t k = 0; k < item->n_options; k++)
		if (item->options[k].key == key) {
			i->rejoining = true;
			run_emit(i, IA_REJOIN, 0, 0);
			return;
		}
}

/* He spoke with staff: nothing of the scenario was left to be said. */
void transfer_left(struct interp *i)
{
	if (i->phase == PHASE_TRANSFER && i->bridged)
		i->result.finished = true;
}
