/*
 * The conversation: what happens on the line becomes events of the scenario's
 * interpreter, and its actions become orders to the media thread and due times.
 * One step never causes another before it is done: nothing here recurses.
 *
 * A scenario that is over hangs up a moment later (TAIL_MS): the last packets of
 * the last sentence still lie in the other side's jitter buffer, and a BYE would
 * cut them off.
 */
#include "adapters/voice/call.h"

#define TAIL_MS 240

static void act(struct call *c, const struct interp_action *a)
{
	switch (a->kind) {
	case IA_PLAY:
		media_play(c->leg, a->prompt, ++c->serial);
		break;
	case IA_STOP:
		c->serial++; /* a MR_PLAYED on its way is of the past */
		media_hush(c->leg);
		break;
	case IA_TIMER:
		c->timer_due_ms = a->ms ? sip_now_ms() + a->ms : 0;
		break;
	case IA_HANGUP:
		c->timer_due_ms = 0;
		c->bye_due_ms = sip_now_ms() + TAIL_MS;
		break;
	}
}

void talk_step(struct call *c, enum interp_event_kind kind, char digit)
{
	struct interp_actions actions = {0};
	struct interp_event ev = {.kind = kind, .digit = digit};
	if (c->bye_due_ms && kind != IE_HANGUP)
		return; /* the scenario is over already */
	interp_step(c->interp, &ev, &actions);
	if (kind == IE_HANGUP)
		return;
	for (size_t i = 0; i < actions.n; i++)
		act(c, &actions.list[i]);
}

void talk_report(struct call *c, const struct media_report *report)
{
	if (c->state != CALL_TALKING)
		return;
	if (report->kind == MR_DIGIT)
		talk_step(c, IE_DIGIT, report->digit);
	else if (report->serial == c->serial)
		talk_step(c, IE_PLAYED, 0);
}
