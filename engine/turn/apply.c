/*
 * What a turn does in its transaction: each message to its handler, then what is due by
 * itself, then the attempts that can start now. The order matters: outcomes and payments
 * of this turn come before anybody is called in it.
 */
#include "engine/turn/apply.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/builder.h"
#include "engine/turn/callback.h"
#include "engine/turn/early.h"
#include "engine/turn/edit.h"
#include "engine/turn/hand_in.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/holds.h"
#include "engine/turn/purge.h"
#include "engine/turn/put.h"
#include "engine/turn/rebuild.h"
#include "engine/turn/sounds.h"
#include "engine/turn/transfer.h"
#include "engine/turn/trial.h"

#include <stdio.h>

static int apply_event(struct engine *e, struct event *ev)
{
	if (e->trials && ev->attempt && trial_flies(e, ev->attempt))
		return on_trial(e, ev);
	if (ev->kind == EV_TRANSFER)
		return on_transfer(e, ev);
	if (ev->kind == EV_TRANSFERRED)
		return on_transferred(e, ev);
	if (ev->kind == EV_CALL_ENDED) {
		int err = transfer_settle(e, ev->attempt);
		if (!err)
			err = sounds_keep(e, ev);
		if (err)
			return err;
	}
	if (ev->inbound && ev->kind != EV_INBOUND && ev->kind != EV_INBOUND_GONE)
		return on_callback(e, ev);
	switch (ev->kind) {
	case EV_DROPPED:
		return on_dropped(e, ev);
	case EV_TOO_LATE:
		return 0; /* the call goes on; its outcome follows */
	case EV_PLACED:
		return on_placed(e, ev);
	case EV_ANSWERED:
		return on_answered(e, ev);
	case EV_CALL_ENDED:
		return on_call_ended(e, ev);
	case EV_SMS_RESULT:
		return on_sms_result(e, ev);
	case EV_SMS_RECEIPT:
		return on_sms_receipt(e, ev);
	case EV_DROP_DONE:
		return on_drop_done(e, ev);
	case EV_INTAKE_CHECKED:
		return on_checked(e, ev);
	case EV_ROWS:
		return on_rows(e, ev->batch);
	case EV_INTAKE_END:
		return on_intake_end(e, ev);
	case EV_REBUILT:
		return on_rebuilt(e, ev);
	case EV_HANDED:
		return on_handed(e, ev);
	case EV_SPEC_READ:
		return on_hand_in_read(e, ev);
	case EV_SPEC_WRITTEN:
		return on_spec_written(e, ev);
	case EV_OUT_BUILT:
		return on_built(e, ev);
	case EV_COMMAND:
		return on_command(e, ev->command);
	case EV_ARCHIVE:
		return on_archive(e, ev);
	case EV_INBOUND:
		return on_inbound(e, ev);
	case EV_INBOUND_GONE:
		return on_inbound_gone(e, ev);
	case EV_TRANSFER:
	case EV_TRANSFERRED:
	case EV_RENDERED:
	case EV_TRUNK:
	case EV_GATEWAY:
	case EV_DROP_STATE:
	case EV_STOP:
		return 0; /* memory only: apply_memory() */
	}
	return 0;
}

void apply_memory(struct engine *e, struct event *ev)
{
	switch (ev->kind) {
	case EV_RENDERED:
		on_rendered(e, ev);
		break;
	case EV_TRUNK:
		trunks_said(e, ev);
		break;
	case EV_GATEWAY: {
		char key[MAX_ID];
		snprintf(key, sizeof key, "gateway-%.50s", ev->why);
		if (ev->trunk.up)
			alert_clear(e, key);
		else
			alert_raise(
			    e, key,
			    "SMS gateway %s takes nothing (%s): messages wait or go by the next "
			    "one; check [gateway %s]",
			    ev->why, ev->trunk.why, ev->why);
		break;
	}
	case EV_DROP_STATE: {
		struct drop_view *d = drop_by_id(e, ev->why);
		if (!d)
			break;
		d->up = ev->trunk.up;
		char key[MAX_ID];
		snprintf(key, sizeof key, "drop-%.50s", d->config->id);
		if (ev->trunk.up)
			alert_clear(e, key);
		else
			alert_raise(e, key, "drop %s: not connected (%s); it is tried again",
				    d->config->id, ev->trunk.why);
		break;
	}
	case EV_DROP_DONE:
		drops_done(e, ev);
		break;
	case EV_ARCHIVE:
		archive_done(e, ev);
		break;
	default:
		break;
	}
}

bool apply_may_start(const struct engine *e)
{
	return !e->stopping && !e->commit_trouble && clock_boot_ms() >= e->settle_boot_ms;
}

int apply_all(struct engine *e, struct event *const *events, size_t n)
{
	int err = db_counters_get(&e->tx, &e->counters);
	/* After trouble nothing starts before one commit succeeded: the turn's number is written
	 * even when there is nothing else, or a quiet engine never learns that the disk has room
	 * again. */
	e->tx.dirty = e->tx.dirty || e->commit_trouble;
	for (size_t i = 0; i < n && !err; i++)
		err = apply_event(e, events[i]);
	if (!err && apply_may_start(e))
		err = expire_receipts(e);
	if (!err && apply_may_start(e))
		err = promises_look(e);
	if (!err)
		err = cut_files(e);
	if (!err)
		err = bookrows_cut(e);
	if (!err)
		err = outgoing_retry(e);
	if (!err)
		err = step_retry(e);
	if (!err)
		err = early_expire(e);
	if (!err)
		err = full_sweep(e);
	if (!err && apply_may_start(e))
		err = callbacks_look(e);
	if (!err && apply_may_start(e))
		err = purge_turn(e);
	if (!err && apply_may_start(e))
		err = start_attempts(e);
	return err;
}
