/*
 * The rehearsal clock runs at the real rate while anything is in progress: a call,
 * a file, a message between intent and the gateway's answer, prompts being made.
 * Otherwise it jumps to the next due time; before each jump the drops are listed
 * once more, as if time had passed. Same binary, same turn.
 */
#include "engine/turn/engine.h"
#include "engine/turn/holds.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/expiry.h"

#include <stdint.h>

enum {
	QUIET_MS = 300,    /* real time of nothing before a jump: receipts and answers arrive */
	RECEIPT_MS = 3000, /* … while messages wait for receipts that a real gateway would bring */
};

static bool in_progress(struct engine *e)
{
	/* Ghost lines and messages that wait for a receipt are no work in progress: their time is
	 * due. */
	bool flying = map_count(e->flights) > expiry_count(e->expiry);
	/* A trunk that is still registering is no reason to let the evening pass. */
	return flying || !e->trunk_up || e->preparing || e->files_in || e->files_out || e->again ||
	       e->reload || e->archive.jobs || e->purge.runs.n || e->more || e->commit_trouble;
}

void rehearse(struct engine *e)
{
	int64_t boot = clock_boot_ms(), due, other, now = clock_now_ms();

	if (!clock_is_rehearsal())
		return;
	if (in_progress(e) || !drops_quiet(e)) {
		e->busy_boot_ms = boot;
		return;
	}
	/* A message that nobody read yet may be work, so no jump now; but it is not work by itself:
	 * the answer to each listing comes by here, and a short poll would keep the clock still for
	 * ever. */
	if (mailbox_count(e->inbox) || mailbox_count(e->rows))
		return;
	if (boot - e->busy_boot_ms < (e->sms_waiting ? RECEIPT_MS : QUIET_MS))
		return;
	due = start_next_due(e);
	/* Nothing is in progress, yet all lines are taken: a crash left them, and whoever is due
	 * waits for the first of them to come free, not for the pacer. */
	if (due <= now && e->lines_used >= trunks_lines(e))
		due = INT64_MAX;
	other = outgoing_next_due(e);
	due = other < due ? other : due;
	other = bookrows_next_due(e);
	due = other < due ? other : due;
	other = promises_next_due(e);
	due = other < due ? other : due;
	other = expiry_first(e->expiry);
	due = other < due ? other : due;
	if (due == INT64_MAX || due <= now)
		return; /* nothing is to come, or it is due and waits for the pacer */
	if (clock_jump(due)) {
		alert_raise(e, "clock-log",
			    "clock.log cannot be written: the rehearsal stands still");
		return;
	}
	e->busy_boot_ms = boot;
	for (size_t i = 0; i < e->n_drops; i++)
		e->drops[i].quiet = false; /* look again before the next one */
	e->more = true;
}
