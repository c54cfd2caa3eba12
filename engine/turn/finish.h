/*
 * The end of an attempt, for those who learn of it: channels (outcome.c, receipt.c) and
 * recovery (outcome_recover.c). Everything here runs inside a transaction.
 */
#ifndef ENGINE_TURN_FINISH_H
#define ENGINE_TURN_FINISH_H

#include "engine/turn/engine.h"

/* How long a target waits after a channel sent nothing: one that refuses all must not spin. */
enum { FINISH_DROP_WAIT_MS = 60000 };

/* An attempt and the target that it is about. E_CORRUPT: either is missing. */
int finish_load(struct engine *e, uint64_t id, struct attempt *a, struct target *t) MUST_CHECK;
int finish_target(struct engine *e, const struct attempt *a, struct target *t) MUST_CHECK;
/* Records the outcome of an attempt that counts, and what follows from it. `a` has its code; `t` is
 * in this attempt. */
int finish_attempt(struct engine *e, struct attempt *a, struct target *t,
		   enum attempt_state to) MUST_CHECK;
/* Certainly nothing was sent: it does not count, and may be tried again from `not_before_ms` on. */
int finish_dropped(struct engine *e, struct attempt *a, struct target *t, const char *why,
		   int64_t not_before_ms) MUST_CHECK;
/* A message that staff sent again cannot be recalled any more. */
int finish_resend_out(struct engine *e, const struct attempt *a, struct target *t) MUST_CHECK;
/* An effect: its line, or its place with the gateway, is free. `submitted`: it is not over, the
 * gateway has it and its receipt is awaited until `until_ms`. */
int finish_land(struct engine *e, uint64_t attempt, bool submitted, int64_t until_ms) MUST_CHECK;
/* A result that went out (or will) with the old code gets a correction row. */
int finish_correct(struct engine *e, struct target *t) MUST_CHECK;

#endif
