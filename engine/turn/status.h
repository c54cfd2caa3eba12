/* What other threads see of the engine (engine_status() in turn.h reads it). */
#ifndef ENGINE_TURN_STATUS_H
#define ENGINE_TURN_STATUS_H

#include "engine/turn/engine.h"

/* The engine's thread: copies what engine_status() gives out. */
void status_publish(struct engine *e);

#endif
