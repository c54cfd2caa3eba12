/*
 * Removing the rows of a run that is over its time, some each turn: its people,
 * debts, attempts, callbacks, outgoing rows and row errors. The run's own record stays, with its
 * counts: no person is in it.
 */
#ifndef ENGINE_TURN_PURGE_H
#define ENGINE_TURN_PURGE_H

#include "engine/turn/engine.h"

enum { PURGE_CALLERS = 0 }; /* no run: callbacks that meant nobody and are over their time */

/* Memory: the run is marked in the store. */
void purge_add(struct engine *e, uint32_t run);
/* Its rows are going, or wait to: nothing new may be recorded of them. */
bool purge_takes(const struct engine *e, uint32_t run);
/* In the turn's transaction; nothing to do is quick. */
int purge_turn(struct engine *e) MUST_CHECK;
int purge_recover(struct engine *e) MUST_CHECK;

#endif
