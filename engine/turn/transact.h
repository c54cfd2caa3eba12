/* The transaction of a turn. What handlers use of it is in engine.h. */
#ifndef ENGINE_TURN_TRANSACT_H
#define ENGINE_TURN_TRANSACT_H

#include "engine/turn/engine.h"

/* One transaction around these events, run again until it is on disk. An error: it is not, and we
 * were asked to stop. */
int transact(struct engine *e, struct event *const *events, size_t n) MUST_CHECK;

#endif
