/*
 * Handing an intent to its channel, once it is on disk: an attempt's (intend.c) or a trial's
 * (trial.c).
 *
 * All memory is had before the commit (launch_ready), so that the effect cannot fail. A channel
 * that has no memory for it sent nothing: then we tell ourselves EV_DROPPED, as if it had.
 */
#ifndef ENGINE_TURN_LAUNCH_H
#define ENGINE_TURN_LAUNCH_H

#include "engine/turn/engine.h"

struct launch {
	struct flight *flight;
	struct map_place *place; /* of the flight */
	struct event *refused;   /* what we tell ourselves if the channel does not take it */
	struct voice_cmd voice;  /* with its intent, or … */
	struct text_cmd text;    /* … with its message: as the flight's channel says */
};

/* All but the order: with a flight of that id, channel and number, which the caller completes.
 * E_NOMEM. */
int launch_ready(uint64_t attempt, enum channel channel, const char *digits,
		 struct launch *l) MUST_CHECK;
void launch_free(void *launch); /* half made is fine */
/* An effect's work; takes it. */
void launch_run(struct engine *e, void *launch);

#endif
