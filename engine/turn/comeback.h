/* What a crash left with a channel is under way again: attempts (outcome_recover.c), trials. */
#ifndef ENGINE_TURN_COMEBACK_H
#define ENGINE_TURN_COMEBACK_H

#include "engine/turn/engine.h"

/* An effect: a copy of `like`, which ends by time (until_ms): a message that the gateway has, or a
 * line (`ghost`). */
int come_back_later(struct engine *e, const struct flight *like) MUST_CHECK;

#endif
