/*
 * When no person answers: an answering machine, a fax, a device that asks who calls.
 * What such a thing hears stands in the document (o:machine, o:screening) and is level
 * 0 whatever the call's level was: recordings are heard by whoever presses a button.
 *
 * The detector is sometimes wrong. So its word is taken only until the first key, and
 * a key at any time later means that a person is there.
 */
#include "engine/scenario/run.h"

/* A device rings its owner, who needs some time to come. */
#define SCREEN_WAIT_MS 20000

static bool say(struct interp *i, const struct model_prompt *p)
{
	for (; p; p = p->next)
		if (exec_queue(i, p) != FLOW_ON)
			return false;
	return true;
}

static void speak(struct interp *i, enum phase phase, const struct model_prompt *message)
{
	run_flush(i);
	run_timer(i, 0);
	spoken_listen(i, NULL);
	record_drop(i);
	i->phase = phase;
	if (say(i, message))
		run_play_next(i);
	else
		run_fault(i);
}

void machine_event(struct interp *i, enum interp_event_kind kind)
{
	if (i->keyed || i->phase == PHASE_NEW || i->phase == PHASE_MACHINE)
		return;
	if (kind != IE_PERSON) { /* nobody heard what was said until now */
		i->result.reached = REACHED_NOBODY;
		i->result.opened = i->result.heard = false;
		i->announced = false;
	}
	switch (kind) {
	case IE_FAX:
		i->result.code = OUT_FAX;
		run_flush(i);
		run_over(i);
		return;
	case IE_MACHINE:
		i->result.code = OUT_MACHINE; /* until the message is there to its end */
		speak(i, PHASE_MACHINE, i->s->machine);
		return;
	case IE_SCREEN:
		if (i->phase == PHASE_SCREEN)
			return; /* it asks again: the answer was given */
		i->result.code = OUT_SCREENED;
		speak(i, PHASE_SCREEN, i->s->screening);
		return;
	case IE_PERSON:
		if (i->phase == PHASE_SCREEN)
			machine_person(i);
		return;
	default:
		return;
	}
}

void machine_played(struct interp *i)
{
	if (i->phase == PHASE_SCREEN) {
		run_timer(i, SCREEN_WAIT_MS);
		return;
	}
	if (i->s->machine && !i->nothing_said)
		i->result.code = OUT_MACHINE_LEFT;
	run_over(i);
}

void machine_alone(struct interp *i)
{
	run_over(i);
}

void machine_person(struct interp *i)
{
	run_flush(i);
	run_timer(i, 0);
	i->result.code = OUT_NONE;
	i->phase = PHASE_WAIT; /* run_enter() starts over; nothing of before was said to a person */
	run_from(i, run_enter(i, 0));
}
