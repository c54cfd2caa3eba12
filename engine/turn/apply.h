/*
 * What one turn does with its messages, inside its transaction (apply_all) and after it
 * (apply_memory).
 */
#ifndef ENGINE_TURN_APPLY_H
#define ENGINE_TURN_APPLY_H

#include "engine/turn/engine.h"

/* Applies these messages and what is due; may be run again after an abort. */
int apply_all(struct engine *e, struct event *const *events, size_t n) MUST_CHECK;
/* What changes memory alone, once, after the turn that took it. */
void apply_memory(struct engine *e, struct event *ev);
/* May attempts start, and time out, now? Not while we stop, while the store cannot be written or
 * before the clock has settled. */
bool apply_may_start(const struct engine *e);

#endif
