/*
 * The engine: one thread that owns all business state. See engine.h for how a turn
 * works, docs/architecture.md for the picture.
 */
#ifndef ENGINE_TURN_TURN_H
#define ENGINE_TURN_TURN_H

#include "engine/config/config.h"
#include "engine/mailbox.h"
#include "engine/problems.h"

struct engine;
struct ports;

/* Opens store and spool, loads the specs, recovers, starts the channels. What is wrong with the
 * set-up goes to `problems` (E_INVALID). The configuration must outlive the engine. */
int engine_new(const struct config *config, const struct ports *ports, struct problems *problems,
	       struct engine **ret_engine) MUST_CHECK;
/* Any thread: end in order. */
void engine_stop(struct engine *e);
/* Runs until engine_stop(); returns 0, or the error that ended it. */
int engine_run(struct engine *e);
/* One turn, waiting at most `wait_ms` for something to do: tests drive the engine by it. */
int engine_turn(struct engine *e, int wait_ms) MUST_CHECK;
void engine_free(struct engine *e); /* stops the channels in order; NULL is fine */

/* Any thread: where messages for the engine go. */
struct mailbox *engine_inbox(struct engine *e);
/* Any thread: for snapshots by readers. */
const struct ports *engine_ports(struct engine *e);
struct store *engine_store(struct engine *e);
const struct config *engine_config(struct engine *e);
struct specs *engine_specs(struct engine *e);
struct engine_status;
/* A copy of the state of the last turn. */
void engine_status(struct engine *e, struct engine_status *ret_status);

#endif
